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
import type { Cell } from "./types.ts";

/** The difference for one permission. */
export interface CellDifference {
  sign: "gained" | "lost";
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

/**
 * The differences for one permission in a cell.
 * @param incomplete called when there are more combinations than are looked at
 */
export const differencesIn = (cell: Cell, permission: string, incomplete: () => void): CellDifference[] => {
  const atoms = cell.statements.flat().flatMap((s) => atomsOf(s.tree.condition));
  const found = differencesOf(cell, atoms, permission, incomplete);
  const operation = taggedOperation(atoms, permission);
  if (operation === undefined) return found;
  const more = differencesOf({ ...cell, operation }, atoms, permission, incomplete);
  return [...found, ...more.filter(({ sign }) => !found.some((f) => f.sign === sign))];
};

const differencesOf = (
  cell: Cell,
  atoms: Atom[],
  permission: string,
  incomplete: () => void,
): CellDifference[] => {
  const dimensions = dimensionsOf(cell, atoms, permission, incomplete);
  const sizes = dimensions.map((d) => d.samples.length);
  if (sizes.reduce((product, size) => product * size, 1) > MOST_COMBINATIONS) incomplete();
  const all = combinations(sizes, MOST_COMBINATIONS);
  const [before, after] = cell.sides;
  const gained = new Set<number[]>();
  const lost = new Set<number[]>();
  for (const choice of all) {
    const request = requestFor(cell, permission, dimensions, choice);
    // The operation only fills request.operation here: one permission is compared, not all that it needs.
    const asked = byPermission(request);
    const was = decide(before, asked).decision === "allow";
    const is = decide(after, asked).decision === "allow";
    if (is && !was) gained.add(choice);
    if (was && !is) lost.add(choice);
  }
  return (
    [
      ["gained", gained],
      ["lost", lost],
    ] as const
  ).flatMap(([sign, chosen]): CellDifference[] => {
    const [first] = chosen;
    if (!first) return [];
    const witness = byPermission(requestFor(cell, permission, dimensions, first));
    if (chosen.size === all.length) return [{ sign, condition: undefined, witness }];
    const condition =
      ownCondition(cell, permission, dimensions, all, chosen) ??
      conditionOf(boxesOf([...chosen], sizes), dimensions);
    return [{ sign, condition, witness }];
  });
};
