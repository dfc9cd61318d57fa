/**
 * Compares the effect of two sets of statements on one principal in one compartment: by permission, over
 * every combination of values that the conditions can tell apart.
 * @module
 */
import { DecisionContext } from "../decide/context.ts";
import { decide } from "../decide/decide.ts";
import { membershipsOf } from "../decide/principals.ts";
import type { Request } from "../decide/types.ts";
import { atomsOf } from "../lint/conditions.ts";
import { printCondition } from "../syntax/print.ts";
import type { Atom } from "../syntax/tree.ts";
import { boxesOf } from "./boxes.ts";
import { conditionOf, type Dimension } from "./describe.ts";
import {
  byPermission,
  combinations,
  dimensionsOf,
  MOST_COMBINATIONS,
  requestFor,
  taggedOperation,
} from "./requests.ts";
import type { Cell, Judge } from "./types.ts";

/** The difference for one permission. */
export interface CellDifference {
  /** The class of the requests. */
  sign: string;
  condition: string | undefined;
  witness: Request;
}

/** A condition of a changed statement that is true for exactly the chosen combinations: the best description. */
const ownCondition = (
  cell: Cell,
  permission: string,
  dimensions: readonly Dimension[],
  all: readonly number[][],
  chosen: ReadonlySet<number[]>,
): string | undefined => {
  for (const side of [0, 1] as const) {
    const compiled = cell.sides[side];
    const place = compiled.directory.placeById.get(cell.compartment);
    if (!place) continue;
    const memberships = membershipsOf(compiled, cell.principal);
    for (const s of cell.statements[side]) {
      if (!s.test) continue;
      const fits = all.every((choice) => {
        const request = requestFor(cell, permission, dimensions, choice);
        const context = new DecisionContext(
          request,
          place,
          compiled.directory.places,
          memberships,
          undefined,
        );
        context.permission = permission;
        return (s.test!(context) === 1) === chosen.has(choice);
      });
      if (fits) return printCondition(s.tree.condition!);
    }
  }
  return undefined;
};

/** What is asked of each cell. */
export interface Asking {
  judge: Judge;
  /** Called when there are more combinations than are looked at. */
  incomplete: () => void;
}

/** The differences for one permission in a cell. */
export const differencesIn = (cell: Cell, permission: string, asking: Asking): CellDifference[] => {
  const atoms = cell.statements.flat().flatMap((s) => atomsOf(s.tree.condition));
  const found = differencesOf(cell, atoms, permission, asking);
  const operation = taggedOperation(atoms, permission);
  if (operation === undefined) return found;
  const more = differencesOf({ ...cell, operation }, atoms, permission, asking);
  return [...found, ...more.filter(({ sign }) => !found.some((f) => f.sign === sign))];
};

const differencesOf = (
  cell: Cell,
  atoms: Atom[],
  permission: string,
  { judge, incomplete }: Asking,
): CellDifference[] => {
  const dimensions = dimensionsOf(cell, atoms, permission, incomplete);
  const sizes = dimensions.map((d) => d.samples.length);
  if (sizes.reduce((product, size) => product * size, 1) > MOST_COMBINATIONS) incomplete();
  const all = combinations(sizes, MOST_COMBINATIONS);
  const [before, after] = cell.sides;
  const classes = new Map<string, Set<number[]>>();
  for (const choice of all) {
    const request = requestFor(cell, permission, dimensions, choice);
    // The operation only fills request.operation here: one permission is compared, not all that it needs.
    const asked = byPermission(request);
    const sign = judge(decide(before, asked), decide(after, asked));
    if (sign === undefined) continue;
    const chosen = classes.get(sign);
    if (chosen) chosen.add(choice);
    else classes.set(sign, new Set([choice]));
  }
  return [...classes].map(([sign, chosen]): CellDifference => {
    const [first] = chosen;
    const witness = byPermission(requestFor(cell, permission, dimensions, first!));
    if (chosen.size === all.length) return { sign, condition: undefined, witness };
    const condition =
      ownCondition(cell, permission, dimensions, all, chosen) ??
      conditionOf(boxesOf([...chosen], sizes), dimensions);
    return { sign, condition, witness };
  });
};
