import type { Condition } from "../../syntax/tree.ts";
import { atomsOf } from "../conditions.ts";
import { isAllow, isNamed } from "../facts.ts";
import type { StatementRule } from "../types.ts";

const isWhat = (c: Condition): boolean =>
  atomsOf(c).every(
    (a) => isNamed(a.variable, "request.permission") || isNamed(a.variable, "request.operation"),
  );

const isWhich = (c: Condition): boolean =>
  atomsOf(c).some((a) => /^target\.(?!resource\.tag\.)/i.test(a.variable.name));

/** The first `any` whose alternatives are "which target" and "which operation". */
const mixed = (c: Condition): Condition | undefined => {
  if (c.kind !== "any" && c.kind !== "all") return undefined;
  if (c.kind === "any" && c.conditions.some(isWhat) && c.conditions.some(isWhich)) return c;
  return c.conditions.map(mixed).find((found) => found !== undefined);
};

export const anyForAll: StatementRule = {
  code: "any-for-all",
  severity: "warning",
  explanation:
    "The alternatives are a target and an operation: the operation is then allowed on every target, and the target for every operation. `all` is probably meant.",
  fix: "Write `all` in place of `any`.",
  before:
    "Allow group Ops to manage objects in compartment app where any {target.bucket.name = 'logs', request.operation = 'GetObject'}",
  after:
    "Allow group Ops to manage objects in compartment app where all {target.bucket.name = 'logs', request.operation = 'GetObject'}",
  check: (s) => {
    const found = isAllow(s) && s.condition && mixed(s.condition);
    if (!found) return [];
    return [
      {
        message: 'alternatives are a target and an operation, so each is allowed without the other; "all"?',
        at: found,
      },
    ];
  },
};
