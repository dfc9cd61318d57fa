/** Writes audit lines, many at once, without waiting in the path of requests. @module */
import { write } from "node:fs";
import type { AuditSink } from "./audit-file.ts";

/**
 * Time within which lines are written together, in ms: a write of its own for each would cost more than the
 * line.
 */
const BATCH_MS = 10;
const RETRY_MS = 1000;
/** Time after which a sink that takes nothing has a reader that does not read, in ms. */
const STALL_MS = 1000;
const MAX_BATCH_BYTES = 64 * 1024;

/** Bounds of what lines may take together, written ones excluded, in bytes. */
export interface AuditBounds {
  /** Limit for all lines. */
  totalBytes: number;
  /** Limit for the lines of one client. */
  clientBytes: number;
  /** Limit beyond which lines that no space was reserved for are not taken. */
  refusedBytes: number;
}

const BOUNDS: AuditBounds = {
  totalBytes: 16 * 1024 * 1024,
  clientBytes: 4 * 1024 * 1024,
  refusedBytes: 8 * 1024 * 1024,
};

interface Queued {
  text: string;
  bytes: number;
  client: string | undefined;
}

/**
 * A queue and its sink. A line that space was reserved for is always taken: where there is no space, or the
 * sink takes nothing, the reservation is refused, before anything is signed.
 */
export class AuditWriter {
  readonly #sink: AuditSink;
  readonly #bounds: AuditBounds;
  readonly #onFailure: (message: string) => void;
  #queue: Queued[] = [];
  /** Bytes of lines queued and being written. */
  #heldBytes = 0;
  #reservedBytes = 0;
  /** Held and reserved bytes of each client that ever had any: clients are as many as the settings name. */
  readonly #shares = new Map<string, number>();
  #batch: Queued[] = [];
  #writing: Buffer | undefined;
  /** True when nothing of the batch is written yet. */
  #whole = true;
  #timer: NodeJS.Timeout | undefined;
  #stall: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];
  #closed = false;
  /** The reason why lines cannot be written now; undefined when they can. */
  failure: string | undefined;

  /** @param onFailure notified once when writing begins to fail */
  constructor(sink: AuditSink, onFailure: (message: string) => void, bounds = BOUNDS) {
    this.#sink = sink;
    this.#onFailure = onFailure;
    this.#bounds = bounds;
  }

  /**
   * Keeps space for a line of a client; `write` gives it back.
   * @returns the reason why there is none; undefined when it is kept
   */
  reserve(bytes: number, client: string): string | undefined {
    if (this.failure) return this.failure;
    const share = (this.#shares.get(client) ?? 0) + bytes;
    const all = this.#heldBytes + this.#reservedBytes + bytes;
    if (share > this.#bounds.clientBytes || all > this.#bounds.totalBytes) {
      return `audit lines wait to be written to ${this.#sink.name}, and no more are taken`;
    }
    this.#share(client, bytes);
    this.#reservedBytes += bytes;
    return undefined;
  }

  /** Gives back what was kept for a line that is not written. */
  release(bytes: number, client: string): void {
    this.#reservedBytes -= bytes;
    this.#share(client, -bytes);
  }

  /** Takes a line that space was reserved for. */
  write(text: string, client: string, reservedBytes: number): void {
    this.#reservedBytes -= reservedBytes;
    this.#take(text, client, reservedBytes);
  }

  /** Takes a line that nothing was reserved for. @returns false where there is no space */
  offer(text: string, isRefusal: boolean): boolean {
    const { refusedBytes, totalBytes } = this.#bounds;
    const free = (isRefusal ? refusedBytes : totalBytes) - this.#heldBytes - this.#reservedBytes;
    if (text.length > free) return false;
    this.#take(text, undefined);
    return true;
  }

  /**
   * Writes what is queued, or gives it up when it cannot be written; then closes the sink.
   * @returns how many lines were given up
   */
  async close(): Promise<number> {
    if (!this.failure && (this.#writing || this.#queue.length > 0)) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#stall);
    this.#sink.close();
    return this.#batch.length + this.#queue.length;
  }

  #take(text: string, client: string | undefined, reservedBytes = 0): void {
    const bytes = Buffer.byteLength(text);
    this.#queue.push({ text, bytes, client });
    this.#heldBytes += bytes;
    if (client !== undefined) this.#share(client, bytes - reservedBytes);
    if (!this.#writing && !this.#timer) this.#later(BATCH_MS);
  }

  #share(client: string, bytes: number): void {
    this.#shares.set(client, (this.#shares.get(client) ?? 0) + bytes);
  }

  #later(inMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, inMs);
  }

  /** Whole lines, up to what is written at once. */
  #nextBatch(): Buffer {
    let bytes = 0;
    let lines = 0;
    for (const line of this.#queue) {
      if (lines > 0 && bytes + line.bytes > MAX_BATCH_BYTES) break;
      bytes += line.bytes;
      lines += 1;
    }
    this.#batch = this.#queue.splice(0, lines);
    return Buffer.from(this.#batch.map((line) => line.text).join(""));
  }

  #flush(): void {
    if (this.#closed) return;
    if (!this.#writing && this.#queue.length === 0) {
      this.#settled();
      return;
    }
    try {
      if (!this.#writing) {
        this.#writing = this.#nextBatch();
        this.#whole = true;
      }
      // Never between the pieces of a line.
      if (this.#whole) this.#sink.makeRoom(this.#writing.length);
    } catch (error) {
      this.#failed((error as NodeJS.ErrnoException).code ?? (error as Error).message);
      this.#again();
      return;
    }
    const writing = this.#writing;
    this.#stall ??= setTimeout(() => this.#failed("the reader does not read"), STALL_MS);
    write(this.#sink.fd, writing, 0, writing.length, null, (error, writtenBytes) => {
      if (this.#closed) return;
      if (error) {
        if (error.code === "EAGAIN") this.#later(BATCH_MS);
        else {
          this.#failed(error.code ?? error.message);
          this.#again();
        }
        return;
      }
      this.#wrote(writing, writtenBytes);
    });
  }

  #wrote(writing: Buffer, writtenBytes: number): void {
    clearTimeout(this.#stall);
    this.#stall = undefined;
    this.#sink.wrote(writtenBytes);
    if (writtenBytes > 0) this.#whole = false;
    if (writtenBytes < writing.length) {
      this.#writing = writing.subarray(writtenBytes);
      this.#later(0);
      return;
    }
    this.failure = undefined;
    this.#writing = undefined;
    for (const { bytes, client } of this.#batch) {
      this.#heldBytes -= bytes;
      if (client !== undefined) this.#share(client, -bytes);
    }
    this.#batch = [];
    if (this.#queue.length === 0) this.#settled();
    else this.#later(this.#idle.length > 0 || this.#heldBytes > MAX_BATCH_BYTES ? 0 : BATCH_MS);
  }

  #failed(why: string): void {
    const message = `audit lines cannot be written to ${this.#sink.name}: ${why}`;
    if (!this.failure) this.#onFailure(message);
    this.failure = message;
    this.#settled();
  }

  #again(): void {
    clearTimeout(this.#stall);
    this.#stall = undefined;
    this.#later(RETRY_MS);
    this.#timer?.unref();
  }

  #settled(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
