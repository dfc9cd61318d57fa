import { alternatives, asCondition } from "../conditions.ts";
import type { MatchingRuleRule } from "../types.ts";

const COMPARTMENT = /^(instance|resource)\.compartment\.id$/i;

export const ruleWholeCompartment: MatchingRuleRule = {
  code: "rule-whole-compartment",
  severity: "warning",
  explanation:
    "Everything in the compartment is in the group, machines started there later included. Name the instance, or ask for a tag that only its owner can set.",
  fix: "Name the instances by `instance.id`, or add a defined tag that only its owner can set.",
  before: "All {instance.compartment.id = 'ocid1.compartment.oc1..a'}",
  after: "All {instance.id = 'ocid1.instance.oc1.iad.a'}",
  check: (rule) => {
    const terms = alternatives(asCondition(rule)) ?? [];
    const wide = terms.find(
      (term) =>
        term.some((a) => COMPARTMENT.test(a.variable.name) && a.kind === "compare" && a.operator === "=") &&
        term.every((a) => COMPARTMENT.test(a.variable.name) || /^resource\.type$/i.test(a.variable.name)),
    );
    const whole = wide?.every((a) => COMPARTMENT.test(a.variable.name));
    const what = whole ? "everything in the compartment" : "everything of the type in the compartment";
    return wide
      ? [{ message: `${what} is in the group`, at: wide[0]!, severity: whole ? "warning" : "info" }]
      : [];
  },
};
