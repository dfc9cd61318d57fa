/**
 * The amount that the check may print on the serial console: a capture holds the console's last MB, and an outcome that
 * changes with every run must not push out what the machine and others said.
 * @module
 */

/** Bytes of a line beside its JSON (`document/console-line.ts`): marker, length, checksum, line ends. */
const FRAME_BYTES = 48;
const HOUR_MS = 3_600_000;

/** A token bucket, full at the beginning and again after an hour of silence. */
export class ConsoleBudget {
  readonly #hourlyBytes: number;
  readonly #nowMs: () => number;
  #leftBytes: number;
  #atMs: number;

  constructor(hourlyBytes: number, nowMs: () => number) {
    this.#hourlyBytes = hourlyBytes;
    this.#leftBytes = hourlyBytes;
    this.#nowMs = nowMs;
    this.#atMs = nowMs();
  }

  /** True when one more line may be printed, however long it is: what it takes too much is waited for. */
  get hasRoom(): boolean {
    const now = this.#nowMs();
    const gained = (Math.max(0, now - this.#atMs) / HOUR_MS) * this.#hourlyBytes;
    this.#atMs = now;
    this.#leftBytes = Math.min(this.#hourlyBytes, this.#leftBytes + gained);
    return this.#leftBytes > 0;
  }

  /** Counts what was printed. @param value as it is printed: JSON in ASCII */
  spend(value: unknown): void {
    this.#leftBytes -= JSON.stringify(value).length + FRAME_BYTES;
  }
}
