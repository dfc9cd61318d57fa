/** Copies of objects, also into other buckets and regions, with the work requests that they are. @module */
import type { models, ObjectStorageClient } from "oci-objectstorage";
import { z } from "zod";
import { invalidParameter } from "../../errors.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Target } from "../../service.ts";
import type { StoredObject } from "../../state/bucket-content.ts";
import type { Region } from "../../state/region.ts";
import { details, readBody } from "../support/body.ts";
import { find, listOf } from "../support/resources.ts";
import { accepted, startWork } from "../support/work-requests.ts";
import { servedObject } from "./acting.ts";
import { bucketNotFound, ifMatchFailed, ifNoneMatchFailed } from "./errors.ts";
import { metadataHeaders } from "./metadata.ts";
import { checkObjectName, objectIn } from "./objects.ts";
import { type Bucket, newEtag } from "./store.ts";
import {
  type BucketCall,
  bucketNamed,
  bucketOf,
  checkNamespace,
  objectTarget,
  targetOfObject,
} from "./targets.ts";
import { versionOf } from "./versions.ts";

const copyDetails = details<models.CopyObjectDetails>()({
  sourceObjectName: z.string(),
  sourceObjectIfMatchETag: z.string().optional(),
  sourceVersionId: z.string().optional(),
  destinationRegion: z.string(),
  destinationNamespace: z.string(),
  destinationBucket: z.string(),
  destinationObjectName: z.string(),
  destinationObjectIfMatchETag: z.string().optional(),
  destinationObjectIfNoneMatchETag: z.string().optional(),
  destinationObjectMetadata: z.record(z.string(), z.string()).optional(),
  destinationObjectStorageTier: z.enum(["Standard", "InfrequentAccess", "Archive"]).optional(),
});
type Details = z.output<typeof copyDetails>;

const regionOf = (call: Call, name: string): Region => {
  const region = call.cloud.regions.find((r) => r.id === name || r.key === name.toLowerCase());
  if (!region)
    throw invalidParameter(`destinationRegion: '${name.slice(0, 60)}' is not one of the tenancy's regions`);
  return region;
};

const destination = (call: Call, body: Details): Bucket => {
  checkNamespace(call, body.destinationNamespace);
  const bucket = bucketNamed(call.cloud, regionOf(call, body.destinationRegion), body.destinationBucket);
  if (!bucket) throw bucketNotFound(body.destinationNamespace, body.destinationBucket);
  return bucket;
};

const sourceOf = (call: BucketCall, { sourceObjectName, sourceVersionId }: Details): StoredObject =>
  sourceVersionId
    ? versionOf(bucketOf(call), sourceObjectName, sourceVersionId)
    : objectIn(bucketOf(call), sourceObjectName);

const copy = (call: BucketCall, body: Details): void => {
  const to = destination(call, body);
  const { versionId: _, isVersioned: __, ...from } = sourceOf(call, body);
  const now = call.cloud.clock.iso();
  const metadata = body.destinationObjectMetadata;
  const plain = Object.fromEntries(Object.entries(from.headers).filter(([h]) => !h.startsWith("opc-meta-")));
  const object = {
    ...from,
    name: body.destinationObjectName,
    etag: newEtag(),
    timeCreated: now,
    timeModified: now,
    storageTier: body.destinationObjectStorageTier ?? to.model.storageTier,
    headers: metadata ? { ...plain, ...metadataHeaders(metadata, call.cloud.settings) } : from.headers,
  };
  // There when the work request has succeeded, and not before.
  to.hidden.coming.push({ object, atMs: call.cloud.clock.now() + call.cloud.settings.transitionMs });
};

const one = (call: Call<"workRequestId">) =>
  find(call, "objectstorageworkrequest", call.params["workRequestId"]);
const ofOne = {
  target: (call: Call<"workRequestId">): Target => ({
    compartment: one(call).model.compartmentId,
    resource: one(call).id,
  }),
};

/** The handlers of copies and of Object Storage's own work requests. */
export const copies = {
  CopyObject: {
    target: (call) => {
      const body = readBody(call, copyDetails);
      const to = destination(call, body);
      const exists = to.hidden.objects.has(body.destinationObjectName);
      return [
        objectTarget(call, body.sourceObjectName, { permissions: ["OBJECT_READ"] }),
        targetOfObject(call, to, body.destinationObjectName, {
          permissions: ["OBJECT_CREATE", ...(exists ? ["OBJECT_OVERWRITE"] : [])],
          ...(exists && { when: ["exists"] }),
        }),
        servedObject(call, call.region, bucketOf(call), body.sourceObjectName, ["OBJECT_READ"]),
        servedObject(call, regionOf(call, body.destinationRegion), to, body.destinationObjectName, [
          "OBJECT_CREATE",
          ...(exists ? ["OBJECT_OVERWRITE"] : []),
        ]),
      ];
    },
    run: (call) => {
      const body = readBody(call, copyDetails);
      checkObjectName(body.destinationObjectName);
      const bucket = bucketOf(call);
      const from = sourceOf(call, body);
      const existing = destination(call, body).hidden.objects.get(body.destinationObjectName);
      if (body.sourceObjectIfMatchETag && body.sourceObjectIfMatchETag !== from.etag) throw ifMatchFailed();
      if (body.destinationObjectIfMatchETag && body.destinationObjectIfMatchETag !== existing?.etag)
        throw ifMatchFailed();
      if (body.destinationObjectIfNoneMatchETag === "*" && existing) throw ifNoneMatchFailed();
      copy(call, body);
      const items = [
        { entityType: "object", actionType: "CREATED", identifier: body.destinationObjectName },
      ] as const;
      return accepted(
        startWork(call, "objectstorageworkrequest", "COPY_OBJECT", bucket.model.compartmentId, items),
      );
    },
  },
  GetWorkRequest: { ...ofOne, run: (call) => ({ body: one(call).model }) },
  ListWorkRequestErrors: { ...ofOne, run: () => ({ body: [] }) },
  ListWorkRequestLogs: { ...ofOne, run: () => ({ body: [] }) },
  ListWorkRequests: {
    target: (call) => ({ compartment: call.query.get("compartmentId") ?? call.cloud.tenancy.id }),
    run: (call) => ({
      body: listOf(call, "objectstorageworkrequest")
        .filter((w) => w.model.compartmentId === call.query.get("compartmentId"))
        .map((w) => w.model),
    }),
  },
} satisfies Handlers<ObjectStorageClient>;
