/** Waits between tries. @module */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** Gives the wait before each further try, in ms: doubled each time, up to 15 s. Never ends. */
export function* waits(): Generator<number, never> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) yield waitMs;
}

/** Full jitter: half the wait to the whole of it. */
export const jitter = (ms: number): number => ms * (0.5 + Math.random() / 2);
