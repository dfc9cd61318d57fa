/**
 * Makes formulas short: what is true for the same values stays, the rest is left out. The values are those that
 * comparisons can tell apart; of formulas with too many combinations nothing is left out.
 * @module
 */

import { freeVariables, TIME } from "../compare/free.ts";
import { operationSamples } from "../compare/requests.ts";
import { type Sample, samplesOf } from "../compare/values.ts";
import { compileCondition } from "../decide/condition.ts";
import { DecisionContext } from "../decide/context.ts";
import { makeDirectory } from "../decide/directory.ts";
import { parseInstant, parseTimeOfDay } from "../decide/time.ts";
import type { VariableValue } from "../decide/types.ts";
import { variablesOf } from "../lint/conditions.ts";
import type { Atom } from "../syntax/tree.ts";
import { ALWAYS, allOf, anyOf, type Formula, leavesOf, NEVER, sizeOf } from "./formula.ts";

/** Most combinations of values that are looked at. */
const MOST_COMBINATIONS = 4096;

/** Most comparisons and groups of a formula that is shortened. */
const MOST_PARTS = 60;

/** A variable and the values to try. */
interface Dimension {
  name: string;
  samples: readonly Sample[];
}

const { root, places } = makeDirectory({ tenancy: "-" });
const SOMEBODY = { type: "service", name: "-" } as const;

const contextOf = (dimensions: readonly Dimension[], choice: readonly number[]): DecisionContext => {
  // A service has no variables of its own, and an empty list is a variable that does not apply.
  const variables: Record<string, VariableValue> = {};
  for (const [i, { name, samples }] of dimensions.entries()) variables[name] = samples[choice[i]!] ?? null;
  const request = { principal: SOMEBODY, variables };
  return new DecisionContext(request, root, places, [], undefined);
};

const isTime = (name: string): boolean => name === TIME || name.startsWith(`${TIME}.`);

const SECOND_MS = 1000;
const DAY_S = 86_400;

/** Times of day and instants at the ends of ranges, and just before and after them. */
const timesAround = (atoms: readonly Atom[], name: string): string[] => {
  const texts = atoms
    .filter((a) => a.variable.name.toLowerCase() === name)
    .flatMap((a) =>
      a.kind === "time" ? [a.value.text] : a.kind === "between" ? [a.from.text, a.to.text] : [],
    );
  const seconds = name === TIME ? [] : texts.flatMap((text) => parseTimeOfDay(text) ?? []);
  const ofDay = seconds.flatMap((s) => [s - 1, s, s + 1]).map((s) => (s + DAY_S) % DAY_S);
  const instants = texts.flatMap((text) => parseInstant(text) ?? []);
  return [
    ...new Set([
      ...ofDay.map((s) => new Date(s * SECOND_MS).toISOString().slice(11, 19).concat("z")),
      ...instants
        .flatMap((at) => [at - SECOND_MS, at, at + SECOND_MS])
        .map((at) => new Date(at).toISOString()),
    ]),
  ].map((text) => text.toLowerCase());
};

/** The values to try; undefined where there are too many to try them all. */
const dimensionsOf = (atoms: Atom[], permission: string | undefined): Dimension[] | undefined => {
  // Times that are compared with other variables as texts.
  const mixed = (a: Atom): boolean => {
    const names = variablesOf(a).map((v) => v.name.toLowerCase());
    return names.length > 1 && names.some(isTime);
  };
  if (atoms.some(mixed)) return undefined;
  let complete = true;
  const dimensions: Dimension[] = [];
  for (const literals of freeVariables(atoms, () => undefined)) {
    const name = literals.variable.toLowerCase();
    if (name === "request.operation" && permission !== undefined) {
      dimensions.push({ name, samples: [undefined, ...operationSamples(literals, permission)] });
      continue;
    }
    const samples = samplesOf(literals, () => {
      complete = false;
    });
    // Every request has a region and a time. The parts of a time are taken to be free of each other: more values
    // than there are keep more, and never leave out what makes a difference.
    const always = name === "request.region" || isTime(name);
    const around = isTime(name) ? timesAround(atoms, name) : [];
    const there = always ? samples.filter((s) => s !== undefined) : samples;
    dimensions.push({ name, samples: [...new Set([...there, ...around])] });
  }
  const count = dimensions.reduce((product, { samples }) => product * samples.length, 1);
  return complete && count <= MOST_COMBINATIONS ? dimensions : undefined;
};

/** Truth for each combination of values. */
type Vector = Uint8Array;

/** The truth of comparisons and formulas over combinations of values. */
class Values {
  private readonly dimensions: readonly Dimension[];
  readonly count: number;
  private readonly leaves = new Map<string, Vector>();

  constructor(dimensions: readonly Dimension[]) {
    this.dimensions = dimensions;
    this.count = dimensions.reduce((product, { samples }) => product * samples.length, 1);
  }

  of(formula: Formula): Vector {
    if (formula.kind === "leaf") return this.leaf(formula);
    const all = formula.kind === "all";
    const vector = new Uint8Array(this.count).fill(formula.kind === "yes" || all ? 1 : 0);
    if (formula.kind !== "all" && formula.kind !== "any") return vector;
    for (const part of formula.parts) {
      const other = this.of(part);
      for (let i = 0; i < this.count; i++) vector[i] = all ? vector[i]! & other[i]! : vector[i]! | other[i]!;
    }
    return vector;
  }

  private leaf({ atom, negated, text }: Extract<Formula, { kind: "leaf" }>): Vector {
    const known = this.leaves.get(text);
    if (known) return known;
    const vector = new Uint8Array(this.count);
    const test = compileCondition(atom);
    const names = new Set(variablesOf(atom as Atom).map((v) => v.name.toLowerCase()));
    const mine = this.dimensions.map(({ name }) => names.has(name));
    const tagged = [...names].some((name) => name.startsWith("target.resource.tag."));
    const truths = new Map<string, number>();
    for (let i = 0; i < this.count; i++) {
      const choice = this.choice(i);
      const key = choice.map((c, d) => (mine[d] ? c : "")).join();
      let truth = truths.get(key);
      if (truth === undefined) {
        const dimensions = this.dimensions.filter((_, d) => mine[d]);
        const context = contextOf(
          dimensions,
          choice.filter((_, d) => mine[d]),
        );
        // Any permission that a tag can grant: those that it cannot are not asked here.
        if (tagged) context.permission = "-";
        truth = (test(context) === 1) === negated ? 0 : 1;
        truths.set(key, truth);
      }
      vector[i] = truth;
    }
    this.leaves.set(text, vector);
    return vector;
  }

  private choice(index: number): number[] {
    let rest = index;
    return this.dimensions.map(({ samples }) => {
      const at = rest % samples.length;
      rest = Math.floor(rest / samples.length);
      return at;
    });
  }
}

const same = (a: Vector, b: Vector): boolean => a.every((truth, i) => truth === b[i]);

/** The formulas that have one comparison or group less. */
function* reductions(formula: Formula): Generator<Formula> {
  if (formula.kind !== "all" && formula.kind !== "any") return;
  const join = formula.kind === "all" ? allOf : anyOf;
  const { parts } = formula;
  for (let i = parts.length - 1; i >= 0; i--) {
    const others = parts.filter((_, j) => j !== i);
    yield join(others);
    for (const part of reductions(parts[i]!)) yield join([...others.slice(0, i), part, ...others.slice(i)]);
  }
}

const reduced = (formula: Formula, values: Values, wanted: Vector): Formula => {
  for (let current = formula; ; ) {
    const size = sizeOf(current);
    if (size > MOST_PARTS) return current;
    let next: Formula | undefined;
    for (const candidate of reductions(current)) {
      if (sizeOf(candidate) >= size || !same(values.of(candidate), wanted)) continue;
      next = candidate;
      break;
    }
    if (!next) return current;
    current = next;
  }
};

/** Shortens formulas, each once. */
export class Shortener {
  private readonly known = new Map<string, Formula>();

  /**
   * A formula that is true for the same requests.
   * @param formula without parts that are not known
   * @param permission the permission that is asked for, where requests may be any operation that needs it
   */
  of(formula: Formula, permission?: string): Formula {
    if (formula.kind === "yes" || formula.kind === "no") return formula;
    const asks = permission !== undefined && /request\.operation/i.test(formula.text);
    const key = asks ? `${permission} ${formula.text}` : formula.text;
    let found = this.known.get(key);
    if (!found) {
      found = shortened(formula, permission);
      this.known.set(key, found);
    }
    return found;
  }

  /** True where two formulas are true for the same requests, as far as that can be told. */
  equal(a: Formula, b: Formula): boolean {
    return a.text === b.text || (this.implies(a, b) && this.implies(b, a));
  }

  private readonly implications = new Map<string, boolean>();

  /** True where one formula is true for no request for which the other is not. */
  implies(a: Formula, b: Formula): boolean {
    if (a.text === b.text || a.kind === "no" || b.kind === "yes") return true;
    const key = `${a.text} > ${b.text}`;
    let known = this.implications.get(key);
    if (known === undefined) {
      known = implied(a, b);
      this.implications.set(key, known);
    }
    return known;
  }
}

const valuesFor = (formula: Formula, permission?: string): Values | undefined => {
  const atoms = leavesOf(formula).map(({ atom }) => atom as Atom);
  const dimensions = dimensionsOf(atoms, permission);
  return dimensions && new Values(dimensions);
};

const shortened = (formula: Formula, permission: string | undefined): Formula => {
  const values = valuesFor(formula, permission);
  if (!values) return formula;
  const wanted = values.of(formula);
  if (!wanted.includes(1)) return NEVER;
  if (!wanted.includes(0)) return ALWAYS;
  return reduced(formula, values, wanted);
};

const implied = (a: Formula, b: Formula): boolean => {
  // One of several alternatives.
  if (
    b.kind === "any" &&
    (a.kind === "any" ? a.parts : [a]).every((p) => b.parts.some((q) => q.text === p.text))
  )
    return true;
  const values = valuesFor(anyOf([a, b]));
  if (!values) return false;
  const [left, right] = [values.of(a), values.of(b)];
  return left.every((truth, i) => truth === 0 || right[i] === 1);
};
