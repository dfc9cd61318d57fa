import { isAllow, permissionsIn, typesIn } from "../facts.ts";
import type { StatementRule } from "../types.ts";

export const escalation: StatementRule = {
  code: "escalation",
  severity: "warning",
  explanation:
    "Who can write policies, or change what a dynamic group matches, can give itself anything. Software should not be able to.",
  fix: "Grant `inspect` or `read`, or let a group of people write policies, with a condition on which.",
  before: "Allow dynamic-group readers to manage policies in compartment app",
  after: "Allow dynamic-group readers to inspect policies in compartment app",
  check: (s) => {
    if (!isAllow(s) || s.subject.kind === "group" || s.condition || (typesIn(s)?.length ?? 0) > 20) return [];
    const found = ["POLICY_CREATE", "POLICY_UPDATE", "DYNAMIC_GROUP_UPDATE"].find((p) =>
      permissionsIn(s)?.has(p),
    );
    return found ? [{ message: `${found} lets it give itself more`, at: s.action }] : [];
  },
};
