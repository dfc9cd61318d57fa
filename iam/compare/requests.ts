/**
 * The requests that conditions can tell apart: the dimensions of what a principal, a compartment and a permission
 * leave open, and the request of each combination of their samples.
 * @module
 */
import { compileCondition } from "../decide/condition.ts";
import { DecisionContext } from "../decide/context.ts";
import { refusesTargetTag } from "../decide/target-tags.ts";
import type { Request, VariableValue } from "../decide/types.ts";
import { variablesOf } from "../lint/conditions.ts";
import { printCondition } from "../syntax/print.ts";
import type { Atom, Pattern, Text } from "../syntax/tree.ts";
import { everyNeedOf, operationName, operationsNeeding } from "../tables/operations.ts";
import type { Dimension } from "./describe.ts";
import { fixedIn, freeVariables, TIME } from "./free.ts";
import { timesFor } from "./times.ts";
import type { Cell } from "./types.ts";
import { type Literals, type Sample, samplesOf } from "./values.ts";

/** Most combinations of one permission in one cell; beyond, the result says that it is not complete. */
export const MOST_COMBINATIONS = 20_000;

/** The operations that a request for a permission can be, as far as conditions tell them apart; absent: by permission. */
export const operationSamples = (literals: Literals, permission: string): Sample[] => {
  const possible = new Set(operationsNeeding(permission).map((o) => o.name.toLowerCase()));
  // "List…" matters beside the literals: a target's tag does not apply to lists.
  const listed = [...possible].filter((o) => o.startsWith("list")).slice(0, 1);
  const named = samplesOf({ ...literals, pool: [...literals.pool, ...possible] }, () => {}).filter(
    (s) => typeof s === "string",
  );
  const fits = (name: string): boolean =>
    possible.has(name) || everyNeedOf(name).every((need) => !need.permissions);
  return [...new Set([...named.map(String).filter(fits), ...listed])];
};

/** What a cell leaves open and these atoms speak of; times come last. */
export const dimensionsOf = (
  cell: Cell,
  atoms: Atom[],
  permission: string,
  incomplete: () => void,
): Dimension[] => {
  const dimensions: Dimension[] = [];
  for (const literals of freeVariables(atoms, fixedIn(cell, permission))) {
    const lower = literals.variable.toLowerCase();
    if (lower === TIME || lower.startsWith(`${TIME}.`)) continue;
    const samples =
      lower === "request.operation"
        ? operationSamples(literals, permission)
        : samplesOf(literals, incomplete);
    const there = lower === "request.region" ? samples.filter((s) => s !== undefined) : samples;
    dimensions.push({ variable: literals.variable, samples: there, literals: literals.values });
  }
  const timed = atoms.filter((a) => a.variable.name.toLowerCase().startsWith(TIME));
  if (timed.length > 0) dimensions.push(timeDimension(cell, timed));
  return dimensions;
};

const timeDimension = (cell: Cell, atoms: Atom[]): Dimension => {
  const [{ directory }] = cell.sides;
  const tests = new Map(atoms.map((atom) => [atom, compileCondition(atom)]));
  const holds = (atom: Atom, time: string): boolean => {
    const context = new DecisionContext(
      { principal: cell.principal, time },
      directory.root,
      directory.places,
      [],
      undefined,
    );
    return tests.get(atom)!(context) === 1;
  };
  const describeSample = (time: Sample): string => {
    const parts = atoms.map((a) => `${holds(a, String(time)) ? "" : "not "}${printCondition(a)}`);
    return [...new Set(parts)].join(" and ");
  };
  return {
    variable: TIME,
    samples: timesFor(atoms, holds),
    literals: [] as (Text | Pattern)[],
    describeIndices: describeSample,
  };
};

/** The request of one combination: for each dimension the index of a sample. */
export const requestFor = (
  cell: Cell,
  permission: string,
  dimensions: readonly Dimension[],
  choice: readonly number[],
): Request => {
  const request: Request = {
    principal: cell.principal,
    permissions: [permission],
    compartment: cell.compartment,
    ...(cell.operation !== undefined && { operation: cell.operation }),
  };
  const variables: Record<string, VariableValue> = {};
  for (const [i, { variable, samples }] of dimensions.entries()) {
    const sample = samples[choice[i]!];
    if (sample === undefined) continue;
    if (variable === TIME) request.time = String(sample);
    else if (variable.toLowerCase() === "request.region") request.region = String(sample);
    else if (variable.toLowerCase() === "request.operation")
      request.operation = operationName(String(sample));
    else variables[variable] = sample;
  }
  if (Object.keys(variables).length > 0) request.variables = variables;
  return request;
};

/** Every combination of indices, up to a limit. */
export const combinations = (sizes: readonly number[], limit: number): number[][] => {
  let all: number[][] = [[]];
  for (const size of sizes) {
    const next: number[][] = [];
    for (const head of all) for (let i = 0; i < size && next.length < limit; i++) next.push([...head, i]);
    all = next;
  }
  return all;
};

/**
 * An operation that has a target's tags although a permission to inspect is all that is asked for: a permission
 * alone is taken to be asked for by a list, which has no target (GetVolume needs VOLUME_INSPECT, as ListVolumes).
 */
export const taggedOperation = (atoms: readonly Atom[], permission: string): string | undefined => {
  const names = new Set(atoms.flatMap(variablesOf).map((v) => v.name.toLowerCase()));
  const tagged = [...names].some((name) => name.startsWith("target.resource.tag."));
  if (!tagged || names.has("request.operation") || !refusesTargetTag(undefined, permission)) return undefined;
  return operationsNeeding(permission).find(({ name }) => !refusesTargetTag(name, permission))?.name;
};

/** A request for a permission whose operation is said as a variable. */
export const byPermission = ({ operation, ...request }: Request): Request =>
  operation === undefined
    ? request
    : { ...request, variables: { ...request.variables, "request.operation": operation } };
