/**
 * Types of resources by Pulumi's type, as calls. Bodies are what the real provider sends for the same inputs
 * (recorded traffic); a type that is not here is refused by name.
 * @module
 */
import { readFileSync } from "node:fs";
import { OciError, type OciResponse } from "../oci/client.ts";
import { nestTags } from "./defined-tags.ts";
import { securityListBody } from "./resources/security-list.ts";
import { tag, updatedAtOnce } from "./resources/tag.ts";
import type { EngineContext, ResourceType, ResourceValues } from "./types.ts";

export type { EngineContext, Remains, ResourceType, ResourceValues } from "./types.ts";

/** Names that the provider spells unlike the REST models. */
const TO_REST: Readonly<Record<string, string>> = {
  memoryInGbs: "memoryInGBs",
  bootVolumeSizeInGbs: "bootVolumeSizeInGBs",
};
const FROM_REST: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(TO_REST).map(([ours, rest]) => [rest, ours]),
);

const rename = (value: unknown, names: Readonly<Record<string, string>>): unknown => {
  if (Array.isArray(value)) return value.map((v) => rename(v, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [names[key] ?? key, rename(inner, names)]),
  );
};

const omit = (values: ResourceValues, ...names: string[]): ResourceValues =>
  Object.fromEntries(Object.entries(values).filter(([key]) => !names.includes(key)));

/** Kinds whose resources are read, and named, by their OCID. */
const byOcid = (of: {
  create: string;
  read: string;
  remove: string;
  param: string;
  body?: (inputs: ResourceValues) => ResourceValues;
  /** Host of its own, from the inputs. */
  endpoint?: (inputs: ResourceValues) => string;
  removeQuery?: (inputs: ResourceValues) => Record<string, string | boolean | undefined>;
}): ResourceType => {
  const endpoint = (inputs: ResourceValues) => (of.endpoint ? { endpoint: of.endpoint(inputs) } : {});
  const at = (id: string, inputs: ResourceValues, context: EngineContext) => ({
    params: { [of.param]: id },
    regionId: context.regionId,
    ...endpoint(inputs),
  });
  return {
    create: async (inputs, context) => {
      const body = rename((of.body ?? ((i) => i))(nestTags(inputs)), TO_REST);
      const response = await context.client.call(of.create, {
        body,
        regionId: context.regionId,
        ...endpoint(inputs),
      });
      return { id: String(response.body["id"]), outputs: rename(response.body, FROM_REST) as ResourceValues };
    },
    read: async (id, inputs, context) => {
      const response = await context.client.call(of.read, at(id, inputs, context));
      return rename(response.body, FROM_REST) as ResourceValues;
    },
    remove: async (id, inputs, context) => {
      const creates = of.remove.includes("Schedule");
      await context.client.call(of.remove, {
        ...at(id, inputs, context),
        ...(creates && { body: {}, idempotent: true }),
        ...(of.removeQuery && { query: of.removeQuery(inputs) }),
      });
    },
  };
};

/** Kinds of the network: Create, Get and Delete by one name. */
const network = (name: string, body?: (inputs: ResourceValues) => ResourceValues): ResourceType =>
  byOcid({
    ...(body && { body }),
    create: `core.Create${name}`,
    read: `core.Get${name}`,
    remove: `core.Delete${name}`,
    param:
      `${name === "Vcn" ? "vcn" : name === "ServiceGateway" ? "serviceGateway" : lowerFirst(name)}Id`.replace(
        "routeTableId",
        "rtId",
      ),
  });

const lowerFirst = (text: string): string => text[0]!.toLowerCase() + text.slice(1);

const identity = (name: string): ResourceType =>
  byOcid({
    create: `identity.Create${name}`,
    read: `identity.Get${name}`,
    remove: `identity.Delete${name}`,
    param: `${lowerFirst(name)}Id`,
  });

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

/** A bucket's path parameters, from Pulumi's inputs. */
const bucketParams = (inputs: ResourceValues): Record<string, string> => ({
  namespaceName: String(inputs["namespace"]),
  bucketName: String(inputs["bucket"] ?? inputs["name"]),
});

/** The response of a read, or undefined where there is nothing to be read. */
const existing = async (read: Promise<OciResponse>): Promise<OciResponse | undefined> => {
  try {
    return await read;
  } catch (error) {
    if (error instanceof OciError && error.status === 404) return undefined;
    throw error;
  }
};

const bucket: ResourceType = {
  create: async (inputs, { client, regionId }) => {
    const { namespace, accessType, ...rest } = nestTags(inputs);
    const response = await client.call("objectstorage.CreateBucket", {
      params: { namespaceName: String(namespace) },
      body: { ...rest, publicAccessType: accessType ?? "NoPublicAccess" },
      regionId,
      settle: () =>
        existing(client.call("objectstorage.GetBucket", { params: bucketParams(inputs), regionId })),
    });
    const id = `n/${String(namespace)}/b/${String(inputs["name"])}`;
    return { id, outputs: { ...omit(response.body, "id"), bucketId: response.body["id"] } };
  },
  read: async (_, inputs, { client, regionId }) =>
    (await client.call("objectstorage.GetBucket", { params: bucketParams(inputs), regionId })).body,
  remove: async (_, inputs, { client, regionId }) => {
    await client.call("objectstorage.DeleteBucket", { params: bucketParams(inputs), regionId });
  },
};

const object: ResourceType = {
  create: async (inputs, { client, regionId }) => {
    const source = inputs["source"];
    const body =
      typeof source === "string"
        ? readFileSync(source)
        : Buffer.from(String(inputs["content"] ?? ""), "utf8");
    const objectName = String(inputs["object"]);
    await client.call("objectstorage.PutObject", {
      params: { ...bucketParams(inputs), objectName },
      body,
      headers: { "content-type": String(inputs["contentType"] ?? "application/octet-stream") },
      regionId,
    });
    return {
      id: `n/${String(inputs["namespace"])}/b/${String(inputs["bucket"])}/o/${objectName}`,
      outputs: {},
    };
  },
  read: async (_, inputs, { client, regionId }) => {
    const params = { ...bucketParams(inputs), objectName: String(inputs["object"]) };
    await client.call("objectstorage.HeadObject", { params, regionId });
    return {};
  },
  remove: async (_, inputs, { client, regionId }) => {
    const params = { ...bucketParams(inputs), objectName: String(inputs["object"]) };
    await client.call("objectstorage.DeleteObject", { params, regionId });
  },
};

/**
 * Deletes pre-authenticated requests of this name. OCI shows a request's URL only when it is made: one whose
 * response was lost is deleted, and another one is made.
 */
const dropRequestsNamed = async (
  inputs: ResourceValues,
  { client, regionId }: EngineContext,
): Promise<undefined> => {
  const params = bucketParams(inputs);
  const made = await client.list<ResourceValues>("objectstorage.ListPreauthenticatedRequests", {
    params,
    regionId,
  });
  for (const { id } of made.filter(({ name }) => name === inputs["name"]))
    await client.call("objectstorage.DeletePreauthenticatedRequest", {
      params: { ...params, parId: String(id) },
      regionId,
    });
};

const preauthrequest: ResourceType = {
  create: async (inputs, context) => {
    const { client, regionId } = context;
    const { body }: OciResponse = await client.call("objectstorage.CreatePreauthenticatedRequest", {
      params: bucketParams(inputs),
      body: omit(inputs, "namespace", "bucket", "object"),
      regionId,
      settle: () => dropRequestsNamed(inputs, context),
    });
    return { id: String(body["id"]), outputs: { ...omit(body, "id"), parId: body["id"] } };
  },
  read: async (id, inputs, { client, regionId }) => {
    const params = { ...bucketParams(inputs), parId: id };
    return (await client.call("objectstorage.GetPreauthenticatedRequest", { params, regionId })).body;
  },
  remove: async (id, inputs, { client, regionId }) => {
    const params = { ...bucketParams(inputs), parId: id };
    await client.call("objectstorage.DeletePreauthenticatedRequest", { params, regionId });
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

const plainInstance = byOcid({
  create: "core.LaunchInstance",
  read: "core.GetInstance",
  remove: "core.TerminateInstance",
  param: "instanceId",
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

/** A signature: made once, kept by the stack alone, so that there is nothing to be read or removed. */
const sign: ResourceType = {
  create: async (inputs, { client, regionId }) => {
    const { cryptoEndpoint, ...body } = inputs;
    const response = await client.call("keymanagement.Sign", {
      body,
      regionId,
      endpoint: String(cryptoEndpoint),
      idempotent: true,
    });
    return { id: `signature/${String(response.body["keyVersionId"])}`, outputs: response.body };
  },
  read: async () => undefined,
  remove: async () => {},
};

const endpoint = (inputs: ResourceValues): string => String(inputs["managementEndpoint"]);

/** Every type of resource that the embedded engine provisions. */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  "oci:Core/vcn:Vcn": network("Vcn"),
  "oci:Core/subnet:Subnet": network("Subnet"),
  "oci:Core/routeTable:RouteTable": network("RouteTable"),
  "oci:Core/securityList:SecurityList": network("SecurityList", securityListBody),
  "oci:Core/defaultSecurityList:DefaultSecurityList": defaultSecurityList,
  "oci:Core/serviceGateway:ServiceGateway": network("ServiceGateway"),
  "oci:Core/networkSecurityGroup:NetworkSecurityGroup": network("NetworkSecurityGroup"),
  "oci:Core/instance:Instance": instance,
  "oci:Identity/dynamicGroup:DynamicGroup": identity("DynamicGroup"),
  "oci:Identity/policy:Policy": identity("Policy"),
  "oci:Identity/tagNamespace:TagNamespace": updatedAtOnce(identity("TagNamespace")),
  "oci:Identity/tag:Tag": tag,
  "oci:Kms/vault:Vault": byOcid({
    create: "keymanagement.CreateVault",
    read: "keymanagement.GetVault",
    remove: "keymanagement.ScheduleVaultDeletion",
    param: "vaultId",
  }),
  "oci:Kms/key:Key": byOcid({
    create: "keymanagement.CreateKey",
    read: "keymanagement.GetKey",
    remove: "keymanagement.ScheduleKeyDeletion",
    param: "keyId",
    endpoint,
    body: (inputs) => omit(inputs, "managementEndpoint"),
  }),
  "oci:Kms/sign:Sign": sign,
  "oci:Vault/secret:Secret": byOcid({
    create: "vault.CreateSecret",
    read: "vault.GetSecret",
    remove: "vault.ScheduleSecretDeletion",
    param: "secretId",
  }),
  "oci:ObjectStorage/bucket:Bucket": bucket,
  "oci:ObjectStorage/storageObject:StorageObject": object,
  "oci:ObjectStorage/preauthrequest:Preauthrequest": preauthrequest,
};
