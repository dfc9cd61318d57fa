import { isTagVariable } from "../../decide/values.ts";
import { comparedIn, isNamed } from "../facts.ts";
import type { StatementRule } from "../types.ts";

export const wildcardInQuotes: StatementRule = {
  code: "wildcard-in-quotes",
  severity: "warning",
  explanation:
    "A star in single quotes is a star: patterns stand between slashes. Documented exceptions are '*' for tag variables and a leading or trailing star for target.object.name.",
  fix: "Put the pattern between slashes in place of the quotes.",
  before: "Allow group Ops to read buckets in compartment app where target.bucket.name = 'logs-*'",
  after: "Allow group Ops to read buckets in compartment app where target.bucket.name = /logs-*/",
  check: (s) =>
    comparedIn(s).flatMap(({ variable, value }) => {
      if (value.kind !== "string" || !value.text.includes("*")) return [];
      if (isTagVariable(variable.name) && value.text === "*") return [];
      if (isNamed(variable, "target.object.name") && /^\*[^*]*$|^[^*]*\*$/.test(value.text)) return [];
      return [{ message: `the star in '${value.text}' is literal; a pattern is /${value.text}/`, at: value }];
    }),
};
