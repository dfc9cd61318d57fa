import { printCondition } from "../../syntax/print.ts";
import { asCondition, findTautology } from "../conditions.ts";
import type { MatchingRuleRule } from "../types.ts";

export const ruleTautology: MatchingRuleRule = {
  code: "rule-tautology",
  severity: "error",
  explanation: "Of two alternatives one is always true, so the rule matches every instance or resource.",
  fix: "Write `=` in place of `!=`, or `All` in place of `Any`.",
  before: "Any {instance.id != 'ocid1.instance.oc1.iad.a', instance.id != 'ocid1.instance.oc1.iad.b'}",
  after: "Any {instance.id = 'ocid1.instance.oc1.iad.a', instance.id = 'ocid1.instance.oc1.iad.b'}",
  check: (rule) => {
    const pair = findTautology(asCondition(rule));
    if (!pair) return [];
    const [a, b] = pair.map(printCondition);
    return [{ message: `always true: ${a}, or else ${b}`, at: pair[1] }];
  },
};
