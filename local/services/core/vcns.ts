/** Virtual cloud networks, each with its default route table, security list and DHCP options. @module */
import type { models, VirtualNetworkClient } from "oci-core";
import { z } from "zod";
import { invalidParameter, missingParameter } from "../../errors.ts";
import type { HandlerOf, Handlers } from "../../sdk.ts";
import type { Call } from "../../service.ts";
import type { ModelOf } from "../../state/models.ts";
import type { NewResource } from "../../state/store.ts";
import { details, displayName, readBody, securityAttributes, tagMembers } from "../support/body.ts";
import { collection, type NewMembers } from "../support/collection.ts";
import { find, isAlive, listOf, type Owned, requireState, starting, targetOf } from "../support/resources.ts";
import { contains, overlaps, parseBlock } from "./cidr.ts";
import { refuseIfReferenced } from "./references.ts";
import { networkWork } from "./work.ts";

/** A DNS label: up to 15 letters and digits, a letter first (docs: "DNS in Your Virtual State Network"). */
export const dnsLabel = z
  .string()
  .regex(/^[a-z][a-z0-9]{0,14}$/i, "is not a DNS label of at most 15 letters and digits");

const create = details<models.CreateVcnDetails>()({
  compartmentId: z.string(),
  cidrBlock: z.string().optional(),
  cidrBlocks: z.array(z.string()).optional(),
  displayName: displayName.optional(),
  dnsLabel: dnsLabel.optional(),
  isIpv6Enabled: z.boolean().optional(),
  securityAttributes: securityAttributes.optional(),
  ...tagMembers,
});

const update = details<models.UpdateVcnDetails>()({
  displayName: displayName.optional(),
  securityAttributes: securityAttributes.optional(),
  ...tagMembers,
});

/** Checks the blocks of a VCN: /16 to /30, none of them overlapping. */
const checkBlocks = (texts: readonly string[]): void => {
  const blocks = texts.map((text) => parseBlock(text, "cidrBlocks"));
  for (const [i, block] of blocks.entries()) {
    if (block.bits < 16 || block.bits > 30)
      throw invalidParameter(`cidrBlocks: ${texts[i]} must be between /16 and /30`);
    if (blocks.slice(0, i).some((other) => overlaps(other, block)))
      throw invalidParameter(`cidrBlocks: ${texts[i]} overlaps with another CIDR block of the VCN`);
  }
};

/** The rules of a VCN's default security list in OCI: ssh, path MTU discovery, the VCN's own unreachables. */
const defaultIngress = (cidr: string): ModelOf<"securitylist">["ingressSecurityRules"] => [
  {
    isStateless: false,
    protocol: "6",
    source: "0.0.0.0/0",
    sourceType: "CIDR_BLOCK",
    tcpOptions: { destinationPortRange: { min: 22, max: 22 } },
  },
  {
    isStateless: false,
    protocol: "1",
    source: "0.0.0.0/0",
    sourceType: "CIDR_BLOCK",
    icmpOptions: { type: 3, code: 4 },
  },
  { isStateless: false, protocol: "1", source: cidr, sourceType: "CIDR_BLOCK", icmpOptions: { type: 3 } },
];

const addDefaults = (call: Call, vcn: Owned<"vcn">): void => {
  const { cloud } = call;
  const add = <K extends keyof typeof DEFAULTS>(
    type: K,
    label: string,
    model: Omit<NewMembers<K>["model"], "vcnId">,
  ): string => {
    const id = cloud.store.newId(type, call.region);
    const added = {
      id,
      type,
      region: call.region,
      model: {
        id,
        compartmentId: vcn.model.compartmentId,
        vcnId: vcn.id,
        displayName: `Default ${label} for ${vcn.model.displayName}`,
        freeformTags: {},
        definedTags: {},
        lifecycleState: "PROVISIONING",
        timeCreated: cloud.clock.iso(),
        ...model,
      },
      ...starting(cloud, "AVAILABLE"),
    };
    // What every model of a network has is added here; the rest is the caller's.
    cloud.store.add(added as unknown as NewResource<K>);
    return id;
  };
  const label = vcn.model.dnsLabel;
  vcn.model.defaultRouteTableId = add("routetable", "Route Table", { routeRules: [] });
  vcn.model.defaultSecurityListId = add("securitylist", "Security List", {
    ingressSecurityRules: defaultIngress(vcn.model.cidrBlock),
    egressSecurityRules: [
      { destination: "0.0.0.0/0", destinationType: "CIDR_BLOCK", isStateless: false, protocol: "all" },
    ],
  });
  vcn.model.defaultDhcpOptionsId = add("dhcpoptions", "DHCP Options", {
    domainNameType: label ? "VCN_DOMAIN" : "CUSTOM_DOMAIN",
    options: [
      { type: "DomainNameServer", serverType: "VcnLocalPlusInternet", customDnsServers: [] },
      ...(label ? [{ type: "SearchDomain", searchDomainNames: [`${label}.oraclevcn.com`] }] : []),
    ],
  });
};

export const DEFAULTS = {
  routetable: "defaultRouteTableId",
  securitylist: "defaultSecurityListId",
  dhcpoptions: "defaultDhcpOptionsId",
} as const;

/** True when a route table, security list or DHCP options came with the VCN and goes with it. */
export const isDefault = (
  call: Call,
  { id, type, model }: { id: string; type: string; model: { vcnId?: string } },
): boolean => {
  const vcn = call.cloud.store.get(model.vcnId, "vcn")?.model;
  const hasDefault = (t: string): t is keyof typeof DEFAULTS => Object.hasOwn(DEFAULTS, t);
  return hasDefault(type) && vcn?.[DEFAULTS[type]] === id;
};

const base = collection({
  noun: "Vcn",
  type: "vcn",
  param: "vcnId",
  create,
  update,
  permission: "VCN",
  make: (_call, body): NewMembers<"vcn"> => {
    if (body.cidrBlock && body.cidrBlocks)
      throw invalidParameter("cidrBlock and cidrBlocks cannot both be given: cidrBlock is deprecated");
    const blocks = body.cidrBlocks?.length ? body.cidrBlocks : body.cidrBlock ? [body.cidrBlock] : undefined;
    if (!blocks) throw missingParameter("cidrBlocks");
    checkBlocks(blocks);
    return {
      model: {
        cidrBlock: blocks[0] ?? "",
        cidrBlocks: blocks,
        byoipv6CidrBlocks: [],
        ipv6CidrBlocks: [],
        ipv6PrivateCidrBlocks: [],
        securityAttributes: body.securityAttributes ?? {},
        ...(body.dnsLabel && { dnsLabel: body.dnsLabel, vcnDomainName: `${body.dnsLabel}.oraclevcn.com` }),
      },
    };
  },
  made: addDefaults,
  beforeDelete: (call, vcn) => {
    for (const type of [
      "subnet",
      "internetgateway",
      "natgateway",
      "servicegateway",
      "networksecuritygroup",
      "routetable",
      "securitylist",
      "dhcpoptions",
    ] as const)
      refuseIfReferenced(call, vcn, type, (o) => o.model.vcnId === vcn.id && !isDefault(call, o));
  },
  deleted: (call, vcn) => {
    for (const member of Object.values(DEFAULTS)) call.cloud.store.remove(vcn.model[member]);
  },
});

/** The handler of `POST …/actions/{add,remove,modify}Cidr`: changes the VCN's blocks. */
const cidrAction = (
  operation: string,
  next: (vcn: Owned<"vcn">, call: Call) => string[],
): HandlerOf<VirtualNetworkClient, "AddVcnCidr"> => ({
  target: (call) => targetOf(call, find(call, "vcn", call.params["vcnId"])),
  run: (call) => {
    const vcn = find(call, "vcn", call.params["vcnId"]);
    requireState(vcn, "AVAILABLE");
    const blocks = next(vcn, call);
    checkBlocks(blocks);
    const inUse = listOf(call, "subnet")
      .filter((s) => s.model.vcnId === vcn.id && isAlive(s))
      .map((s) => parseBlock(s.model.cidrBlock, "cidrBlock"));
    const parsed = blocks.map((b) => parseBlock(b, "cidrBlocks"));
    if (inUse.some((subnet) => !parsed.some((block) => contains(block, subnet))))
      throw invalidParameter("The CIDR block has a subnet and cannot be removed");
    vcn.model.cidrBlocks = blocks;
    vcn.model.cidrBlock = blocks[0] ?? "";
    call.cloud.store.touch(vcn);
    return networkWork(call, operation, vcn);
  },
});

const blocksOf = (vcn: Owned<"vcn">): string[] => vcn.model.cidrBlocks;
const oneBlock = details<models.AddVcnCidrDetails>()({ cidrBlock: z.string() });
const swap = details<models.ModifyVcnCidrDetails>()({
  originalCidrBlock: z.string(),
  newCidrBlock: z.string(),
});

/** The handlers of virtual cloud networks. */
export const vcns = {
  ...base,
  ChangeVcnCompartment: {
    ...base.ChangeVcnCompartment,
    run: async (call) => {
      await base.ChangeVcnCompartment.run(call);
      return networkWork(call, "ChangeVcnCompartment", find(call, "vcn", call.params["vcnId"]));
    },
  },
  AddVcnCidr: cidrAction("AddVcnCidr", (vcn, call) => [...blocksOf(vcn), readBody(call, oneBlock).cidrBlock]),
  RemoveVcnCidr: cidrAction("RemoveVcnCidr", (vcn, call) => {
    const { cidrBlock } = readBody(call, oneBlock);
    if (!blocksOf(vcn).includes(cidrBlock))
      throw invalidParameter(`cidrBlock: the VCN has no block ${cidrBlock}`);
    return blocksOf(vcn).filter((b) => b !== cidrBlock);
  }),
  ModifyVcnCidr: cidrAction("ModifyVcnCidr", (vcn, call) => {
    const { originalCidrBlock, newCidrBlock } = readBody(call, swap);
    if (!blocksOf(vcn).includes(originalCidrBlock))
      throw invalidParameter(`originalCidrBlock: the VCN has no block ${originalCidrBlock}`);
    return blocksOf(vcn).map((b) => (b === originalCidrBlock ? newCidrBlock : b));
  }),
} satisfies Handlers<VirtualNetworkClient>;
