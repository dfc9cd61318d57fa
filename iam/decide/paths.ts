/**
 * Counts the policy statements on the paths of a compartment tree, which a limit of OCI is about.
 * @module
 */
import { type CompartmentNode, makeDirectory } from "./directory.ts";
import type { Tenancy } from "./types.ts";

/** The statements in policies on the path from the root to a compartment that has none below it. */
export interface PathCount {
  place: CompartmentNode;
  count: number;
}

/** The statements on every path from the root to a leaf of the tree. */
export const statementsOnPaths = (
  tenancy: Pick<Tenancy, "tenancy" | "compartments" | "policies">,
): PathCount[] => {
  const directory = makeDirectory(tenancy);
  const own = new Map<number, number>();
  for (const { compartment, statements } of tenancy.policies ?? []) {
    const index = compartment === undefined ? 0 : directory.placeById.get(compartment.toLowerCase())?.index;
    if (index !== undefined) own.set(index, (own.get(index) ?? 0) + statements.length);
  }
  return directory.places
    .filter((place) => place.children.length === 0)
    .map((place) => ({ place, count: place.chain.reduce((sum, index) => sum + (own.get(index) ?? 0), 0) }));
};
