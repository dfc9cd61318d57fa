/** A bound on how many pieces of work run at the same time. @module */

/** Runs a piece of work when its turn has come. */
export type Limited = <T>(work: () => Promise<T>) => Promise<T>;

/** Makes a bound: at most `most` pieces of work run at once, the others wait in the order in which they came. */
export const limited = (most: number): Limited => {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // Whoever waits takes the place over, so that nobody comes between.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
};
