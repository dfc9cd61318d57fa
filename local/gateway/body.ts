/** Request bodies: read to a limit, checked against the signed digest. @module */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Readable, Transform } from "node:stream";
import { cannotParse, notAuthenticated, payloadTooLarge } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../state/wire.ts";

/** Largest body that is read into memory. OCI's is not published; user_data and policies stay far below. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

const digestOf = (body: Buffer): string => createHash("sha256").update(body).digest("base64");

/**
 * Reads a body whose digest is signed.
 * @param digest the `x-content-sha256` header, part of the signature
 * @throws ServiceError 413 past the limit, 401 when the digest is another
 */
export const readSignedBody = async (
  request: IncomingMessage,
  digest: string | undefined,
): Promise<Buffer> => {
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) throw payloadTooLarge(MAX_BODY_BYTES);
  const chunks: Buffer[] = [];
  let size = 0;
  // Without an encoding Node gives Buffers; its types say `any`.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw payloadTooLarge(MAX_BODY_BYTES);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (digestOf(body) !== digest) throw notAuthenticated();
  return body;
};

/** A body that is streamed to the handler; when a digest was signed all the same, a wrong one fails the stream. */
export const streamedBody = (request: IncomingMessage, digest: string | undefined): Readable => {
  if (!digest) return request;
  const hash = createHash("sha256");
  const checked = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
    flush: (done) => done(hash.digest("base64") === digest ? null : notAuthenticated()),
  });
  request.on("error", (error) => checked.destroy(error));
  return request.pipe(checked);
};

/**
 * The body as a JSON object.
 * @throws ServiceError 400 CannotParseRequest saying what was found instead
 */
export const parseJson = (body: Buffer): JsonObject => {
  if (!body.length) throw cannotParse("The request's body is empty; a JSON object is expected.");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw cannotParse("The request's body is not UTF-8.");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw cannotParse("The request's body is not valid JSON.");
  }
  if (!isJsonObject(value)) {
    throw cannotParse(
      `The request's body is ${value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`}; a JSON object is expected.`,
    );
  }
  return value;
};

/** Time and bytes for which a body that nobody wants is read, so that its sender sees the response. */
const DRAIN_MS = 1000;
const DRAIN_BYTES = 32 * 1024 * 1024;

/**
 * Reads the rest of a body and drops it. A connection that is closed while its sender writes shows it no
 * response.
 */
export const drain = (request: IncomingMessage): Promise<void> =>
  new Promise((resolve) => {
    if (request.complete || request.destroyed) return resolve();
    let size = 0;
    const timer = setTimeout(resolve, DRAIN_MS);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > DRAIN_BYTES) done();
    });
    request.once("end", done);
    request.once("close", done);
    request.resume();
  });
