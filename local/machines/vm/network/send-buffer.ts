/** Bytes on their way to a guest: sent or still to be sent, kept until they are acknowledged. @module */

/** Bytes from the first that is not acknowledged on. */
export class SendBuffer {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** Number of bytes kept. */
  get bytes(): number {
    return this.#bytes;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** Drops the first bytes; more than there are is all of them. */
  drop(bytes: number): void {
    let left = Math.min(bytes, this.#bytes);
    this.#bytes -= left;
    while (left > 0) {
      const first = this.#chunks[0]!;
      if (first.length <= left) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(left);
      left -= Math.min(left, first.length);
    }
  }

  /** Bytes from an offset on, at most `most`. */
  slice(offset: number, most: number): Buffer {
    const parts: Buffer[] = [];
    let skip = offset;
    let left = most;
    for (const chunk of this.#chunks) {
      if (left <= 0) break;
      if (skip >= chunk.length) {
        skip -= chunk.length;
        continue;
      }
      const part = chunk.subarray(skip, skip + left);
      skip = 0;
      left -= part.length;
      parts.push(part);
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }
}
