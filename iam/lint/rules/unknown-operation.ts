import { nearestWord } from "../../../oci/nearest.ts";
import { knownOperations, needsOf } from "../../tables/operations.ts";
import { comparedIn, isNamed, typesIn } from "../facts.ts";
import type { StatementRule } from "../types.ts";

export const unknownOperation: StatementRule = {
  code: "unknown-operation",
  severity: "info",
  explanation:
    "The operation is not in the tables. It may exist, or be misspelt; a misspelt one is never requested.",
  fix: "Compare the name with the service's API reference and correct it; leave it when it stands there.",
  before: "Allow group Ops to manage objects in compartment app where request.operation = 'GetObjekt'",
  after: "Allow group Ops to manage objects in compartment app where request.operation = 'GetObject'",
  check: (s) =>
    comparedIn(s)
      .filter(
        ({ variable, value }) =>
          isNamed(variable, "request.operation") &&
          value.kind === "string" &&
          needsOf(value.text).length === 0,
      )
      // Where the type is not in the tables its operations are not either.
      .filter(() => s.action.kind !== "verb" || typesIn(s) !== undefined)
      .map(({ value }) => {
        const near = nearestWord(value.text, knownOperations());
        return {
          message: `${value.text} is in no table of operations${near ? `; did you mean "${near}"?` : ""}`,
          at: value,
        };
      }),
};
