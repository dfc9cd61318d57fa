/** Signature Version 4 as a client makes it, written from Amazon's documentation and apart from the code under test. */
import { createHash, createHmac } from "node:crypto";
import { Readable } from "node:stream";
import type { AccessKey } from "../../../../app/proxy/s3/signature/keys.ts";
import { type Verified, verifyRequest } from "../../../../app/proxy/s3/signature/verify.ts";

/** Amazon's published example. */
export const EXAMPLE: AccessKey = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  sessionToken: "session-of-the-example",
  expiresMs: undefined,
};

export const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

export const EMPTY_SHA256 = sha256("");

/** A request to be signed, or one that is. */
export interface TestRequest {
  method: string;
  url: string;
  headers: [string, string][];
}

export interface SignOptions {
  key?: AccessKey;
  region?: string;
  service?: string;
  /** `20260131T120000Z` */
  timestamp?: string;
  /** In place of the first eight of the timestamp. */
  date?: string;
  /** Path as it is signed; else as it is sent. */
  path?: string;
  /** Names that are left out. */
  unsigned?: string[];
}

const rfc3986 = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const sortedQuery = (query: string): string =>
  query
    .split("&")
    .filter(Boolean)
    .map((part) => {
      const [name, value = ""] = part.split(/=(.*)/s);
      return [name, value].map((one) => rfc3986(decodeURIComponent(one!.replaceAll("+", " "))));
    })
    .sort(([a], [b]) => (a! < b! ? -1 : 1))
    .map((pair) => pair.join("="))
    .join("&");

const signingKey = (key: AccessKey, date: string, region: string, service: string): Buffer =>
  [date, region, service, "aws4_request"].reduce<Buffer | string>(
    hmac,
    `AWS4${key.secretAccessKey}`,
  ) as Buffer;

const signature = (
  request: TestRequest,
  names: string[],
  payload: string,
  query: string,
  timestamp: string,
  { key = EXAMPLE, region = "us-east-1", service = "s3", path, date = timestamp.slice(0, 8) }: SignOptions,
): { signature: string; scope: string } => {
  const scope = `${date}/${region}/${service}/aws4_request`;
  const lines = names.map((name) => {
    const value = request.headers.find(([one]) => one.toLowerCase() === name)![1];
    return `${name}:${value.replace(/^ +| +$/g, "").replace(/ +/g, " ")}\n`;
  });
  const canonical = [
    request.method,
    path ?? request.url.split("?")[0]!,
    sortedQuery(query),
    lines.join(""),
    names.join(";"),
    payload,
  ].join("\n");
  const text = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(Buffer.from(canonical, "latin1"))}`;
  return { signature: hmac(signingKey(key, date, region, service), text).toString("hex"), scope };
};

/** Signs in the Authorization header. The request brings all its other headers. */
export const signed = (request: TestRequest, options: SignOptions = {}): TestRequest => {
  const names = request.headers
    .map(([name]) => name.toLowerCase())
    .filter((name) => !options.unsigned?.includes(name))
    .sort();
  const header = (name: string): string =>
    request.headers.find(([one]) => one.toLowerCase() === name)?.[1] ?? "";
  const timestamp = options.timestamp ?? header("x-amz-date");
  const query = request.url.split(/\?(.*)/s)[1] ?? "";
  const made = signature(request, names, header("x-amz-content-sha256"), query, timestamp, options);
  const authorization = `AWS4-HMAC-SHA256 Credential=${(options.key ?? EXAMPLE).accessKeyId}/${made.scope},SignedHeaders=${names.join(";")},Signature=${made.signature}`;
  return { ...request, headers: [...request.headers, ["Authorization", authorization]] };
};

/** Presigns the URL. */
export const presigned = (
  request: TestRequest,
  expires: string,
  timestamp: string,
  options: SignOptions & { payload?: string; extra?: string } = {},
): TestRequest => {
  const key = options.key ?? EXAMPLE;
  const scope = `${timestamp.slice(0, 8)}/${options.region ?? "us-east-1"}/s3/aws4_request`;
  const names = request.headers
    .map(([name]) => name.toLowerCase())
    .filter((name) => !options.unsigned?.includes(name))
    .sort();
  const [path, sent = ""] = request.url.split(/\?(.*)/s) as [string, string?];
  const query = [
    ...(sent ? [sent] : []),
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    `X-Amz-Credential=${encodeURIComponent(`${key.accessKeyId}/${scope}`)}`,
    `X-Amz-Date=${timestamp}`,
    `X-Amz-Expires=${expires}`,
    `X-Amz-SignedHeaders=${encodeURIComponent(names.join(";"))}`,
    ...(options.extra ? [options.extra] : []),
  ].join("&");
  const made = signature(request, names, options.payload ?? "UNSIGNED-PAYLOAD", query, timestamp, options);
  return { ...request, url: `${path}?${query}&X-Amz-Signature=${made.signature}` };
};

/** Verifies with one key. */
export const verify = (request: TestRequest, nowMs: number, key: AccessKey = EXAMPLE): Verified =>
  verifyRequest(
    { method: request.method, url: request.url, rawHeaders: request.headers.flat() },
    (accessKeyId) => {
      if (accessKeyId !== key.accessKeyId) throw new Error(`asked for ${accessKeyId}`);
      return { client: "app", key };
    },
    nowMs,
  );

/** Headers by lower-case name. */
export const byName = (request: TestRequest): Map<string, string> =>
  new Map(request.headers.map(([name, value]) => [name.toLowerCase(), value]));

/** Signatures of chunks, one behind the other. */
export const chunkSigner = (seed: TestRequest, options: SignOptions = {}) => {
  const { key = EXAMPLE, region = "us-east-1" } = options;
  const timestamp = byName(seed).get("x-amz-date")!;
  const scope = `${timestamp.slice(0, 8)}/${region}/s3/aws4_request`;
  let previous = byName(seed).get("authorization")!.slice(-64);
  const next = (kind: string, ...rest: string[]): string => {
    const text = [`AWS4-HMAC-SHA256-${kind}`, timestamp, scope, previous, ...rest].join("\n");
    previous = hmac(signingKey(key, timestamp.slice(0, 8), region, "s3"), text).toString("hex");
    return previous;
  };
  return {
    chunk: (data: Buffer): string => next("PAYLOAD", EMPTY_SHA256, sha256(data)),
    trailer: (text: string): string => next("TRAILER", sha256(text)),
  };
};

/** A stream of these pieces. Each is copied: the decoder writes into what it is given. */
export const inPieces = (pieces: readonly Buffer[]): Readable =>
  Readable.from(
    pieces.map((piece) => Buffer.from(piece)),
    { objectMode: false },
  );
