import { comparedIn } from "../facts.ts";
import type { StatementRule } from "../types.ts";

export const patternForm: StatementRule = {
  code: "pattern-form",
  severity: "warning",
  explanation:
    "Patterns have a star at the beginning, at the end, or both. A star elsewhere is not documented.",
  fix: "Keep a star at the beginning or at the end only, and list what is between with `any {…}`.",
  before: "Allow group Ops to read buckets in compartment app where target.bucket.name = /logs-*-old/",
  after: "Allow group Ops to read buckets in compartment app where target.bucket.name = /logs-*/",
  check: (s) =>
    comparedIn(s).flatMap(({ value }) => {
      if (value.kind !== "pattern") return [];
      const inner = value.text.replace(/^\*/, "").replace(/\*$/, "");
      if (inner.includes("*"))
        return [{ message: `a star inside /${value.text}/ is no documented pattern`, at: value }];
      if (!value.text.includes("*"))
        return [{ message: `/${value.text}/ has no star: write '${value.text}'`, at: value }];
      return [];
    }),
};
