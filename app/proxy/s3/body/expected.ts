/** Digests that a request names for its object. @module */
import { S3Error } from "../errors.ts";
import type { Payload } from "../signature/payload.ts";
import { algorithmOf, type ChecksumAlgorithm, decodeDigest, isChecksum } from "./checksums.ts";
import { announcedTrailer } from "./trailer.ts";

/** What the object's bytes must come to. */
export interface Expected {
  /** Of `Content-MD5`. */
  md5: Buffer | undefined;
  /** Of `x-amz-content-sha256`, hexadecimal. */
  payloadSha256: string | undefined;
  /** Of `x-amz-checksum-*` headers, base64. */
  checksums: Map<ChecksumAlgorithm, string>;
  /** Checksums that the trailer will have. */
  announced: readonly ChecksumAlgorithm[];
}

const MD5_BYTES = 16;

/**
 * Reads all digests of a request's headers. The query has none that count: SDKs for JavaScript put the CRC32 of an empty
 * body into a presigned URL.
 * @param headers by lower-case name
 * @throws S3Error `InvalidDigest`, `BadDigest`, `InvalidRequest`, `MalformedTrailerError`
 */
export const readExpected = (headers: ReadonlyMap<string, string>, payload: Payload): Expected => {
  const contentMd5 = headers.get("content-md5");
  const md5 = contentMd5 === undefined ? undefined : decodeDigest(contentMd5, MD5_BYTES);
  if (contentMd5 !== undefined && !md5) {
    throw new S3Error("InvalidDigest", "Content-MD5 is not the base64 of an MD5.");
  }
  const checksums = new Map<ChecksumAlgorithm, string>();
  for (const [name, value] of headers) {
    const algorithm = algorithmOf(name);
    if (!algorithm) continue;
    if (!isChecksum(algorithm, value)) {
      throw new S3Error("BadDigest", `The value of ${name} is no such checksum in base64.`);
    }
    checksums.set(algorithm, value);
  }
  const announced = announcedTrailer(headers.get("x-amz-trailer"));
  if (announced.length > 0 && !(payload.kind === "chunks" && payload.trailer)) {
    throw new S3Error(
      "MalformedTrailerError",
      "x-amz-trailer announces a trailer, and x-amz-content-sha256 says that there is none: it must end in -TRAILER.",
    );
  }
  return {
    md5,
    payloadSha256: payload.kind === "whole" ? payload.sha256 : undefined,
    checksums,
    announced,
  };
};
