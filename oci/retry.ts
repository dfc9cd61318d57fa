/**
 * The one way to try again: within a deadline, with pauses that grow, and never earlier than the service asks
 * (`Retry-After`). Which failures may be repeated is the caller's to say.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";

/** Limits of trying, in ms. */
export interface RetryPolicy {
  /** Time after the first attempt in which another one may begin. */
  deadlineMs: number;
  /** Limit for one attempt. */
  attemptMs: number;
  /** Pause after the first failure; it doubles from failure to failure. */
  firstPauseMs: number;
  longestPauseMs: number;
}

/** The default: two minutes. Throttling and a restart of a service are over by then, an outage is not. */
export const DEFAULT_POLICY: RetryPolicy = {
  deadlineMs: 120_000,
  attemptMs: 30_000,
  firstPauseMs: 250,
  longestPauseMs: 15_000,
};

/** The effort spent on a retried piece of work. */
export interface Effort {
  tries: number;
  elapsedMs: number;
  /** True when it was given up because of the deadline, not because the failure is final. */
  exhausted: boolean;
}

/**
 * The continuation after a failure: after a time that the service asks for, or with a result found otherwise.
 */
export type Again<T> = { afterMs?: number | undefined } | { instead: T };

/** The work that is tried. */
export interface Retried<T> {
  policy: RetryPolicy;
  /** One attempt; ends when the signal aborts. */
  attempt(signal: AbortSignal): Promise<T>;
  /** Decides whether a failure may be repeated; undefined when it is final. */
  again(error: unknown): Promise<Again<T> | undefined>;
  /** The error that is thrown in the end. */
  final(error: unknown, effort: Effort): unknown;
  /** Called before each pause. */
  onPause?: ((error: unknown, pauseMs: number) => void) | undefined;
  /** Ends attempts and pauses: what the attempt or the pause throws then is thrown. */
  signal?: AbortSignal | undefined;
}

/** The pause after a number of failures: half of it is random, so that many clients do not come back together. */
const pauseOf = ({ firstPauseMs, longestPauseMs }: RetryPolicy, failures: number): number =>
  Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);

/** Tries until it succeeds. @throws what `final` makes of the last failure */
export const retried = async <T>(work: Retried<T>): Promise<T> => {
  const { policy, signal } = work;
  const start = performance.now();
  const attemptMs = Math.min(policy.attemptMs, policy.deadlineMs);
  for (let tries = 1; ; tries += 1) {
    signal?.throwIfAborted();
    const late = AbortSignal.timeout(attemptMs);
    let failure: unknown;
    try {
      return await work.attempt(signal ? AbortSignal.any([signal, late]) : late);
    } catch (error) {
      if (signal?.aborted) throw error;
      failure = error;
    }
    const next = await work.again(failure);
    const elapsedMs = performance.now() - start;
    if (!next) throw work.final(failure, { tries, elapsedMs, exhausted: false });
    if ("instead" in next) return next.instead;
    const pauseMs = Math.max(pauseOf(policy, tries), next.afterMs ?? 0);
    if (elapsedMs + pauseMs > policy.deadlineMs)
      throw work.final(failure, { tries, elapsedMs, exhausted: true });
    work.onPause?.(failure, pauseMs);
    await sleep(pauseMs, undefined, signal ? { signal } : {});
  }
};

/**
 * The time that a service wants to be left alone (RFC 9110, 10.2.3: seconds or a date).
 * @returns undefined without the header, or when it cannot be read
 */
export const retryAfterMs = (header: unknown, nowMs = Date.now()): number | undefined => {
  if (typeof header !== "string" || header.trim() === "") return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
};

/** Tries and time for people: `tried 4 times in 2.1 s`. */
export const effortWords = ({ tries, elapsedMs }: Effort): string =>
  `tried ${tries === 1 ? "once" : `${tries} times`} in ${(elapsedMs / 1000).toFixed(1)} s`;
