/** The age of a proof, and its limit: pure. @module */
import type { Verdict } from "../../../document/verdict.ts";

/** A proof's age. */
export interface Age {
  /** Time since the check last said that it is so, in s, by the machine's clock. */
  ageS: number;
  /**
   * Limit of the age, in s: with an older proof the check does not run any more. Two intervals after the time
   * at which an unchanged proof is said again.
   */
  limitS: number;
  isStale: boolean;
}

/**
 * Tells the age of a verdict.
 * @param provedAt when it was last said to be so, RFC 3339
 * @param nowMs this computer's clock; it may be as far off the machine's as OCI allows, so that no age is negative
 * @returns undefined for what is not said again: a verdict of the launcher, or one that names no time
 */
export const ageOf = ({ proof }: Verdict, provedAt: string | undefined, nowMs: number): Age | undefined => {
  const saidMs = Date.parse(provedAt ?? "");
  if (!proof || Number.isNaN(saidMs)) return undefined;
  const ageS = Math.max(0, Math.round((nowMs - saidMs) / 1000));
  const limitS = proof.heartbeatS + 2 * proof.everyS;
  return { ageS, limitS, isStale: ageS > limitS };
};
