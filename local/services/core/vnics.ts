/** VNICs, their attachments to instances, and the addresses they have. @module */

import type { ComputeClient, models, VirtualNetworkClient } from "oci-core";
import { z } from "zod";
import { addressText, parseAddress } from "../../addresses.ts";
import { invalidParameter, limitExceeded } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call } from "../../service.ts";
import type { Wire } from "../../state/wire.ts";
import { details, displayName, readBody, securityAttributes, tagMembers } from "../support/body.ts";
import { listTarget } from "../support/collection.ts";
import {
  find,
  findUsable,
  isAlive,
  listOf,
  type Owned,
  responseOf,
  starting,
  takeOut,
  targetOf,
} from "../support/resources.ts";
import { checkDefinedTags, tagMembersOf } from "../support/tags.ts";
import { contains, parseBlock } from "./cidr.ts";
import { related } from "./references.ts";

/** The members of a launch about the primary VNIC. */
export const vnicDetails = details<models.CreateVnicDetails>()({
  subnetId: z.string().optional(),
  displayName: displayName.optional(),
  assignPublicIp: z.boolean().optional(),
  assignPrivateDnsRecord: z.boolean().optional(),
  hostnameLabel: z
    .string()
    .regex(
      /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i,
      "is not a host name of at most 63 letters, digits and hyphens",
    )
    .optional(),
  nsgIds: z.array(z.string()).max(5).optional(),
  privateIp: z.string().optional(),
  skipSourceDestCheck: z.boolean().optional(),
  securityAttributes: securityAttributes.optional(),
  ...tagMembers,
});

type VnicDetails = z.output<typeof vnicDetails>;

const usedAddresses = (call: Call, subnetId: string): Set<unknown> =>
  new Set(
    listOf(call, "vnic")
      .filter((v) => v.model.subnetId === subnetId && isAlive(v))
      .map((v) => v.model.privateIp),
  );

/** The address asked for, or the first free one: the block's first two and last are the network's own. */
const privateIpIn = (call: Call, subnet: Owned<"subnet">, asked: string | undefined): string => {
  const block = parseBlock(subnet.model.cidrBlock, "cidrBlock");
  const used = usedAddresses(call, subnet.id);
  if (asked !== undefined) {
    const n = parseAddress(asked);
    if (n === undefined || !contains(block, { first: n, last: n, bits: 32 }))
      throw invalidParameter(`privateIp: ${asked} is not in the subnet's ${subnet.model.cidrBlock}`);
    if (n <= block.first + 1 || n === block.last || used.has(asked))
      throw invalidParameter(`privateIp: ${asked} is reserved or in use`);
    return asked;
  }
  for (let n = block.first + 2; n < block.last; n++) if (!used.has(addressText(n))) return addressText(n);
  throw limitExceeded(`The subnet ${subnet.id} has no free private IP address`);
};

/** Checks security groups: they exist and are of the VCN. */
const checkGroups = (call: Call, ids: readonly string[] | undefined, vcnId: string): void => {
  for (const id of ids ?? [])
    if (findUsable(call, "networksecuritygroup", id).model.vcnId !== vcnId)
      throw invalidParameter(`nsgIds: ${id} does not belong to the VCN of the subnet`);
};

/** The instance that a VNIC is attached to. */
export interface VnicHost {
  id: string;
  compartmentId: string;
  availabilityDomain: string;
  displayName: string;
}

/** Checks a VNIC's details and fixes its address, before anything is made. */
export const planVnic = (
  call: Call,
  subnet: Owned<"subnet">,
  details: VnicDetails,
): { privateIp: string } => {
  checkDefinedTags(call.cloud, details.definedTags);
  checkGroups(call, details.nsgIds, subnet.model.vcnId);
  if (details.assignPublicIp && subnet.model.prohibitPublicIpOnVnic)
    throw invalidParameter(`assignPublicIp: the subnet ${subnet.id} prohibits public IP addresses`);
  return { privateIp: privateIpIn(call, subnet, details.privateIp) };
};

/** Makes a VNIC and its attachment. */
export const attachVnic = (
  call: Call,
  host: VnicHost,
  subnet: Owned<"subnet">,
  details: VnicDetails,
  plan: { privateIp: string },
  isPrimary: boolean,
): void => {
  const { cloud } = call;
  const id = cloud.store.newId("vnic", call.region);
  const withPublicIp = details.assignPublicIp ?? (isPrimary && !subnet.model.prohibitPublicIpOnVnic);
  const common = {
    compartmentId: host.compartmentId,
    availabilityDomain: host.availabilityDomain,
    subnetId: subnet.id,
    timeCreated: cloud.clock.iso(),
  };
  const count = listOf(call, "vnic").length;
  const vnic = cloud.store.add({
    id,
    type: "vnic",
    region: call.region,
    model: {
      id,
      ...common,
      displayName: details.displayName ?? host.displayName,
      ...tagMembersOf(details),
      ...(details.hostnameLabel && { hostnameLabel: details.hostnameLabel }),
      isPrimary,
      lifecycleState: "PROVISIONING",
      macAddress:
        `02:00:17:00:${[count >> 8, count & 255].map((b) => b.toString(16).padStart(2, "0")).join(":")}`.toUpperCase(),
      nsgIds: details.nsgIds ?? [],
      privateIp: plan.privateIp,
      ...(withPublicIp && { publicIp: `198.51.100.${(count % 254) + 1}` }),
      securityAttributes: details.securityAttributes ?? {},
      skipSourceDestCheck: details.skipSourceDestCheck ?? false,
    },
    hidden: { instanceId: host.id, privateIpId: cloud.store.newId("privateip", call.region) },
    ...starting(cloud, "AVAILABLE"),
  });
  const attachmentId = cloud.store.newId("vnicattachment", call.region);
  cloud.store.add({
    id: attachmentId,
    type: "vnicattachment",
    region: call.region,
    model: {
      id: attachmentId,
      ...common,
      instanceId: host.id,
      vnicId: vnic.id,
      nicIndex: 0,
      vlanTag: 1000 + (count % 3000),
      displayName: details.displayName ?? host.displayName,
      lifecycleState: "ATTACHING",
    },
    ...starting(cloud, "ATTACHED"),
  });
};

/** Takes an instance's VNICs and their attachments out. */
export const detachVnics = (call: Call, instanceId: string): void => {
  for (const attachment of listOf(call, "vnicattachment").filter(
    (a) => a.model.instanceId === instanceId && isAlive(a),
  )) {
    takeOut(call.cloud, attachment, "DETACHING", "DETACHED");
    const vnic = call.cloud.store.get(attachment.model.vnicId, "vnic");
    if (vnic) takeOut(call.cloud, vnic, "TERMINATING", "TERMINATED");
  }
};

const vnicUpdate = details<models.UpdateVnicDetails>()({
  displayName: displayName.optional(),
  hostnameLabel: z.string().optional(),
  nsgIds: z.array(z.string()).max(5).optional(),
  skipSourceDestCheck: z.boolean().optional(),
  securityAttributes: securityAttributes.optional(),
  ...tagMembers,
});
const vnic = (call: Call<"vnicId">) => find(call, "vnic", call.params["vnicId"]);
const attachment = (call: Call<"vnicAttachmentId">) =>
  find(call, "vnicattachment", call.params["vnicAttachmentId"]);

const privateIpModel = (of: Owned<"vnic">): Wire<models.PrivateIp> => ({
  id: of.hidden.privateIpId,
  availabilityDomain: of.model.availabilityDomain,
  compartmentId: of.model.compartmentId,
  displayName: of.model.displayName,
  hostnameLabel: of.model.hostnameLabel,
  ipAddress: of.model.privateIp,
  isPrimary: true,
  ipState: "ASSIGNED",
  lifetime: "EPHEMERAL",
  subnetId: of.model.subnetId,
  vnicId: of.id,
  timeCreated: of.model.timeCreated ?? "",
  freeformTags: {},
  definedTags: {},
});

/** The target of a list by VNIC or subnet: its compartment. */
const byVnicOrSubnet = (call: Call) => {
  const vnicId = call.query.get("vnicId");
  const subnetId = call.query.get("subnetId");
  if (vnicId) return targetOf(call, find(call, "vnic", vnicId), { when: ["vnic"] });
  if (subnetId) return targetOf(call, find(call, "subnet", subnetId), { when: ["subnet"] });
  throw invalidParameter("One of vnicId, subnetId, ipAddress, vlanId is required");
};

/** The handlers of VNICs. */
export const vnics = {
  GetVnic: { target: (call) => targetOf(call, vnic(call)), run: (call) => responseOf(vnic(call)) },
  UpdateVnic: {
    target: (call) => {
      const { nsgIds } = readBody(call, vnicUpdate);
      if (!nsgIds) return targetOf(call, vnic(call));
      const groups = new Set([...nsgIds, ...vnic(call).model.nsgIds]);
      return [
        targetOf(call, vnic(call), {
          permissions: ["VNIC_UPDATE", "VNIC_ASSOCIATE_NETWORK_SECURITY_GROUP"],
          when: ["depending on the request"],
        }),
        ...[...groups].map((id) => ({
          ...related(call, "networksecuritygroup", id, "NETWORK_SECURITY_GROUP_UPDATE_MEMBERS"),
          when: ["depending on the request"],
        })),
      ];
    },
    run: (call) => {
      const of = vnic(call);
      const body = readBody(call, vnicUpdate);
      checkDefinedTags(call.cloud, body.definedTags);
      checkGroups(call, body.nsgIds, find(call, "subnet", of.model.subnetId).model.vcnId);
      Object.assign(of.model, body);
      call.cloud.store.touch(of);
      return responseOf(of);
    },
  },
  GetVnicAttachment: {
    target: (call) => targetOf(call, attachment(call)),
    run: (call) => responseOf(attachment(call)),
  },
  ListVnicAttachments: {
    target: listTarget,
    run: (call) =>
      listReply(
        call,
        listOf(call, "vnicattachment").map((a) => a.model),
        { filters: ["compartmentId", "instanceId", "vnicId", "availabilityDomain"] },
      ),
  },
  ListIpv6s: { target: byVnicOrSubnet, run: (call) => listReply(call, []) },
  ListPrivateIps: {
    target: byVnicOrSubnet,
    run: (call) =>
      listReply(call, listOf(call, "vnic").filter(isAlive).map(privateIpModel), {
        filters: ["vnicId", "subnetId", "ipAddress"],
      }),
  },
  GetPrivateIp: {
    target: (call) => targetOf(call, vnicOfPrivateIp(call)),
    run: (call) => ({ body: privateIpModel(vnicOfPrivateIp(call)) }),
  },
} satisfies Handlers<VirtualNetworkClient> & Handlers<ComputeClient>;

const vnicOfPrivateIp = (call: Call<"privateIpId">) =>
  find(
    call,
    "vnic",
    listOf(call, "vnic").find((v) => v.hidden.privateIpId === call.params["privateIpId"])?.id,
  );
