/** A signed request for an operation of the table. @module */
import { createHash, createSign, type KeyObject } from "node:crypto";
import type { Operation } from "./operations/index.ts";
import { formatAuthorization, requiredHeaders, signingString } from "./signature.ts";

/** An API key that signs. */
export interface ApiKey {
  /** `<tenancy>/<user>/<fingerprint>` */
  keyId: string;
  privateKey: KeyObject;
}

/** A signed request, ready to be sent. */
export interface SignedRequest {
  method: string;
  headers: Record<string, string>;
  body?: Buffer;
  signal?: AbortSignal;
}

/** The values that fill an operation's template. */
export interface RequestValues {
  params?: Readonly<Record<string, string>> | undefined;
  query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** The body, sent as JSON, or as it is when it is a Buffer. */
  body?: unknown;
  headers?: Readonly<Record<string, string>> | undefined;
}

/** Names of a template's parameters, in order. */
const namesIn = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!);

/**
 * Path and query. The operation's `service.Operation` is for the message.
 * @throws RangeError when a path parameter is missing
 */
export const requestTarget = (
  name: string,
  operation: Operation,
  { params, query }: RequestValues,
): string => {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, param: string) => {
    const value = params?.[param];
    if (!value) throw new RangeError(`${name} needs the path parameter ${param}`);
    return encodeURIComponent(value);
  });
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(
    pairs.map(([key, value]): [string, string] => [key, String(value)]),
  ).toString();
  return text ? `${path}?${text}` : path;
};

/**
 * The thing that a call is about, for people: its path's parameters, else what it lists, else the new thing's
 * name.
 */
export const resourceOf = ({ path }: Operation, { params, query, body }: RequestValues): string => {
  const named = namesIn(path).map((param) => params?.[param] ?? "");
  if (named.length && !(named.length === 1 && /\{namespaceName\}\/b$/.test(path))) return named.join("/");
  const listed = query?.["instanceId"] ?? query?.["compartmentId"];
  if (listed !== undefined) return String(listed);
  const made = (Buffer.isBuffer(body) ? {} : (body ?? {})) as Record<string, unknown>;
  const name = made["displayName"] ?? made["secretName"] ?? made["name"] ?? made["instanceId"];
  return typeof name === "string" ? name : named.join("/");
};

/** Signs a request. Its `date` is now: what is sent again is signed again, because signatures age in five minutes. */
export const signed = (
  apiKey: ApiKey,
  operation: Operation,
  origin: string,
  target: string,
  values: RequestValues,
): SignedRequest => {
  const { method, bodySigned } = operation;
  const headers: Record<string, string> = {
    date: new Date().toUTCString(),
    host: new URL(origin).host,
    ...values.headers,
  };
  let body: Buffer | undefined;
  if (["POST", "PUT", "PATCH"].includes(method)) {
    body = Buffer.isBuffer(values.body)
      ? values.body
      : Buffer.from(values.body === undefined ? "" : JSON.stringify(values.body));
    headers["content-type"] ??= "application/json";
    headers["content-length"] = String(body.length);
    if (bodySigned) headers["x-content-sha256"] = createHash("sha256").update(body).digest("base64");
  }
  const names = requiredHeaders(method, bodySigned);
  const text = signingString(names, { method, target, headers });
  const signature = createSign("RSA-SHA256").update(text).sign(apiKey.privateKey, "base64");
  headers["authorization"] = formatAuthorization(apiKey.keyId, names, signature);
  return { method, headers, ...(body && { body }) };
};
