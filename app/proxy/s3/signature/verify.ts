/** Verifies Signature Version 4 of requests to S3, in headers and presigned. @module */
import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { S3Error } from "../errors.ts";
import { ChunkChain, sameSignature, signText } from "./chunk-chain.ts";
import { type Claim, readClaim } from "./claim.ts";
import { canonicalPath } from "./encoding.ts";
import { readHeaders } from "./headers.ts";
import type { AccessKey } from "./keys.ts";
import { type Payload, payloadText, readPayload } from "./payload.ts";
import { parseQuery } from "./query.ts";

export type { Payload } from "./payload.ts";

/** A request whose signature is right. */
export interface Verified {
  client: string;
  accessKeyId: string;
  payload: Payload;
  presigned: boolean;
  /** The request's headers by lower-case name, each once; values as latin1. */
  headers: ReadonlyMap<string, string>;
}

/** The parts of a request that are signed. */
export interface SignedRequest {
  method: string;
  /** As on the request line. */
  url: string;
  /** Node's, latin1. */
  rawHeaders: readonly string[];
}

type Values = ReadonlyMap<string, string>;

const SKEW_MS = 15 * 60_000;

/** @throws S3Error `RequestTimeTooSkewed`; of a presigned URL `AccessDenied` before and after its time */
const checkTime = ({ timeMs, expiresS }: Claim, nowMs: number): void => {
  const serverTime = (): string => new Date(nowMs).toISOString();
  if (expiresS === undefined) {
    if (Math.abs(nowMs - timeMs) <= SKEW_MS) return;
    throw new S3Error(
      "RequestTimeTooSkewed",
      "The difference between the request's time and this server's is more than 15 minutes: set the clock.",
      {
        RequestTime: new Date(timeMs).toISOString(),
        ServerTime: serverTime(),
        MaxAllowedSkewMilliseconds: String(SKEW_MS),
      },
    );
  }
  if (timeMs - nowMs > SKEW_MS) {
    throw new S3Error("AccessDenied", "The presigned URL is not valid yet.", { ServerTime: serverTime() });
  }
  const untilMs = timeMs + expiresS * 1000;
  if (nowMs < untilMs) return;
  throw new S3Error("AccessDenied", "The presigned URL has expired.", {
    Expires: new Date(untilMs).toISOString(),
    ServerTime: serverTime(),
  });
};

/** @throws S3Error `AccessDenied` for an `x-amz-*` that is not signed: whoever adds one would change the request */
const checkAllSigned = (headers: Values, signedHeaders: readonly string[]): void => {
  const unsigned: string[] = [];
  for (const name of headers.keys())
    if (name.startsWith("x-amz-") && !signedHeaders.includes(name)) unsigned.push(name);
  if (unsigned.length === 0) return;
  throw new S3Error("AccessDenied", "There were headers present in the request which were not signed.", {
    HeadersNotSigned: unsigned.join(", "),
  });
};

/** @throws S3Error when the token is another key's, or missing for a key that expires */
const checkSessionToken = (shown: string | undefined, { sessionToken, expiresMs }: AccessKey): void => {
  if (shown === undefined) {
    if (expiresMs === undefined) return;
    throw new S3Error(
      "InvalidAccessKeyId",
      "The access key is a temporary one: the request needs its session token (AWS_SESSION_TOKEN) in x-amz-security-token.",
    );
  }
  const a = Buffer.from(shown, "latin1");
  const b = Buffer.from(sessionToken, "latin1");
  if (a.length === b.length && timingSafeEqual(a, b)) return;
  throw new S3Error(
    "InvalidToken",
    "x-amz-security-token is not the session token of this access key: both must come from one answer of the credentials endpoint.",
  );
};

/**
 * The key that signs for S3.
 * @param date `20260131`
 */
export const signingKeyOf = (secretAccessKey: string, date: string, region: string): Buffer => {
  let signingKey = Buffer.from(`AWS4${secretAccessKey}`, "latin1");
  for (const part of [date, region, "s3", "aws4_request"]) {
    signingKey = createHmac("sha256", signingKey).update(part, "latin1").digest();
  }
  return signingKey;
};

/** Days and regions of one key whose signing keys are kept ready. */
const MOST_READY = 16;
const ready = new WeakMap<AccessKey, Map<string, Buffer>>();

/** The key of one day and region. It is kept as long as the access key: making it takes four HMACs. */
const readySigningKey = (key: AccessKey, date: string, region: string): Buffer => {
  let keys = ready.get(key);
  if (!keys) {
    keys = new Map();
    ready.set(key, keys);
  }
  const name = `${date}/${region}`;
  let signingKey = keys.get(name);
  if (!signingKey) {
    signingKey = signingKeyOf(key.secretAccessKey, date, region);
    if (keys.size >= MOST_READY) keys.clear();
    keys.set(name, signingKey);
  }
  return signingKey;
};

const isAscii = (text: string): boolean => !/[\x80-\xff]/.test(text);

const canonicalValue = (value: string): string => {
  if (!/^[\t ]|[\t ]$|\t| {2}/.test(value)) return value;
  const single = value.replaceAll(/[\t ]+/g, " ");
  return single.slice(single.startsWith(" ") ? 1 : 0, single.endsWith(" ") ? -1 : undefined);
};

/**
 * `name:value\n` of each signed header: blanks at the ends are left out, those within become one. Only blanks of HTTP
 * are: 0xA0, which `trim` takes for one, is the last byte of `à` in UTF-8.
 */
const canonicalHeaders = (headers: Values, signedHeaders: readonly string[]): string => {
  let text = "";
  for (const name of signedHeaders) {
    const value = headers.get(name);
    if (value === undefined) {
      throw new S3Error(
        "SignatureDoesNotMatch",
        `The request is signed with the header ${name}, and has none: something on the way has taken it out.`,
      );
    }
    text += `${name}:${canonicalValue(value)}\n`;
  }
  return text;
};

/**
 * Paths by which a request may be signed: decoded and encoded again, and as sent. Every other spelling of a path that is
 * signed in the first way means the same bytes; one that is signed in the second has no other spelling.
 */
const canonicalPaths = (path: string): readonly string[] => {
  const canonical = canonicalPath(path);
  return canonical === path ? [path] : [canonical, path];
};

/** @throws S3Error `InvalidURI` for what is no path, or has a fragment, at which some parsers cut */
const splitUrl = (url: string): { path: string; query: string } => {
  if (!url.startsWith("/") || url.includes("#")) {
    throw new S3Error("InvalidURI", "The request line must have a path that begins with /, without #.");
  }
  const mark = url.indexOf("?");
  return mark === -1 ? { path: url, query: "" } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
};

/**
 * Verifies a request's signature and says whose it is. Host and every `x-amz-*` header must be signed; any region will
 * do. The caller must read the path decoded and `+` in the query as a space, as the signature does: then a signature is
 * good for one meaning only.
 *
 * A request that is sent again within the 15 minutes, or the life of its URL, is accepted again, as S3 does: SDKs send
 * the same signature when they retry on a new connection. When the client's token is rotated, its keys and all that
 * they signed are gone.
 * @param find throws for a key that is unknown or expired; see `findKey`
 * @param nowMs milliseconds since 1970
 * @throws S3Error; no message has a secret or the signature that would be right
 */
export const verifyRequest = (
  { method, url, rawHeaders }: SignedRequest,
  find: (accessKeyId: string) => { client: string; key: AccessKey },
  nowMs: number,
): Verified => {
  const { path, query: rawQuery } = splitUrl(url);
  const headers = readHeaders(rawHeaders);
  const query = parseQuery(rawQuery);
  const claim = readClaim(headers, query.values);
  const presigned = claim.expiresS !== undefined;
  checkAllSigned(headers, claim.signedHeaders);
  const text = payloadText(headers, query.values, presigned);
  checkTime(claim, nowMs);
  const { client, key } = find(claim.accessKeyId);
  if (key.expiresMs !== undefined && key.expiresMs <= nowMs) {
    throw new S3Error("ExpiredToken", "The access key has expired.");
  }
  checkSessionToken(claim.sessionToken, key);

  const { timestamp, scope, region } = claim;
  const signingKey = readySigningKey(key, timestamp.slice(0, 8), region);
  const behindPath = `\n${query.canonical}\n${canonicalHeaders(headers, claim.signedHeaders)}\n${claim.signedHeaders.join(";")}\n${text}`;
  const signatureOf = (canonical: string): string => {
    const text = `${method}\n${canonical}${behindPath}`;
    // One call hashes a text as UTF-8, which is the same bytes only where all are ASCII.
    const digest = hash("sha256", isAscii(text) ? text : Buffer.from(text, "latin1"), "hex");
    return signText(signingKey, `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${digest}`);
  };
  if (!canonicalPaths(path).some((canonical) => sameSignature(claim.signature, signatureOf(canonical)))) {
    throw new S3Error(
      "SignatureDoesNotMatch",
      "The signature is not that of this request and access key: check the secret access key, and that nothing on the way changes path, query or headers.",
    );
  }
  const payload = readPayload(
    text,
    headers,
    () => new ChunkChain(signingKey, timestamp, scope, claim.signature),
  );
  return { client, accessKeyId: key.accessKeyId, payload, presigned, headers };
};
