/**
 * After the verdict the check stays: a new version of the secret, or another outcome, is a new verdict. When the
 * document in the metadata changes it ends, and the launcher starts it again with the new one.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { metadataSha256 } from "../../document/digest.ts";
import type { KeylessDocument } from "../../document/schema.ts";
import type { Verdict } from "../../document/verdict.ts";
import { METADATA_URL } from "../metadata.ts";
import { readSecret } from "./read-secret.ts";

const DOCUMENT_POLL_MS = 5_000;

/** What makes a verdict another one: the outcome, and the secret's version. */
const outcomeOf = ({ ok, cause, secret }: Verdict): string =>
  `${ok} ${cause ?? ""} ${secret?.version ?? "unread"}`;

/** Digest of the document in the metadata; undefined while it cannot be read. */
const currentSha256 = async (signal: AbortSignal): Promise<string | undefined> => {
  try {
    const answer = await fetch(`${METADATA_URL}/instance/metadata/keyless`, {
      headers: { authorization: "Bearer Oracle" },
      signal: AbortSignal.any([signal, AbortSignal.timeout(DOCUMENT_POLL_MS)]),
    });
    return answer.ok ? metadataSha256(await answer.text()) : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Returns when the metadata's document is another one.
 * @param sha256 digest of the one that was given
 */
export const untilDocumentChanges = async (sha256: string, signal: AbortSignal): Promise<void> => {
  for (;;) {
    await sleep(DOCUMENT_POLL_MS, undefined, { signal });
    const now = await currentSha256(signal);
    if (now !== undefined && now !== sha256) return;
  }
};

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
