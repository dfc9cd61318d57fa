/** What is read of a caller's headers, what goes on to the service, and what comes back. @module */
import type { IncomingHttpHeaders } from "node:http";
import { ProxyError } from "./errors.ts";

/** A caller's headers, sorted. */
export interface CallerHeaders {
  /** Names (lower-case) and values that go on, alternating. */
  forwarded: string[];
  host: string | undefined;
  /** The caller's own credential: `Authorization` or `X-Api-Key`. */
  credential: string | undefined;
  contentType: string | undefined;
  contentLength: number | undefined;
  contentEncoding: string | undefined;
  /** A caller's digest of the body, to be verified. */
  contentSha256: string | undefined;
  chunked: boolean;
  requestId: string | undefined;
  /** Whether a second try cannot do twice what the first one did. */
  retryToken: string | undefined;
}

/** Hop by hop, or replaced by the proxy's own. */
const STRIPPED = new Set([
  "authorization",
  "connection",
  "content-length",
  "content-type",
  "cookie",
  "date",
  "expect",
  "host",
  "keep-alive",
  "opc-delegation-token",
  "opc-obo-token",
  "opc-principal",
  "opc-request-id",
  "sec-fetch-mode",
  "te",
  "trailer",
  "transfer-encoding",
  "x-api-key",
  "x-content-sha256",
  "x-cross-tenancy-request",
  "x-date",
]);

/** Another proxy stands before this one: the caller is not who it seems. */
const FORWARDING =
  /^(forwarded|x-forwarded(-.*)?|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip|via)$/;

/** Servers behind the next hop might take these for the method, path or host. */
const OVERRIDES =
  /^(x-http-method(-override)?|x-method(-override)?|x-original-(method|url|uri|host)|x-rewrite-(url|uri)|x-host|x-http-host-override|x-override-url)$/;

/** May stand in several lines: their values are lists, and none of them decides anything here. */
const LISTS = new Set([
  "accept",
  "accept-charset",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "cookie",
]);

const REQUEST_ID = /^[A-Za-z0-9/_.:+=-]{1,256}$/;

const bad = (message: string): ProxyError => new ProxyError("BadHeader", message);

const refuse = (name: string): void => {
  // Node's own fetch sends sec-fetch-mode; only browsers say which site a request comes from.
  if (name === "origin" || name === "sec-fetch-site") {
    throw new ProxyError("ForbiddenOrigin", `requests of a browser are not proxied (header ${name})`);
  }
  if (FORWARDING.test(name)) {
    throw new ProxyError(
      "ForbiddenOrigin",
      `requests through another proxy are not proxied (header ${name})`,
    );
  }
  if (OVERRIDES.test(name)) throw bad(`the header ${name} would change the request`);
  if (name === "upgrade" || name === "http2-settings") throw bad("the protocol cannot be changed (Upgrade)");
  if (!name.includes("_")) return;
  const dashed = name.replaceAll("_", "-");
  refuse(dashed);
  if (STRIPPED.has(dashed)) throw bad(`some servers read the header ${name} as ${dashed}`);
};

/** Names that the Connection header makes hop by hop. */
const connectionNames = (value: string): string[] =>
  value.split(",").map((name) => name.trim().toLowerCase());

/** Content-Length as a number of bytes. */
const lengthOf = (value: string): number => {
  if (!/^\d{1,15}$/.test(value)) throw bad("Content-Length is not a number of bytes");
  return Number(value);
};

/**
 * Reads a caller's headers once.
 * @param raw names and values as received, alternating (`IncomingMessage.rawHeaders`)
 * @throws ProxyError when one is repeated, malformed, or says that the request is not the caller's own
 */
export const readHeaders = (raw: readonly string[]): CallerHeaders => {
  const single = new Map<string, string>();
  const forwarded: string[] = [];
  let hopByHop: string[] | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!;
    refuse(name);
    if (single.has(name) && !LISTS.has(name)) throw bad(`the header ${name} is there more than once`);
    single.set(name, value);
    if (name === "connection") hopByHop = connectionNames(value);
    else if (!STRIPPED.has(name) && !name.startsWith("proxy-")) forwarded.push(name, value);
  }
  const apiKey = single.get("x-api-key");
  const authorization = single.get("authorization");
  if (apiKey !== undefined && authorization !== undefined)
    throw bad("both Authorization and X-Api-Key are there");
  const coding = single.get("transfer-encoding");
  if (coding !== undefined && coding.toLowerCase() !== "chunked")
    throw bad("the transfer coding is not chunked");
  const expect = single.get("expect");
  if (expect !== undefined && expect.toLowerCase() !== "100-continue") {
    throw new ProxyError("ExpectationFailed", "Expect may only be 100-continue");
  }
  const requestId = single.get("opc-request-id");
  if (requestId !== undefined && !REQUEST_ID.test(requestId))
    throw bad("opc-request-id has an unusual character");
  const length = single.get("content-length");
  return {
    forwarded: hopByHop ? withoutNames(forwarded, hopByHop) : forwarded,
    host: single.get("host"),
    credential: apiKey ?? authorization,
    contentType: single.get("content-type"),
    contentLength: length === undefined ? undefined : lengthOf(length),
    contentEncoding: single.get("content-encoding"),
    contentSha256: single.get("x-content-sha256"),
    chunked: coding !== undefined,
    requestId,
    retryToken: single.get("opc-retry-token"),
  };
};

const withoutNames = (headers: readonly string[], names: readonly string[]): string[] => {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (!names.includes(headers[i]!)) kept.push(headers[i]!, headers[i + 1]!);
  }
  return kept;
};

/** Hop by hop on the way back, or about a connection that the caller does not have. */
const NOT_RETURNED = new Set([
  "alt-svc",
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "set-cookie",
  "strict-transport-security",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The service's headers that the caller gets. */
export const returnedHeaders = (headers: IncomingHttpHeaders): Record<string, string | string[]> => {
  const returned: Record<string, string | string[]> = {};
  const named = headers.connection ? connectionNames(headers.connection) : [];
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !NOT_RETURNED.has(name) && !named.includes(name)) returned[name] = value;
  }
  return returned;
};
