import { nearestWord } from "../../../oci/nearest.ts";
import { isKnownVariable, knownVariables } from "../../tables/variables.ts";
import { variablesIn } from "../facts.ts";
import type { StatementRule } from "../types.ts";

export const unknownVariable: StatementRule = {
  code: "unknown-variable",
  severity: "info",
  explanation:
    "The variable is not among those documented for the services in the tables. Other services have their own; a misspelt one never applies, and its comparison is never true.",
  fix: "Compare the name with the service's policy reference and correct it; leave it when it stands there.",
  before: "Allow group Ops to read buckets in compartment app where target.bucket.nmae = 'logs'",
  after: "Allow group Ops to read buckets in compartment app where target.bucket.name = 'logs'",
  check: (s) =>
    variablesIn(s)
      .filter((v) => /^(request|target)\./i.test(v.name) && !isKnownVariable(v.name))
      .map((v) => {
        const near = nearestWord(v.name, knownVariables);
        const severity =
          near && Math.abs(near.length - v.name.length) < 3 ? ("warning" as const) : ("info" as const);
        return {
          message: `${v.name} is no variable that is known here${near ? `; did you mean "${near}"?` : ""}`,
          at: v,
          severity,
        };
      }),
};
