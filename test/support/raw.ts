/** Requests by raw socket: what no client library would send. @module */
import { connect, type NetConnectOpts } from "node:net";

/** Where to: a port on the loopback, or a Unix socket. */
export type SocketAddress = { port: number } | { path: string };

/** What came back: everything, as one text, and the first response taken apart. */
export interface ParsedResponse {
  text: string;
  status: number;
  headers: Record<string, string>;
  body: string;
}

const parse = (text: string): ParsedResponse => {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  return { text, status: Number(first.split(" ")[1] ?? 0), headers, body: rest.join("\r\n\r\n") };
};

/** Whether a response is all there, as far as Content-Length tells. */
const isWhole = (received: string): boolean => {
  const text = received.replace(/^(HTTP\/1\.1 1\d\d [^\r]*\r\n\r\n)+/, "");
  const response = parse(text);
  if (!text.includes("\r\n\r\n")) return false;
  const length = response.headers["content-length"];
  if (length !== undefined) return Buffer.byteLength(response.body) >= Number(length);
  return response.status === 204 || response.status === 304 || response.body.endsWith("0\r\n\r\n");
};

/**
 * Writes bytes and reads until the response is whole, the other side closes, or nothing comes for a while.
 * @param options.settleMs keep reading so long after a whole response: further responses to further requests
 */
export const raw = (
  where: SocketAddress,
  bytes: string | Buffer | readonly (string | Buffer | number)[],
  options: { timeoutMs?: number; settleMs?: number } = {},
): Promise<ParsedResponse> =>
  new Promise((resolve) => {
    const target: NetConnectOpts =
      "port" in where ? { port: where.port, host: "127.0.0.1" } : { path: where.path };
    const socket = connect(target);
    let text = "";
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(parse(text));
    };
    const timer = setTimeout(finish, options.timeoutMs ?? 3000);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (isWhole(text)) setTimeout(finish, options.settleMs ?? 0);
    });
    socket.on("close", finish);
    socket.on("error", () => undefined);
    socket.on("connect", async () => {
      const parts = Array.isArray(bytes) ? bytes : [bytes as string | Buffer];
      for (const part of parts) {
        if (typeof part === "number") await new Promise((r) => setTimeout(r, part));
        else if (!socket.destroyed)
          socket.write(typeof part === "string" ? Buffer.from(part, "latin1") : part);
      }
    });
  });
