/** Buckets: everything in one goes before it. It is the stack's own, by its tag and name. @module */
import { type OciClient, OciError } from "../../oci/client.ts";
import type { OciModel } from "../shared/oci-model.ts";
import { inCompartments, type RemovableKind, type Scope } from "./removable-kind.ts";

/** One bucket, as its operations name it. */
interface BucketSite {
  client: OciClient;
  params: { namespaceName: string; bucketName: string };
}

/** Deletes the retention rules, which keep objects from being deleted; a locked one keeps itself. */
const dropRules = async ({ client, params }: BucketSite): Promise<void> => {
  for (const rule of await client.list<OciModel>("objectstorage.ListRetentionRules", { params }))
    await client.call("objectstorage.DeleteRetentionRule", {
      params: { ...params, retentionRuleId: String(rule["id"]) },
    });
};

const dropRequests = async ({ client, params }: BucketSite): Promise<void> => {
  for (const request of await client.list<OciModel>("objectstorage.ListPreauthenticatedRequests", { params }))
    await client.call("objectstorage.DeletePreauthenticatedRequest", {
      params: { ...params, parId: String(request["id"]) },
    });
};

const abortUploads = async ({ client, params }: BucketSite): Promise<void> => {
  for (const upload of await client.list<OciModel>("objectstorage.ListMultipartUploads", { params }))
    await client.call("objectstorage.AbortMultipartUpload", {
      params: { ...params, objectName: String(upload["object"]) },
      query: { uploadId: String(upload["uploadId"]) },
    });
};

/** Deletes all versions: a bucket that ever had any is empty only without them. */
const dropVersions = async ({ client, params }: BucketSite): Promise<void> => {
  const { body } = await client.call("objectstorage.GetBucket", { params });
  if (!["Enabled", "Suspended"].includes(String(body["versioning"]))) return;
  for (const { name, versionId } of await client.list<{ name: string; versionId: string }>(
    "objectstorage.ListObjectVersions",
    { params },
  ))
    await client.call("objectstorage.DeleteObject", {
      params: { ...params, objectName: name },
      query: { versionId },
    });
};

const dropObjects = async ({ client, params }: BucketSite): Promise<void> => {
  for (let start: string | undefined; ; ) {
    const { body } = await client.call<{ objects: { name: string }[]; nextStartWith?: string }>(
      "objectstorage.ListObjects",
      { params, query: { start } },
    );
    for (const { name } of body.objects)
      await client
        .call("objectstorage.DeleteObject", { params: { ...params, objectName: name } })
        .catch((error: unknown) => {
          if (!(error instanceof OciError && error.code === "ObjectNotFound")) throw error;
        });
    if (!body.nextStartWith) return;
    start = body.nextStartWith;
  }
};

/** A bucket; its name is its id. */
export const bucket: RemovableKind = {
  name: "bucket",
  list: async (scope: Scope) => {
    const params = { namespaceName: scope.namespace };
    const found = await inCompartments(scope, "objectstorage.ListBuckets", {
      params,
      query: { fields: "tags" },
    });
    return found.map((b) => ({ ...b, id: String(b["name"]) }));
  },
  remove: async ({ name }, { client, namespace }) => {
    const place = { client, params: { namespaceName: namespace, bucketName: name } };
    for (const drop of [dropRules, dropRequests, abortUploads, dropVersions, dropObjects]) await drop(place);
    await client.call("objectstorage.DeleteBucket", { params: place.params });
  },
};
