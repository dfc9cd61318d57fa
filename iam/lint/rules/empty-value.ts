import { comparedIn } from "../facts.ts";
import type { StatementRule } from "../types.ts";

export const emptyValue: StatementRule = {
  code: "empty-value",
  severity: "warning",
  explanation: "Nothing equals an empty text, and a value with blanks around it is rarely meant.",
  fix: "Write the value that is meant, without blanks around it, or take the comparison out.",
  before: "Allow group Ops to read buckets in compartment app where target.bucket.name = ''",
  after: "Allow group Ops to read buckets in compartment app where target.bucket.name = 'logs'",
  check: (s) =>
    comparedIn(s)
      .filter(({ value }) => value.text.trim() !== value.text || value.text === "")
      .map(({ value }) => ({
        message: value.text === "" ? "an empty value" : `blanks around '${value.text}' count`,
        at: value,
      })),
};
