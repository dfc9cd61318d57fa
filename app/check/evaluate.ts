/** Evaluates what was observed to a verdict; pure. @module */
import { CAUSES, type Cause } from "../../document/causes.ts";
import type { ProbeResult } from "../../document/verdict.ts";

/** The cause that kept the secret from being read. */
export interface SecretFailure {
  cause: Cause;
  /** The cause in one sentence. */
  says: string;
}

/** The proxy's error code for a client whose rules it cannot use. */
export const UNUSABLE = "ClientUnusable";

/** Verdict members that follow from the observations. */
export interface Evaluation {
  ok: boolean;
  cause?: Cause;
  says: string;
  advice?: string;
}

const list = (results: readonly ProbeResult[]): string => results.map((r) => r.says).join("; ");

/**
 * Evaluates what was observed. A failure to read the secret comes first, since nothing else means much
 * without it; then calls that are allowed and must not be; then grants that do not work; then refusals that
 * prove nothing.
 */
export const evaluateChecks = (
  failure: SecretFailure | undefined,
  results: readonly ProbeResult[],
): Evaluation => {
  const bad = (cause: Cause, says: string): Evaluation => ({
    ok: false,
    cause,
    says,
    advice: CAUSES[cause].advice,
  });
  const tooMuch = results.filter((r) => r.expected === "refused" && r.observed === "allowed");
  if (failure)
    return bad(
      failure.cause,
      tooMuch.length ? `${failure.says}; and allowed: ${list(tooMuch)}` : failure.says,
    );
  if (tooMuch.length) return bad("too-much-allowed", `allowed and must not be: ${list(tooMuch)}`);
  const missing = results.filter((r) => r.expected === "allowed" && r.observed === "refused");
  if (missing.length) return bad("not-authorised", `granted and refused: ${list(missing)}`);
  const unusable = results.filter((r) => r.code === UNUSABLE);
  if (unusable.length)
    return bad("settings", [...new Set(unusable.map((r) => r.message ?? r.says))].join("; "));
  const unresponsive = results.filter((r) => r.client !== undefined && r.status === 0);
  if (unresponsive.length) return bad("proxy", `the signing proxy does not answer: ${list(unresponsive)}`);
  const broken = results.filter((r) => r.observed === "error");
  if (broken.length)
    return bad("service", `no telling: ${broken.map((r) => `${r.says} (status ${r.status})`).join("; ")}`);
  const unproven = results.filter((r) => !r.ok);
  if (unproven.length)
    return bad("unproven", `refused, and nobody has seen that the target exists: ${list(unproven)}`);
  return { ok: true, says: "what was granted works, and nothing else that was tried does" };
};
