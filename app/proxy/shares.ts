/** Shares of a limit: one client alone may use most of it, and never all of it. @module */

/** Multiple of the free part that a client may hold: three quarters of the limit when it is alone. */
const TIMES_FREE = 3;

/**
 * Counts what clients hold of one limit. A client may take more as long as it holds no more than three times what
 * is free (a dynamic threshold, as switches share their buffers): alone it gets three quarters, two get three sevenths
 * each, and there is always something left for the next one. Limits of four and less are not divided.
 */
export class Shares {
  readonly limit: number;
  #taken = 0;
  readonly #byClient = new Map<string, number>();

  /** @param limit what all clients together may hold: requests, connections or bytes */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** The part held by all clients together. */
  get taken(): number {
    return this.#taken;
  }

  /** True when nothing is left, for any client. */
  get exhausted(): boolean {
    return this.#taken >= this.limit;
  }

  /** The part held by one client. */
  of(client: string): number {
    return this.#byClient.get(client) ?? 0;
  }

  /** True when a client may take more. */
  allows(client: string, count = 1): boolean {
    const free = this.limit - this.#taken;
    return count <= free && this.of(client) + count - 1 <= TIMES_FREE * (free - count + 1);
  }

  take(client: string, count = 1): void {
    this.#taken += count;
    this.#byClient.set(client, this.of(client) + count);
  }

  give(client: string, count = 1): void {
    this.#taken -= count;
    this.#byClient.set(client, this.of(client) - count);
  }
}
