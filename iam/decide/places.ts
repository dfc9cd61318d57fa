/** Compartments as few: one that holds with all below it stands for those. @module */
import type { Directory } from "./directory.ts";

/** The compartments that stand for all of a set. @param indices of places */
export const topsOf = (
  { places }: Directory,
  indices: ReadonlySet<number>,
): { index: number; subtree: boolean }[] => {
  // A place's number is lower than those of all below it: whole subtrees are known from the end.
  const whole = new Set<number>();
  for (let i = places.length - 1; i >= 0; i--)
    if (indices.has(i) && places[i]!.children.every((child) => whole.has(child.index))) whole.add(i);
  return places
    .filter(({ index, parent }) => indices.has(index) && !(parent && whole.has(parent.index)))
    .map(({ index }) => ({ index, subtree: whole.has(index) }));
};
