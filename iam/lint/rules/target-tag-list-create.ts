import { refusesTargetTag } from "../../decide/target-tags.ts";
import { isAllow, permissionsIn, variablesIn } from "../facts.ts";
import type { StatementRule } from "../types.ts";

export const targetTagListCreate: StatementRule = {
  code: "target-tag-list-create",
  severity: "info",
  explanation:
    "A tag on the target cannot grant to list or to create, nor any permission of objects and of instance-pools, and some others. Grant those separately, or by target.resource.compartment.tag.",
  fix: "Use `target.resource.compartment.tag.…`, or grant listing and creating in a statement of their own.",
  before: "Allow group Ops to manage volumes in compartment app where target.resource.tag.ops.team = 'a'",
  after:
    "Allow group Ops to manage volumes in compartment app where target.resource.compartment.tag.ops.team = 'a'",
  check: (s) => {
    const at = variablesIn(s).find((v) => /^target\.resource\.tag\./i.test(v.name));
    const permissions = [...(permissionsIn(s) ?? [])];
    if (!at || !isAllow(s) || permissions.length === 0) return [];
    const refused = permissions.filter((p) => refusesTargetTag(undefined, p));
    if (refused.length === 0) return [];
    if (refused.length === permissions.length) {
      return [{ message: "a tag on the target grants nothing of this", at, severity: "warning" }];
    }
    const some = refused.length > 3 ? `${refused.slice(0, 3).join(", ")}, …` : refused.join(", ");
    return [{ message: `a tag on the target does not grant ${some}`, at }];
  },
};
