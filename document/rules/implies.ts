/** Comparison of two allow rules. @module */
import { bodyScopeOf } from "../../oci/operations/bodies.ts";
import type { Constraint } from "../schema.ts";
import { constraintImplies } from "./constraint.ts";

/** Conditions of a rule, by where the value stands. */
type WhereConditions = Readonly<Record<string, Constraint>>;

/** Members of the body that conditions decide, so that they may say more than path and query. */
const decidedMembers = (where: WhereConditions): string[] =>
  Object.keys(where)
    .filter((key) => key.startsWith("body."))
    .map((key) => key.split(".")[1]!);

/** True when the narrow rule lets a member of the body through that the wide one holds back. */
const widensBody = (operation: string, narrow: WhereConditions, wide: WhereConditions): boolean => {
  const scope = bodyScopeOf(operation);
  if (!scope || Object.keys(wide).length === 0) return false;
  if (Object.keys(narrow).length === 0) return true;
  const allowed = decidedMembers(wide);
  return decidedMembers(narrow).some((member) => !allowed.includes(member));
};

/**
 * True when whatever the narrow rule lets through, the wide one does, for one operation. Exact for single conditions;
 * false where it cannot be decided, so that a difference is shown rather than hidden.
 * @param operation `service.Operation` that both are for
 */
export const implies = (operation: string, narrow: WhereConditions, wide: WhereConditions): boolean =>
  !widensBody(operation, narrow, wide) &&
  Object.entries(wide).every(([at, constraint]) => {
    const other = narrow[at];
    return other !== undefined && constraintImplies(other, constraint);
  });
