import { nearestWord } from "../../../oci/nearest.ts";
import { operationsNeeding } from "../../tables/operations.ts";
import { isKnownPermission, knownPermissions } from "../../tables/tables.ts";
import { comparedIn, isNamed } from "../facts.ts";
import type { StatementRule } from "../types.ts";

export const unknownPermission: StatementRule = {
  code: "unknown-permission",
  severity: "info",
  explanation: "The permission is not in the tables. It may exist, or be misspelt.",
  fix: "Compare the name with the service's policy reference and correct it; leave it when it stands there.",
  before: "Allow group Ops to {BUCKET_REED} in compartment app",
  after: "Allow group Ops to {BUCKET_READ} in compartment app",
  check: (s) => {
    const named = s.action.kind === "permissions" ? s.action.permissions : [];
    const compared = comparedIn(s).filter(
      (c) => isNamed(c.variable, "request.permission") && c.value.kind === "string",
    );
    return [...named, ...compared.map((c) => c.value)]
      .filter(
        // The tables' own, and what operations need that is written out by hand.
        (w) => !isKnownPermission(w.text) && operationsNeeding(w.text).length === 0,
      )
      .map((w) => {
        const near = nearestWord(w.text, knownPermissions());
        return {
          message: `${w.text} is in no permission table${near ? `; did you mean "${near}"?` : ""}`,
          at: w,
        };
      });
  },
};
