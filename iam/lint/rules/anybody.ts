import { isAllow, isAnybody, variablesIn } from "../facts.ts";
import type { StatementRule } from "../types.ts";

/** Variables that name the caller. */
const WHO = /^request\.(principal|user|groups|instance|resource|service|networksource)\./i;

export const anybody: StatementRule = {
  code: "anybody",
  severity: "warning",
  explanation:
    "any-user is every user, instance, resource and service, any-group nearly so. Without a condition on who asks, the statement is for all of them.",
  fix: "Add `where request.principal.type = '…'`, or name the group or dynamic group that it is for.",
  before: "Allow any-user to read buckets in compartment app",
  after:
    "Allow any-user to read buckets in compartment app where request.principal.type = 'serviceconnector'",
  check: (s) => {
    if (!isAllow(s) || !isAnybody(s) || variablesIn(s).some((v) => WHO.test(v.name))) return [];
    return [
      { message: `${s.subject.kind} and no condition on who asks: this is for everybody`, at: s.subject },
    ];
  },
};
