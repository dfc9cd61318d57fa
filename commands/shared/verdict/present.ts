/** What a serial console says about the document that is deployed now: pure. @module */
import { type Heartbeat, readSaid, type Said, type Verdict } from "../../../document/verdict.ts";

/**
 * What a boot begins with: the kernel's first line, which a boot loader's or firmware's last words may stand before,
 * or cloud-init's first where the kernel is told to be quiet.
 */
const BOOT = /\[ +0\.000000\] Linux version|Cloud-init v\. \S+ running 'init-local'/g;

const aboutOf = (said: Said): Verdict | Heartbeat => ("verdict" in said ? said.verdict : said.heartbeat);

/**
 * Everything that was said in the present boot, oldest first: after the last beginning of a boot, by this instance
 * (the launcher may not know its OCID yet).
 */
const presentSaid = (console: string, instanceId: string): Said[] => {
  const boots = [...console.matchAll(BOOT)];
  return readSaid(console.slice(boots.at(-1)?.index ?? 0)).filter((said) => {
    const { instance } = aboutOf(said);
    return instance === undefined || instance === instanceId;
  });
};

/** Causes of verdicts that are about the machine: it did not get so far as to read a document. */
const OF_THE_MACHINE: readonly (string | undefined)[] = ["boot", "metadata"];

/** Whether something that was said is about a document. A good verdict that names none proves nothing. */
const fits = (said: Said, sha256: string | undefined): boolean => {
  const { documentSha256, ok, cause } = aboutOf(said);
  if (documentSha256 !== undefined) return documentSha256 === sha256;
  return ok === false && OF_THE_MACHINE.includes(cause);
};

/** What a console says. */
export interface Present {
  /** About what is deployed now; undefined while the check has not come to one. */
  verdict?: Verdict;
  /** When what the verdict says was last found to be so, RFC 3339 by the machine's clock. */
  provedAt?: string;
  /** The last verdict about another document, or of an earlier start, where there is none about this one. */
  before?: Verdict;
}

/**
 * Reads what a console says about a document. Only what was said last counts: a verdict of the same document from
 * before another one was deployed is not about what is deployed now.
 * @param sha256 digest of the deployed document; undefined where there is none, so that no document's verdict fits
 * @param known a verdict that was seen before, as JSON: the one that was said after it is looked for
 */
export const presentProof = (
  console: string,
  instanceId: string,
  sha256: string | undefined,
  known?: string,
): Present => {
  const all = presentSaid(console, instanceId);
  const seenAt = all.map((s) => "verdict" in s && JSON.stringify(s.verdict)).lastIndexOf(known ?? "");
  // Where the known one is gone (another boot, a console that has run over), all are new.
  const said = all.slice(seenAt + 1);
  const verdictAt =
    known === undefined
      ? all.findLastIndex((s) => "verdict" in s)
      : said.findIndex((s) => "verdict" in s && fits(s, sha256));
  const found = said[verdictAt];
  if (!found || !("verdict" in found)) return {};
  const { verdict } = found;
  const later = said.slice(verdictAt + 1).flatMap((s) => ("heartbeat" in s ? [s.heartbeat] : []));
  const started = later.some(({ ok }) => ok === undefined);
  if (!fits(found, sha256) || (started && known === undefined)) return { before: verdict };
  // Other heartbeats than the verdict's own follow only the next verdict.
  const last = later.findLast((beat) => beat.documentSha256 === verdict.documentSha256);
  const provedAt = last?.time ?? verdict.time;
  return { verdict, ...(provedAt && { provedAt }) };
};
