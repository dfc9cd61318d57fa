/** The bytes of an object as they come, verified before the last of them is passed on. @module */
import { createHash } from "node:crypto";
import { type Readable, Transform, type TransformCallback } from "node:stream";
import { S3Error } from "../errors.ts";
import type { Verified } from "../signature/verify.ts";
import { type ChecksumAlgorithm, createSum, type Sum } from "./checksums.ts";
import { ChunkDecoder } from "./chunk-decoder.ts";
import { type Expected, readExpected } from "./expected.ts";
import { readTrailer } from "./trailer.ts";

/** Digests of an object, all of them right. */
export interface Digests {
  /** Where `Content-MD5` was sent, or it was asked for. */
  md5: Buffer | undefined;
  /** In base64: those that were sent, in headers or trailer, and those that were asked for. */
  checksums: Partial<Record<ChecksumAlgorithm, string>>;
}

/** Digests that are to be computed though the caller sends none. */
export interface Asked {
  md5?: boolean;
  checksums?: readonly ChecksumAlgorithm[];
}

export interface ObjectBody {
  /** The object's bytes. It ends after all is verified, or is destroyed with an S3Error. */
  stream: Readable;
  /** Length of the object in bytes; undefined where the request says none (HTTP chunks without `aws-chunked`). */
  lengthBytes: number | undefined;
  /**
   * Resolves when all is verified, rejects with the S3Error that the stream is destroyed with. The stream must be read
   * for it, except where the object is empty: nothing can be held back of that, so this must be awaited before an
   * upload of it is begun.
   */
  verified: Promise<void>;
  /** What was computed. @throws Error before all is verified */
  digests: () => Digests;
}

/** The sums of one object. */
class Sums {
  readonly #expected: Expected;
  readonly #sums = new Map<ChecksumAlgorithm, Sum>();
  readonly #md5: Sum | undefined;

  constructor(expected: Expected, asked: Asked) {
    this.#expected = expected;
    this.#md5 = expected.md5 || asked.md5 ? createHash("md5") : undefined;
    const wanted = new Set([
      ...expected.checksums.keys(),
      ...expected.announced,
      ...(asked.checksums ?? []),
      ...(expected.payloadSha256 === undefined ? [] : (["sha256"] as const)),
    ]);
    for (const algorithm of wanted) this.#sums.set(algorithm, createSum(algorithm));
  }

  update(data: Buffer): void {
    this.#md5?.update(data);
    for (const sum of this.#sums.values()) sum.update(data);
  }

  /** @throws S3Error `XAmzContentSHA256Mismatch`, `BadDigest` */
  verify(trailer: ReadonlyMap<ChecksumAlgorithm, string>): Digests {
    const { payloadSha256, md5: expectedMd5, checksums: expected } = this.#expected;
    const checksums: Partial<Record<ChecksumAlgorithm, string>> = {};
    for (const [algorithm, sum] of this.#sums) {
      const digest = sum.digest();
      if (algorithm === "sha256" && payloadSha256 !== undefined && digest.toString("hex") !== payloadSha256) {
        throw new S3Error(
          "XAmzContentSHA256Mismatch",
          "The provided 'x-amz-content-sha256' header does not match what was computed.",
        );
      }
      const computed = digest.toString("base64");
      for (const sent of [expected.get(algorithm), trailer.get(algorithm)]) {
        if (sent !== undefined && sent !== computed) {
          throw new S3Error(
            "BadDigest",
            `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
          );
        }
      }
      checksums[algorithm] = computed;
    }
    const md5 = this.#md5?.digest();
    if (expectedMd5 && !expectedMd5.equals(md5!)) {
      throw new S3Error("BadDigest", "The Content-MD5 you specified did not match what we received.");
    }
    return { md5, checksums };
  }
}

const NO_TRAILER: ReadonlyMap<ChecksumAlgorithm, string> = new Map();

/**
 * The object's bytes of a request, in the clear. The last piece is held back until payload hash, chunk signatures,
 * trailer, `Content-MD5` and every `x-amz-checksum-*` are verified. When one is wrong the stream is destroyed with an
 * S3Error: an upload under way breaks off before its last byte, and no object comes to be. `request` is left as it is
 * then, not read any further, so that it can be answered.
 * @param headers by lower-case name. Of CompleteMultipartUpload without `x-amz-checksum-*`: they are about the object,
 * and not about this body
 * @throws S3Error for digests that cannot be read
 */
export const objectBody = (
  request: Readable,
  { payload }: Verified,
  headers: ReadonlyMap<string, string>,
  asked: Asked = {},
): ObjectBody => {
  const expected = readExpected(headers, payload);
  const sums = new Sums(expected, asked);
  const decoder = payload.kind === "chunks" ? new ChunkDecoder(payload) : undefined;
  const contentLength = headers.get("content-length");
  const lengthBytes =
    payload.kind === "chunks"
      ? payload.decodedLength
      : contentLength === undefined
        ? undefined
        : Number(contentLength);
  let passedBytes = 0;
  let held: Buffer | undefined;
  let digests: Digests | undefined;
  let resolve: () => void;
  let reject: (error: Error) => void;
  const verified = new Promise<void>((whenVerified, whenNot) => {
    resolve = whenVerified;
    reject = whenNot;
  });
  // Whoever reads the stream hears of it there.
  verified.catch(() => undefined);

  const take = (piece: Buffer): Buffer | undefined => {
    const data = decoder ? decoder.write(piece) : piece;
    if (data.length === 0) return undefined;
    passedBytes += data.length;
    sums.update(data);
    const before = held;
    held = data;
    return before;
  };
  const finish = (): Buffer | undefined => {
    const tail = decoder?.end();
    if (lengthBytes !== undefined && passedBytes !== lengthBytes) {
      throw new S3Error(
        "IncompleteBody",
        `The body has ${passedBytes} bytes, and ${lengthBytes} were announced.`,
      );
    }
    const trailer =
      tail && payload.kind === "chunks" ? readTrailer(tail, payload, expected.announced) : NO_TRAILER;
    digests = sums.verify(trailer);
    resolve();
    return held;
  };
  const attempt = (step: () => Buffer | undefined, done: TransformCallback): void => {
    let data: Buffer | undefined;
    try {
      data = step();
    } catch (error) {
      done(error as Error);
      return;
    }
    done(null, data);
  };

  const stream = new Transform({
    transform: (piece: Buffer, _, done) => attempt(() => take(piece), done),
    flush: (done) => attempt(finish, done),
  });
  const breakOff = (): void => {
    if (!digests)
      stream.destroy(new S3Error("IncompleteBody", "The request broke off before its body's end."));
  };
  stream
    .on("error", (error) => reject(error))
    .on("close", () => reject(new Error("nobody reads the object")));
  request.once("error", breakOff).once("close", () => {
    if (!request.readableEnded) breakOff();
  });
  if (request.destroyed) breakOff();
  else request.pipe(stream);
  return {
    stream,
    lengthBytes,
    verified,
    digests: () => {
      if (!digests) throw new Error("the object is not verified yet");
      return digests;
    },
  };
};
