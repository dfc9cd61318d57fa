import { asCondition, atomsOf } from "../conditions.ts";
import type { MatchingRuleRule } from "../types.ts";

export const ruleNotOcid: MatchingRuleRule = {
  code: "rule-not-ocid",
  severity: "warning",
  explanation:
    "The service does not check what an id is compared with: a name, or an OCID of another kind, matches nothing.",
  fix: "Write the OCID of the kind that the variable names.",
  before: "All {instance.compartment.id = 'app'}",
  after: "All {instance.compartment.id = 'ocid1.compartment.oc1..a', tag.ops.role.value = 'reader'}",
  check: (rule) =>
    atomsOf(asCondition(rule)).flatMap((a) => {
      if (
        a.kind !== "compare" ||
        a.value.kind !== "string" ||
        !/^(instance|resource)(\.compartment)?\.id$/i.test(a.variable.name)
      )
        return [];
      const { text } = a.value;
      const kind = /^ocid1[.:]([a-z]+)[.:]/i.exec(text)?.[1]?.toLowerCase();
      const wanted = /compartment/i.test(a.variable.name) ? ["compartment", "tenancy"] : undefined;
      if (kind === undefined) return [{ message: `'${text}' is no OCID`, at: a.value }];
      const allowed = wanted ?? (/^instance\.id$/i.test(a.variable.name) ? ["instance"] : undefined);
      return allowed && !allowed.includes(kind)
        ? [{ message: `'${text}' is the OCID of a ${kind}`, at: a.value }]
        : [];
    }),
};
