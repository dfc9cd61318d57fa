/** Checksums of an object's bytes, computed while they pass. @module */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { S3Error } from "../errors.ts";
import { Crc32c, Crc64nvme } from "./crc.ts";

/** Algorithms of `x-amz-checksum-*`. */
export type ChecksumAlgorithm = "crc32" | "crc32c" | "crc64nvme" | "sha1" | "sha256";

/** A sum in the making. */
export interface Sum {
  update(data: Buffer): unknown;
  /** Called once, after the last byte. */
  digest(): Buffer;
}

class Crc32 implements Sum {
  #sum = 0;

  update(data: Buffer): void {
    this.#sum = crc32(data, this.#sum);
  }

  digest(): Buffer {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(this.#sum);
    return sum;
  }
}

/** Each algorithm with the length of its digest in bytes. */
const ALGORITHMS: Readonly<Record<ChecksumAlgorithm, { lengthBytes: number; create: () => Sum }>> = {
  crc32: { lengthBytes: 4, create: () => new Crc32() },
  crc32c: { lengthBytes: 4, create: () => new Crc32c() },
  crc64nvme: { lengthBytes: 8, create: () => new Crc64nvme() },
  sha1: { lengthBytes: 20, create: () => createHash("sha1") },
  sha256: { lengthBytes: 32, create: () => createHash("sha256") },
};

const PREFIX = "x-amz-checksum-";
/** Headers with the same beginning that are no checksums. */
const OTHERS = new Set(["x-amz-checksum-algorithm", "x-amz-checksum-type", "x-amz-checksum-mode"]);

export const createSum = (algorithm: ChecksumAlgorithm): Sum => ALGORITHMS[algorithm].create();

/**
 * The algorithm of a header by its lower-case name.
 * @returns undefined for a header that is no checksum
 * @throws S3Error `InvalidRequest` for an algorithm that cannot be verified here
 */
export const algorithmOf = (header: string): ChecksumAlgorithm | undefined => {
  if (!header.startsWith(PREFIX) || OTHERS.has(header)) return undefined;
  const name = header.slice(PREFIX.length);
  if (Object.hasOwn(ALGORITHMS, name)) return name as ChecksumAlgorithm;
  throw new S3Error(
    "InvalidRequest",
    `${header.slice(0, 100)} cannot be verified: the checksums are ${Object.keys(ALGORITHMS).join(", ")}.`,
  );
};

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Decodes base64 of a digest.
 * @returns undefined unless it is the one spelling of so many bytes
 */
export const decodeDigest = (text: string, lengthBytes: number): Buffer | undefined => {
  if (text.length > 100 || !BASE64.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64");
  return bytes.length === lengthBytes && bytes.toString("base64") === text ? bytes : undefined;
};

/** Whether a text is the base64 of a digest of the algorithm. */
export const isChecksum = (algorithm: ChecksumAlgorithm, text: string): boolean =>
  decodeDigest(text, ALGORITHMS[algorithm].lengthBytes) !== undefined;
