import type { Location } from "../../syntax/tree.ts";
import type { LintProblem, StatementRule } from "../types.ts";

const inLocation = (l: Location): LintProblem[] => {
  if (l.kind !== "compartment") return [];
  return l.path
    .filter((w) => /^ocid\d/i.test(w.text))
    .map((w) => ({ message: "an OCID takes the word id before it: it is read as a name here", at: w }));
};

export const ocidWithoutId: StatementRule = {
  code: "ocid-without-id",
  severity: "error",
  explanation: "Without `id` an OCID is taken for a name, and no group or compartment has it.",
  fix: "Write `id` before the OCID.",
  before: "Allow group Ops to read buckets in compartment ocid1.compartment.oc1..aaaa",
  after: "Allow group Ops to read buckets in compartment id ocid1.compartment.oc1..aaaa",
  check: (s) => {
    const names = s.subject.kind === "group" || s.subject.kind === "dynamic-group" ? s.subject.names : [];
    const subjects = names.filter((e) => e.by === "name" && /^ocid\d/i.test(e.name));
    return [
      ...subjects.map((e) => ({
        message: "an OCID takes the word id before it: it is read as a name here",
        at: e,
      })),
      ...inLocation(s.location),
    ];
  },
};
