/** Headers: those read of a caller's, those forwarded to the service, and those returned. @module */

import { isForwarded } from "../../../document/rules/forwarded-headers.ts";
import { Memo } from "../../../document/rules/memo.ts";
import type { Operation } from "../../../oci/operations/index.ts";
import { ProxyError } from "../errors.ts";

/** A caller's headers, sorted. */
export interface CallerHeaders {
  /** Names (lower-case) and values that go on with every operation, alternating. */
  forwarded: string[];
  /** Names (lower-case) and values that go on where the operation takes them, alternating. */
  offered: string[];
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
  /** The caller's `opc-retry-token`: with one, a second try cannot do twice what the first one did. */
  retryToken: string | undefined;
}

/** Headers that are read here, and replaced by the proxy's own or taken out. */
const READ = new Set([
  "authorization",
  "connection",
  "content-length",
  "content-type",
  "date",
  "expect",
  "host",
  "opc-request-id",
  "transfer-encoding",
  "x-api-key",
  "x-content-sha256",
  "x-date",
]);

/** HTTP's own headers that are about the caller's connection or its program, and end here without a word. */
const ENDING = new Set([
  "dnt",
  "keep-alive",
  "pragma",
  "priority",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
  "upgrade-insecure-requests",
]);
const ENDING_FAMILIES = /^sec-(fetch|ch)-/;

/** Headers that would state the caller, or the request, in another way than the proxy does. */
const OTHERWISE =
  /^(proxy-.*|opc-(principal|obo-token|delegation-token)|x-cross-tenancy-request|content-encoding)$/;

/** Headers of another proxy before this one: the caller is not who it seems. */
const FORWARDING =
  /^(via|forwarded(-.*)?|x-forward(ed)?(-.*)?|x-envoy-.*|(.*-)?(real|client|remote|originating|connecting)-?ip|(.*-)?remote-addr(ess)?)$/;

/**
 * Headers that servers behind the next hop might take for the method, path or host, in place of those
 * authorised.
 */
const OVERRIDES =
  /^(x-(.*-)?(override|original|rewrite|method|verb)(-.*)?|x-(http-)?(host|url|uri|path)(-.*)?|(http-)?method(-override)?|destination)$/;

/**
 * Headers that may stand in several lines: their values are lists, and none of them decides anything here.
 */
const LISTS = new Set([
  "accept",
  "accept-charset",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "cookie",
]);

const REQUEST_ID = /^[A-Za-z0-9/_.:+=-]{1,256}$/;

/** Most headers: more than any client sends; the bytes of each are counted elsewhere. */
const MAX_HEADERS = 200;

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
  if (!name.includes("_")) return;
  const dashed = name.replaceAll("_", "-");
  refuse(dashed);
  if (READ.has(dashed) || OTHERWISE.test(dashed))
    throw bad(`some servers read the header ${name} as ${dashed}`);
};

/** The treatment of a header, by its name. */
interface Treatment {
  /** Lower-case. */
  name: string;
  /** Forwarded, offered to the operation, or at its end here. */
  goes: "on" | "by operation" | "nowhere";
  /** True when the header may stand in several lines. */
  list: boolean;
}

/** Treatments by the name as it was sent: callers send the same few again and again. */
const treatments = new Memo((sent): Treatment => {
  const name = sent.toLowerCase();
  refuse(name);
  const goes = isForwarded(name)
    ? "on"
    : READ.has(name) || ENDING.has(name) || ENDING_FAMILIES.test(name)
      ? "nowhere"
      : "by operation";
  return { name, goes, list: LISTS.has(name) };
});

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
  if (raw.length > 2 * MAX_HEADERS) {
    throw new ProxyError("HeadersTooLarge", `the request has more than ${MAX_HEADERS} headers`);
  }
  const single = new Map<string, string>();
  const forwarded: string[] = [];
  const offered: string[] = [];
  let hopByHop: string[] | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const { name, list, goes } = treatments.get(raw[i]!);
    const value = raw[i + 1]!;
    if (!list && single.has(name)) throw bad(`the header ${name} is there more than once`);
    single.set(name, value);
    if (goes === "on") forwarded.push(name, value);
    else if (goes === "by operation") offered.push(name, value);
    // The usual values name no header.
    else if (name === "connection" && value !== "keep-alive" && value !== "close") {
      hopByHop = connectionNames(value);
    }
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
  if (hopByHop?.includes("content-encoding"))
    throw bad("Connection names Content-Encoding, which is the body's");
  const requestId = single.get("opc-request-id");
  if (requestId !== undefined && !REQUEST_ID.test(requestId))
    throw bad("opc-request-id has an unusual character");
  const digest = single.get("x-content-sha256");
  const length = single.get("content-length");
  return {
    forwarded: hopByHop ? withoutNames(forwarded, hopByHop) : forwarded,
    offered: hopByHop ? withoutNames(offered, hopByHop) : offered,
    host: single.get("host"),
    credential: apiKey ?? authorization,
    contentType: single.get("content-type"),
    contentLength: length === undefined ? undefined : lengthOf(length),
    contentEncoding: single.get("content-encoding"),
    contentSha256: digest,
    chunked: coding !== undefined,
    requestId,
    retryToken: single.get("opc-retry-token"),
  };
};

/** Tells whether an operation takes a header, by the table. */
const takes = ({ headers }: Operation, name: string): boolean =>
  headers.some((one) => (one.endsWith("*") ? name.startsWith(one.slice(0, -1)) : one === name));

const NONE: readonly string[] = [];

/**
 * Sorts what a caller offers to an operation.
 * @returns names and values that it takes, alternating, and the names of the others
 */
export const headersFor = (
  operation: Operation,
  offered: readonly string[],
): { taken: readonly string[]; left: readonly string[] } => {
  if (offered.length === 0) return { taken: NONE, left: NONE };
  const taken: string[] = [];
  const left: string[] = [];
  for (let i = 0; i < offered.length; i += 2) {
    if (takes(operation, offered[i]!)) taken.push(offered[i]!, offered[i + 1]!);
    else left.push(offered[i]!);
  }
  return { taken, left };
};

const withoutNames = (headers: readonly string[], names: readonly string[]): string[] => {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (!names.includes(headers[i]!)) kept.push(headers[i]!, headers[i + 1]!);
  }
  return kept;
};

/** Headers that are hop by hop on the way back, or about a connection that the caller does not have. */
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

/**
 * The service's headers that the caller gets.
 * @param headers names (lower-case) and values, alternating
 * @param requestId the caller's or the proxy's, where the service sent none
 * @returns names and values, alternating
 */
export const returnedHeaders = (headers: readonly string[], requestId: string): string[] => {
  const returned: string[] = [];
  let named: string[] | undefined;
  let identified = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    const value = headers[i + 1]!;
    if (name === "connection" && value !== "keep-alive" && value !== "close") {
      named = connectionNames(value).concat(named ?? []);
    }
    if (name === "opc-request-id") identified = true;
    if (!NOT_RETURNED.has(name)) returned.push(name, value);
  }
  if (!identified) returned.push("opc-request-id", requestId);
  return named ? withoutNames(returned, named) : returned;
};

/** The same headers, with these in place of those of the same names. Both are names (lower-case) and values, alternating. */
export const withHeaders = (headers: readonly string[], set: readonly string[]): string[] => [
  ...withoutNames(
    headers,
    set.filter((_, i) => i % 2 === 0),
  ),
  ...set,
];

/** The same headers, with this length of the body in place of what they say of it. */
export const withLength = (headers: readonly string[], bytes: number): string[] => [
  ...withoutNames(headers, ["content-length"]),
  "content-length",
  String(bytes),
];
