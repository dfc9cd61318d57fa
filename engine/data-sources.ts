/** The program's data sources, by Pulumi's token, as calls. @module */
import type { EngineContext, ResourceValues } from "./types.ts";

/** The provider's `filters`: name, values, and whether a value is a regular expression. */
interface Filter {
  name: string;
  values: string[];
  regex?: boolean;
}

const filtered = (items: ResourceValues[], inputs: ResourceValues): ResourceValues[] =>
  ((inputs["filters"] ?? []) as Filter[]).reduce(
    (left, { name, values, regex }) =>
      left.filter((item) =>
        values.some((value) =>
          regex ? new RegExp(value).test(String(item[name] ?? "")) : String(item[name]) === value,
        ),
      ),
    items,
  );

/** A list whose query is the inputs. */
const list =
  (operation: string, member: string, query: readonly string[]) =>
  async (inputs: ResourceValues, { client, regionId }: EngineContext): Promise<ResourceValues> => {
    const asked = Object.fromEntries(query.map((name) => [name, inputs[name] as string | undefined]));
    const items = await client.list<ResourceValues>(operation, { query: asked, regionId });
    return { ...inputs, id: operation, [member]: filtered(items, inputs) };
  };

/** A value as a block of the provider's schema: a list of at most one. */
const block = (value: unknown): ResourceValues[] => (value ? [value as ResourceValues] : []);

/** A shape as the provider shows it: it has a name, and blocks. */
const providersShape = ({ shape, platformConfigOptions, ...rest }: ResourceValues): ResourceValues => ({
  ...rest,
  name: shape,
  platformConfigOptions: block(platformConfigOptions).map(({ type, ...options }) => ({
    ...Object.fromEntries(Object.entries(options).map(([name, value]) => [name, block(value)])),
    type,
  })),
});

/** One resource by the OCID in an input. */
const one =
  (operation: string, param: string, input = param) =>
  async (inputs: ResourceValues, { client, regionId }: EngineContext): Promise<ResourceValues> => {
    const endpoint = inputs["managementEndpoint"];
    const { body } = await client.call(operation, {
      params: { [param]: String(inputs[input]) },
      regionId,
      ...(typeof endpoint === "string" && { endpoint }),
    });
    return { ...inputs, ...body };
  };

/** Every data source that the embedded engine serves. */
export const dataSources: Readonly<
  Record<string, (inputs: ResourceValues, context: EngineContext) => Promise<ResourceValues>>
> = {
  // Pulumi's own: a stack of this engine is provisioned once, and has no outputs of before.
  "pulumi:pulumi:readStackOutputs": async (inputs) => ({ ...inputs, outputs: {} }),
  "oci:Identity/getAvailabilityDomains:getAvailabilityDomains": list(
    "identity.ListAvailabilityDomains",
    "availabilityDomains",
    ["compartmentId"],
  ),
  "oci:Identity/getRegionSubscriptions:getRegionSubscriptions": async (inputs, { client, regionId }) => {
    const params = { tenancyId: String(inputs["tenancyId"]) };
    const regionSubscriptions = await client.list<ResourceValues>("identity.ListRegionSubscriptions", {
      params,
      regionId,
    });
    return {
      ...inputs,
      id: "regionSubscriptions",
      regionSubscriptions: filtered(regionSubscriptions, inputs),
    };
  },
  "oci:Core/getImages:getImages": list("core.ListImages", "images", [
    "compartmentId",
    "operatingSystem",
    "operatingSystemVersion",
    "shape",
    "sortBy",
    "sortOrder",
    "state",
  ]),
  "oci:Core/getServices:getServices": list("core.ListServices", "services", []),
  "oci:Core/getSubnet:getSubnet": one("core.GetSubnet", "subnetId"),
  "oci:Core/getShapes:getShapes": async (inputs, context) => {
    const query = ["compartmentId", "availabilityDomain"];
    const found = await list("core.ListShapes", "shapes", query)(inputs, context);
    return { ...found, shapes: (found["shapes"] as ResourceValues[]).map(providersShape) };
  },
  "oci:ObjectStorage/getNamespace:getNamespace": async (inputs, { client, regionId }) => {
    const { body } = await client.call<string>("objectstorage.GetNamespace", {
      query: { compartmentId: inputs["compartmentId"] as string | undefined },
      regionId,
    });
    return { ...inputs, id: body, namespace: body };
  },
  "oci:ObjectStorage/getBucket:getBucket": async (inputs, { client, regionId }) => {
    const params = { namespaceName: String(inputs["namespace"]), bucketName: String(inputs["name"]) };
    const { body } = await client.call<ResourceValues>("objectstorage.GetBucket", { params, regionId });
    return { ...inputs, ...body };
  },
  "oci:Core/getInstances:getInstances": list("core.ListInstances", "instances", [
    "compartmentId",
    "availabilityDomain",
    "displayName",
  ]),
  "oci:Core/getInstance:getInstance": one("core.GetInstance", "instanceId"),
  "oci:Identity/getCompartment:getCompartment": one("identity.GetCompartment", "compartmentId", "id"),
  "oci:Identity/getDomain:getDomain": one("identity.GetDomain", "domainId"),
  "oci:Logging/getLogGroup:getLogGroup": one("logging.GetLogGroup", "logGroupId"),
  "oci:Logging/getLogGroups:getLogGroups": list("logging.ListLogGroups", "logGroups", ["compartmentId"]),
  "oci:Logging/getLogs:getLogs": async (inputs, { client, regionId }) => {
    const params = { logGroupId: String(inputs["logGroupId"]) };
    const logs = await client.list<ResourceValues>("logging.ListLogs", { params, regionId });
    return { ...inputs, id: "logs", logs };
  },
  "oci:Logging/getLog:getLog": async (inputs, { client, regionId }) => {
    const params = { logGroupId: String(inputs["logGroupId"]), logId: String(inputs["logId"]) };
    const { body } = await client.call<ResourceValues>("logging.GetLog", { params, regionId });
    return { ...inputs, ...body };
  },
  "oci:Kms/getVault:getVault": one("keymanagement.GetVault", "vaultId"),
  "oci:Kms/getKeys:getKeys": async (inputs, { client, regionId }) => {
    const query = { compartmentId: String(inputs["compartmentId"]) };
    const endpoint = String(inputs["managementEndpoint"]);
    const keys = await client.list<ResourceValues>("keymanagement.ListKeys", { query, regionId, endpoint });
    return { ...inputs, id: "keys", keys };
  },
  "oci:Kms/getKey:getKey": async (inputs, context) => {
    const { keyShape, ...key } = await one("keymanagement.GetKey", "keyId")(inputs, context);
    // A block of the provider's schema, and so a list.
    return { ...key, keyShapes: [keyShape] };
  },
  "oci:Kms/getKeyVersion:getKeyVersion": async (inputs, { client, regionId }) => {
    const params = { keyId: String(inputs["keyId"]), keyVersionId: String(inputs["keyVersionId"]) };
    const endpoint = String(inputs["managementEndpoint"]);
    const { body } = await client.call<ResourceValues>("keymanagement.GetKeyVersion", {
      params,
      regionId,
      endpoint,
    });
    return { ...inputs, ...body };
  },
  "oci:Artifacts/getContainerRepository:getContainerRepository": one(
    "artifacts.GetContainerRepository",
    "repositoryId",
  ),
  "oci:Dns/getZone:getZone": one("dns.GetZone", "zoneNameOrId"),
  "oci:Functions/getFunction:getFunction": one("functions.GetFunction", "functionId"),
  "oci:Ons/getNotificationTopic:getNotificationTopic": one("ons.GetTopic", "topicId"),
  "oci:Queue/getQueue:getQueue": one("queue.GetQueue", "queueId"),
  "oci:Streaming/getStream:getStream": one("streaming.GetStream", "streamId"),
  "oci:Vault/getSecret:getSecret": one("vault.GetSecret", "secretId"),
};
