/**
 * The values of a variable that can make a difference: for each set of literals and patterns that some value
 * matches, one such value; and absence.
 * @module
 */
import type { VariableValue } from "../decide/types.ts";
import { isTagVariable, type Matcher, matcher } from "../decide/values.ts";
import type { Atom, Pattern, Text, Value } from "../syntax/tree.ts";

/** The values that an atom compares its variable with; none where it compares with a range or a time. */
export const valuesOf = (atom: Atom): Value[] =>
  atom.kind === "compare" ? [atom.value] : atom.kind === "in" || atom.kind === "function" ? atom.values : [];

/** A value that stands for all that match the same; undefined stands for absence. */
export type Sample = VariableValue | undefined;

/** The literals, patterns and variables that conditions compare a variable with. */
export interface Literals {
  variable: string;
  /** Literals and patterns that it is compared with. */
  values: (Text | Pattern)[];
  /** The same, by the atom that they stand in. */
  atoms: (Text | Pattern)[][];
  /** Values that other variables in the comparison are known to have. */
  pool: string[];
  /** Patterns that variables are compared with that it is compared with: a shared value may match them. */
  patterns: (Text | Pattern)[];
  /** True when it is compared with another variable: then equal and different values matter. */
  compared: boolean;
  /** True when it matters which values there are together, and not only that some value matches. */
  exact: boolean;
}

/**
 * Texts that no literal is. Three where a variable is compared with another one and both may have several
 * values: only then can two sets share a value with neither inside the other.
 */
const FRESH = ["~other~", "~another~", "~third~"];
const BETWEEN = "~";

/** The stars' fixed parts of a pattern. */
const parts = (text: string): { prefix?: string; suffix?: string; inner?: string } => {
  const first = text.startsWith("*");
  const last = text.endsWith("*");
  if (first && last) return { inner: text.slice(1, -1) };
  if (last) return { prefix: text.slice(0, -1) };
  return first ? { suffix: text.slice(1) } : { prefix: text, suffix: "" };
};

/** Most "contains" patterns of which every combination is tried. */
const MOST_INNER = 5;

const subsets = (texts: readonly string[]): string[] => {
  if (texts.length > MOST_INNER) return ["", ...texts, texts.join(BETWEEN)];
  const all = [""];
  for (const text of texts) all.push(...all.map((s) => (s === "" ? text : s + BETWEEN + text)));
  return all;
};

/** Variables that may have several values at once. */
const isMultiple = (variable: string): boolean =>
  isTagVariable(variable) || variable.toLowerCase() === "target.policy.type";

/** Texts of every combination of prefix, contained part and suffix that patterns speak of. */
const candidates = ({ variable, values, pool, compared, patterns: shared }: Literals): string[] => {
  const patterns = [...values, ...shared]
    .filter((v) => v.text.includes("*"))
    .map((v) => parts(v.text.toLowerCase()));
  const of = (part: "prefix" | "suffix" | "inner"): string[] => [
    ...new Set(patterns.flatMap((p) => p[part] ?? [])),
  ];
  const fresh = FRESH.slice(0, compared ? (isMultiple(variable) ? 3 : 2) : 1);
  const made: string[] = [];
  for (const prefix of ["", ...of("prefix")]) {
    for (const suffix of ["", ...of("suffix")]) {
      for (const inner of subsets(of("inner"))) {
        for (const text of fresh) made.push(prefix + text + inner + BETWEEN + suffix);
        // Overlapping parts: a prefix that already ends as the suffix does.
        made.push(prefix + inner + suffix);
      }
    }
  }
  // Where a star in quotes is a pattern, the literal with its star says nothing that a value made from it does not.
  const isPattern = (text: string): boolean =>
    text.includes("*") && variable.toLowerCase() === "target.object.name";
  const literal = values
    .filter((v) => v.kind === "string" && !isPattern(v.text))
    .map((v) => v.text.toLowerCase());
  return [...new Set([...literal, ...pool, ...made])].filter((text) => text !== "");
};

/** Most single values of which every set is made, of which some are, and of which pairs are. */
const MOST_SETS = 5;
const MOST_SOME = 8;
const MOST_PAIRED = 16;

/** Sets of several values, where it matters which are together: all, or the smallest and the largest. */
const setsOf = (single: readonly string[], incomplete: () => void): string[][] => {
  const { length } = single;
  if (length > MOST_SETS) incomplete();
  if (length > MOST_PAIRED) return [];
  if (length > MOST_SOME) {
    const pairs = single.flatMap((a, i) => single.slice(i + 1).map((b) => [a, b]));
    return [...pairs, [...single]];
  }
  let sets: string[][] = [[]];
  for (const text of single) sets = [...sets, ...sets.map((set) => [...set, text])];
  const sizes = length <= MOST_SETS ? undefined : new Set([2, length - 1, length]);
  return sets.filter((set) => set.length > 1 && (!sizes || sizes.has(set.length)));
};

/** Most sets of values that are made to give further outcomes. */
const MAX_SETS = 100;

/**
 * Sets of several values, where an atom only asks whether some value matches: one for each combination of
 * outcomes that no single value gives.
 */
const setsByOutcome = (
  single: readonly string[],
  atoms: readonly (readonly Matcher[])[],
  incomplete: () => void,
): string[][] => {
  const outcomes = (texts: readonly string[]): string =>
    atoms.map((of) => (texts.some((text) => of.some((m) => m(text))) ? 1 : 0)).join("");
  const seen = new Set(single.map((text) => outcomes([text])));
  const sets: string[][] = [];
  let last = single.map((text) => [text]);
  while (last.length > 0) {
    const next: string[][] = [];
    for (const set of last) {
      for (const text of single) {
        const larger = [...set, text];
        const key = outcomes(larger);
        if (seen.has(key)) continue;
        if (sets.length >= MAX_SETS) {
          incomplete();
          return sets;
        }
        seen.add(key);
        sets.push(larger);
        next.push(larger);
      }
    }
    last = next;
  }
  return sets;
};

/**
 * The samples of a variable; absence is first.
 * @param incomplete called when there are more sets of values than are made
 */
export const samplesOf = (literals: Literals, incomplete: () => void): Sample[] => {
  const { variable } = literals;
  const matchers: Matcher[] = literals.values.map((v) => matcher(v, variable));
  const seen = new Map<string, string>();
  for (const text of candidates(literals)) {
    const key = literals.compared ? text : matchers.map((m) => (m(text) ? 1 : 0)).join("");
    if (!seen.has(key)) seen.set(key, text);
  }
  const single = [...seen.values()];
  if (!isMultiple(variable)) return [undefined, ...single];
  const atoms = literals.atoms.map((values) => values.map((v) => matcher(v, variable)));
  const sets =
    literals.compared || literals.exact
      ? setsOf(single, incomplete)
      : setsByOutcome(single, atoms, incomplete);
  return [undefined, ...single, ...sets];
};
