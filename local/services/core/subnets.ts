/** Subnets. @module */

import type { models, VirtualNetworkClient } from "oci-core";
import { z } from "zod";
import { addressText } from "../../addresses.ts";
import { conflict, invalidParameter, missingParameter, notFound } from "../../errors.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Target } from "../../service.ts";
import type { Resource } from "../../state/store.ts";
import { details, displayName, tagMembers } from "../support/body.ts";
import { collection, type NewMembers } from "../support/collection.ts";
import { find, findUsable, isAlive, listOf, type Owned } from "../support/resources.ts";
import { contains, overlaps, parseBlock } from "./cidr.ts";
import { refuseIfReferenced, related, vcnTarget } from "./references.ts";
import { DEFAULTS, dnsLabel } from "./vcns.ts";
import { networkWork } from "./work.ts";

const members = {
  displayName: displayName.optional(),
  cidrBlock: z.string().optional(),
  dhcpOptionsId: z.string().optional(),
  routeTableId: z.string().optional(),
  securityListIds: z.array(z.string()).max(5).optional(),
  ...tagMembers,
};

const create = details<models.CreateSubnetDetails>()({
  ...members,
  compartmentId: z.string(),
  vcnId: z.string(),
  availabilityDomain: z.string().optional(),
  dnsLabel: dnsLabel.optional(),
  ipv4CidrBlocks: z.array(z.string()).optional(),
  prohibitInternetIngress: z.boolean().optional(),
  prohibitPublicIpOnVnic: z.boolean().optional(),
});

const update = details<models.UpdateSubnetDetails>()(members);

/** The pieces of the VCN that a subnet uses, by the member that holds each. */
const PIECES = [
  ["routeTableId", "routetable", "ROUTE_TABLE"],
  ["dhcpOptionsId", "dhcpoptions", "DHCP"],
  ["securityListIds", "securitylist", "SECURITY_LIST"],
] as const;

type Pieces = Partial<Record<(typeof PIECES)[number][0], string | string[] | undefined>>;

const idsOf = (value: string | readonly string[] | undefined): readonly string[] =>
  typeof value === "string" ? (value ? [value] : []) : (value ?? []);

/** Checks that a piece belongs to the subnet's VCN. */
const checkPieces = (call: Call, vcnId: string, body: Pieces): void => {
  for (const [member, type] of PIECES)
    for (const id of idsOf(body[member]))
      if (findUsable(call, type, id).model.vcnId !== vcnId)
        throw invalidParameter(`${member}: ${id} does not belong to the VCN ${vcnId}`);
};

/** Checks a subnet's block against its VCN and the other subnets in it. */
const checkBlock = (call: Call, vcn: Resource<"vcn">, cidr: string, self?: string): void => {
  const block = parseBlock(cidr, "cidrBlock");
  if (block.bits > 30) throw invalidParameter(`cidrBlock: ${cidr} must not be smaller than /30`);
  const inVcn = vcn.model.cidrBlocks.some((b) => contains(parseBlock(b, "cidrBlocks"), block));
  if (!inVcn) throw invalidParameter(`cidrBlock: ${cidr} is not in a CIDR block of the VCN ${vcn.id}`);
  const taken = listOf(call, "subnet").find(
    (s) =>
      s.id !== self &&
      s.model.vcnId === vcn.id &&
      isAlive(s) &&
      overlaps(parseBlock(s.model.cidrBlock, "cidrBlock"), block),
  );
  if (taken)
    throw invalidParameter(
      `The requested CIDR ${cidr} is invalid: subnet ${taken.id} with CIDR ${taken.model.cidrBlock} overlaps with this CIDR.`,
    );
};

const attach = (call: Call, body: Pieces, vcn: Owned<"vcn">): Target[] =>
  PIECES.flatMap(([member, type, permission]) => {
    const named = idsOf(body[member]);
    const ids = named.length ? named : idsOf(vcn.model[DEFAULTS[type]]);
    return ids.map((id) => related(call, type, id, `${permission}_ATTACH`));
  });

const base = collection({
  noun: "Subnet",
  type: "subnet",
  param: "subnetId",
  create,
  update,
  permission: "SUBNET",
  filters: ["vcnId"],
  creates: (call, body) => [
    vcnTarget(call, body.vcnId, "VCN_ATTACH"),
    ...attach(call, body, findUsable(call, "vcn", body.vcnId)),
  ],
  updates: (call, subnet, body) =>
    PIECES.flatMap(([member, type, permission]) => {
      const wanted = body[member];
      if (wanted === undefined) return [];
      const before = idsOf(subnet.model[member]);
      const after = idsOf(wanted);
      const of = (id: string, what: string): Target => ({
        ...related(call, type, id, `${permission}_${what}`),
        when: ["depending on the request"],
      });
      return [
        ...after.filter((id) => !before.includes(id)).map((id) => of(id, "ATTACH")),
        ...before.filter((id) => !after.includes(id)).map((id) => of(id, "DETACH")),
      ];
    }),
  deletes: (call, subnet) => [
    vcnTarget(call, subnet.model.vcnId, "VCN_DETACH"),
    ...PIECES.flatMap(([member, type, permission]) =>
      idsOf(subnet.model[member]).map((id) => related(call, type, id, `${permission}_DETACH`)),
    ),
  ],
  make: (call, body): NewMembers<"subnet"> => {
    const vcn = findUsable(call, "vcn", body.vcnId);
    const cidr = body.cidrBlock ?? body.ipv4CidrBlocks?.[0];
    if (!cidr) throw missingParameter("cidrBlock");
    checkBlock(call, vcn, cidr);
    checkPieces(call, vcn.id, body);
    const label = body.dnsLabel;
    if (label && !vcn.model.dnsLabel)
      throw invalidParameter(
        `dnsLabel: the VCN ${vcn.id} has no DNS label, so a subnet of it cannot have one`,
      );
    const sameLabel = (s: Owned<"subnet">) =>
      s.model.vcnId === vcn.id &&
      isAlive(s) &&
      (s.model.dnsLabel ?? "").toLowerCase() === label?.toLowerCase();
    if (label && listOf(call, "subnet").some(sameLabel))
      throw conflict("Conflict", `dnsLabel: the DNS label ${label} is already used in the VCN`);
    const block = parseBlock(cidr, "cidrBlock");
    const isPrivate = body.prohibitPublicIpOnVnic ?? body.prohibitInternetIngress ?? false;
    return {
      model: {
        vcnId: vcn.id,
        cidrBlock: cidr,
        ipv4CidrBlocks: [cidr],
        ipv6CidrBlocks: [],
        ...(body.availabilityDomain && { availabilityDomain: body.availabilityDomain }),
        ...(label && { dnsLabel: label, subnetDomainName: `${label}.${vcn.model.vcnDomainName}` }),
        dhcpOptionsId: body.dhcpOptionsId ?? vcn.model.defaultDhcpOptionsId,
        routeTableId: body.routeTableId ?? vcn.model.defaultRouteTableId,
        securityListIds: body.securityListIds?.length
          ? body.securityListIds
          : [vcn.model.defaultSecurityListId],
        prohibitPublicIpOnVnic: isPrivate,
        prohibitInternetIngress: isPrivate,
        virtualRouterIp: addressText(block.first + 1),
        virtualRouterMac: "00:00:17:00:00:01",
      },
    };
  },
  change: (call, subnet, body) => {
    checkPieces(call, subnet.model.vcnId, body);
    if (!body.cidrBlock) return body;
    const vcn = call.cloud.store.get(subnet.model.vcnId, "vcn");
    if (!vcn) throw notFound();
    checkBlock(call, vcn, body.cidrBlock, subnet.id);
    return { ...body, ipv4CidrBlocks: [body.cidrBlock] };
  },
  beforeDelete: (call, subnet) =>
    refuseIfReferenced(call, subnet, "vnic", (v) => v.model.subnetId === subnet.id),
});

/** The handlers of subnets. */
export const subnets = {
  ...base,
  ChangeSubnetCompartment: {
    ...base.ChangeSubnetCompartment,
    run: async (call) => {
      await base.ChangeSubnetCompartment.run(call);
      return networkWork(call, "ChangeSubnetCompartment", find(call, "subnet", call.params["subnetId"]));
    },
  },
} satisfies Handlers<VirtualNetworkClient>;
