/** Security lists. @module */
import { z } from "zod";
import type { Call } from "../../service.ts";
import { collection } from "../support/collection.ts";
import { refuseIfReferenced, vcnTarget } from "./references.ts";
import { blockType, checkEnd, common, owned, refuseDefault, ruleMembers } from "./rule-parts.ts";

const ingressRule = z.object({ ...ruleMembers, source: z.string(), sourceType: blockType.optional() });
const egressRule = z.object({
  ...ruleMembers,
  destination: z.string(),
  destinationType: blockType.optional(),
});

type Rule = z.output<typeof ingressRule> | z.output<typeof egressRule>;

/** Security rules as they are answered: defaults filled in. */
const securityRules = (call: Call, rules: readonly Rule[], list: string): unknown[] =>
  rules.map((rule, i) => {
    const end = "source" in rule ? "source" : "destination";
    const value = (rule as Record<string, unknown>)[end] as string;
    const type = (rule as Record<string, unknown>)[`${end}Type`] ?? "CIDR_BLOCK";
    checkEnd(call, value, String(type), `${list}[${i}].${end}`);
    return { ...rule, [`${end}Type`]: type, isStateless: rule.isStateless ?? false };
  });

const listRules = (call: Call, body: { ingressSecurityRules?: Rule[]; egressSecurityRules?: Rule[] }) => ({
  ...(body.ingressSecurityRules && {
    ingressSecurityRules: securityRules(call, body.ingressSecurityRules, "ingressSecurityRules"),
  }),
  ...(body.egressSecurityRules && {
    egressSecurityRules: securityRules(call, body.egressSecurityRules, "egressSecurityRules"),
  }),
});

/** The handlers of security lists. */
export const securityLists = collection({
  noun: "SecurityList",
  type: "securitylist",
  param: "securityListId",
  create: z.object({
    ...owned,
    ...common,
    ingressSecurityRules: z.array(ingressRule).max(200),
    egressSecurityRules: z.array(egressRule).max(200),
  }),
  update: z.object({
    ...common,
    ingressSecurityRules: z.array(ingressRule).max(200).optional(),
    egressSecurityRules: z.array(egressRule).max(200).optional(),
  }),
  permission: "SECURITY_LIST",
  filters: ["vcnId"],
  creates: (call, body) => [vcnTarget(call, body.vcnId, "VCN_ATTACH")],
  deletes: (call, list) => [vcnTarget(call, list.model["vcnId"], "VCN_DETACH")],
  make: (call, body) => ({ model: { vcnId: body.vcnId, ...listRules(call, body) } }),
  change: (call, _list, body) => ({ ...body, ...listRules(call, body) }),
  beforeDelete: (call, list) => {
    refuseDefault(call, list);
    refuseIfReferenced(call, list, "subnet", (s) =>
      (s.model["securityListIds"] as string[]).includes(list.id),
    );
  },
});
