/**
 * After the verdict the check stays: a new version of the secret, or another outcome, is a new verdict. It reads no
 * document by itself: the launcher, which knows whether one is signed, ends it and starts it with the next one.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { KeylessDocument } from "../../document/schema.ts";
import type { Verdict } from "../../document/verdict.ts";
import { readSecret } from "./read-secret.ts";

/** What makes a verdict another one: the outcome, and the secret's version. */
const outcomeOf = ({ ok, cause, secret }: Verdict): string =>
  `${ok} ${cause ?? ""} ${secret?.version ?? "unread"}`;

/**
 * Reads the secret again and again, until the signal. Where something differs the whole check runs anew: what is
 * said is always a complete verdict.
 * @param check runs it
 * @param print prints a verdict
 */
export const watchSecret = async (
  document: KeylessDocument,
  first: Verdict,
  check: () => Promise<Verdict>,
  print: (verdict: Verdict) => void,
  signal: AbortSignal,
): Promise<never> => {
  const { secretId, everyS } = document.check;
  for (let last = first; ; ) {
    await sleep(everyS * 1000, undefined, { signal });
    const attempt = await readSecret(secretId);
    const version = attempt.outcome === "read" ? attempt.versionNumber : undefined;
    if (version === last.secret?.version) continue;
    const verdict = await check();
    if (outcomeOf(verdict) !== outcomeOf(last)) print(verdict);
    last = verdict;
  }
};
