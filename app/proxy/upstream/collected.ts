/** A response that is taken into memory, so that the caller gets another one that is made of it. @module */
import type { ServerResponse } from "node:http";
import type { ResponseSink } from "./exchange.ts";

/** Takes a response. The caller's own only tells when the caller goes away. */
export class Collected implements ResponseSink {
  writableEnded = false;
  writableFinished = false;
  readonly #caller: ServerResponse;
  readonly #maxBytes: number;
  #status = 0;
  #headers: readonly string[] = [];
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  /** @param maxBytes size up to which it is kept: what is longer is cut off, and no JSON any more */
  constructor(caller: ServerResponse, maxBytes: number) {
    this.#caller = caller;
    this.#maxBytes = maxBytes;
  }

  get destroyed(): boolean {
    return this.#caller.destroyed;
  }

  /** The response, when it has ended; its headers are names (lower-case) and values, alternating. */
  get response(): { status: number; headers: readonly string[]; body: Buffer } {
    return { status: this.#status, headers: this.#headers, body: Buffer.concat(this.#pieces) };
  }

  writeHead(status: number, headers: readonly string[]): void {
    this.#status = status;
    this.#headers = headers;
  }

  write(piece: Buffer): boolean {
    this.#bytes += piece.length;
    if (this.#bytes <= this.#maxBytes) this.#pieces.push(piece);
    return true;
  }

  end(piece?: Buffer | string, encoding?: "latin1"): void {
    if (piece !== undefined) this.write(typeof piece === "string" ? Buffer.from(piece, encoding) : piece);
    this.writableEnded = true;
    this.writableFinished = true;
  }

  on(event: "close", listener: () => void): void {
    this.#caller.on(event, listener);
  }

  off(event: "close", listener: () => void): void {
    this.#caller.off(event, listener);
  }

  once(event: "drain", listener: () => void): void {
    this.#caller.once(event, listener);
  }
}
