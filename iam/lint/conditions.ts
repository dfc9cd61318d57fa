/**
 * Analyses of a condition without a request: its atoms, whether it can be true, whether it can be false.
 * @module
 */
import { isTagVariable, matcher } from "../decide/values.ts";
import type { Atom, Condition, MatchingRule, Pattern, Text, VariableNode } from "../syntax/tree.ts";

/** The leaves of a condition. */
export const atomsOf = (condition: Condition | undefined): Atom[] => {
  if (!condition) return [];
  return condition.kind === "any" || condition.kind === "all"
    ? condition.conditions.flatMap(atomsOf)
    : [condition];
};

/** Every variable of an atom, on either side. */
export const variablesOf = (atom: Atom): VariableNode[] => {
  const values =
    atom.kind === "compare"
      ? [atom.value]
      : atom.kind === "in" || atom.kind === "function"
        ? atom.values
        : [];
  return [atom.variable, ...values.filter((v) => v.kind === "variable")];
};

/** A matching rule as a condition: both have the same comparisons. */
export const asCondition = (rule: MatchingRule): Condition => {
  if (rule.kind === "any" || rule.kind === "all")
    return { ...rule, conditions: rule.conditions.map(asCondition) };
  return rule.kind === "present" ? { ...rule, negated: false } : rule;
};

/** Most conjunctions that are looked at: a condition with more is taken to be fine. */
const MOST_TERMS = 500;

/** A condition as alternatives of conjunctions; undefined when there are too many. */
export const alternatives = (condition: Condition): Atom[][] | undefined => {
  if (condition.kind !== "any" && condition.kind !== "all") return [[condition]];
  const parts = condition.conditions.map(alternatives);
  if (parts.some((part) => part === undefined)) return undefined;
  if (condition.kind === "any") {
    const all = parts.flatMap((part) => part!);
    return all.length > MOST_TERMS ? undefined : all;
  }
  let terms: Atom[][] = [[]];
  for (const part of parts) {
    if (terms.length * part!.length > MOST_TERMS) return undefined;
    terms = terms.flatMap((term) => part!.map((more) => [...term, ...more]));
  }
  return terms;
};

/** True when a variable has one value at most. Tags and lists of groups may have several. */
export const isSingle = (name: string): boolean =>
  !isTagVariable(name) && !["request.groups.id", "target.policy.type"].includes(name.toLowerCase());

type Literal = Text | Pattern;

/** The constraint of one atom on its variable: one of these values, or none of these. */
interface LiteralConstraint {
  negated: boolean;
  literals: Literal[];
}

/** The constraint of an atom on literals; undefined for other atoms. */
const constraint = (atom: Atom): LiteralConstraint | undefined => {
  const values = atom.kind === "compare" ? [atom.value] : atom.kind === "in" ? atom.values : undefined;
  if (!values || values.some((v) => v.kind === "variable")) return undefined;
  const negated = atom.kind === "compare" ? atom.operator === "!=" : atom.kind === "in" && atom.negated;
  return { negated, literals: values as Literal[] };
};

const matches = (literal: Literal, variable: string, text: string): boolean =>
  matcher(literal, variable)(text.toLowerCase());

const isExact = (literal: Literal, variable: string): boolean =>
  literal.kind === "string" && !matches(literal, variable, `${literal.text.replaceAll("*", "")}\u0000`);

/** A text's fixed beginning, where it has one. */
const prefixOf = (literal: Literal): string | undefined => {
  const text = literal.text.toLowerCase();
  return text.endsWith("*") && !text.startsWith("*") ? text.slice(0, -1) : undefined;
};

/** True when no value matches both; false when that cannot be decided. */
const disjoint = (a: Literal, b: Literal, variable: string): boolean => {
  if (isExact(a, variable)) return !matches(b, variable, a.text);
  if (isExact(b, variable)) return !matches(a, variable, b.text);
  const [p, q] = [prefixOf(a), prefixOf(b)];
  return p !== undefined && q !== undefined && !p.startsWith(q) && !q.startsWith(p);
};

/**
 * True when one atom of a matching rule asks for an instance, and the other for a resource of another type.
 */
const typesClash = (a: Atom, b: Atom): boolean =>
  /^instance\.(compartment\.)?id$/i.test(a.variable.name) &&
  b.variable.name.toLowerCase() === "resource.type" &&
  b.kind === "compare" &&
  (b.operator === "=") === (b.value.kind === "string" && b.value.text.toLowerCase() !== "instance");

/** True for two atoms that cannot both be true. */
const clash = (a: Atom, b: Atom): boolean => {
  if (typesClash(a, b) || typesClash(b, a)) return true;
  const variable = a.variable.name;
  if (variable.toLowerCase() !== b.variable.name.toLowerCase()) return false;
  const absent = (atom: Atom): boolean => atom.kind === "present" && atom.negated;
  if (absent(a) !== absent(b)) return true;
  const [p, q] = [constraint(a), constraint(b)];
  if (!p || !q || (p.negated && q.negated)) return false;
  if (!p.negated && !q.negated) {
    return isSingle(variable) && p.literals.every((x) => q.literals.every((y) => disjoint(x, y, variable)));
  }
  const [wanted, refused] = p.negated ? [q, p] : [p, q];
  const taken = (x: Literal): boolean =>
    refused.literals.some((y) =>
      isExact(x, variable)
        ? matches(y, variable, x.text)
        : y.kind === x.kind && y.text.toLowerCase() === x.text.toLowerCase(),
    );
  return wanted.literals.every(taken);
};

/** The first two atoms that keep a conjunction from ever being true. */
const clashIn = (atoms: Atom[]): [Atom, Atom] | undefined => {
  for (const [i, a] of atoms.entries()) {
    for (const b of atoms.slice(i + 1)) if (clash(a, b)) return [a, b];
  }
  return undefined;
};

/**
 * The atoms that keep a condition from ever being true; undefined when it can be, or that cannot be decided.
 */
export const findContradiction = (condition: Condition): [Atom, Atom] | undefined => {
  const terms = alternatives(condition);
  const clashes = terms?.map(clashIn);
  return clashes?.every((c) => c !== undefined) ? clashes[0] : undefined;
};

/** True when one of two atoms is true whenever their variable applies. */
const patternCovers = (a: Atom, b: Atom): boolean => {
  const variable = a.variable.name;
  if (variable.toLowerCase() !== b.variable.name.toLowerCase()) return false;
  if (a.kind === "present" && b.kind === "present") return a.negated !== b.negated;
  const [p, q] = [constraint(a), constraint(b)];
  if (!p || !q || (!p.negated && !q.negated)) return false;
  if (p.negated && q.negated) {
    return isSingle(variable) && p.literals.every((x) => q.literals.every((y) => disjoint(x, y, variable)));
  }
  const [wanted, refused] = p.negated ? [q, p] : [p, q];
  const among = (y: Literal): boolean =>
    wanted.literals.some((x) => x.kind === y.kind && x.text.toLowerCase() === y.text.toLowerCase());
  return refused.literals.every(among);
};

/** Two alternatives of an `any` of which one is always true; undefined when there are none. */
export const findTautology = (condition: Condition): [Atom, Atom] | undefined => {
  if (condition.kind !== "any" && condition.kind !== "all") return undefined;
  if (condition.kind === "any") {
    const atoms = condition.conditions.filter((c): c is Atom => c.kind !== "any" && c.kind !== "all");
    for (const [i, a] of atoms.entries()) {
      for (const b of atoms.slice(i + 1)) if (patternCovers(a, b)) return [a, b];
    }
  }
  for (const part of condition.conditions) {
    const found = findTautology(part);
    if (found) return found;
  }
  return undefined;
};
