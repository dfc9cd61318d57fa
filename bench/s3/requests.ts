/** Requests of S3 that the benchmark makes, and closed loops of them. @module */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AccessKey } from "../../app/proxy/s3/signature/keys.ts";
import { EMPTY_SHA256, sha256, signed } from "../../test/app/proxy/s3/signer.ts";

/** A server that speaks S3, and a key for it. */
export interface S3Server {
  url: string;
  key: AccessKey;
}

/** A request as it is sent. */
export interface Signed {
  method: string;
  path: string;
  headers: Record<string, string>;
}

/** Signs a request of which the whole body is known. */
export const sign = (
  { url, key }: S3Server,
  method: string,
  path: string,
  more: Record<string, string> = {},
  body?: Buffer,
): Signed => {
  const timestamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const one = signed(
    {
      method,
      url: path,
      headers: [
        ["Host", new URL(url).host],
        ["x-amz-content-sha256", body === undefined ? EMPTY_SHA256 : sha256(body)],
        ["x-amz-date", timestamp],
        ...Object.entries(more),
      ],
    },
    { key },
  );
  return { method, path, headers: Object.fromEntries(one.headers) };
};

const run = promisify(execFile);
const lua = (text: string): string => `[==[${text}]==]`;

/** The result of a loop. */
export interface Rate {
  perS: number;
  requests: number;
}

/**
 * A closed loop of requests, one after the other from the list, over 32 connections, by wrk.
 * @param body of each request
 * @throws Error when one was not answered 2xx: the figure would mean nothing
 */
export const loop = async (
  url: string,
  requests: readonly Signed[],
  seconds: number,
  body?: Buffer,
): Promise<Rate> => {
  const dir = mkdtempSync(join(tmpdir(), "keyless-wrk-"));
  const rows = requests.map(({ method, path, headers }) => {
    const members = Object.entries(headers).map(([name, value]) => `[ ${lua(name)} ]=${lua(value)}`);
    const sent = body === undefined ? "nil" : lua(body.toString("latin1"));
    return `wrk.format(${lua(method)},${lua(path)},{${members.join(",")}},${sent})`;
  });
  const script = `local all = nil\nlocal n = 0\nlocal first = true
response = function(status, headers, body)
  if first and status > 299 then first = false io.stderr:write(status .. " " .. body .. "\\n") end
end
request = function()\n  if not all then all = {${rows.join(",\n")}} end\n  n = n % #all + 1\n  return all[n]\nend\n`;
  try {
    writeFileSync(join(dir, "loop.lua"), script);
    const args = ["--threads=1", "--connections=32", `--duration=${seconds}s`, "--timeout=30s"];
    const { stdout, stderr } = await run("wrk", [...args, `--script=${join(dir, "loop.lua")}`, url]);
    const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? 0);
    const failed = /Non-2xx or 3xx responses: \d+|Socket errors: .*/.exec(stdout)?.[0];
    if (failed) throw new Error(`${url}: ${failed} ${stderr}`);
    return { perS: number(/Requests\/sec:\s+([\d.]+)/), requests: number(/(\d+) requests in/) };
  } finally {
    rmSync(dir, { recursive: true });
  }
};

const agent = new Agent({ keepAlive: true });

/**
 * Sends one request and reads all of its response, of which it keeps what is short.
 * @throws Error for a response that is none of success
 */
export const send = (
  server: S3Server,
  { method, path, headers }: Signed,
  body?: Buffer,
): Promise<{ text: string; etag: string; lengthBytes: number }> =>
  new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": String(body.length) };
    const outgoing = request(
      `${server.url}${path}`,
      { method, agent, headers: { ...headers, ...length } },
      (response) => {
        const pieces: Buffer[] = [];
        let lengthBytes = 0;
        response.on("data", (piece: Buffer) => {
          if (lengthBytes < 65_536) pieces.push(piece);
          lengthBytes += piece.length;
        });
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(pieces).toString("latin1");
          if (response.statusCode! < 300)
            resolve({ text, etag: String(response.headers.etag ?? ""), lengthBytes });
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 300)}`));
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });

/** Does something for each number below a limit, so many at once. */
export const atOnce = async (
  count: number,
  most: number,
  work: (i: number) => Promise<void>,
): Promise<void> => {
  let next = 0;
  const one = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await work(i);
  };
  await Promise.all(Array.from({ length: most }, one));
};
