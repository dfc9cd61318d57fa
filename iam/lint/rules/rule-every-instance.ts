import type { Atom } from "../../syntax/tree.ts";
import { alternatives, asCondition } from "../conditions.ts";
import type { MatchingRuleRule } from "../types.ts";

/** True when an atom leaves nearly all in: a negation, or a type alone. */
const isWide = (a: Atom): boolean =>
  /^resource\.type$/i.test(a.variable.name) || (a.kind === "compare" && a.operator === "!=");

export const ruleEveryInstance: MatchingRuleRule = {
  code: "rule-every-instance",
  severity: "warning",
  explanation:
    "The rule has every instance (or every resource of a type) of the tenancy in the group: it names a type, or only what is left out.",
  fix: "Name the instances by `instance.id`, or ask for a defined tag beside the type.",
  before: "All {resource.type = 'instance'}",
  after: "All {instance.id = 'ocid1.instance.oc1.iad.a'}",
  check: (rule) => {
    const wide = (alternatives(asCondition(rule)) ?? []).find((term) => term.every(isWide));
    return wide
      ? [{ message: "the whole tenancy's: neither an OCID, a compartment nor a tag selects", at: wide[0]! }]
      : [];
  },
};
