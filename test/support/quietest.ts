/** Durations on a computer that has other work. @module */

/**
 * Measures until a figure is below its bound, five times at most, and gives the smallest. Other programs can only
 * lengthen what is measured: what is too slow by itself is too slow each time.
 * @param measure gives one figure, in ms
 */
export const quietest = async (boundMs: number, measure: () => number | Promise<number>): Promise<number> => {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5 && least >= boundMs; i++) least = Math.min(least, await measure());
  return least;
};
