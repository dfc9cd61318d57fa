/**
 * Sets of combinations written with as few alternatives as a simple merge gives.
 * @module
 */

/** A set of combinations: for each dimension the indices that are meant; undefined means all of them. */
export type Box = (ReadonlySet<number> | undefined)[];

const same = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean =>
  a.size === b.size && [...a].every((x) => b.has(x));

/** Merges two boxes that differ in one dimension only. */
const merge = (
  a: readonly ReadonlySet<number>[],
  b: readonly ReadonlySet<number>[],
): ReadonlySet<number>[] | undefined => {
  const different = a.flatMap((set, i) => (same(set, b[i]!) ? [] : [i]));
  if (different.length !== 1) return undefined;
  return a.map((set, i) => (i === different[0] ? new Set([...set, ...b[i]!]) : set));
};

/** Most combinations that are merged pair by pair: the work grows with their square. */
const MOST_MERGED = 400;

/**
 * Boxes that together are exactly the given combinations.
 * @param combinations each an index per dimension
 * @param sizes how many indices each dimension has
 */
export const boxesOf = (combinations: readonly (readonly number[])[], sizes: readonly number[]): Box[] => {
  let boxes = combinations.map((c) => c.map((index) => new Set([index]) as ReadonlySet<number>));
  for (let merged = true; merged && boxes.length <= MOST_MERGED; ) {
    merged = false;
    const next: ReadonlySet<number>[][] = [];
    for (const box of boxes) {
      const at = next.findIndex((other) => merge(other, box) !== undefined);
      if (at === -1) next.push(box);
      else {
        next[at] = merge(next[at]!, box)!;
        merged = true;
      }
    }
    boxes = next;
  }
  return boxes.map((box) => box.map((set, i) => (set.size === sizes[i] ? undefined : set)));
};
