/**
 * Access keys of the S3 endpoint. They follow from the digest of a client's token: nothing is stored, both proxies of
 * a takeover know them, and they end with the token.
 * @module
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { S3Error } from "../errors.ts";

/** One access key, as an SDK is given it. */
export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
  /** SDKs demand one of a key that expires. */
  sessionToken: string;
  /** Milliseconds since 1970, a whole minute; undefined for a key that is good as long as the token. */
  expiresMs: number | undefined;
}

/** A token that is accepted now. */
export interface AcceptedDigest {
  client: string;
  /** The token's SHA-256 as 64 hexadecimal characters. */
  digest: Buffer;
  /** Milliseconds since 1970, as `nowMs` is; infinite for the newest. */
  untilMs: number;
}

const PREFIX = "KLS3";
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/**
 * 12 bytes in base32: eight that name the token, four for the minute at which the key expires. The last character has
 * four bits to spare, which are 0: an id has one spelling.
 */
const FORM = /^KLS3[A-Z2-7]{19}[AQ]$/;
const ID_BYTES = 8;
const EXPIRY_BYTES = 4;
const MINUTE_MS = 60_000;
/** Minute 0 stands for a key that does not expire. */
const NEVER = 0;
/** As long as Amazon's. */
const SECRET_CHARACTERS = 40;
/** Keys of one token that are kept ready: a client has one or two in use. */
const MOST_READY = 16;

interface Ready {
  id: Buffer;
  keys: Map<string, AccessKey>;
}

/** What follows from each digest; it goes with the digest. */
const ready = new WeakMap<Buffer, Ready>();

const hmac = (digest: Buffer, text: string): Buffer => createHmac("sha256", digest).update(text).digest();

const readyOf = (digest: Buffer): Ready => {
  let one = ready.get(digest);
  if (!one) {
    one = { id: hmac(digest, "keyless s3 id").subarray(0, ID_BYTES), keys: new Map() };
    ready.set(digest, one);
  }
  return one;
};

const toBase32 = (bytes: Buffer): string => {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(value >>> (bits - 5)) & 31];
    value &= 0xff;
  }
  return bits === 0 ? text : text + BASE32[(value << (5 - bits)) & 31];
};

/** Values of the characters, by their codes. */
const VALUES = new Uint8Array(128);
for (const [value, character] of [...BASE32].entries()) VALUES[character.charCodeAt(0)] = value;

/** Decodes an id of the right form. */
const bytesOf = (accessKeyId: string): Buffer => {
  const bytes = Buffer.alloc(ID_BYTES + EXPIRY_BYTES);
  let at = 0;
  let bits = 0;
  let value = 0;
  for (let i = PREFIX.length; i < accessKeyId.length; i++) {
    value = ((value << 5) | VALUES[accessKeyId.charCodeAt(i)]!) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = value >>> bits;
    }
  }
  return bytes;
};

const idOf = (digest: Buffer, minute: number): string => {
  const bytes = Buffer.alloc(ID_BYTES + EXPIRY_BYTES);
  readyOf(digest).id.copy(bytes);
  bytes.writeUInt32BE(minute, ID_BYTES);
  return PREFIX + toBase32(bytes);
};

/** Letters and digits only: a secret that begins with a hyphen, or has a slash, breaks command lines and files. */
const alphanumeric = (bytes: Buffer): string =>
  bytes.toString("base64").replaceAll("+", "A").replaceAll("/", "B").replaceAll("=", "");

const make = (digest: Buffer, minute: number, accessKeyId: string): AccessKey => {
  const { keys } = readyOf(digest);
  const made = keys.get(accessKeyId);
  if (made) return made;
  const key: AccessKey = {
    accessKeyId,
    secretAccessKey: alphanumeric(hmac(digest, `keyless s3 secret ${accessKeyId}`)).slice(
      0,
      SECRET_CHARACTERS,
    ),
    sessionToken: alphanumeric(hmac(digest, `keyless s3 session ${accessKeyId}`)),
    expiresMs: minute === NEVER ? undefined : minute * MINUTE_MS,
  };
  // Callers choose the minute in an id: what is kept for them must have an end.
  if (keys.size >= MOST_READY) keys.clear();
  keys.set(accessKeyId, key);
  return key;
};

/**
 * Makes a client's key. The same token and minute give the same key; the secret depends on the expiry, so that none
 * can be moved.
 * @param digest the SHA-256 of the client's token as 64 hexadecimal characters, as `Tokens` keeps it
 * @param expiresMs milliseconds since 1970, cut to the minute; undefined for a key without expiry, which is good until
 * the token is rotated
 */
export const makeKey = (digest: Buffer, expiresMs: number | undefined): AccessKey => {
  const minute = expiresMs === undefined ? NEVER : Math.max(NEVER + 1, Math.floor(expiresMs / MINUTE_MS));
  return make(digest, minute, idOf(digest, minute));
};

/**
 * Finds the key of an access key id. The secret is made anew from each digest and so needs no store; ids are compared in
 * constant time, with every digest (timing attack).
 * @param accepted the digests of all clients' tokens; those whose time is over are left out
 * @param nowMs milliseconds since 1970
 * @throws S3Error `InvalidAccessKeyId` when no accepted token has it, `ExpiredToken` when its time is over
 */
export const findKey = (
  accessKeyId: string,
  accepted: readonly AcceptedDigest[],
  nowMs: number,
): { client: string; key: AccessKey } => {
  const bytes = FORM.test(accessKeyId) ? bytesOf(accessKeyId) : undefined;
  let found: AcceptedDigest | undefined;
  if (bytes) {
    const id = bytes.subarray(0, ID_BYTES);
    for (const one of accepted) {
      if (timingSafeEqual(readyOf(one.digest).id, id) && one.untilMs > nowMs) found = one;
    }
  }
  const minute = bytes?.readUInt32BE(ID_BYTES) ?? NEVER;
  if (!found) {
    throw new S3Error(
      "InvalidAccessKeyId",
      "The access key id is not, or no longer, that of a client: fetch the client's keys again from its credentials endpoint (AWS_CONTAINER_CREDENTIALS_FULL_URI), or read its credentials file again. Keys of Amazon or of OCI (customer secret keys) are none.",
    );
  }
  if (minute !== NEVER && minute * MINUTE_MS <= nowMs) {
    throw new S3Error(
      "ExpiredToken",
      `The access key expired at ${new Date(minute * MINUTE_MS).toISOString()}: fetch the client's keys again from its credentials endpoint (AWS_CONTAINER_CREDENTIALS_FULL_URI), as SDKs do by themselves, or read its credentials file again.`,
    );
  }
  return { client: found.client, key: make(found.digest, minute, accessKeyId) };
};
