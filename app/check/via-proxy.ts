/** A call through the signing proxy in a client's name, at the check's own socket. @module */
import { request } from "node:http";
import { join } from "node:path";

/** The directory of the proxy's sockets. */
const directory = (): string => process.env["KEYLESS_PROXY_DIRECTORY"] ?? "/run/keyless-proxy";

/**
 * Sends an unsigned request as a client of the proxy.
 * @param url what would be called directly: its path and query go to the proxy below the service's name
 * @returns status and the beginning of an error's body
 */
export const callAsClient = (
  client: string,
  service: string,
  call: { method: string; url: string; headers: Record<string, string>; body?: string | undefined },
  signal: AbortSignal,
): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const { pathname, search } = new URL(call.url);
    const outgoing = request(
      {
        socketPath: join(directory(), "check", `${client}.sock`),
        method: call.method,
        path: `/${service}${pathname}${search}`,
        headers: { host: "localhost", ...call.headers },
        signal,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          if (text.length < 4096) text += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        response.on("error", reject);
      },
    );
    outgoing.on("error", reject);
    outgoing.end(call.body);
  });
