/**
 * Conditions of the policy language as formulas: what is left of them when some variables are known, joined,
 * negated, and made short. A formula prints as a condition that is true for the same requests.
 * @module
 */

import { printCondition } from "../syntax/print.ts";
import type { Condition } from "../syntax/tree.ts";

/** A formula; `text` is equal for equal formulas. */
export type Formula =
  | { kind: "yes" | "no"; text: string }
  | { kind: "unknown"; on: string; text: string }
  | { kind: "leaf"; atom: Condition; negated: boolean; text: string }
  | { kind: "all" | "any"; parts: readonly Formula[]; text: string };

export const ALWAYS: Formula = { kind: "yes", text: "true" };
export const NEVER: Formula = { kind: "no", text: "false" };

/** What is not known, by the name of what it depends on. */
export const unknownOn = (on: string): Formula => ({ kind: "unknown", on, text: `unknown(${on})` });

/** A comparison; negated only where the language has no way to write the negation. */
export const leaf = (atom: Condition, negated = false): Formula => {
  const said = printCondition(atom);
  return { kind: "leaf", atom, negated, text: negated ? `not (${said})` : said };
};

/** The texts of the parts of a formula of a kind; of any other formula its own. */
const partTexts = (formula: Formula, kind: "all" | "any"): ReadonlySet<string> =>
  new Set(formula.kind === kind ? formula.parts.map((p) => p.text) : [formula.text]);

const isSuperset = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => {
  for (const text of b) if (!a.has(text)) return false;
  return true;
};

/** Most parts of which those that another one covers are looked for: the work grows with their square. */
const MOST_ABSORBED = 200;

const joined = (kind: "all" | "any", parts: readonly Formula[]): Formula => {
  const neutral = kind === "all" ? "yes" : "no";
  const decisive = kind === "all" ? NEVER : ALWAYS;
  const found = new Map<string, Formula>();
  for (const part of parts.flatMap((p) => (p.kind === kind ? p.parts : [p]))) {
    if (part.kind === decisive.kind) return decisive;
    if (part.kind !== neutral) found.set(part.text, part);
  }
  let left = [...found.values()];
  if (
    left.length > 1 &&
    left.length <= MOST_ABSORBED &&
    left.some((p) => p.kind === "all" || p.kind === "any")
  ) {
    // A part that says less than another: "a" beside "all {a, b}" in any, "a" beside "any {a, b}" in all.
    const other = kind === "all" ? "any" : "all";
    const sets = left.map((p) => partTexts(p, other));
    left = left.filter(
      (_, i) => !sets.some((set, j) => j !== i && set.size < sets[i]!.size && isSuperset(sets[i]!, set)),
    );
  }
  if (left.length < 2) return left[0] ?? (kind === "all" ? ALWAYS : NEVER);
  const texts = left.map((p) => p.text).sort();
  return { kind, parts: left, text: `${kind} {${texts.join(", ")}}` };
};

/** True where every part is. */
export const allOf = (parts: readonly Formula[]): Formula => joined("all", parts);

/** True where some part is. */
export const anyOf = (parts: readonly Formula[]): Formula => joined("any", parts);

/** A formula with something in the place of what is not known. */
export const settled = (formula: Formula, unknown: Formula): Formula => {
  if (formula.kind === "unknown") return unknown;
  if (formula.kind !== "all" && formula.kind !== "any") return formula;
  return joined(
    formula.kind,
    formula.parts.map((part) => settled(part, unknown)),
  );
};

/** The leaves of a formula. */
export const leavesOf = (formula: Formula): Extract<Formula, { kind: "leaf" }>[] => {
  if (formula.kind === "leaf") return [formula];
  return formula.kind === "all" || formula.kind === "any" ? formula.parts.flatMap(leavesOf) : [];
};

/** What a formula does not know, by name. */
export const unknownsOf = (formula: Formula): string[] => {
  if (formula.kind === "unknown") return [formula.on];
  const found = formula.kind === "all" || formula.kind === "any" ? formula.parts.flatMap(unknownsOf) : [];
  return [...new Set(found)];
};

/** The length of a formula for people: comparisons and groups. */
export const sizeOf = (formula: Formula): number =>
  formula.kind === "all" || formula.kind === "any"
    ? 1 + formula.parts.reduce((sum, part) => sum + sizeOf(part), 0)
    : 1;

/** A formula in the policy language. @returns undefined where it is always true */
export const printFormula = (formula: Formula): string | undefined => {
  if (formula.kind === "yes") return undefined;
  if (formula.kind !== "all" && formula.kind !== "any") return formula.text;
  return `${formula.kind} {${formula.parts.map(printFormula).join(", ")}}`;
};
