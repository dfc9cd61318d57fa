/** What operations work with: one S3 request whose caller is known. @module */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { ClientPolicy } from "../../../document/rules/policy.ts";
import type { ProxyCore } from "../core.ts";
import { ProxyError } from "../errors.ts";
import { objectBody } from "./body/object-body.ts";
import { S3Error } from "./errors.ts";
import type { Native } from "./native.ts";
import type { S3Request } from "./request.ts";
import type { Verified } from "./signature/verify.ts";
import { MAX_DOCUMENT_BYTES, readXml, type XmlNode, type XmlRoot } from "./xml.ts";

/** A request at the door. */
export interface AtDoor {
  core: ProxyCore;
  client: string;
  policy: ClientPolicy;
  s3: S3Request;
  verified: Verified;
  native: Native;
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  expectsContinue: boolean;
}

/** An operation of S3. */
export type S3Handler = (at: AtDoor) => Promise<void>;

/** The bucket of a request about one. */
export const bucketOf = ({ s3 }: AtDoor): string => s3.bucket!;

/** Path parameters of the request's object. */
export const objectOf = ({ s3 }: AtDoor): { bucketName: string; objectName: string } => ({
  bucketName: s3.bucket!,
  objectName: s3.key!,
});

const ENCRYPTION = "x-amz-server-side-encryption";

/** Asks a caller that waits for it to send its body. */
const askForBody = ({ expectsContinue, response }: AtDoor): void => {
  if (expectsContinue) response.writeContinue();
};

/** An object's bytes on their way, verified before the last of them is passed on. */
export interface ObjectBytes {
  stream: Readable;
  lengthBytes: number;
  /** Checksums by algorithm, in base64, once all has passed. */
  checksums(): Partial<Record<string, string>>;
}

/**
 * The object in a request's body.
 * @throws S3Error `MissingContentLength`
 */
export const bytesOf = async (at: AtDoor): Promise<ObjectBytes> => {
  const { request, verified, s3 } = at;
  const { stream, lengthBytes, verified: checked, digests } = objectBody(request, verified, s3.headers);
  if (lengthBytes === undefined)
    throw new S3Error(
      "MissingContentLength",
      "an upload needs Content-Length or x-amz-decoded-content-length",
    );
  askForBody(at);
  // Of an empty object no last byte can be held back.
  if (lengthBytes === 0) await checked;
  return { stream, lengthBytes, checksums: () => digests().checksums };
};

/** An object that is held in memory until all of it is verified. */
export interface HeldObject {
  stream: Readable;
  /** Gives its memory back. */
  end(): void;
}

/**
 * Reads a whole object, so that what its trailer says is known before it is sent on.
 * @returns undefined for one that is too long to be held, and while there is no room for it: it is read as it comes
 * @throws ProxyError `RequestTimeout`, S3Error for what is wrong with its digests
 */
export const hold = async (
  { core, client }: AtDoor,
  { stream, lengthBytes }: ObjectBytes,
): Promise<HeldObject | undefined> => {
  const { budget, settings } = core;
  if (lengthBytes > settings.limits.bufferedBodyBytes || !budget.allows(client, lengthBytes))
    return undefined;
  budget.take(client, lengthBytes);
  const end = (): void => budget.give(client, lengthBytes);
  try {
    const bytes = await wholeOf(stream, settings.timeouts.bodyMs);
    return { stream: Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false }), end };
  } catch (error) {
    end();
    throw error;
  }
};

/** Reads a body to its end. @throws ProxyError `RequestTimeout` after `withinMs` */
const wholeOf = async (stream: Readable, withinMs: number): Promise<Buffer> => {
  const late = setTimeout(
    () => stream.destroy(new ProxyError("RequestTimeout", `the body did not come within ${withinMs} ms`)),
    withinMs,
  );
  try {
    const pieces: Buffer[] = [];
    for await (const piece of stream) pieces.push(piece as Buffer);
    return Buffer.concat(pieces);
  } finally {
    clearTimeout(late);
  }
};

/**
 * The document in a request's body, verified.
 * @param headers those that are about the document, by name
 * @throws S3Error `MalformedXML`, `EntityTooLarge`, and what is wrong with its digests
 */
export const documentOf = async (at: AtDoor, root: XmlRoot, headers = at.s3.headers): Promise<XmlNode> => {
  const { core, client, request, verified } = at;
  const { stream, lengthBytes } = objectBody(request, verified, headers);
  if (lengthBytes === undefined) throw new S3Error("MissingContentLength", `a ${root} needs Content-Length`);
  if (lengthBytes > MAX_DOCUMENT_BYTES)
    throw new S3Error("EntityTooLarge", `a ${root} has at most ${MAX_DOCUMENT_BYTES} bytes`);
  core.budget.take(client, lengthBytes);
  try {
    askForBody(at);
    return readXml(await wholeOf(stream, core.settings.timeouts.bodyMs), root);
  } finally {
    core.budget.give(client, lengthBytes);
  }
};

/** Says that an object is encrypted as it was asked for: OCI does so with every one. */
export const encryptionResponse = ({ s3 }: AtDoor): string[] =>
  s3.headers.has(ENCRYPTION) ? [ENCRYPTION, "AES256"] : [];

/** A number in the query. @throws S3Error `InvalidArgument` */
export const numberIn = (
  { s3 }: AtDoor,
  name: string,
  otherwise: number,
  least: number,
  most: number,
): number => {
  const text = s3.query.get(name);
  if (text === undefined || text === "") return otherwise;
  const value = Number(text);
  if (!/^\d{1,10}$/.test(text) || value < least)
    throw new S3Error(
      "InvalidArgument",
      `${name} must be a number from ${least}, found ${text.slice(0, 20)}`,
    );
  return Math.min(value, most);
};
