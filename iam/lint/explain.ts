/**
 * Explanations of findings' codes.
 * @module
 */
import { matchingRuleRules, statementRules } from "./registry.ts";
import type { CodeExplanation, Severity } from "./types.ts";

/** Codes of findings that no rule about a single statement or matching rule makes. */
const OTHERS: Readonly<Record<string, CodeExplanation & { severity: Severity }>> = {
  syntax: {
    severity: "error",
    explanation: "OCI refuses the text: it is no statement (no matching rule).",
    fix: "Write at the place that is marked what the message says may stand there.",
    before: "Allow group Ops to raed buckets in compartment app",
    after: "Allow group Ops to read buckets in compartment app",
  },
  duplicate: {
    severity: "warning",
    explanation: "Another statement of the policy says the same; each counts towards OCI's limits.",
    fix: "Take one of the two out.",
    before: "Allow group Ops to read buckets in compartment app (twice)",
    after: "Allow group Ops to read buckets in compartment app (once)",
  },
  shadowed: {
    severity: "warning",
    explanation:
      "A wider statement of the policy grants all of it, so taking this one out takes nothing away.",
    fix: "Take this one out, or narrow the wider one when it was not meant.",
    before:
      "Allow group Ops to read buckets in compartment app, beside: Allow group Ops to manage buckets in tenancy",
    after: "Allow group Ops to manage buckets in compartment app",
  },
  "unresolved-name": {
    severity: "error",
    explanation: "OCI looks names up when a policy is written, and refuses the policy when there is none.",
    fix: "Correct the name, make what it names first, or name it by OCID (`id ocid1…`).",
    before: "Allow group Opps to read buckets in compartment app",
    after: "Allow group Ops to read buckets in compartment app",
  },
  "other-kind": {
    severity: "error",
    explanation:
      "Groups have users, dynamic groups have instances and other resources; their names are apart.",
    fix: "Write `dynamic-group` where the name is a dynamic group's, `group` where it is a group's.",
    before: "Allow group readers to read buckets in compartment app",
    after: "Allow dynamic-group readers to read buckets in compartment app",
  },
  "other-domain": {
    severity: "error",
    explanation: "A name without a domain is one of the Default domain.",
    fix: "Write the domain before the name: `'Domain'/'Group'`.",
    before: "Allow group Dev to read buckets in compartment app",
    after: "Allow group 'Staff'/'Dev' to read buckets in compartment app",
  },
  "deny-not-enabled": {
    severity: "error",
    explanation:
      "A tenancy takes deny statements only after an administrator has enabled them, and not back again.",
    fix: "Enable deny policies in the tenancy's settings, or narrow the allow that the deny is against.",
    before: "Deny group Ops to manage buckets in compartment app",
    after: "Allow group Ops to read buckets in compartment app",
  },
  limit: {
    severity: "error",
    explanation: "OCI refuses what goes beyond a limit of the tenancy.",
    fix: "Merge statements by naming several groups or permissions in one, or ask Oracle for a higher limit.",
    before: "51 statements in one policy",
    after: "26 and 25 statements in two policies",
  },
};

/** A code that a finding can have, with its explanation. */
export interface ExplainedCode extends CodeExplanation {
  code: string;
  /** The usual severity; the message of a finding may be milder or worse. */
  severity: Severity;
  about: "statement" | "matching rule" | "text, policy or tenancy";
}

const codesOf = (
  about: ExplainedCode["about"],
  list: readonly Omit<ExplainedCode, "about">[],
): ExplainedCode[] =>
  list.map(({ code, severity, explanation, fix, before, after }) => ({
    ...{ code, severity, about },
    ...{ explanation, fix, before, after },
  }));

/** Every code with its explanation, in the order of the rules. docs/errors.md is made from this. */
export const explainedCodes: readonly ExplainedCode[] = [
  ...codesOf("statement", statementRules),
  ...codesOf("matching rule", matchingRuleRules),
  ...codesOf(
    "text, policy or tenancy",
    Object.entries(OTHERS).map(([code, other]) => ({ code, ...other })),
  ),
];

const all: ReadonlyMap<string, CodeExplanation> = new Map(explainedCodes.map((c) => [c.code, c]));

/** Every code that a finding can have. */
export const findingCodes: readonly string[] = [...all.keys()];

/**
 * The explanation of a code: why it is reported, what to do about it, and an example; undefined where there
 * is no such code.
 */
export const explainCode = (code: string): CodeExplanation | undefined => {
  const found = all.get(code);
  if (!found) return undefined;
  const { explanation, fix, before, after } = found;
  return { explanation, fix, before, after };
};
