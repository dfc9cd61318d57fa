/**
 * The negation of a comparison, written in the policy language. A comparison whose variable does not apply is not
 * true, so that its negation is true where the variable is absent or the opposite comparison holds.
 * @module
 */
import { parseInstant, parseTimeOfDay } from "../decide/time.ts";
import { isSingle } from "../lint/conditions.ts";
import type { Atom, Condition, Value, VariableNode } from "../syntax/tree.ts";
import { ALWAYS, allOf, anyOf, type Formula, leaf, NEVER } from "./formula.ts";

/** Makes a comparison a formula: its truth where that is known. */
export type Fold = (atom: Atom) => Formula;

const AT = { start: 0, end: 0 };
const FIRST = "1000-01-01T00:00:00Z";
const LAST = "9999-12-31T23:59:59.999Z";
const TIMESTAMP = "request.utc-timestamp";
const LAST_SECOND = 86_399;

const text = (value: string): { kind: "string"; text: string; start: number; end: number } => ({
  kind: "string",
  text: value,
  ...AT,
});

const absent = (variable: VariableNode): Atom => ({ kind: "present", variable, negated: true, ...AT });

const between = (variable: VariableNode, from: string, to: string): Atom => ({
  kind: "between",
  variable,
  from: text(from),
  to: text(to),
  ...AT,
});

const clock = (second: number): string => {
  const part = (n: number): string => String(n).padStart(2, "0");
  return `${part(Math.floor(second / 3600))}:${part(Math.floor(second / 60) % 60)}:${part(second % 60)}Z`;
};

/** The seconds of the day that a range leaves. */
const restOfDay = (variable: VariableNode, first: number, last: number): Atom[] => {
  const [from, to] = [last + 1, first - 1];
  if (first > last) return from <= to ? [between(variable, clock(from), clock(to))] : [];
  if (first === 0) return last === LAST_SECOND ? [] : [between(variable, clock(from), clock(LAST_SECOND))];
  return [between(variable, clock(last === LAST_SECOND ? 0 : from), clock(to))];
};

const notBetween = (atom: Extract<Atom, { kind: "between" }>): Atom[] | undefined => {
  const { variable, from, to } = atom;
  const seconds = [parseTimeOfDay(from.text), parseTimeOfDay(to.text)];
  if (seconds[0] !== undefined && seconds[1] !== undefined)
    return variable.name.toLowerCase() === `${TIMESTAMP}.time-of-day`
      ? restOfDay(variable, seconds[0], seconds[1])
      : undefined;
  if (variable.name.toLowerCase() !== TIMESTAMP) return undefined;
  return [
    { kind: "time", variable, operator: "before", value: from, ...AT },
    { kind: "time", variable, operator: "after", value: to, ...AT },
  ];
};

/** The opposite comparisons, one of which holds where the atom does not and its variables apply. */
const opposites = (atom: Atom): Atom[] | undefined => {
  const { variable } = atom;
  switch (atom.kind) {
    case "compare": {
      const { value, operator } = atom;
      if (value.kind === "variable" && !(isSingle(variable.name) && isSingle(value.name))) return undefined;
      return [{ ...atom, operator: operator === "=" ? "!=" : "=" }];
    }
    case "in":
      return [{ ...atom, negated: !atom.negated }];
    case "time":
      if (variable.name.toLowerCase() !== TIMESTAMP || parseInstant(atom.value.text) === undefined)
        return undefined;
      return [
        atom.operator === "before"
          ? between(variable, atom.value.text, LAST)
          : between(variable, FIRST, atom.value.text),
      ];
    case "between":
      return notBetween(atom);
    case "function":
      return atom.name === "sets-intersect" && atom.values.every((v) => v.kind !== "variable")
        ? [{ kind: "in", variable, negated: true, values: atom.values, ...AT }]
        : undefined;
    case "present":
      return [{ ...atom, negated: !atom.negated }];
  }
};

const variablesIn = (values: readonly Value[]): VariableNode[] => values.filter((v) => v.kind === "variable");

const othersOf = (atom: Atom): VariableNode[] =>
  atom.kind === "compare" ? variablesIn([atom.value]) : atom.kind === "in" ? variablesIn(atom.values) : [];

const isAtom = (condition: Condition): condition is Atom =>
  condition.kind !== "any" && condition.kind !== "all";

/** The negation of one comparison. */
const negatedAtom = (atom: Atom, fold: Fold): Formula => {
  // Where a variable of the list does not apply the others still count: one after another.
  if (atom.kind === "in" && !atom.negated && atom.values.length > 1 && variablesIn(atom.values).length > 0)
    return allOf(atom.values.map((value) => negatedAtom({ ...atom, values: [value] }, fold)));
  // `in` with one variable: neither is a subset of the other.
  if (atom.kind === "in" && !atom.negated && atom.values[0]?.kind === "variable") {
    const { variable } = atom;
    const [value] = atom.values;
    const opposite: Atom = { kind: "compare", variable, operator: "!=", value, ...AT };
    return anyOf([fold(absent(variable)), fold(absent(value)), fold(opposite)]);
  }
  const folded = fold(atom);
  if (folded.kind === "yes") return NEVER;
  if (folded.kind === "no") return ALWAYS;
  if (folded.kind === "unknown") return folded;
  // The atom itself may have become another, with the value of a variable that is known.
  if (folded.kind === "leaf" && folded.atom !== atom && isAtom(folded.atom))
    return negatedAtom(folded.atom, fold);
  const found = opposites(atom);
  if (!found) return leaf(atom, true);
  const missing = atom.kind === "present" ? [] : [atom.variable, ...othersOf(atom)].map(absent);
  return anyOf([...missing, ...found].map(fold));
};

/** A condition as a formula. @param negated its negation instead */
export const formulaOf = (condition: Condition, negated: boolean, fold: Fold): Formula => {
  if (condition.kind !== "any" && condition.kind !== "all")
    return negated ? negatedAtom(condition, fold) : fold(condition);
  const parts = condition.conditions.map((part) => formulaOf(part, negated, fold));
  return (condition.kind === "any") === negated ? allOf(parts) : anyOf(parts);
};
