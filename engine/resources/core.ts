/** Resource types of the network and of compute, by Pulumi's type. @module */
import { nestTags } from "../defined-tags.ts";
import type { ResourceType, ResourceValues } from "../types.ts";
import { byOcid } from "./by-ocid.ts";
import { securityListBody } from "./security-list.ts";

/**
 * The default security list of a VCN, which OCI makes and removes with it: its rules are replaced, and taken
 * away at the end.
 */
const defaultSecurityList: ResourceType = {
  belongsToAnother: true,
  create: async (inputs, { client, regionId }) => {
    const { manageDefaultResourceId, ...rest } = nestTags(inputs);
    const id = String(manageDefaultResourceId);
    const params = { securityListId: id };
    const { body } = await client.call("core.UpdateSecurityList", {
      params,
      body: securityListBody(rest),
      regionId,
    });
    return { id, outputs: body };
  },
  read: async (id, _, { client, regionId }) =>
    (await client.call("core.GetSecurityList", { params: { securityListId: id }, regionId })).body,
  remove: async (id, _, { client, regionId }) => {
    const body = { ingressSecurityRules: [], egressSecurityRules: [] };
    await client.call("core.UpdateSecurityList", { params: { securityListId: id }, body, regionId });
  },
};

/** The performance that the provider asks for when the program says nothing (its default). */
const BOOT_VOLUME_VPUS_PER_GB = 10;

/**
 * The body of LaunchInstance. The provider takes an image's OCID as `sourceId`, and some numbers and booleans
 * as text.
 */
const instanceBody = (inputs: ResourceValues): ResourceValues => {
  const { preserveBootVolume: _, sourceDetails, createVnicDetails, agentConfig, ...rest } = inputs;
  const { pluginsConfigs, ...agent } = (agentConfig ?? {}) as ResourceValues;
  const { sourceId, bootVolumeSizeInGbs, bootVolumeVpusPerGb, ...source } = (sourceDetails ??
    {}) as ResourceValues;
  const vnic = (createVnicDetails ?? {}) as ResourceValues;
  const flag = (value: unknown) => (typeof value === "string" ? value === "true" : value);
  return {
    ...rest,
    agentConfig: { ...agent, ...(pluginsConfigs !== undefined && { pluginsConfig: pluginsConfigs }) },
    sourceDetails: {
      ...source,
      imageId: sourceId,
      ...(bootVolumeSizeInGbs !== undefined && { bootVolumeSizeInGBs: Number(bootVolumeSizeInGbs) }),
      bootVolumeVpusPerGB: Number(bootVolumeVpusPerGb ?? BOOT_VOLUME_VPUS_PER_GB),
    },
    createVnicDetails: {
      ...vnic,
      ...("assignPublicIp" in vnic && { assignPublicIp: flag(vnic["assignPublicIp"]) }),
    },
  };
};

const plainInstance = byOcid("core", "Instance", {
  create: "LaunchInstance",
  remove: "TerminateInstance",
  body: instanceBody,
  removeQuery: (inputs) => ({ preserveBootVolume: inputs["preserveBootVolume"] as boolean | undefined }),
});

/** An instance, with its boot volume as the provider reads it: by the attachment. */
const instance: ResourceType = {
  ...plainInstance,
  read: async (id, inputs, context) => {
    const found = await plainInstance.read(id, inputs, context);
    const attachments = await context.client.list<ResourceValues>("core.ListBootVolumeAttachments", {
      query: {
        availabilityDomain: String(found?.["availabilityDomain"]),
        compartmentId: String(found?.["compartmentId"]),
        instanceId: id,
      },
      regionId: context.regionId,
    });
    return found && { ...found, bootVolumeId: attachments[0]?.["bootVolumeId"] };
  },
};

export const core: Readonly<Record<string, ResourceType>> = {
  "oci:Core/vcn:Vcn": byOcid("core", "Vcn"),
  "oci:Core/subnet:Subnet": byOcid("core", "Subnet"),
  "oci:Core/routeTable:RouteTable": byOcid("core", "RouteTable"),
  "oci:Core/securityList:SecurityList": byOcid("core", "SecurityList", { body: securityListBody }),
  "oci:Core/defaultSecurityList:DefaultSecurityList": defaultSecurityList,
  "oci:Core/serviceGateway:ServiceGateway": byOcid("core", "ServiceGateway"),
  "oci:Core/networkSecurityGroup:NetworkSecurityGroup": byOcid("core", "NetworkSecurityGroup"),
  "oci:Core/instance:Instance": instance,
};
