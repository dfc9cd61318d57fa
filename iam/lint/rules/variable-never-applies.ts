import { grantsOf } from "../../tables/tables.ts";
import { typesOfVariable } from "../../tables/variables.ts";
import { permissionsIn, typesIn, variablesIn } from "../facts.ts";
import type { StatementRule } from "../types.ts";

export const variableNeverApplies: StatementRule = {
  code: "variable-never-applies",
  severity: "warning",
  explanation:
    "None of the granted operations has this variable. A comparison with a variable that does not apply is false, `!=` too, so the statement grants (or denies) nothing by it.",
  fix: "Grant the resource type that has the variable, or compare a variable of what is granted.",
  before:
    "Allow group Ops to read buckets in compartment app where target.secret.id = 'ocid1.vaultsecret.oc1.iad.a'",
  after:
    "Allow group Ops to read secret-bundles in compartment app where target.secret.id = 'ocid1.vaultsecret.oc1.iad.a'",
  check: (s) => {
    const named = permissionsIn(s);
    const types = typesIn(s) ?? (named && [...named].flatMap((p) => grantsOf(p).map((g) => g.type)));
    if (!types || types.length === 0) return [];
    return variablesIn(s).flatMap((v) => {
      const applies = typesOfVariable(v.name);
      if (!applies || types.some((type) => applies.includes(type))) return [];
      return [{ message: `${v.name} never applies to what is granted here`, at: v }];
    });
  },
};
