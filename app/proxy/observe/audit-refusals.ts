/** Refusals in the audit, limited so that a caller who is refused without end cannot fill it. @module */
import type { AuditLine } from "./audit.ts";

/** Interval at which summaries are written, in ms. */
const SUMMARY_MS = 10_000;
/** Refusals of one client that have a line each: so many at once, and so many more each second. */
const BURST = 100;
const PER_S = 10;
/** Most peers and reasons that are counted apart. */
const MAX_KEYS = 256;

interface Sum {
  count: number;
  first: string;
  last: AuditLine;
}

interface Allowance {
  left: number;
  atMs: number;
}

/**
 * Decides which refusals have a line of their own. Of a caller that is not known the first for each reason has; the
 * others are counted, and a summary says how many and when. A client's have, up to a rate. None is lost uncounted.
 */
export class RefusalLines {
  /** Takes a line; false where there is no space for it now. */
  readonly #emit: (line: AuditLine) => boolean;
  readonly #sums = new Map<string, Sum | undefined>();
  readonly #allowances = new Map<string, Allowance>();
  #timer: NodeJS.Timeout | undefined;
  /** Number of refusals so far that have no line of their own. */
  counted = 0;

  constructor(emit: (line: AuditLine) => boolean) {
    this.#emit = emit;
  }

  /** @param line with the client, or with the peer that is not known */
  add(line: AuditLine): void {
    const key = this.#keyOf(line);
    const isCounted = line.client === undefined ? this.#sums.has(key) : !this.#allows(line.client);
    if (!isCounted && this.#emit(line)) {
      if (line.client === undefined) this.#keep(key, undefined);
      return;
    }
    this.counted += 1;
    const sum = this.#sums.get(key);
    if (sum) {
      sum.count += 1;
      sum.last = line;
    } else this.#keep(key, { count: 1, first: line.time, last: line });
  }

  /** Writes the summaries that are due now. @returns the number of refusals that are in no line */
  close(): number {
    clearTimeout(this.#timer);
    this.#summarise();
    clearTimeout(this.#timer);
    return [...this.#sums.values()].reduce((n, sum) => n + (sum?.count ?? 0), 0);
  }

  #keyOf({ client, peer, code }: AuditLine): string {
    const key = `${client === undefined ? peer : `client ${client}`} ${code}`;
    return this.#sums.size < MAX_KEYS || this.#sums.has(key) ? key : `others ${code}`;
  }

  #keep(key: string, sum: Sum | undefined): void {
    this.#sums.set(key, sum);
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#summarise();
    }, SUMMARY_MS);
    this.#timer.unref();
  }

  #allows(client: string): boolean {
    const nowMs = performance.now();
    const { left, atMs } = this.#allowances.get(client) ?? { left: BURST, atMs: nowMs };
    const now = Math.min(BURST, left + ((nowMs - atMs) * PER_S) / 1000);
    this.#allowances.set(client, { left: Math.max(0, now - 1), atMs: nowMs });
    return now >= 1;
  }

  #summarise(): void {
    for (const [key, sum] of [...this.#sums]) {
      if (!sum) {
        this.#sums.delete(key);
        continue;
      }
      const { count, first, last } = sum;
      const { client: _, ...others } = last;
      const line = key.startsWith("others ") ? { ...others, peer: "others" } : last;
      // Kept without a count: a caller that goes on is counted, without a new first line.
      if (this.#emit({ ...line, count, first })) this.#keep(key, undefined);
      else this.#keep(key, sum);
    }
    const nowMs = performance.now();
    for (const [client, { atMs }] of this.#allowances) {
      if (nowMs - atMs > (BURST / PER_S) * 1000) this.#allowances.delete(client);
    }
  }
}
