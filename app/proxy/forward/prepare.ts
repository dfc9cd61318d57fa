/** What of a request's body is sent and signed: taken into memory, or passed on as it comes. @module */
import type { Readable } from "node:stream";
import { EMPTY_BODY_SHA256, signsBody } from "../../../oci/signature.ts";
import type { UnsignedRequest } from "../../instance-principal/index.ts";
import type { ProxyCore } from "../core.ts";
import { ProxyError } from "../errors.ts";
import type { Authorised } from "./authorised.ts";
import { digestGate, readCallerBody, refuseDigest, sha256, tooLarge } from "./body.ts";
import { checkComparable, refuseForm } from "./content-type.ts";
import { gunzip, statedSize } from "./gzip.ts";

/** A body on its way, and what the signature says of it. */
export interface Prepared {
  body: Buffer | Readable | null;
  signed: UnsignedRequest["body"];
  headers: string[];
}

export const EMPTY = Buffer.alloc(0);

/** A body of JSON that the proxy has made itself. */
export const preparedJson = (body: Buffer): Prepared => {
  const type = "application/json";
  const digest = sha256(body);
  return {
    body,
    signed: { type, length: body.length, sha256: digest },
    headers: ["content-length", String(body.length), "content-type", type, "x-content-sha256", digest],
  };
};

/** Streams the caller's body; a digest that the caller sent is verified on the way. */
const streamed = ({ request, headers }: Authorised): Readable => {
  if (!headers.contentSha256) return request;
  const gate = digestGate(headers.contentSha256);
  request.on("error", (error) => gate.destroy(error));
  // The exchange hears of a failure while it goes on; afterwards nobody does, and nobody needs to.
  gate.on("error", () => undefined);
  return request.pipe(gate);
};

/** Size of one body of a client that is held in memory, in bytes. */
export const bufferLimit = (core: ProxyCore, client: string): number =>
  core.policy.settings.get(client)?.limits?.bufferedBodyBytes ?? core.settings.limits.bufferedBodyBytes;

/** Reads a body into memory; a digest that the caller sent must be its own. */
export const buffered = async (
  core: ProxyCore,
  { request, client, headers }: Authorised,
): Promise<Buffer> => {
  const { timeouts } = core.settings;
  const body = await readCallerBody(request, client, core.budget, bufferLimit(core, client), timeouts.bodyMs);
  if (headers.contentSha256 && headers.contentSha256 !== sha256(body)) {
    core.budget.give(client, body.length);
    refuseDigest();
  }
  return body;
};

const prepareUnsigned = async (core: ProxyCore, one: Authorised): Promise<Prepared> => {
  const { headers, response } = one;
  const described = (length: number): string[] => [
    "content-length",
    String(length),
    ...(headers.contentType ? ["content-type", headers.contentType] : []),
    ...(headers.contentSha256 ? ["x-content-sha256", headers.contentSha256] : []),
  ];
  if (headers.chunked) {
    // The service takes no chunks: how long the body is must be known before its first byte is sent.
    if (one.expectsContinue) response.writeContinue();
    const body = await buffered(core, one);
    return { body, signed: undefined, headers: described(body.length) };
  }
  if (headers.contentLength === undefined) {
    throw new ProxyError("LengthRequired", "uploads need Content-Length, or chunks; found neither");
  }
  if (headers.contentLength === 0 && (headers.contentSha256 ?? EMPTY_BODY_SHA256) !== EMPTY_BODY_SHA256) {
    refuseDigest();
  }
  if (one.expectsContinue) response.writeContinue();
  return {
    body: headers.contentLength === 0 ? EMPTY : streamed(one),
    signed: undefined,
    headers: described(headers.contentLength),
  };
};

/** A body in gzip, decoded. What it takes of the budget, its length, is the caller's to give back. */
export const decodedWithin = async (core: ProxyCore, client: string, body: Buffer): Promise<Buffer> => {
  const sizeBytes = statedSize(body, bufferLimit(core, client));
  core.budget.take(client, sizeBytes);
  try {
    return await gunzip(body, sizeBytes);
  } catch (error) {
    core.budget.give(client, sizeBytes);
    throw error;
  }
};

const prepareSigned = async (core: ProxyCore, one: Authorised): Promise<Prepared> => {
  const { headers, response, decision } = one;
  const bufferedBodyBytes = bufferLimit(core, one.client);
  const type = headers.contentType ?? "application/json";
  const length = headers.contentLength ?? (headers.chunked ? undefined : 0);
  const byBody = decision.allowed === "by body";
  if (length !== 0 && one.match.operation.body === "json") refuseForm(type);
  if (byBody && length !== 0) checkComparable(type, headers.contentEncoding);
  const covered = (length: number, digest: string): Prepared["headers"] => [
    "content-length",
    String(length),
    "content-type",
    type,
    "x-content-sha256",
    digest,
  ];
  if (length !== undefined && length > bufferedBodyBytes) {
    if (!headers.contentSha256 || byBody) throw tooLarge(bufferedBodyBytes);
    if (one.expectsContinue) response.writeContinue();
    const digest = headers.contentSha256;
    return {
      body: streamed(one),
      signed: { type, length, sha256: digest },
      headers: covered(length, digest),
    };
  }
  if (one.expectsContinue) response.writeContinue();
  const body = length === 0 ? EMPTY : await buffered(core, one);
  const digest = body.length === 0 ? EMPTY_BODY_SHA256 : sha256(body);
  if (length === 0 && headers.contentSha256 && headers.contentSha256 !== digest) refuseDigest();
  return {
    body,
    signed: { type, length: body.length, sha256: digest },
    headers: covered(body.length, digest),
  };
};

export const prepare = (core: ProxyCore, one: Authorised): Prepared | Promise<Prepared> => {
  if (!signsBody(one.match.operation.method)) return { body: null, signed: undefined, headers: [] };
  const { contentSha256 } = one.headers;
  if (contentSha256 !== undefined && !/^[A-Za-z0-9+/]{43}=$/.test(contentSha256)) {
    throw new ProxyError("BadHeader", "x-content-sha256 is not the base64 of a SHA-256");
  }
  return one.match.operation.bodySigned ? prepareSigned(core, one) : prepareUnsigned(core, one);
};
