/**
 * A small signed client for any operation of the table, for commands and the embedded engine. Not for the app:
 * its check uses Oracle's SDK, its proxy the instance-principal client.
 * @module
 */
import { createHash, createSign, type KeyObject, randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { hostOf } from "./hosts.ts";
import { findOperations, type Operation } from "./operations/index.ts";
import { formatAuthorization, requiredHeaders, signingString } from "./signature.ts";

/** Who signs: an API key. */
export interface ApiKey {
  /** `<tenancy>/<user>/<fingerprint>` */
  keyId: string;
  privateKey: KeyObject;
}

/** Where and how a client calls. */
export interface ClientOptions {
  apiKey: ApiKey;
  /** `us-ashburn-1` */
  regionId: string;
  /** `oraclecloud.com` */
  realmDomain: string;
  /** undici's dispatcher: a proxy and its certificate authority, say. */
  dispatcher?: Dispatcher;
  /** What sends, in place of undici. */
  send?: Send;
}

/** A signed request, ready to be sent. */
export interface Outgoing {
  method: string;
  headers: Record<string, string>;
  body?: Buffer;
  signal?: AbortSignal;
}

/** Sends a request and reads its answer to the end. */
export type Send = (
  url: string,
  request: Outgoing,
) => Promise<{ statusCode: number; headers: IncomingHttpHeaders; text: string }>;

/** One call. */
export interface CallOptions {
  params?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON, or as it is when it is a Buffer. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** `https://` and host in place of the service's own: a vault's management endpoint. */
  endpoint?: string;
  /** In place of the client's region. */
  regionId?: string;
  signal?: AbortSignal;
}

/** An answer: JSON where the service sent JSON, text otherwise. */
export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: T;
}

/** An error answer of OCI. */
export class OciError extends Error {
  override name = "OciError";
  readonly status: number;
  readonly code: string;
  readonly operation: string;
  /** `opc-request-id` */
  readonly requestId: string;

  constructor(operation: string, status: number, code: string, message: string, requestId: string) {
    super(`${operation}: ${status} ${code}: ${message} (request ${requestId})`);
    this.operation = operation;
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

/** `service.Operation` in the table. Throws RangeError when there is none. */
const lookUp = (name: string): Operation => {
  const [service, operation] = name.split(".");
  const found = findOperations(operation ?? "").find((o) => o.service === service);
  if (!found) throw new RangeError(`there is no operation ${name} in the table`);
  return found;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** Loaded when it sends for the first time: a hundred modules that a client with a sender of its own never needs. */
const byUndici = async (dispatcher: Dispatcher | undefined): Promise<Send> =>
  (await import("./send.ts")).sender(dispatcher);

/** A client: `call` signs and sends one request and throws `OciError` for an error answer. */
export interface OciClient {
  call<T = Record<string, unknown>>(operation: string, options?: CallOptions): Promise<Answer<T>>;
  /** All pages of a list, joined. */
  list<T = Record<string, unknown>>(operation: string, options?: CallOptions): Promise<T[]>;
}

/** Makes a client. Every call has an `opc-retry-token` of its own where the method creates. */
export const ociClient = (options: ClientOptions): OciClient => {
  const { apiKey, realmDomain, dispatcher } = options;

  const call = async <T>(name: string, of: CallOptions = {}): Promise<Answer<T>> => {
    const operation = lookUp(name);
    const host = hostOf(operation.service, of.regionId ?? options.regionId, realmDomain, operation.name);
    const origin = of.endpoint ?? `https://${host}`;
    const path = operation.path.replace(/\{(\w+)\}/g, (_, param: string) => {
      const value = of.params?.[param];
      if (!value) throw new RangeError(`${name} needs the path parameter ${param}`);
      return encodeURIComponent(value);
    });
    const pairs = Object.entries(of.query ?? {}).filter(([, value]) => value !== undefined);
    const query = new URLSearchParams(
      pairs.map(([key, value]): [string, string] => [key, String(value)]),
    ).toString();
    const target = query ? `${path}?${query}` : path;

    const headers: Record<string, string> = {
      date: new Date().toUTCString(),
      host: new URL(origin).host,
      ...(operation.method === "POST" && { "opc-retry-token": randomUUID() }),
      ...of.headers,
    };
    let body: Buffer | undefined;
    if (["POST", "PUT", "PATCH"].includes(operation.method)) {
      body = Buffer.isBuffer(of.body)
        ? of.body
        : Buffer.from(of.body === undefined ? "" : JSON.stringify(of.body));
      headers["content-type"] ??= "application/json";
      headers["content-length"] = String(body.length);
      if (operation.bodySigned)
        headers["x-content-sha256"] = createHash("sha256").update(body).digest("base64");
    }
    const names = requiredHeaders(operation.method, operation.bodySigned);
    const text = signingString(names, { method: operation.method, target, headers });
    const signature = createSign("RSA-SHA256").update(text).sign(apiKey.privateKey, "base64");
    headers["authorization"] = formatAuthorization(apiKey.keyId, names, signature);

    const send = options.send ?? (await byUndici(dispatcher));
    const answer = await send(`${origin}${target}`, {
      method: operation.method,
      headers,
      ...(body && { body }),
      ...(of.signal && { signal: of.signal }),
    });
    const content = parse(answer.text);
    if (answer.statusCode >= 400) {
      const error = (typeof content === "object" && content !== null ? content : {}) as Record<
        string,
        unknown
      >;
      throw new OciError(
        name,
        answer.statusCode,
        String(error["code"] ?? "Unknown"),
        String(error["message"] ?? answer.text.slice(0, 200)),
        String(answer.headers["opc-request-id"] ?? ""),
      );
    }
    return { status: answer.statusCode, headers: answer.headers, body: content as T };
  };

  const list = async <T>(name: string, of: CallOptions = {}): Promise<T[]> => {
    const found: T[] = [];
    let page: string | undefined;
    do {
      const answer = await call<T[] | { items: T[] }>(name, { ...of, query: { ...of.query, page } });
      found.push(...(Array.isArray(answer.body) ? answer.body : answer.body.items));
      const next = answer.headers["opc-next-page"];
      page = typeof next === "string" ? next : undefined;
    } while (page);
    return found;
  };

  return { call, list };
};
