/** Deadlines of many connections with one timer: setting one costs nothing, each is kept to a quarter of a second. @module */

const TICK_MS = 250;

/** One connection's deadline. */
export interface Deadline {
  /**
   * Starts a deadline, in place of the one before.
   * @param sliding every arrival of bytes begins it again
   */
  start(ms: number, over: () => void, sliding?: boolean): void;
  /** Notes that bytes have arrived. */
  arrived(): void;
  /** Suspends the deadline until `start`. */
  hold(): void;
  /** Ends the deadline. */
  stop(): void;
}

/** The timer behind the deadlines; it runs while there are any. */
export class CoarseTimer {
  readonly #waiting = new Set<TimedDeadline>();
  #timer: NodeJS.Timeout | undefined;
  /** The time of the last tick, by `performance.now()`. */
  nowMs = performance.now();

  /** A deadline for one connection. */
  deadline(): Deadline {
    return new TimedDeadline(this);
  }

  add(one: TimedDeadline): void {
    if (this.#waiting.has(one)) return;
    this.#waiting.add(one);
    if (this.#timer) return;
    this.nowMs = performance.now();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  remove(one: TimedDeadline): void {
    this.#waiting.delete(one);
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    this.nowMs = performance.now();
    for (const one of this.#waiting) one.check(this.nowMs);
  }
}

class TimedDeadline implements Deadline {
  readonly #timer: CoarseTimer;
  #untilMs = Number.POSITIVE_INFINITY;
  #ms = 0;
  #sliding = false;
  #over: () => void = () => undefined;

  constructor(timer: CoarseTimer) {
    this.#timer = timer;
  }

  start(ms: number, over: () => void, sliding = false): void {
    this.#timer.add(this);
    this.#ms = ms;
    this.#over = over;
    this.#sliding = sliding;
    this.#refresh();
  }

  arrived(): void {
    if (this.#sliding) this.#refresh();
  }

  hold(): void {
    this.#sliding = false;
    this.#untilMs = Number.POSITIVE_INFINITY;
  }

  #refresh(): void {
    // The last tick may be as long ago as the next one is ahead.
    this.#untilMs = this.#timer.nowMs + TICK_MS + this.#ms;
  }

  stop(): void {
    this.hold();
    this.#timer.remove(this);
  }

  check(nowMs: number): void {
    if (nowMs <= this.#untilMs) return;
    this.hold();
    this.#over();
  }
}
