/** Route tables, security lists, DHCP options, network security groups and their rules. @module */
import { z } from "zod";
import { ocid } from "../../cloud.ts";
import { incorrectState, invalidParameter, limitExceeded } from "../../errors.ts";
import { paginate } from "../../list.ts";
import type { Call, Handler, Target } from "../../service.ts";
import { displayName, readBody, tagMembers } from "../support/body.ts";
import { collection } from "../support/collection.ts";
import { find, findUsable, listOf, type Owned, targetOf } from "../support/resources.ts";
import { parseBlock } from "./cidr.ts";
import { networkServices } from "./gateways.ts";
import { refuseIfReferenced, vcnTarget } from "./references.ts";
import { isDefault } from "./vcns.ts";

const common = { displayName: displayName.optional(), ...tagMembers };
const owned = { compartmentId: z.string(), vcnId: z.string() };
const port = z.number().int().min(1).max(65535);
const portRange = z.object({ min: port, max: port }).refine((r) => r.min <= r.max, "min is larger than max");
const ports = z.object({ destinationPortRange: portRange.optional(), sourcePortRange: portRange.optional() });
const blockType = z.enum(["CIDR_BLOCK", "SERVICE_CIDR_BLOCK"]);
const protocol = z.string().regex(/^(all|\d{1,3})$/, "is neither 'all' nor a protocol number");

const routeRule = z.object({
  destination: z.string().optional(),
  cidrBlock: z.string().optional(),
  destinationType: blockType.optional(),
  networkEntityId: z.string(),
  description: z.string().max(255).optional(),
});
type RouteRule = z.output<typeof routeRule>;

const ruleMembers = {
  isStateless: z.boolean().optional(),
  protocol,
  description: z.string().max(255).optional(),
  tcpOptions: ports.optional(),
  udpOptions: ports.optional(),
  icmpOptions: z.object({ type: z.number().int(), code: z.number().int().optional() }).optional(),
};
const ingressRule = z.object({ ...ruleMembers, source: z.string(), sourceType: blockType.optional() });
const egressRule = z.object({
  ...ruleMembers,
  destination: z.string(),
  destinationType: blockType.optional(),
});

/** Checks one end of a rule: a CIDR block, or a service of the catalogue. */
const checkEnd = (call: Call, text: string, type: string, member: string): void => {
  if (type === "CIDR_BLOCK") {
    if (!text.includes(":")) parseBlock(text, member);
  } else if (!networkServices(call.region).some((s) => s.cidrBlock === text))
    throw invalidParameter(`${member}: '${text.slice(0, 80)}' is not the CIDR label of a service`);
};

/** What a route may lead to, by the OCID's type, with the case and permission prefix it has. */
const HOPS: Readonly<Record<string, readonly [type: string, when: string, permission: string]>> = {
  internetgateway: ["internetgateway", "internet gateway", "INTERNET_GATEWAY"],
  natgateway: ["natgateway", "nat gateway", "NAT_GATEWAY"],
  servicegateway: ["servicegateway", "service gateway", "SERVICE_GATEWAY"],
};

const hopOf = (rule: { networkEntityId: string }) => {
  const hop = HOPS[rule.networkEntityId.split(".")[1] ?? ""];
  if (!hop)
    throw invalidParameter(`routeRules: networkEntityId ${rule.networkEntityId} is no gateway served here`);
  return hop;
};

const hopTargets = (call: Call, rules: readonly { networkEntityId: string }[], what: string): Target[] =>
  [...new Map(rules.map((rule) => [rule.networkEntityId, rule])).values()].flatMap((rule) => {
    const [type, when, permission] = hopOf(rule);
    const gateway = call.cloud.store.get(rule.networkEntityId);
    // A gateway that is gone by now needs no permission to be detached from.
    if (what === "DETACH" && !gateway) return [];
    const found = find(call, type, rule.networkEntityId);
    return [targetOf(call, found, { permissions: [`${permission}_${what}`], when: [when] })];
  });

const routeRules = (call: Call, vcnId: unknown, rules: readonly RouteRule[]): unknown[] =>
  rules.map((rule, i) => {
    const [type] = hopOf(rule);
    const gateway = findUsable(call, type, rule.networkEntityId);
    const member = `routeRules[${i}].destination`;
    if (gateway.model["vcnId"] !== vcnId)
      throw invalidParameter(`routeRules[${i}].networkEntityId: ${gateway.id} belongs to another VCN`);
    const destination = rule.destination ?? rule.cidrBlock;
    if (!destination) throw invalidParameter(`${member} is required`);
    const destinationType = rule.destinationType ?? "CIDR_BLOCK";
    checkEnd(call, destination, destinationType, member);
    if ((type === "servicegateway") !== (destinationType === "SERVICE_CIDR_BLOCK"))
      throw invalidParameter(`${member}: a service gateway takes SERVICE_CIDR_BLOCK, and only it does`);
    return {
      destination,
      destinationType,
      networkEntityId: rule.networkEntityId,
      routeType: "STATIC",
      ...(destinationType === "CIDR_BLOCK" && { cidrBlock: destination }),
      ...(rule.description !== undefined && { description: rule.description }),
    };
  });

const rulesNow = (table: Owned) => table.model["routeRules"] as RouteRule[];

/** Throws 409 for what came with a VCN: it goes with it only. */
const refuseDefault = (call: Call, resource: Owned): void => {
  if (isDefault(call, resource))
    throw incorrectState(`${resource.id} is a default resource of its VCN and cannot be deleted by itself`);
};

const routeTables = collection({
  noun: "RouteTable",
  type: "routetable",
  param: "rtId",
  create: z.object({ ...owned, ...common, routeRules: z.array(routeRule).max(200) }),
  update: z.object({ ...common, routeRules: z.array(routeRule).max(200).optional() }),
  permission: "ROUTE_TABLE",
  filters: ["vcnId"],
  creates: (call, body) => [
    vcnTarget(call, body.vcnId, "VCN_ATTACH"),
    ...hopTargets(call, body.routeRules, "ATTACH"),
  ],
  updates: (call, table, body) => {
    if (!body.routeRules) return [];
    const before = new Set(rulesNow(table).map((r) => r.networkEntityId));
    const after = new Set(body.routeRules.map((r) => r.networkEntityId));
    return [
      ...hopTargets(
        call,
        body.routeRules.filter((r) => !before.has(r.networkEntityId)),
        "ATTACH",
      ),
      ...hopTargets(
        call,
        rulesNow(table).filter((r) => !after.has(r.networkEntityId)),
        "DETACH",
      ),
    ];
  },
  deletes: (call, table) => [
    vcnTarget(call, table.model["vcnId"], "VCN_DETACH"),
    ...hopTargets(call, rulesNow(table), "DETACH"),
  ],
  make: (call, body) => ({
    model: { vcnId: body.vcnId, routeRules: routeRules(call, body.vcnId, body.routeRules) },
  }),
  change: (call, table, body) => ({
    ...body,
    ...(body.routeRules && { routeRules: routeRules(call, table.model["vcnId"], body.routeRules) }),
  }),
  beforeDelete: (call, table) => {
    refuseDefault(call, table);
    refuseIfReferenced(call, table, "subnet", (s) => s.model["routeTableId"] === table.id);
  },
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

const securityLists = collection({
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

const dhcpOption = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("DomainNameServer"),
    serverType: z.enum(["VcnLocal", "VcnLocalPlusInternet", "CustomDnsServer"]),
    customDnsServers: z.array(z.string()).max(3).optional(),
  }),
  z.object({ type: z.literal("SearchDomain"), searchDomainNames: z.array(z.string()).length(1) }),
]);
const domainNameType = z.enum(["SUBNET_DOMAIN", "VCN_DOMAIN", "CUSTOM_DOMAIN"]);

const dhcpOptions = collection({
  noun: "DhcpOptions",
  plural: "DhcpOptions",
  type: "dhcpoptions",
  param: "dhcpId",
  create: z.object({
    ...owned,
    ...common,
    options: z.array(dhcpOption),
    domainNameType: domainNameType.optional(),
  }),
  update: z.object({
    ...common,
    options: z.array(dhcpOption).optional(),
    domainNameType: domainNameType.optional(),
  }),
  permission: "DHCP",
  filters: ["vcnId"],
  creates: (call, body) => [vcnTarget(call, body.vcnId, "VCN_ATTACH")],
  deletes: (call, options) => [vcnTarget(call, options.model["vcnId"], "VCN_DETACH")],
  make: (_call, body) => ({
    model: {
      vcnId: body.vcnId,
      options: body.options,
      domainNameType: body.domainNameType ?? "CUSTOM_DOMAIN",
    },
  }),
  beforeDelete: (call, options) => {
    refuseDefault(call, options);
    refuseIfReferenced(call, options, "subnet", (s) => s.model["dhcpOptionsId"] === options.id);
  },
});

const networkSecurityGroups = collection({
  noun: "NetworkSecurityGroup",
  type: "networksecuritygroup",
  param: "networkSecurityGroupId",
  create: z.object({ ...owned, ...common }),
  update: z.object(common),
  permission: "NETWORK_SECURITY_GROUP",
  filters: ["vcnId"],
  creates: (call, body) => [vcnTarget(call, body.vcnId, "VCN_ATTACH")],
  deletes: (call, group) => [vcnTarget(call, group.model["vcnId"], "VCN_DETACH")],
  make: (_call, body) => ({ model: { vcnId: body.vcnId }, hidden: { rules: [] } }),
  beforeDelete: (call, group) =>
    refuseIfReferenced(call, group, "vnic", (v) => (v.model["nsgIds"] as string[]).includes(group.id)),
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
type StoredRule = GroupRule & { id: string; timeCreated: string; isValid: boolean };

const group = (call: Call): Owned =>
  find(call, "networksecuritygroup", call.params["networkSecurityGroupId"]);
const storedRules = (of: Owned): StoredRule[] => of.hidden["rules"] as StoredRule[];

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

/** Rules that name another group need a look at that group, too. */
const groupRuleTargets = (call: Call, rules: readonly GroupRule[]): Target[] => [
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

const additions = z.object({ securityRules: z.array(groupRule).max(25) });
const updates = z.object({ securityRules: z.array(groupRule.extend({ id: z.string() })).max(25) });
const removals = z.object({ securityRuleIds: z.array(z.string()).max(25) });
const MAX_RULES = 120;

const known = (rules: readonly StoredRule[], id: string, i: number): void => {
  if (!rules.some((r) => r.id === id))
    throw invalidParameter(`securityRules[${i}].id: the network security group has no rule ${id}`);
};

const groupRules: Record<string, Handler> = {
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
      of.hidden["rules"] = storedRules(of).filter((r) => !securityRuleIds.includes(r.id));
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
      const members = listOf(call, "vnic").filter((v) => (v.model["nsgIds"] as string[]).includes(of.id));
      const { items, nextPage } = paginate(call, members, (v) => v.id);
      return {
        body: items.map((v) => ({
          vnicId: v.id,
          resourceId: v.hidden["instanceId"],
          timeAssociated: v.model.timeCreated,
        })),
        ...(nextPage && { headers: { "opc-next-page": nextPage } }),
      };
    },
  },
};

/** The handlers of what says where packets may go. */
export const rules: Record<string, Handler> = {
  ...routeTables,
  ...securityLists,
  ...dhcpOptions,
  ...networkSecurityGroups,
  ...groupRules,
};
