/** The form of an explanation, and its lines for people. @module */
import { printable } from "../../../app/printable.ts";
import type { ExplanationCode } from "./codes.ts";

/** Explanation of a bad or missing verdict: one cause, and what to do about it. */
export interface Explanation {
  /** Stable: `rule-selects-another-instance`. */
  code: ExplanationCode;
  /** One or two sentences, with the names and OCIDs that matter. */
  says: string;
  /** A command, or a setting. */
  fix: string;
  /** Observations beside the cause: what was found right, or could not be read. */
  evidence: string[];
}

/** Command that deploys again what the program declares, over what was changed by hand. */
export const DEPLOY_AGAIN = "pulumi up --refresh";

export const because = (
  code: ExplanationCode,
  says: string,
  fix: string,
  evidence: string[] = [],
): Explanation => ({
  code,
  says,
  fix,
  evidence,
});

/** An explanation as lines for people; parts of it are what the instance and OCI said. */
export const explanationLines = ({ says, fix, evidence }: Explanation): string[] =>
  ["", `  why: ${says}`, `  fix: ${fix}`, ...evidence.map((line) => `       ${line}`)].map(printable);
