/**
 * The check: reads the secret, tries what must be refused, and says what it found.
 * @module
 */
import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { KeylessDocument } from "../../document/schema.ts";
import type { ProbeResult, Verdict } from "../../document/verdict.ts";
import { hostOf } from "../../oci/hosts.ts";
import { type InstanceInfo, readInstanceInfo } from "../metadata.ts";
import { isSkewed, measureSkewMs } from "./clock.ts";
import { evaluateChecks, type SecretFailure, UNUSABLE } from "./judge.ts";
import { runProbe } from "./probe.ts";
import { type Attempt, type Provider, readSecret, tokenTimes } from "./read-secret.ts";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** A try that has begun may take this long, whatever the deadline says. */
const SHORTEST_TRY_MS = 15_000;

/** Full jitter: half the wait to the whole of it. */
const jitter = (ms: number): number => ms * (0.5 + Math.random() / 2);

const NOT_ACTIVE = /pending.?deletion|scheduled.*delet|not.*active|state/i;

/** Why the last try did not give the secret. */
const failureOf = async (
  attempt: Exclude<Attempt, { outcome: "read" }>,
  identity: InstanceInfo,
  signal: AbortSignal,
): Promise<SecretFailure> => {
  const { regionIdentifier, realmDomainComponent } = identity.regionInfo;
  const unauthenticated =
    attempt.outcome === "no-token" || (attempt.outcome === "refused" && attempt.status === 401);
  if (unauthenticated) {
    const skewMs = await measureSkewMs(
      `https://${hostOf("auth", regionIdentifier, realmDomainComponent)}/`,
      signal,
    );
    if (isSkewed(skewMs))
      return { cause: "clock", says: `the machine's clock is ${Math.round(skewMs! / 1000)} s off` };
    const says =
      attempt.outcome === "no-token" ? attempt.message : "the service does not accept the token (401)";
    return { cause: "token", says: `no usable security token: ${says}` };
  }
  if (attempt.outcome === "no-answer")
    return { cause: "service", says: `the secrets service: ${attempt.message}` };
  const { status, code, message } = attempt;
  if (status === 404 || status === 403)
    return { cause: "not-authorised", says: `the secret is refused or absent (${status} ${code})` };
  if (status === 409 || (status === 400 && NOT_ACTIVE.test(message)))
    return { cause: "not-active", says: `the secret is not active (${status} ${code})` };
  return { cause: "service", says: `the secrets service answered ${status} ${code}` };
};

/**
 * Whether to try once more: what must be allowed may not be in force yet, and the proxy may still be starting.
 */
const isWaitedFor = (result: ProbeResult): boolean =>
  (result.expected === "allowed" && !result.ok) ||
  (result.client !== undefined && result.observed === "error" && result.code !== UNUSABLE);

/** The probes' results; some are tried again until the deadline. */
const runProbes = async (
  document: KeylessDocument,
  identity: InstanceInfo,
  first: Provider,
  deadline: number,
  signal: AbortSignal,
): Promise<ProbeResult[]> => {
  const { probes } = document.check;
  const results = await Promise.all(probes.map((probe) => runProbe(probe, identity, first, signal)));
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    const waiting = results.flatMap((r, i) => (isWaitedFor(r) ? [i] : []));
    if (waiting.length === 0 || Date.now() + wait > deadline) return results;
    await sleep(jitter(wait), undefined, { signal });
    const again = await readSecret(document.check.secretId);
    if (!("provider" in again)) continue;
    for (const i of waiting) results[i] = await runProbe(probes[i]!, identity, again.provider, signal);
  }
};

/**
 * Runs the check to its end.
 * @param boot the kernel's boot id
 * @param signal ends it early, by throwing
 * @returns the verdict; the secret's value is in no part of it
 */
export const runCheck = async (
  document: KeylessDocument,
  boot: string,
  signal: AbortSignal,
): Promise<Verdict> => {
  const startedAt = Date.now();
  const deadline = startedAt + document.check.deadlineS * 1000;
  const base = () => ({ version: 1 as const, boot, time: new Date().toISOString() });
  let identity: InstanceInfo | undefined;
  for (let wait = FIRST_WAIT_MS; !identity; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    try {
      identity = await readInstanceInfo(signal);
    } catch (error) {
      if (Date.now() + wait > deadline)
        return {
          ...base(),
          ...evaluateChecks(
            { cause: "metadata", says: `no identity from the metadata service: ${String(error)}` },
            [],
          ),
          probes: [],
        };
      await sleep(jitter(wait), undefined, { signal });
    }
  }

  let tries = 0;
  let attempt: Attempt | undefined;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    tries += 1;
    const late = sleep(Math.max(deadline - Date.now(), SHORTEST_TRY_MS), undefined, { signal }).then(
      (): Attempt => ({ outcome: "no-token", message: "no answer within the deadline" }),
    );
    attempt = await Promise.race([readSecret(document.check.secretId), late]);
    if (attempt.outcome === "read" || Date.now() + wait > deadline) break;
    if (attempt.outcome === "no-token" || (attempt.outcome === "refused" && attempt.status === 401)) {
      const failure = await failureOf(attempt, identity, signal);
      if (failure.cause === "clock") break;
    }
    await sleep(jitter(wait), undefined, { signal });
  }
  const secretMs = Date.now() - startedAt;

  const provider = "provider" in attempt ? attempt.provider : undefined;
  const probes = provider ? await runProbes(document, identity, provider, deadline, signal) : [];
  const failure = attempt.outcome === "read" ? undefined : await failureOf(attempt, identity, signal);
  const token = provider && (await tokenTimes(provider));
  const { nonce, secretId } = document.check;
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
    times: { secretMs, totalMs: Date.now() - startedAt },
  };
};
