/**
 * The bytes of objects: small ones in memory, larger ones in blocks of one file that nothing else can open, so
 * that an object of gigabytes costs disk and no memory.
 * @module
 */
import { openSync, read, unlinkSync, writev } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";

const readAt = promisify(read);
const writeAt = promisify(writev);

/** Size of a block of the file. What is smaller stays in memory. */
const BLOCK_BYTES = 1024 * 1024;

/** The file, made when it is first needed and taken out of its directory at once: it ends with this process. */
class BlockFile {
  #fd: number | undefined;
  #count = 0;
  readonly #free: number[] = [];
  /** Blocks come back when nothing refers to their content any more: objects share it after a copy. */
  readonly #unused = new FinalizationRegistry<readonly number[]>((blocks) => this.#free.push(...blocks));

  /** Writes what one block takes at most. @returns the block's number */
  async write(chunks: readonly Buffer[]): Promise<number> {
    const block = this.#free.pop() ?? this.#count++;
    let [left, at] = [chunks, block * BLOCK_BYTES];
    while (left.length) {
      let { bytesWritten } = await writeAt(this.#open(), left, at);
      at += bytesWritten;
      const whole = left.findIndex((chunk) => {
        if (chunk.length > bytesWritten) return true;
        bytesWritten -= chunk.length;
        return false;
      });
      left = whole < 0 ? [] : [left[whole]!.subarray(bytesWritten), ...left.slice(whole + 1)];
    }
    return block;
  }

  async read(block: number, offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(length);
    let done = 0;
    while (done < length) {
      const at = block * BLOCK_BYTES + offset + done;
      const { bytesRead } = await readAt(this.#open(), buffer, done, length - done, at);
      if (!bytesRead) throw new Error(`block ${block} of the file of objects ends at byte ${offset + done}`);
      done += bytesRead;
    }
    return buffer;
  }

  /** Frees blocks when their owner is gone. */
  ownedBy(owner: object, blocks: readonly number[]): void {
    this.#unused.register(owner, blocks);
  }

  /** Frees blocks at once. */
  free(blocks: readonly number[]): void {
    this.#free.push(...blocks);
  }

  #open(): number {
    if (this.#fd === undefined) {
      const path = join(tmpdir(), `keyless-objects-${process.pid}-${Date.now()}`);
      this.#fd = openSync(path, "wx+", 0o600);
      unlinkSync(path);
    }
    return this.#fd;
  }
}

const file = new BlockFile();

/** Content that lies in the file. */
class Spilled {
  readonly length: number;
  readonly #blocks: readonly number[];

  constructor(blocks: readonly number[], length: number) {
    this.length = length;
    this.#blocks = blocks;
    file.ownedBy(this, blocks);
  }

  async *chunks(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at < end; ) {
      const offset = at % BLOCK_BYTES;
      const length = Math.min(BLOCK_BYTES - offset, end - at);
      yield await file.read(this.#blocks[Math.floor(at / BLOCK_BYTES)]!, offset, length);
      at += length;
    }
  }
}

/** The bytes of an object, or of a part of one. They never change. */
export class Content {
  readonly length: number;
  readonly #pieces: readonly (Buffer | Spilled)[];

  private constructor(pieces: readonly (Buffer | Spilled)[]) {
    this.#pieces = pieces;
    this.length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  /** Reads a stream to its end. What was read of one that fails is given up. */
  static async from(chunks: AsyncIterable<Buffer>): Promise<Content> {
    const blocks: number[] = [];
    let [waiting, size, total]: [Buffer[], number, number] = [[], 0, 0];
    // One block is written while the next is received.
    let writing: Promise<void> = Promise.resolve();
    const write = async (block: readonly Buffer[]): Promise<void> => {
      await writing;
      writing = file.write(block).then((n) => void blocks.push(n));
      writing.catch(() => {});
    };
    try {
      for await (const chunk of chunks) {
        total += chunk.length;
        let rest = chunk;
        while (size + rest.length >= BLOCK_BYTES) {
          const head = rest.subarray(0, BLOCK_BYTES - size);
          await write([...waiting, head]);
          rest = rest.subarray(head.length);
          [waiting, size] = [[], 0];
        }
        if (rest.length) waiting.push(rest);
        size += rest.length;
      }
      if (!blocks.length && total < BLOCK_BYTES) return new Content(total ? [Buffer.concat(waiting)] : []);
      if (size) await write(waiting);
      await writing;
      return new Content([new Spilled(blocks, total)]);
    } catch (error) {
      await writing.catch(() => {});
      file.free(blocks);
      throw error;
    }
  }

  /** One content after the other, as one. No byte is copied. */
  static joined(contents: readonly Content[]): Content {
    return new Content(contents.flatMap((content) => content.#pieces));
  }

  /**
   * The bytes from `start` to before `end`: at once where they are in memory, else as a stream.
   * @returns what a response takes as its body
   */
  slice(start = 0, end = this.length): Buffer | Readable {
    const [only] = this.#pieces;
    if (!only || (this.#pieces.length === 1 && Buffer.isBuffer(only)))
      return only ? only.subarray(start, end) : Buffer.alloc(0);
    return Readable.from(this.#chunks(start, end), { objectMode: false, highWaterMark: BLOCK_BYTES });
  }

  async *#chunks(start: number, end: number): AsyncGenerator<Buffer> {
    let at = 0;
    for (const piece of this.#pieces) {
      const [from, to] = [Math.max(0, start - at), Math.min(piece.length, end - at)];
      at += piece.length;
      if (from >= to) continue;
      if (Buffer.isBuffer(piece)) yield piece.subarray(from, to);
      else yield* piece.chunks(from, to);
    }
  }
}
