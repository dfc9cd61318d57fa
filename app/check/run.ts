/**
 * One run of the check: reads the secret, tries what must be refused, and returns the verdict.
 * @module
 */
import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { KeylessDocument } from "../../document/schema.ts";
import type { Verdict } from "../../document/verdict.ts";
import { type InstanceInfo, readInstanceInfo } from "../own-instance.ts";
import { evaluateChecks } from "./evaluate.ts";
import { runProbes, type WaitsFor } from "./probes.ts";
import { tokenTimes } from "./read-secret.ts";
import { failureOf, readSecretUntil } from "./secret.ts";
import { jitter, waits } from "./waits.ts";

/** Time for which a run that does not wait for grants waits for services that fail, in ms. */
const RESPONSES_MS = 10_000;

/** The instance's identity; an Error when there is none before the deadline. */
const identityUntil = async (deadlineMs: number, signal: AbortSignal): Promise<InstanceInfo | Error> => {
  for (const waitMs of waits()) {
    try {
      return await readInstanceInfo(signal);
    } catch (error) {
      if (Date.now() + waitMs > deadlineMs) return error as Error;
      await sleep(jitter(waitMs), undefined, { signal });
    }
  }
  throw new Error("there is always one more wait");
};

/**
 * Runs the check to its end.
 * @param boot the kernel's boot id
 * @param waitsFor `grants` for the first run with a document: until the document's deadline; `responses` for those
 *   that repeat it
 * @param signal ends it early, by throwing
 * @returns the verdict; the secret's value is in no part of it
 */
export const runCheck = async (
  document: KeylessDocument,
  boot: string,
  waitsFor: WaitsFor,
  signal: AbortSignal,
): Promise<Verdict> => {
  const { nonce, secretId, deadlineS } = document.check;
  const startedMs = Date.now();
  const deadlineMs = startedMs + (waitsFor === "grants" ? deadlineS * 1000 : RESPONSES_MS);
  const base = () => ({ version: 1 as const, boot, time: new Date().toISOString() });
  const identity = await identityUntil(deadlineMs, signal);
  if (identity instanceof Error) {
    const says = `no identity from the metadata service: ${String(identity)}`;
    return { ...base(), ...evaluateChecks({ cause: "metadata", says }, []), probes: [] };
  }

  const { attempt, tries } = await readSecretUntil(secretId, identity, deadlineMs, signal);
  const secretMs = Date.now() - startedMs;
  const provider = "provider" in attempt ? attempt.provider : undefined;
  const probes = provider
    ? await runProbes({ document, identity, provider, waitsFor, startedMs, deadlineMs, signal })
    : [];
  const failure = attempt.outcome === "read" ? undefined : await failureOf(attempt, identity, signal);
  const token = provider && (await tokenTimes(provider));
  return {
    ...base(),
    ...evaluateChecks(failure, probes),
    instance: identity.id,
    region: identity.regionInfo.regionIdentifier,
    secret: {
      id: secretId,
      ...(attempt.outcome === "read" && {
        version: attempt.versionNumber,
        stages: attempt.stages,
        ...(nonce && { digest: createHmac("sha256", nonce).update(attempt.value).digest("hex") }),
      }),
    },
    probes,
    ...(token && { token }),
    tries,
    times: { secretMs, totalMs: Date.now() - startedMs },
  };
};
