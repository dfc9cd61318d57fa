import { alternatives } from "../conditions.ts";
import type { StatementRule } from "../types.ts";

const NOT_ENFORCED = /^target\.dynamicgroup\.(id|name)$/i;

export const denyNeverFires: StatementRule = {
  code: "deny-never-fires",
  severity: "error",
  explanation:
    "Denies on target.dynamicgroup.id and .name are not enforced, and the group Administrators of the Default domain is exempt from every deny.",
  fix: "Take the condition out of the deny, or grant less: narrow the allow that the deny is against.",
  before: "Deny group Peter to manage dynamic-groups in tenancy where target.dynamicgroup.name = 'readers'",
  after: "Deny group Peter to manage dynamic-groups in tenancy",
  check: (s) => {
    if (s.effect !== "deny") return [];
    const terms = s.condition && alternatives(s.condition);
    const at = terms?.[0]?.find((atom) => NOT_ENFORCED.test(atom.variable.name));
    if (at && terms?.every((term) => term.some((atom) => NOT_ENFORCED.test(atom.variable.name)))) {
      return [{ message: `denies on ${at.variable.name} are not enforced`, at }];
    }
    const { subject } = s;
    if (subject.kind !== "group") return [];
    const exempt = subject.names.every(
      (e) =>
        e.by === "name" &&
        e.name.toLowerCase() === "administrators" &&
        (e.domain ?? "default").toLowerCase() === "default",
    );
    return exempt
      ? [{ message: "the Administrators of the Default domain are exempt from deny", at: subject }]
      : [];
  },
};
