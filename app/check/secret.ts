/** Reads the own secret until a deadline, and finds the cause when it cannot be read. @module */
import { setTimeout as sleep } from "node:timers/promises";
import { hostOf } from "../../oci/hosts.ts";
import type { InstanceInfo } from "../own-instance.ts";
import { isSkewed, measureSkewMs } from "./clock.ts";
import type { SecretFailure } from "./evaluate.ts";
import { type Attempt, readSecret } from "./read-secret.ts";
import { jitter, waits } from "./waits.ts";

/** Least time for a try that has begun, whatever the deadline says, in ms. */
const SHORTEST_TRY_MS = 15_000;
/** Longest time for a try, in ms: one whose connection hangs must not take the time of those that would not. */
const LONGEST_TRY_MS = 60_000;

const NOT_ACTIVE = /pending.?deletion|scheduled.*delet|not.*active|state/i;

/** One try at the secret, given up after a while: a service that never responds must not end the proof. */
export const readSecretWithin = async (
  secretId: string,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Attempt> => {
  const done = new AbortController();
  const tryMs = Math.min(Math.max(deadlineMs - Date.now(), SHORTEST_TRY_MS), LONGEST_TRY_MS);
  const late = sleep(tryMs, undefined, {
    signal: AbortSignal.any([signal, done.signal]),
  }).then(
    (): Attempt => ({ outcome: "no-token", message: `no response within ${Math.round(tryMs / 1000)} s` }),
  );
  try {
    return await Promise.race([readSecret(secretId), late]);
  } finally {
    late.catch(() => {});
    done.abort();
  }
};

const isUnauthenticated = (attempt: Attempt): boolean =>
  attempt.outcome === "no-token" || (attempt.outcome === "refused" && attempt.status === 401);

/** The cause for which a try did not give the secret. */
export const failureOf = async (
  attempt: Exclude<Attempt, { outcome: "read" }>,
  identity: InstanceInfo,
  signal: AbortSignal,
): Promise<SecretFailure> => {
  const { regionIdentifier, realmDomainComponent } = identity.regionInfo;
  if (isUnauthenticated(attempt)) {
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
  if (attempt.outcome !== "refused")
    return { cause: "service", says: `the secrets service: ${attempt.message}` };
  const { status, code, message } = attempt;
  if (status === 404 || status === 403)
    return { cause: "not-authorised", says: `the secret is refused or absent (${status} ${code})` };
  if (status === 409 || (status === 400 && NOT_ACTIVE.test(message)))
    return { cause: "not-active", says: `the secret is not active (${status} ${code})` };
  return { cause: "service", says: `the secrets service answered ${status} ${code}` };
};

/**
 * Tries until the secret is read, waiting makes no sense, or the deadline has passed.
 * @param deadlineMs ms since the epoch
 */
export const readSecretUntil = async (
  secretId: string,
  identity: InstanceInfo,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<{ attempt: Attempt; tries: number }> => {
  let tries = 0;
  for (const waitMs of waits()) {
    tries += 1;
    const attempt = await readSecretWithin(secretId, deadlineMs, signal);
    if (attempt.outcome === "read" || Date.now() + waitMs > deadlineMs) return { attempt, tries };
    // A clock that is off stays so.
    const isFinal =
      isUnauthenticated(attempt) && (await failureOf(attempt, identity, signal)).cause === "clock";
    if (isFinal) return { attempt, tries };
    await sleep(jitter(waitMs), undefined, { signal });
  }
  throw new Error("there is always one more wait");
};
