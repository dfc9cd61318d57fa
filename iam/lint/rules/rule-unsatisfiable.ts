import { printCondition } from "../../syntax/print.ts";
import { asCondition, findContradiction } from "../conditions.ts";
import type { MatchingRuleRule } from "../types.ts";

export const ruleUnsatisfiable: MatchingRuleRule = {
  code: "rule-unsatisfiable",
  severity: "error",
  explanation:
    "The rule matches nothing: two of its parts exclude each other. OCI accepts it without a word. `ALL {instance.compartment.id = 'A', instance.compartment.id = 'B'}` is the usual case: ANY is meant.",
  fix: "Write `Any` in place of `All`, or take one of the two parts out.",
  before:
    "All {instance.compartment.id = 'ocid1.compartment.oc1..a', instance.compartment.id = 'ocid1.compartment.oc1..b'}",
  after:
    "All {instance.id = 'ocid1.instance.oc1.iad.a', instance.compartment.id = 'ocid1.compartment.oc1..a'}",
  check: (rule) => {
    const pair = findContradiction(asCondition(rule));
    if (!pair) return [];
    const [a, b] = pair.map(printCondition);
    return [{ message: `matches nothing: ${a} excludes ${b}`, at: pair[1] }];
  },
};
