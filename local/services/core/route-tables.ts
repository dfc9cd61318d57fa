/** Route tables. @module */
import type { models } from "oci-core";
import { z } from "zod";
import { invalidParameter } from "../../errors.ts";
import type { Call, Target } from "../../service.ts";
import type { ModelOf } from "../../state/models.ts";
import { details } from "../support/body.ts";
import { collection, type NewMembers } from "../support/collection.ts";
import { find, findUsable, type Owned, targetOf } from "../support/resources.ts";
import { refuseIfReferenced, vcnTarget } from "./references.ts";
import { blockType, checkEnd, common, owned, refuseDefault } from "./rule-parts.ts";

const routeRule = z.object({
  destination: z.string().optional(),
  cidrBlock: z.string().optional(),
  destinationType: blockType.optional(),
  networkEntityId: z.string(),
  description: z.string().max(255).optional(),
});
type RouteRule = z.output<typeof routeRule>;
type TableRule = ModelOf<"routetable">["routeRules"][number];

type GatewayType = "internetgateway" | "natgateway" | "servicegateway";

/** Resources that a route may lead to, by the OCID's type, with the case and permission prefix of each. */
const HOPS: Readonly<Record<string, readonly [type: GatewayType, when: string, permission: string]>> = {
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

const routeRules = (call: Call, vcnId: string, rules: readonly RouteRule[]): TableRule[] =>
  rules.map((rule, i) => {
    const [type] = hopOf(rule);
    const gateway = findUsable(call, type, rule.networkEntityId);
    const member = `routeRules[${i}].destination`;
    if (gateway.model.vcnId !== vcnId)
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

const rulesNow = (table: Owned<"routetable">) => table.model.routeRules;

/** The handlers of route tables. */
export const routeTables = collection({
  noun: "RouteTable",
  type: "routetable",
  param: "rtId",
  create: details<models.CreateRouteTableDetails>()({
    ...owned,
    ...common,
    routeRules: z.array(routeRule).max(200),
  }),
  update: details<models.UpdateRouteTableDetails>()({
    ...common,
    routeRules: z.array(routeRule).max(200).optional(),
  }),
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
    vcnTarget(call, table.model.vcnId, "VCN_DETACH"),
    ...hopTargets(call, rulesNow(table), "DETACH"),
  ],
  make: (call, body): NewMembers<"routetable"> => ({
    model: { vcnId: body.vcnId, routeRules: routeRules(call, body.vcnId, body.routeRules) },
  }),
  change: (call, table, body) => ({
    ...body,
    ...(body.routeRules && { routeRules: routeRules(call, table.model.vcnId, body.routeRules) }),
  }),
  beforeDelete: (call, table) => {
    refuseDefault(call, table);
    refuseIfReferenced(call, table, "subnet", (s) => s.model.routeTableId === table.id);
  },
});
