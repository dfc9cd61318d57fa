/** Waits that are counted from a resource's creation: one of an earlier deployment does not wait. @module */

/**
 * Remaining part of a wait, in ms.
 * @param timeCreated RFC 3339, or as the provider writes it: `2026-01-31 12:00:00.5 +0000 UTC`
 * @param waitMs from the creation on
 */
export const remainingMs = (timeCreated: string, nowMs: number, waitMs: number): number => {
  const createdMs = Date.parse(timeCreated.replace(/^(\S+) (\S+) \+0000 UTC$/, "$1T$2Z"));
  // Clocks differ: never longer than the whole wait.
  return Number.isNaN(createdMs) ? waitMs : Math.min(waitMs, Math.max(0, createdMs + waitMs - nowMs));
};
