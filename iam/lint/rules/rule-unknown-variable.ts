import { nearestWord } from "../../../oci/nearest.ts";
import { asCondition, atomsOf } from "../conditions.ts";
import type { MatchingRuleRule } from "../types.ts";

const VARIABLES = [
  "instance.id",
  "instance.compartment.id",
  "resource.id",
  "resource.type",
  "resource.compartment.id",
];

export const ruleUnknownVariable: MatchingRuleRule = {
  code: "rule-unknown-variable",
  severity: "error",
  explanation:
    "Rules know instance.id, instance.compartment.id, resource.id, resource.type, resource.compartment.id and tag.<namespace>.<key>.value. What compares another variable matches nothing.",
  fix: "Write one of the variables that rules know; compare a compartment by its OCID.",
  before: "All {resource.type = 'fnfunc', resource.compartment.name = 'app'}",
  after: "All {resource.type = 'fnfunc', resource.compartment.id = 'ocid1.compartment.oc1..a'}",
  check: (rule) =>
    atomsOf(asCondition(rule))
      .filter(
        (a) =>
          !VARIABLES.includes(a.variable.name.toLowerCase()) &&
          !/^tag\.[^.]+\..+\.value$/i.test(a.variable.name),
      )
      .map((a) => {
        const near = nearestWord(a.variable.name, VARIABLES);
        return {
          message: `rules have no variable ${a.variable.name}${near ? `; did you mean "${near}"?` : ""}`,
          at: a,
        };
      }),
};
