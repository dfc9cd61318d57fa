/** Signatures of a body's chunks, each over the one before (Signature Version 4, chunked upload). @module */
import { createHmac, timingSafeEqual } from "node:crypto";

const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const HEX_64 = /^[0-9a-f]{64}$/;

/** Compares a signature in constant time. Anything but 64 lower-case hexadecimal digits is none. */
export const sameSignature = (shown: string, right: string): boolean =>
  HEX_64.test(shown) && timingSafeEqual(Buffer.from(shown, "latin1"), Buffer.from(right, "latin1"));

/** The HMAC-SHA256 of a text (latin1) as hexadecimal. */
export const signText = (signingKey: Buffer, text: string): string =>
  createHmac("sha256", signingKey).update(text, "latin1").digest("hex");

/** Verifies chunk after chunk; begins with the signature of the request. */
export class ChunkChain {
  readonly #signingKey: Buffer;
  /** Time and scope, as every string to sign has them. */
  readonly #context: string;
  #previous: string;

  /**
   * @param timestamp of the request, `20260131T120000Z`
   * @param scope `20260131/region/s3/aws4_request`
   * @param seed the request's own signature
   */
  constructor(signingKey: Buffer, timestamp: string, scope: string, seed: string) {
    this.#signingKey = signingKey;
    this.#context = `${timestamp}\n${scope}`;
    this.#previous = seed;
  }

  #verify(signature: string, text: string): boolean {
    const right = signText(this.#signingKey, text);
    this.#previous = right;
    return sameSignature(signature, right);
  }

  /**
   * Verifies the signature of the next chunk.
   * @param dataSha256 hexadecimal, of the chunk's data
   */
  verifyChunk(signature: string, dataSha256: string): boolean {
    return this.#verify(
      signature,
      `AWS4-HMAC-SHA256-PAYLOAD\n${this.#context}\n${this.#previous}\n${EMPTY_SHA256}\n${dataSha256}`,
    );
  }

  /**
   * Verifies the signature of the trailer, behind the last chunk's.
   * @param trailerSha256 hexadecimal, of `name:value\n` for each trailing header
   */
  verifyTrailer(signature: string, trailerSha256: string): boolean {
    return this.#verify(
      signature,
      `AWS4-HMAC-SHA256-TRAILER\n${this.#context}\n${this.#previous}\n${trailerSha256}`,
    );
  }
}
