import type { StatementRule } from "../types.ts";

export const outsideDecision: StatementRule = {
  code: "outside-decision",
  severity: "info",
  explanation:
    "Access across tenancies needs both tenancies' policies: endorse and admit are decided where both are given (`others`), and not looked at by themselves.",
  fix: "Name the other tenancy under `others` of the file, and decide requests whose principal has its `tenancy`; within one tenancy write `allow`.",
  before: "Endorse group Ops to read buckets in tenancy Partner",
  after: "Allow group Ops to read buckets in compartment app",
  check: (s) => {
    if (s.kind === "permit" && s.subject.kind !== "resource") return [];
    const what = s.kind === "permit" ? "statements about `resource`" : s.kind;
    return [{ message: `${what} is outside what is decided here`, at: s }];
  },
};
