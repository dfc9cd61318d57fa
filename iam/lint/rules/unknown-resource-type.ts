import { nearestWord } from "../../../oci/nearest.ts";
import { resourceNames } from "../../tables/tables.ts";
import type { StatementRule } from "../types.ts";

export const unknownResourceType: StatementRule = {
  code: "unknown-resource-type",
  severity: "info",
  explanation:
    "The resource type is not in the tables, so what the statement grants cannot be decided here. It may exist, or be misspelt.",
  fix: "Compare the name with the service's policy reference and correct it; leave it when it stands there.",
  before: "Allow group Ops to read bukets in compartment app",
  after: "Allow group Ops to read buckets in compartment app",
  check: (s) => {
    const { action } = s;
    const words =
      action.kind === "verb"
        ? [action.resource]
        : action.kind === "associate"
          ? [action.resource, action.with]
          : [];
    return words
      .filter((w) => !resourceNames.has(w.text.toLowerCase()))
      .map((w) => {
        const near = nearestWord(w.text, resourceNames);
        const meant = near ? `; did you mean "${near}"?` : "";
        return { message: `${w.text} is not in the tables: what it grants cannot be decided${meant}`, at: w };
      });
  },
};
