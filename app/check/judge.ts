/** From what was observed to a verdict: pure. @module */
import type { Cause, ProbeResult } from "../../document/verdict.ts";

/** What stopped the secret from being read, when it was not. */
export interface SecretFailure {
  cause: Cause;
  /** One sentence. */
  says: string;
}

/** What to do about a cause. */
const ADVICE: Readonly<Record<Cause, string>> = {
  metadata:
    "Check that the instance reaches 169.254.169.254 port 80 and that the metadata service v2 is enabled.",
  token:
    "Check the subnet's route to the service gateway and the auth service; the certificate in the metadata must be valid.",
  clock: "Set the machine's clock: chrony with the metadata address 169.254.169.254 as its time source.",
  "not-authorised":
    "Check that the dynamic group's rule selects this instance and that the statement names this secret; changes may take minutes. OCI does not say whether the secret is absent or forbidden.",
  "not-active": "Cancel the deletion of the secret, its key or its vault, or deploy with another one.",
  "too-much-allowed":
    "Narrow the statements that reach this instance until each probe named here is refused.",
  unproven:
    "Give each refused probe a target that exists: the stack's decoy, or a resource the deployer can read.",
  bundle: "Run `pulumi up` again.",
  settings: "Run `pulumi up` again with the same version of keyless.",
  proxy: "On the instance: journalctl -u keyless-proxy says why it does not answer.",
  boot: "See the instance's console.",
  service: "Try again; if it stays, look at OCI's status page for the service.",
};

/** The code with which the proxy answers for a client whose rules it cannot use. */
export const UNUSABLE = "ClientUnusable";

/** Verdict members that follow from the observations. */
export interface Judgement {
  ok: boolean;
  cause?: Cause;
  says: string;
  advice?: string;
}

const list = (results: readonly ProbeResult[]): string => results.map((r) => r.says).join("; ");

/**
 * Judges. A failure to read the secret comes first, since nothing else means much without it; then what is
 * allowed and must not be; then grants that do not work; then refusals that prove nothing.
 */
export const judge = (failure: SecretFailure | undefined, results: readonly ProbeResult[]): Judgement => {
  const bad = (cause: Cause, says: string): Judgement => ({ ok: false, cause, says, advice: ADVICE[cause] });
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
  const unanswered = results.filter((r) => r.client !== undefined && r.status === 0);
  if (unanswered.length) return bad("proxy", `the signing proxy does not answer: ${list(unanswered)}`);
  const broken = results.filter((r) => r.observed === "error");
  if (broken.length)
    return bad("service", `no telling: ${broken.map((r) => `${r.says} (status ${r.status})`).join("; ")}`);
  const unproven = results.filter((r) => !r.ok);
  if (unproven.length)
    return bad("unproven", `refused, and nobody has seen that the target exists: ${list(unproven)}`);
  return { ok: true, says: "what was granted works, and nothing else that was tried does" };
};
