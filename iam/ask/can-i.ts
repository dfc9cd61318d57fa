/** Whether a principal may do an operation. @module */

import { OTHER } from "../compare/principals.ts";
import { compile } from "../decide/compile.ts";
import { decide } from "../decide/decide.ts";
import type { Decision, Principal, Request, Tenancy } from "../decide/types.ts";
import { asListed } from "./listed.ts";

/** A principal, or a member of a group or a dynamic group that is in no other. */
export type CanIPrincipal = Principal | { type: "group"; id: string } | { type: "dynamic-group"; id: string };

/** What is asked of `canI`. */
export type CanIQuestion = Omit<Request, "principal"> & { principal: CanIPrincipal };

const principalOf = (tenancy: Tenancy, who: CanIPrincipal): Principal => {
  if (who.type === "group") return { type: "user", id: `${OTHER.user}.member`, groups: [who.id] };
  if (who.type === "dynamic-group") return { type: "instance", id: OTHER.instance, groups: [who.id] };
  return asListed(tenancy, who);
};

/**
 * Decides whether a principal may do an operation, or has permissions.
 * @param question an instance's compartment and tags come from the tenancy's instances where it does not say them;
 *   a variable that it does not give does not apply
 * @example canI(tenancy, { principal: { type: "group", id }, operation: "GetBucket", compartment })
 */
export const canI = (tenancy: Tenancy, question: CanIQuestion): Decision => {
  const principal = principalOf(tenancy, question.principal);
  return decide(compile(tenancy), { ...question, principal });
};
