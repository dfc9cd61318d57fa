/**
 * The metadata service v2 of one instance, by docs.oracle.com "Getting Instance Metadata": the values that it
 * serves, and the requests that it refuses. One HTTP listener for each instance, as the link-local address is
 * the instance's own.
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { LeafIdentity } from "../federation/leaf.ts";
import { type Interceptor, intercept } from "../gateway/interceptors.ts";
import { headersOf } from "../gateway/reply.ts";

/** The source that the service of one instance reads, at each request. */
export interface MetadataSource {
  instanceId: string;
  /** `instance/`: undefined when there is no such instance any more. */
  instance(): object | undefined;
  /** `vnics/` */
  vnics(): object[];
  identity(): Promise<LeafIdentity>;
  /** True when v1 responds 404: `instanceOptions.areLegacyImdsEndpointsDisabled`. */
  legacyDisabled(): boolean;
}

interface MetadataReply {
  status: number;
  type: "application/json" | "text/plain";
  text: string;
}

const FORWARDED = ["forwarded", "x-forwarded-for", "x-forwarded-host"];

const text = (status: number, body: string): MetadataReply => ({ status, type: "text/plain", text: body });
const absent = (): MetadataReply => text(404, "Not Found");

const show = (value: unknown): MetadataReply =>
  typeof value === "object" && value !== null
    ? { status: 200, type: "application/json", text: `${JSON.stringify(value, null, 2)}` }
    : value === undefined
      ? absent()
      : text(200, `${value}`);

/** The member that a path leads to; the whole value for an empty path. */
const member = (value: unknown, path: readonly string[]): unknown => {
  let at = value;
  for (const name of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = Reflect.get(at, name);
  }
  return at;
};

const decoded = (path: string): string[] | undefined => {
  try {
    return path.split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    return undefined;
  }
};

const find = async (source: MetadataSource, path: readonly string[]): Promise<MetadataReply> => {
  const [what, ...rest] = path;
  if (what === "instance") return show(member(source.instance(), rest));
  if (what === "vnics") return show(member(source.vnics(), rest));
  if (what === "identity" && rest.length === 1) {
    const { cert, key, intermediate } = await source.identity();
    const files: Record<string, string> = {
      "cert.pem": cert,
      "key.pem": key,
      "intermediate.pem": intermediate,
    };
    return Object.hasOwn(files, rest[0]!) ? text(200, files[rest[0]!]!) : absent();
  }
  return absent();
};

const replyTo = async (source: MetadataSource, request: IncomingMessage): Promise<MetadataReply> => {
  const path = decoded(request.url!.split("?", 1)[0]!);
  if (path?.[0] !== "opc") return absent();
  if (request.method !== "GET" && request.method !== "HEAD") return text(405, "Method Not Allowed");
  if (path[1] === "v1") {
    return source.legacyDisabled() || path[2] === "identity" ? absent() : find(source, path.slice(2));
  }
  if (path[1] !== "v2") return absent();
  if (FORWARDED.some((name) => request.headers[name] !== undefined)) return text(403, "Forbidden");
  if (request.headers.authorization !== "Bearer Oracle") return text(403, "Forbidden");
  return find(source, path.slice(2));
};

const send = (
  request: IncomingMessage,
  response: ServerResponse,
  { status, type, text: body }: MetadataReply,
): void => {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(request.method === "HEAD" ? undefined : body);
};

/** A running metadata service. */
export interface RunningMetadata {
  /** `http://127.0.0.1:PORT/opc/v2` */
  url: string;
  close(): Promise<void>;
}

/** Starts the metadata service of one instance on a port of its own on the loopback address. */
export const startMetadataService = async (
  source: MetadataSource,
  interceptors: readonly Interceptor[],
): Promise<RunningMetadata> => {
  const server: Server = createServer((request, response) => {
    const respond = async (): Promise<void> => {
      const target = request.url!;
      const arrival = {
        surface: "metadata",
        host: source.instanceId,
        method: request.method!,
        target,
      } as const;
      const intercepted = await intercept(interceptors, arrival);
      if (!intercepted) return send(request, response, await replyTo(source, request));
      for (const [name, value] of headersOf(intercepted)) response.setHeader(name, value);
      const type = "application/json";
      send(request, response, {
        status: intercepted.status ?? 200,
        type,
        text: JSON.stringify(intercepted.body ?? {}),
      });
    };
    request.on("error", () => {});
    request.resume();
    respond().catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    // It listens on a port, so its address has one.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/opc/v2`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
