/** Resource types of Object Storage, by Pulumi's type: they are named by namespace, bucket and name. @module */
import { readFileSync } from "node:fs";
import { OciError, type OciResponse } from "../../oci/client.ts";
import { nestTags } from "../defined-tags.ts";
import type { EngineContext, ResourceType, ResourceValues } from "../types.ts";
import { omit } from "./omit.ts";

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

export const objectStorage: Readonly<Record<string, ResourceType>> = {
  "oci:ObjectStorage/bucket:Bucket": bucket,
  "oci:ObjectStorage/storageObject:StorageObject": object,
  "oci:ObjectStorage/preauthrequest:Preauthrequest": preauthrequest,
};
