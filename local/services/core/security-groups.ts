/** Network security groups and their rules. @module */
import type { models, VirtualNetworkClient } from "oci-core";
import { z } from "zod";
import { invalidParameter, limitExceeded } from "../../errors.ts";
import { paginate } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Handler, Target } from "../../service.ts";
import type { StoredRule } from "../../state/models.ts";
import { ocid } from "../../state/ocids.ts";
import { details, readBody } from "../support/body.ts";
import { collection, type NewMembers } from "../support/collection.ts";
import { find, findUsable, listOf, type Owned, targetOf } from "../support/resources.ts";
import { refuseIfReferenced, vcnTarget } from "./references.ts";
import { checkEnd, common, owned, ruleMembers } from "./rule-parts.ts";

const groups = collection({
  noun: "NetworkSecurityGroup",
  type: "networksecuritygroup",
  param: "networkSecurityGroupId",
  create: details<models.CreateNetworkSecurityGroupDetails>()({ ...owned, ...common }),
  update: details<models.UpdateNetworkSecurityGroupDetails>()(common),
  permission: "NETWORK_SECURITY_GROUP",
  filters: ["vcnId"],
  creates: (call, body) => [vcnTarget(call, body.vcnId, "VCN_ATTACH")],
  deletes: (call, group) => [vcnTarget(call, group.model.vcnId, "VCN_DETACH")],
  make: (_call, body): NewMembers<"networksecuritygroup"> => ({
    model: { vcnId: body.vcnId },
    hidden: { rules: [] },
  }),
  beforeDelete: (call, group) =>
    refuseIfReferenced(call, group, "vnic", (v) => v.model.nsgIds.includes(group.id)),
});

const groupEnd = z.enum(["CIDR_BLOCK", "SERVICE_CIDR_BLOCK", "NETWORK_SECURITY_GROUP"]);
const groupRule = z.object({
  ...ruleMembers,
  direction: z.enum(["INGRESS", "EGRESS"]),
  source: z.string().optional(),
  sourceType: groupEnd.optional(),
  destination: z.string().optional(),
  destinationType: groupEnd.optional(),
});
type GroupRule = z.output<typeof groupRule>;

const group = (call: Call<"networkSecurityGroupId">) =>
  find(call, "networksecuritygroup", call.params["networkSecurityGroupId"]);
const storedRules = (of: Owned<"networksecuritygroup">): StoredRule[] => of.hidden.rules;

/** The rule as it is kept: the end that its direction has, checked. */
const groupRuleOf = (call: Call, rule: GroupRule, i: number): GroupRule => {
  const [end, other] =
    rule.direction === "INGRESS"
      ? (["source", "destination"] as const)
      : (["destination", "source"] as const);
  const value = rule[end];
  if (!value) throw invalidParameter(`securityRules[${i}].${end} is required for ${rule.direction}`);
  if (rule[other])
    throw invalidParameter(`securityRules[${i}].${other} must not be given for ${rule.direction}`);
  const type = rule[`${end}Type`] ?? "CIDR_BLOCK";
  if (type === "NETWORK_SECURITY_GROUP") findUsable(call, "networksecuritygroup", value);
  else checkEnd(call, value, type, `securityRules[${i}].${end}`);
  return { ...rule, [`${end}Type`]: type, isStateless: rule.isStateless ?? false };
};

/** The targets of rules: those that name another group need a look at that group, too. */
const groupRuleTargets = (call: Call<"networkSecurityGroupId">, rules: readonly GroupRule[]): Target[] => [
  targetOf(call, group(call), { permissions: ["NETWORK_SECURITY_GROUP_UPDATE_SECURITY_RULES"] }),
  ...rules.flatMap((rule) => {
    const id = [rule.source, rule.destination].find((end) => end?.startsWith("ocid1.networksecuritygroup."));
    return id
      ? [
          targetOf(call, findUsable(call, "networksecuritygroup", id), {
            permissions: ["NETWORK_SECURITY_GROUP_INSPECT"],
          }),
        ]
      : [];
  }),
];

const additions = details<models.AddNetworkSecurityGroupSecurityRulesDetails>()({
  securityRules: z.array(groupRule).max(25),
});
const updates = details<models.UpdateNetworkSecurityGroupSecurityRulesDetails>()({
  securityRules: z.array(groupRule.extend({ id: z.string() })).max(25),
});
const removals = details<models.RemoveNetworkSecurityGroupSecurityRulesDetails>()({
  securityRuleIds: z.array(z.string()).max(25),
});
const MAX_RULES = 120;

const known = (rules: readonly StoredRule[], id: string, i: number): void => {
  if (!rules.some((r) => r.id === id))
    throw invalidParameter(`securityRules[${i}].id: the network security group has no rule ${id}`);
};

const groupRules = {
  AddNetworkSecurityGroupSecurityRules: {
    target: (call) => groupRuleTargets(call, readBody(call, additions).securityRules),
    run: (call) => {
      const of = group(call);
      const rules = storedRules(of);
      const wanted = readBody(call, additions).securityRules.map((rule, i) => groupRuleOf(call, rule, i));
      if (rules.length + wanted.length > MAX_RULES)
        throw limitExceeded(`A network security group has at most ${MAX_RULES} security rules`);
      const added = wanted.map((rule) => ({
        ...rule,
        id: ocid("securityrule", "", call.cloud.store.newId("securityrule")).slice(-6).toUpperCase(),
        isValid: true,
        timeCreated: call.cloud.clock.iso(),
      }));
      rules.push(...added);
      call.cloud.store.touch(of);
      return { body: { securityRules: added } };
    },
  },
  UpdateNetworkSecurityGroupSecurityRules: {
    target: (call) => groupRuleTargets(call, readBody(call, updates).securityRules),
    run: (call) => {
      const of = group(call);
      const rules = storedRules(of);
      const wanted = readBody(call, updates).securityRules;
      for (const [i, rule] of wanted.entries()) known(rules, rule.id, i);
      const changed = wanted.map((rule, i) => {
        const at = rules.findIndex((r) => r.id === rule.id);
        const next = {
          ...groupRuleOf(call, rule, i),
          id: rule.id,
          isValid: true,
          timeCreated: rules[at]!.timeCreated,
        };
        return { at, next };
      });
      for (const { at, next } of changed) rules[at] = next;
      call.cloud.store.touch(of);
      return { body: { securityRules: changed.map((c) => c.next) } };
    },
  },
  RemoveNetworkSecurityGroupSecurityRules: {
    target: (call) => targetOf(call, group(call)),
    run: (call) => {
      const of = group(call);
      const { securityRuleIds } = readBody(call, removals);
      for (const [i, id] of securityRuleIds.entries()) known(storedRules(of), id, i);
      of.hidden.rules = storedRules(of).filter((r) => !securityRuleIds.includes(r.id));
      call.cloud.store.touch(of);
      return { status: 204 };
    },
  },
  ListNetworkSecurityGroupSecurityRules: {
    target: (call) => targetOf(call, group(call)),
    run: (call) => {
      const direction = call.query.get("direction");
      const rules = storedRules(group(call)).filter((r) => !direction || r.direction === direction);
      const { items, nextPage } = paginate(call, rules, (r) => r.id);
      return { body: items, ...(nextPage && { headers: { "opc-next-page": nextPage } }) };
    },
  },
  ListNetworkSecurityGroupVnics: {
    target: (call) => targetOf(call, group(call)),
    run: (call) => {
      const of = group(call);
      const members = listOf(call, "vnic").filter((v) => v.model.nsgIds.includes(of.id));
      const { items, nextPage } = paginate(call, members, (v) => v.id);
      return {
        body: items.map((v) => ({
          vnicId: v.id,
          resourceId: v.hidden.instanceId,
          timeAssociated: v.model.timeCreated,
        })),
        ...(nextPage && { headers: { "opc-next-page": nextPage } }),
      };
    },
  },
} satisfies Handlers<VirtualNetworkClient>;

/** The handlers of network security groups. */
export const securityGroups: Record<string, Handler> = { ...groups, ...groupRules };
