import { printCondition } from "../../syntax/print.ts";
import { findTautology as find } from "../conditions.ts";
import type { StatementRule } from "../types.ts";

export const tautology: StatementRule = {
  code: "tautology",
  severity: "error",
  explanation:
    "Of two alternatives one is always true, so the condition keeps nobody out. `any {x != 'a', x != 'b'}` is the usual case: `all` is meant.",
  fix: "Write `all` in place of `any`.",
  before:
    "Allow group Ops to manage groups in tenancy where any {target.group.name != 'A', target.group.name != 'B'}",
  after:
    "Allow group Ops to manage groups in tenancy where all {target.group.name != 'A', target.group.name != 'B'}",
  check: (s) => {
    const found = s.condition && tautologyIn(s.condition);
    return found ? [found] : [];
  },
};

const tautologyIn = (condition: Parameters<typeof find>[0]) => {
  const pair = find(condition);
  if (!pair) return undefined;
  const [a, b] = pair.map(printCondition);
  return { message: `always true: ${a}, or else ${b}; "all" is probably meant`, at: pair[1] };
};
