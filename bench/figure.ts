/**
 * Figures: what a benchmark says, one JSON line each.
 * @module
 */

/** A measured figure. Ratios are of figures measured in the same run. */
export interface Figure {
  figure: string;
  /** The median of the runs. */
  value: number;
  unit: string;
  /** The value that it is compared with, measured in the same run. */
  baseline?: number;
  /** The median of the runs' ratios of value and baseline; the figure's name says which is above the line. */
  ratio?: number;
  /** (largest − smallest) ÷ median of the runs. */
  spread?: number;
  runs: number[];
}

/** The middle value. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** (largest − smallest) ÷ median. */
export const spread = (values: readonly number[]): number =>
  (Math.max(...values) - Math.min(...values)) / median(values);

/** Rounds to three significant digits: more would say more than was measured. */
const rounded = (value: number): number => Number(value.toPrecision(3));

/**
 * Makes a figure of runs.
 * @param baseline runs of what it is compared with
 */
export const figureOf = (
  figure: string,
  unit: string,
  runs: readonly number[],
  baseline?: readonly number[],
): Figure => ({
  figure,
  value: rounded(median(runs)),
  unit,
  ...(baseline && {
    baseline: rounded(median(baseline)),
    ratio: rounded(
      // Each run has its own baseline, measured just before: what slows the computer for a while slows both.
      runs.length === baseline.length
        ? median(runs.map((value, i) => value / baseline[i]!))
        : median(runs) / median(baseline),
    ),
  }),
  spread: rounded(spread(runs)),
  runs: runs.map(rounded),
});
