/** All probes of a document, tried again while what they must come to may not be in force yet. @module */
import { setTimeout as sleep } from "node:timers/promises";
import type { KeylessDocument } from "../../document/schema.ts";
import type { ProbeResult } from "../../document/verdict.ts";
import type { InstanceInfo } from "../own-instance.ts";
import { UNUSABLE } from "./evaluate.ts";
import { runProbe } from "./probe.ts";
import type { Provider } from "./read-secret.ts";
import { s3Probes } from "./s3-probes.ts";
import { readSecretWithin } from "./secret.ts";
import { jitter, waits } from "./waits.ts";

/**
 * The reason for which a run waits, until its deadline. `grants`: rights that were given or taken away, which
 * OCI puts in force within minutes or an hour. `responses`: services that fail; what is allowed or refused is
 * reported at once.
 */
export type WaitsFor = "grants" | "responses";

/**
 * True when the probe is to be tried once more. The proxy may still be starting, and a service may be busy.
 */
export const isWaitedFor = (result: ProbeResult, what: WaitsFor): boolean => {
  if (result.observed === "error") return result.code !== UNUSABLE;
  if (what === "responses") return false;
  return result.expected !== "always" && result.observed !== result.expected;
};

/** The parts that the probes are run with. */
export interface ProbesInput {
  document: KeylessDocument;
  identity: InstanceInfo;
  /** The provider of the first try; each further one has a new token. */
  provider: Provider;
  waitsFor: WaitsFor;
  /** The start of the run and the deadline until which it waits, in ms since the epoch. */
  startedMs: number;
  deadlineMs: number;
  signal: AbortSignal;
}

/** Runs the probes; some are tried again until the deadline, and say how long that took. */
export const runProbes = async (input: ProbesInput): Promise<ProbeResult[]> => {
  const { document, identity, signal, deadlineMs, startedMs } = input;
  const { secretId } = document.check;
  const probes = [...document.check.probes, ...s3Probes(document.check.probes)];
  const results = await Promise.all(probes.map((p) => runProbe(p, identity, input.provider, signal)));
  for (const waitMs of waits()) {
    const waiting = results.flatMap((r, i) => (isWaitedFor(r, input.waitsFor) ? [i] : []));
    if (waiting.length === 0 || Date.now() + waitMs > deadlineMs) return results;
    await sleep(jitter(waitMs), undefined, { signal });
    const again = await readSecretWithin(secretId, deadlineMs, signal);
    if (!("provider" in again)) continue;
    await Promise.all(
      waiting.map(async (i) => {
        const result = await runProbe(probes[i]!, identity, again.provider, signal);
        results[i] = { ...result, afterMs: Date.now() - startedMs };
      }),
    );
  }
  return results;
};
