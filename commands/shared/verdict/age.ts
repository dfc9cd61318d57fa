/** The age of a proof, and its limit: pure. @module */
import type { Verdict } from "../../../document/verdict.ts";

/** A proof's age. */
export interface Age {
  /** Time since the check last said that it is so, in s, by the machine's clock. */
  ageS: number;
  /** Limit of the age, in s: with an older proof the check does not run any more. */
  limitS: number;
  isStale: boolean;
  /** Place where it was said last. */
  by: "console" | "metrics";
}

/** The proof as OCI Monitoring has it. */
export interface PostedProof {
  /** Time of the newest run that proved all, RFC 3339; undefined where there is none. */
  provedAt: string | undefined;
}

/** Resolution of OCI Monitoring, in s: a value is known by the minute in which it was posted. */
const RESOLUTION_S = 60;

/** Time after which a proof that nobody has said again is asked for in other places, in s: two intervals. */
export const twoIntervalsS = ({ proof }: Verdict): number => 2 * (proof?.everyS ?? 0);

/**
 * Tells the age of a verdict. By the console alone it is refused two intervals after the time at which an unchanged
 * proof is printed again; by the metrics too, which every run posts, after two intervals.
 * @param provedAt when the console last said so, RFC 3339
 * @param nowMs this computer's clock; it may be as far off the machine's as OCI allows, so that no age is negative
 * @param posted undefined where no metrics are posted, or they may not be read
 * @returns undefined for what is not said again: a verdict of the launcher, or one that names no time
 */
export const ageOf = (
  verdict: Verdict,
  provedAt: string | undefined,
  nowMs: number,
  posted?: PostedProof,
): Age | undefined => {
  const { proof } = verdict;
  const printedMs = Date.parse(provedAt ?? "");
  if (!proof || Number.isNaN(printedMs)) return undefined;
  const postedMs = Date.parse(posted?.provedAt ?? "");
  const by = postedMs > printedMs ? "metrics" : "console";
  const saidMs = by === "metrics" ? postedMs : printedMs;
  const ageS = Math.max(0, Math.round((nowMs - saidMs) / 1000));
  const limitS = posted
    ? 2 * Math.max(proof.everyS, RESOLUTION_S) + RESOLUTION_S
    : proof.heartbeatS + twoIntervalsS(verdict);
  return { ageS, limitS, isStale: ageS > limitS, by };
};
