/**
 * The outcome of a formula: the requests that are allowed for certain, those that may be, and what decides.
 * @module
 */
import { ALWAYS, type Formula, NEVER, printFormula, settled, unknownsOf } from "./formula.ts";
import type { Shortener } from "./shorten.ts";
import type { Extent } from "./types.ts";

/** The requests that are allowed for certain, those that may be, and what is not known. */
export interface Outcome {
  certain: Formula;
  possible: Formula;
  on: readonly string[];
}

/** The outcome of a formula, as short as can be. @param permission where requests may be any operation that needs it */
export const outcomeOf = (formula: Formula, shortener: Shortener, permission?: string): Outcome => {
  const on = unknownsOf(formula);
  const certain = shortener.of(settled(formula, NEVER), permission);
  const possible = on.length === 0 ? certain : shortener.of(settled(formula, ALWAYS), permission);
  return { certain, possible, on: certain.text === possible.text ? [] : on };
};

/** True where two outcomes are about the same requests. */
export const sameOutcome = (a: Outcome, b: Outcome, shortener: Shortener): boolean =>
  shortener.equal(a.certain, b.certain) && shortener.equal(a.possible, b.possible);

/** Requests, and what decides whether they are allowed; nothing where they are for certain. */
export interface Part {
  formula: Formula;
  on: readonly string[];
}

/** What is for certain and what is not, apart. */
export const partsOf = ({ certain, possible, on }: Outcome): Part[] => [
  ...(certain.kind === "no" ? [] : [{ formula: certain, on: [] }]),
  ...(on.length === 0 ? [] : [{ formula: possible, on }]),
];

/** A text that is equal for equal parts. */
export const partKey = ({ formula, on }: Part): string => [formula.text, ...on].join(" | ");

/** The requests that a part is true of. */
export const extentOf = ({ formula, on }: Part): Extent => {
  const condition = printFormula(formula);
  return { ...(condition !== undefined && { condition }), ...(on.length > 0 && { dependsOn: [...on] }) };
};
