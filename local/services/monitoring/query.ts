/** The part of Monitoring's query language that clients use: `name[1m]{dim = "v"}.groupBy(dim).mean()`. @module */
import { invalidParameter } from "../../errors.ts";

/** A parsed query. */
export interface MetricQuery {
  name: string;
  intervalMs: number;
  dimensions: Record<string, string>;
  groupBy?: string[];
  statistic: "mean" | "sum" | "max" | "min" | "count" | "rate";
}

const FORM =
  /^\s*([A-Za-z][\w.$-]*)\s*\[(\d{1,5})([mhd])\]\s*(?:\{([^}]*)\})?\s*(?:\.(groupBy\(([^)]*)\)|grouping\(\)))?\s*\.(mean|avg|sum|max|min|count|rate)\(\)\s*$/;
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const STATISTICS: Readonly<Record<string, MetricQuery["statistic"]>> = {
  mean: "mean",
  avg: "mean",
  sum: "sum",
  max: "max",
  min: "min",
  count: "count",
  rate: "rate",
};

/** Reads a query. Throws 400 saying what forms are understood. */
export const parseQuery = (text: string): MetricQuery => {
  const found = FORM.exec(text);
  if (!found)
    throw invalidParameter(
      'query: is not of the form name[interval]{dimension = "value"}.groupBy(dimension).statistic(), with mean, sum, max, min, count or rate',
    );
  const [, name, amount, unit, dimensions = "", grouping, groups, statistic] = found;
  const pairs = dimensions
    .split(/[,&]+/)
    .filter((pair) => pair.trim())
    .map((pair) => {
      const parsed = /^\s*([\w.$-]+)\s*=\s*"([^"]*)"\s*$/.exec(pair);
      if (!parsed)
        throw invalidParameter(`query: '${pair.trim().slice(0, 60)}' is not of the form dimension = "value"`);
      return [parsed[1]!, parsed[2]!] as const;
    });
  return {
    name: name!,
    intervalMs: Number(amount) * UNIT_MS[unit!]!,
    dimensions: Object.fromEntries(pairs),
    ...(grouping && {
      groupBy: (groups ?? "")
        .split(",")
        .map((g) => g.trim())
        .filter(Boolean),
    }),
    statistic: STATISTICS[statistic!]!,
  };
};

/** A statistic over the values of one interval. */
export const aggregate = (
  statistic: MetricQuery["statistic"],
  points: readonly { value: number; count: number }[],
  intervalMs: number,
): number => {
  const count = points.reduce((sum, p) => sum + p.count, 0);
  const total = points.reduce((sum, p) => sum + p.value * p.count, 0);
  switch (statistic) {
    case "mean":
      return total / count;
    case "sum":
      return total;
    case "count":
      return count;
    case "max":
      return Math.max(...points.map((p) => p.value));
    case "min":
      return Math.min(...points.map((p) => p.value));
    case "rate":
      return total / (intervalMs / 1000);
  }
};
