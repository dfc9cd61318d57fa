import { atomsOf } from "../conditions.ts";
import type { StatementRule } from "../types.ts";

export const unquotedValue: StatementRule = {
  code: "unquoted-value",
  severity: "error",
  explanation:
    "What stands without quotes is a variable. There is none of that name, so the comparison is never true.",
  fix: "Put the value in single quotes.",
  before: "Allow group Ops to read buckets in compartment app where target.bucket.name = logs",
  after: "Allow group Ops to read buckets in compartment app where target.bucket.name = 'logs'",
  check: (s) =>
    atomsOf(s.condition).flatMap((atom) => {
      const values =
        atom.kind === "compare"
          ? [atom.value]
          : atom.kind === "in" || atom.kind === "function"
            ? atom.values
            : [];
      return values
        .filter((v) => v.kind === "variable")
        .filter((v) => !/^(request|target)\./i.test(v.name))
        .map((v) => ({ message: `${v.name} is read as a variable: a value stands in single quotes`, at: v }));
    }),
};
