/** Takes the framing of `aws-chunked` off a body as it comes, in memory that does not depend on the chunks. @module */
import { createHash, type Hash } from "node:crypto";
import { S3Error } from "../errors.ts";
import type { ChunkChain } from "../signature/chunk-chain.ts";

/** What the decoder must know of the body. */
export interface ChunkedForm {
  /** Undefined: the chunks are not signed. */
  chain: ChunkChain | undefined;
  /** Length of all data in bytes. */
  decodedLength: number;
}

const CR = 0x0d;
const LF = 0x0a;
/** Digits of a chunk's size: 13 are 4 PiB, and exact as a number. */
const SIGNED_HEADER = /^([0-9A-Fa-f]{1,13});chunk-signature=([0-9a-f]{64})$/;
const UNSIGNED_HEADER = /^([0-9A-Fa-f]{1,13})$/;
/** A signed one has 94 at most. */
const MAX_HEADER_BYTES = 128;
/** Smallest signed chunk but the last, as S3 has it: each costs two digests, however short. */
const MIN_SIGNED_CHUNK_BYTES = 8192;
/** All that may stand behind the last chunk's header: some checksums and a signature. */
const MAX_TAIL_BYTES = 4096;

const EMPTY = Buffer.alloc(0);

const broken = (what: string): S3Error =>
  new S3Error("InvalidRequest", `The body is not in chunks as x-amz-content-sha256 says: ${what}.`);

/**
 * Decodes one body. Data are passed on before their chunk's signature is known: whoever takes them must hold back the
 * last until `end` has returned.
 */
export class ChunkDecoder {
  readonly #form: ChunkedForm;
  #state: "header" | "data" | "behind data" | "tail" = "header";
  /** The part of a chunk's header or of the end of its data that has come. */
  #line = "";
  #signature = "";
  /** Bytes of the chunk that are still to come. */
  #left = 0;
  /** Bytes of all data that are still to come, by `x-amz-decoded-content-length`. */
  #leftInAll: number;
  #small = false;
  #hash: Hash | undefined;
  #tail: Buffer[] = [];
  #tailBytes = 0;

  constructor(form: ChunkedForm) {
    this.#form = form;
    this.#leftInAll = form.decodedLength;
  }

  /**
   * Takes the next piece of the body.
   * @param piece is overwritten: what data it has is moved together
   * @returns the data in it, a part of `piece`'s memory; may be empty
   * @throws S3Error for framing that is broken, a signature that is wrong, more data than were announced
   */
  write(piece: Buffer): Buffer {
    let start = -1;
    let end = -1;
    let at = 0;
    while (at < piece.length) {
      if (this.#state === "data") {
        const length = Math.min(this.#left, piece.length - at);
        const data = piece.subarray(at, at + length);
        this.#hash?.update(data);
        if (start === -1) {
          start = at;
          end = at;
        } else if (end !== at) {
          piece.copyWithin(end, at, at + length);
        }
        end += length;
        at += length;
        this.#left -= length;
        this.#leftInAll -= length;
        if (this.#left === 0) this.#state = "behind data";
      } else if (this.#state === "tail") {
        this.#keepTail(piece.subarray(at));
        at = piece.length;
      } else {
        at = this.#readLine(piece, at);
      }
    }
    return start === -1 ? EMPTY : piece.subarray(start, end);
  }

  /**
   * Says that the body is at its end.
   * @returns what stands behind the header of the last chunk: the trailer and the empty line
   * @throws S3Error `IncompleteBody` when the last chunk is missing; whether all data have come, the caller knows
   */
  end(): Buffer {
    if (this.#state !== "tail") throw new S3Error("IncompleteBody", "The body ends before its last chunk.");
    return Buffer.concat(this.#tail);
  }

  /** Copies: a part of the piece would hold all of its memory. */
  #keepTail(bytes: Buffer): void {
    this.#tailBytes += bytes.length;
    if (this.#tailBytes > MAX_TAIL_BYTES)
      throw broken(`more than ${MAX_TAIL_BYTES} bytes behind the last chunk`);
    this.#tail.push(Buffer.from(bytes));
  }

  /** Reads on to the end of a line. @returns the place behind what was read */
  #readLine(piece: Buffer, from: number): number {
    const newline = piece.indexOf(LF, from);
    const end = newline === -1 ? piece.length : newline + 1;
    if (this.#line.length + end - from > MAX_HEADER_BYTES) throw broken("the header of a chunk is too long");
    this.#line += piece.toString("latin1", from, end);
    if (newline === -1) return end;
    const line = this.#line;
    this.#line = "";
    if (line.charCodeAt(line.length - 2) !== CR) throw broken("a line does not end in CR LF");
    if (this.#state === "behind data") this.#endChunk(line);
    else this.#beginChunk(line.slice(0, -2));
    return end;
  }

  #beginChunk(header: string): void {
    const { chain } = this.#form;
    const parts = (chain ? SIGNED_HEADER : UNSIGNED_HEADER).exec(header);
    if (!parts) {
      throw broken(
        chain
          ? "a chunk's header is not <size>;chunk-signature=<signature>"
          : "a chunk's header is not its size",
      );
    }
    const sizeBytes = Number.parseInt(parts[1]!, 16);
    this.#signature = parts[2] ?? "";
    if (sizeBytes === 0) {
      this.#hash = chain ? createHash("sha256") : undefined;
      this.#verifyChunk();
      this.#state = "tail";
      return;
    }
    if (sizeBytes > this.#leftInAll) {
      throw new S3Error("IncompleteBody", "The body has more bytes than x-amz-decoded-content-length says.");
    }
    if (chain) {
      if (this.#small) {
        throw new S3Error(
          "InvalidChunkSizeError",
          `Only the last chunk may have less than ${MIN_SIGNED_CHUNK_BYTES} bytes.`,
        );
      }
      this.#small = sizeBytes < MIN_SIGNED_CHUNK_BYTES;
      this.#hash = createHash("sha256");
    }
    this.#left = sizeBytes;
    this.#state = "data";
  }

  #endChunk(line: string): void {
    if (line !== "\r\n") throw broken("a chunk is longer than its header says");
    this.#verifyChunk();
    this.#state = "header";
  }

  #verifyChunk(): void {
    const { chain } = this.#form;
    if (!chain || chain.verifyChunk(this.#signature, this.#hash!.digest("hex"))) return;
    throw new S3Error("SignatureDoesNotMatch", "The signature of a chunk is not that of its data.");
  }
}
