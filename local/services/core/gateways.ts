/** Internet, NAT and service gateways, and the catalogue of services that a service gateway reaches. @module */
import type { models, VirtualNetworkClient } from "oci-core";
import { z } from "zod";
import { incorrectState, invalidParameter, limitExceeded, notFound } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { HandlerOf, Handlers } from "../../sdk.ts";
import type { Call, Target } from "../../service.ts";
import { ocid } from "../../state/ocids.ts";
import type { Region } from "../../state/region.ts";
import type { Wire } from "../../state/wire.ts";
import { details, displayName, readBody, tagMembers } from "../support/body.ts";
import { collection } from "../support/collection.ts";
import { find, findUsable, isAlive, listOf, type Owned, responseOf, targetOf } from "../support/resources.ts";
import { refuseIfReferenced, related, vcnTarget } from "./references.ts";

const common = { displayName: displayName.optional(), ...tagMembers };
const owned = { compartmentId: z.string(), vcnId: z.string() };
const inVcn = { filters: ["vcnId"] as const };

const oneOfVcn = (
  call: Call,
  type: "internetgateway" | "natgateway" | "servicegateway",
  vcnId: string,
  what: string,
): void => {
  findUsable(call, "vcn", vcnId);
  if (listOf(call, type).some((g) => g.model.vcnId === vcnId && isAlive(g)))
    throw limitExceeded(`The VCN ${vcnId} already has ${what}: a VCN can have one`);
};

/** Throws 409 while a route table has a rule to the gateway. */
const refuseIfRouted = (call: Call, gateway: Pick<Owned, "id" | "type">): void =>
  refuseIfReferenced(call, gateway, "routetable", (table) =>
    table.model.routeRules.some((r) => r.networkEntityId === gateway.id),
  );

const internetGateways = collection({
  noun: "InternetGateway",
  type: "internetgateway",
  param: "igId",
  create: details<models.CreateInternetGatewayDetails>()({
    ...owned,
    ...common,
    isEnabled: z.boolean(),
    routeTableId: z.string().optional(),
  }),
  update: details<models.UpdateInternetGatewayDetails>()({
    ...common,
    isEnabled: z.boolean().optional(),
    routeTableId: z.string().optional(),
  }),
  permission: "INTERNET_GATEWAY",
  ...inVcn,
  creates: (call, body) => [vcnTarget(call, body.vcnId, "VCN_ATTACH")],
  deletes: (call, gateway) => [vcnTarget(call, gateway.model.vcnId, "VCN_DETACH")],
  make: (call, body) => {
    oneOfVcn(call, "internetgateway", body.vcnId, "an internet gateway");
    return {
      model: {
        vcnId: body.vcnId,
        isEnabled: body.isEnabled,
        ...(body.routeTableId && { routeTableId: body.routeTableId }),
      },
    };
  },
  beforeDelete: (call, gateway) => refuseIfRouted(call, gateway),
});

const natGateways = collection({
  noun: "NatGateway",
  type: "natgateway",
  param: "natGatewayId",
  create: details<models.CreateNatGatewayDetails>()({
    ...owned,
    ...common,
    blockTraffic: z.boolean().optional(),
    publicIpId: z.string().optional(),
    routeTableId: z.string().optional(),
  }),
  update: details<models.UpdateNatGatewayDetails>()({
    ...common,
    blockTraffic: z.boolean().optional(),
    routeTableId: z.string().optional(),
  }),
  permission: "NAT_GATEWAY",
  ...inVcn,
  creates: (call, body) => [vcnTarget(call, body.vcnId, "VCN_READ", "VCN_ATTACH")],
  deletes: (call, gateway) => [vcnTarget(call, gateway.model.vcnId, "VCN_READ", "VCN_DETACH")],
  make: (call, body, id) => {
    oneOfVcn(call, "natgateway", body.vcnId, "a NAT gateway");
    return {
      model: {
        vcnId: body.vcnId,
        blockTraffic: body.blockTraffic ?? false,
        // An address of the documentation block: it can be nobody's.
        natIp: `203.0.113.${(listOf(call, "natgateway").length % 254) + 1}`,
        publicIpId: body.publicIpId ?? ocid("publicip", call.region.key, id),
        ...(body.routeTableId && { routeTableId: body.routeTableId }),
      },
    };
  },
  beforeDelete: (call, gateway) => refuseIfRouted(call, gateway),
});

/** A service that a service gateway reaches, as the catalogue lists it. */
export type NetworkService = Wire<models.Service>;

/** The catalogue of a region: Object Storage alone, and all services of the Oracle Services Network. */
export const networkServices = (region: Region): NetworkService[] => {
  const key = region.key.toUpperCase();
  return [
    {
      id: ocid("service", region.key, "objectstorage"),
      name: `OCI ${key} Object Storage`,
      description: `OCI ${key} Object Storage`,
      cidrBlock: `oci-${region.key}-objectstorage`,
    },
    {
      id: ocid("service", region.key, "all"),
      name: `All ${key} Services In Oracle Services Network`,
      description: `All ${key} Services In Oracle Services Network`,
      cidrBlock: `all-${region.key}-services-in-oracle-services-network`,
    },
  ];
};

const serviceIds = z.array(z.object({ serviceId: z.string() }));

const serviceDetails = (call: Call, wanted: readonly { serviceId: string }[]) =>
  wanted.map(({ serviceId }) => {
    const service = networkServices(call.region).find((s) => s.id === serviceId);
    if (!service) throw notFound();
    return { serviceId, serviceName: service.name };
  });

const routeTableOf = (call: Call, id: string | undefined, when: string): Target[] =>
  id ? [{ ...related(call, "routetable", id, "ROUTE_TABLE_ATTACH"), when: [when] }] : [];

const serviceGateways = collection({
  noun: "ServiceGateway",
  type: "servicegateway",
  param: "serviceGatewayId",
  create: details<models.CreateServiceGatewayDetails>()({
    ...owned,
    ...common,
    services: serviceIds,
    routeTableId: z.string().optional(),
  }),
  update: details<models.UpdateServiceGatewayDetails>()({
    ...common,
    blockTraffic: z.boolean().optional(),
    services: serviceIds.optional(),
    routeTableId: z.string().optional(),
  }),
  permission: "SERVICE_GATEWAY",
  ...inVcn,
  creates: (call, body) => [
    vcnTarget(call, body.vcnId, "VCN_READ", "VCN_ATTACH"),
    ...routeTableOf(call, body.routeTableId, "route table"),
  ],
  updates: (call, _gateway, body) => routeTableOf(call, body.routeTableId, "depending on the request"),
  deletes: (call, gateway) => [vcnTarget(call, gateway.model.vcnId, "VCN_READ", "VCN_DETACH")],
  make: (call, body) => {
    oneOfVcn(call, "servicegateway", body.vcnId, "a service gateway");
    return {
      model: {
        vcnId: body.vcnId,
        blockTraffic: false,
        services: serviceDetails(call, body.services),
        ...(body.routeTableId && { routeTableId: body.routeTableId }),
      },
    };
  },
  change: (call, _gateway, { services, ...body }) => ({
    ...body,
    ...(services && { services: serviceDetails(call, services) }),
  }),
  beforeDelete: (call, gateway) => refuseIfRouted(call, gateway),
});

type Enabled = { serviceId: string }[];

/** Adds a service to a gateway, or takes one away. */
const serviceAction = (
  next: (enabled: Enabled, wanted: { serviceId: string }) => Enabled,
): HandlerOf<VirtualNetworkClient, "AttachServiceId"> => ({
  target: (call) => targetOf(call, find(call, "servicegateway", call.params["serviceGatewayId"])),
  run: (call) => {
    const gateway = find(call, "servicegateway", call.params["serviceGatewayId"]);
    const wanted = readBody(call, z.object({ serviceId: z.string() }));
    serviceDetails(call, [wanted]);
    gateway.model.services = serviceDetails(call, next(gateway.model.services, wanted));
    call.cloud.store.touch(gateway);
    return responseOf(gateway);
  },
});

/** The handlers of gateways and of the services catalogue. */
export const gateways = {
  ...internetGateways,
  ...natGateways,
  ...serviceGateways,
  AttachServiceId: serviceAction((enabled, wanted) => {
    if (enabled.some((s) => s.serviceId === wanted.serviceId))
      throw incorrectState(`The service ${wanted.serviceId} is already enabled on the service gateway`);
    return [...enabled, wanted];
  }),
  DetachServiceId: serviceAction((enabled, wanted) => {
    if (!enabled.some((s) => s.serviceId === wanted.serviceId))
      throw invalidParameter(`serviceId: ${wanted.serviceId} is not enabled on the service gateway`);
    return enabled.filter((s) => s.serviceId !== wanted.serviceId);
  }),
  ListServices: {
    target: (call) => ({ compartment: call.cloud.tenancy.id }),
    run: (call) => listReply(call, networkServices(call.region)),
  },
  GetService: {
    target: (call) => ({ compartment: call.cloud.tenancy.id }),
    run: (call) => {
      const service = networkServices(call.region).find((s) => s.id === call.params["serviceId"]);
      if (!service) throw notFound();
      return { body: service };
    },
  },
} satisfies Handlers<VirtualNetworkClient>;
