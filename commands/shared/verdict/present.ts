/** The state that a serial console shows of the document that is deployed now: pure. @module */
import { type Heartbeat, readSaid, type Said, type Verdict } from "../../../document/verdict.ts";

/**
 * Beginning of a boot: the kernel's first line, which a boot loader's or firmware's last words may stand
 * before, or cloud-init's first where the kernel is told to be quiet.
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

/** True when something is said of the machine, and of no document. */
const isOfTheMachine = (said: Said): boolean => {
  const { documentSha256, ok, cause } = aboutOf(said);
  return documentSha256 === undefined && ok === false && OF_THE_MACHINE.includes(cause);
};

/**
 * True when something that was said is about a document, or the machine. A good verdict that names none
 * proves nothing.
 */
const fits = (said: Said, sha256: string | undefined): boolean => {
  const { documentSha256 } = aboutOf(said);
  return documentSha256 === undefined ? isOfTheMachine(said) : documentSha256 === sha256;
};

/**
 * True when something ends what was said before it: the check has started anew, or the launcher has said
 * something of another document. A check that goes on with the last accepted one, beside a refusal of the
 * launcher, ends nothing.
 */
const isNewBeginning = (said: Said, sha256: string | undefined): boolean =>
  "heartbeat" in said
    ? said.heartbeat.ok === undefined
    : said.verdict.proof === undefined && !fits(said, sha256);

/** The state that a console shows. */
export interface Present {
  /** The verdict about what is deployed now; undefined while the check has not come to one. */
  verdict?: Verdict;
  /** Time at which what the verdict says was last found to be so, RFC 3339 by the machine's clock. */
  provedAt?: string;
  /** The last verdict about another document, or of an earlier start, where there is none about this one. */
  before?: Verdict;
}

/**
 * Reads what a console says about a document. A verdict of the same document from before another one was deployed,
 * or of an earlier start, is not about what is deployed now.
 * @param sha256 digest of the deployed document; undefined where there is none, so that no document's verdict fits
 * @param known a verdict that was seen before, as JSON: the one that was said after it is looked for
 */
export const presentProof = (
  console: string,
  instanceId: string,
  sha256: string | undefined,
  known?: string,
): Present => {
  const everything = presentSaid(console, instanceId);
  // What is said of the machine counts until it says something else: it has got further since.
  const all = everything.filter((said, i) => i === everything.length - 1 || !isOfTheMachine(said));
  const isFitting = (said: Said): boolean => "verdict" in said && fits(said, sha256);
  const knownAt = all.findLastIndex((s) => "verdict" in s && JSON.stringify(s.verdict) === known);
  // Where the known one is gone (another boot, a console that has run over), all are new.
  const at =
    known === undefined
      ? all.findLastIndex(isFitting)
      : all.findIndex((said, i) => i > knownAt && isFitting(said));
  const found = all[at];
  const later = all.slice(at + 1);
  if (
    !found ||
    !("verdict" in found) ||
    (known === undefined && later.some((s) => isNewBeginning(s, sha256)))
  ) {
    const before = all.findLast((s) => "verdict" in s);
    return before && "verdict" in before && known === undefined ? { before: before.verdict } : {};
  }
  const { verdict } = found;
  const beats = later.flatMap((s) => ("heartbeat" in s ? [s.heartbeat] : []));
  const beat = beats.findLast((one) => one.documentSha256 === sha256 && one.ok !== undefined);
  // A verdict in between was lost: something of the machine fell into its line. The older one must not grow young.
  if (beat && (beat.ok !== verdict.ok || beat.cause !== verdict.cause)) return { before: verdict };
  const provedAt = beat?.time ?? verdict.time;
  return { verdict, ...(provedAt && { provedAt }) };
};
