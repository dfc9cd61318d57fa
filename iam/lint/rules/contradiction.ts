import { printCondition } from "../../syntax/print.ts";
import { findContradiction as find } from "../conditions.ts";
import type { StatementRule } from "../types.ts";

export const contradiction: StatementRule = {
  code: "contradiction",
  severity: "error",
  explanation:
    "The condition can never be true: two of its parts exclude each other. `all {x = 'a', x = 'b'}` is the usual case.",
  fix: "Write `any` in place of `all`, or take one of the two parts out.",
  before:
    "Allow group Ops to read buckets in compartment app where all {target.bucket.name = 'a', target.bucket.name = 'b'}",
  after:
    "Allow group Ops to read buckets in compartment app where any {target.bucket.name = 'a', target.bucket.name = 'b'}",
  check: (s) => {
    if (!s.condition) return [];
    const pair = find(s.condition);
    if (!pair) return [];
    const [a, b] = pair.map(printCondition);
    const effect = s.effect === "allow" ? "grants nothing" : "denies nothing";
    return [{ message: `never true, ${effect}: ${a} excludes ${b}`, at: pair[1] }];
  },
};
