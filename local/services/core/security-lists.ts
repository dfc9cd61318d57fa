/** Security lists. @module */
import type { models } from "oci-core";
import { z } from "zod";
import type { Call } from "../../service.ts";
import type { ModelOf } from "../../state/models.ts";
import { details } from "../support/body.ts";
import { collection, type NewMembers } from "../support/collection.ts";
import { refuseIfReferenced, vcnTarget } from "./references.ts";
import { blockType, checkEnd, common, owned, refuseDefault, ruleMembers } from "./rule-parts.ts";

const ingressRule = z.object({ ...ruleMembers, source: z.string(), sourceType: blockType.optional() });
const egressRule = z.object({
  ...ruleMembers,
  destination: z.string(),
  destinationType: blockType.optional(),
});

type List = ModelOf<"securitylist">;

/** Security rules as responses show them: defaults filled in. */
const ingressRules = (
  call: Call,
  rules: readonly z.output<typeof ingressRule>[],
): List["ingressSecurityRules"] =>
  rules.map((rule, i) => {
    const { sourceType = "CIDR_BLOCK", isStateless = false } = rule;
    checkEnd(call, rule.source, sourceType, `ingressSecurityRules[${i}].source`);
    return { ...rule, sourceType, isStateless };
  });

const egressRules = (
  call: Call,
  rules: readonly z.output<typeof egressRule>[],
): List["egressSecurityRules"] =>
  rules.map((rule, i) => {
    const { destinationType = "CIDR_BLOCK", isStateless = false } = rule;
    checkEnd(call, rule.destination, destinationType, `egressSecurityRules[${i}].destination`);
    return { ...rule, destinationType, isStateless };
  });

/** The handlers of security lists. */
export const securityLists = collection({
  noun: "SecurityList",
  type: "securitylist",
  param: "securityListId",
  create: details<models.CreateSecurityListDetails>()({
    ...owned,
    ...common,
    ingressSecurityRules: z.array(ingressRule).max(200),
    egressSecurityRules: z.array(egressRule).max(200),
  }),
  update: details<models.UpdateSecurityListDetails>()({
    ...common,
    ingressSecurityRules: z.array(ingressRule).max(200).optional(),
    egressSecurityRules: z.array(egressRule).max(200).optional(),
  }),
  permission: "SECURITY_LIST",
  filters: ["vcnId"],
  creates: (call, body) => [vcnTarget(call, body.vcnId, "VCN_ATTACH")],
  deletes: (call, list) => [vcnTarget(call, list.model.vcnId, "VCN_DETACH")],
  make: (call, body): NewMembers<"securitylist"> => ({
    model: {
      vcnId: body.vcnId,
      ingressSecurityRules: ingressRules(call, body.ingressSecurityRules),
      egressSecurityRules: egressRules(call, body.egressSecurityRules),
    },
  }),
  change: (call, _list, { ingressSecurityRules, egressSecurityRules, ...body }) => ({
    ...body,
    ...(ingressSecurityRules && { ingressSecurityRules: ingressRules(call, ingressSecurityRules) }),
    ...(egressSecurityRules && { egressSecurityRules: egressRules(call, egressSecurityRules) }),
  }),
  beforeDelete: (call, list) => {
    refuseDefault(call, list);
    refuseIfReferenced(call, list, "subnet", (s) => s.model.securityListIds.includes(list.id));
  },
});
