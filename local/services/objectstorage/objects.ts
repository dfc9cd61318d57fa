/** Objects: put, get, head, delete, rename. @module */
import type { models, ObjectStorageClient } from "oci-objectstorage";
import { z } from "zod";
import { invalidParameter } from "../../errors.ts";
import type { Handlers } from "../../sdk.ts";
import type { Reply, Target } from "../../service.ts";
import type { StoredObject } from "../../state/bucket-content.ts";
import { details, readBody } from "../support/body.ts";
import { checkWrite, headObject, overridesOf, serveObject, storeUpload } from "./content.ts";
import { ifMatchFailed, ifNoneMatchFailed, objectNotFound } from "./errors.ts";
import { listObjects } from "./list-objects.ts";
import { listVersions } from "./list-versions.ts";
import { requireUnretained } from "./retained.ts";
import { type Bucket, newEtag } from "./store.ts";
import { type BucketCall, bucketOf, bucketTarget, objectTarget } from "./targets.ts";
import { type Deleted, removeLatest, removeVersion, storeObject, versionOf } from "./versions.ts";

/** A request that names an object in its path. */
type ObjectCall = BucketCall<"objectName">;

/** Object names: 1 to 1024 bytes of UTF-8 without line ends or NUL (docs: "Object Names"). */
export const checkObjectName = (name: string): string => {
  if (!name || Buffer.byteLength(name) > 1024 || /[\0\r\n]/.test(name))
    throw invalidParameter("objectName: 1 to 1024 bytes of UTF-8 without NUL, CR and LF");
  return name;
};

const nameOf = ({ params }: ObjectCall): string => checkObjectName(params["objectName"] ?? "");

/** An object by name. Throws 404. */
export const objectIn = (bucket: Bucket, name: string): StoredObject => {
  const object = bucket.hidden.objects.get(name);
  if (!object) throw objectNotFound(bucket.model.namespace, bucket.model.name, name);
  return object;
};

const one = (call: ObjectCall, versionId: string | null): StoredObject =>
  versionId ? versionOf(bucketOf(call), nameOf(call), versionId) : objectIn(bucketOf(call), nameOf(call));
const ofOne = { target: (call: ObjectCall) => objectTarget(call, nameOf(call)) };

/** The target of a write over an existing object, which needs one permission more. */
const overwrites = (call: ObjectCall, name: string): Target =>
  objectTarget(call, name, bucketOf(call).hidden.objects.has(name) ? { when: ["exists"] } : {});

const rename = details<models.RenameObjectDetails>()({
  sourceName: z.string(),
  newName: z.string(),
  srcObjIfMatchETag: z.string().optional(),
  newObjIfMatchETag: z.string().optional(),
  newObjIfNoneMatchETag: z.string().optional(),
});

const deleted = (time: string, { versionId, isDeleteMarker }: Deleted): Reply<undefined> => ({
  status: 204,
  headers: {
    "last-modified": new Date(time).toUTCString(),
    ...(versionId && { "version-id": versionId }),
    "is-delete-marker": `${isDeleteMarker}`,
  },
});

/** The handlers of objects. */
export const objects = {
  PutObject: {
    target: (call) => overwrites(call, nameOf(call)),
    run: (call) =>
      storeUpload(call.cloud, bucketOf(call), nameOf(call), {
        headers: call.headers,
        stream: call.stream,
      }),
  },
  GetObject: {
    ...ofOne,
    run: (call) => {
      const object = one(call, call.query.get("versionId"));
      return serveObject(object, call.headers, call.cloud.settings, overridesOf(call.query));
    },
  },
  HeadObject: {
    ...ofOne,
    run: (call) => headObject(one(call, call.query.get("versionId")), call.headers, call.cloud.settings),
  },
  DeleteObject: {
    // Policies know the deletion of a version as an operation of its own (docs: "Object Storage Versioning").
    target: (call) =>
      objectTarget(
        call,
        nameOf(call),
        call.query.get("versionId") ? { operation: "DeleteObjectVersion" } : {},
      ),
    run: (call) => {
      const { clock } = call.cloud;
      const [bucket, versionId] = [bucketOf(call), call.query.get("versionId")];
      if (versionId) return deleted(clock.iso(), removeVersion(clock, bucket, nameOf(call), versionId));
      const object = one(call, null);
      checkWrite({ "if-match": call.headers["if-match"] }, object);
      requireUnretained(clock, bucket, object);
      return deleted(clock.iso(), removeLatest(clock, bucket, object));
    },
  },
  ListObjectVersions: {
    target: (call) => bucketTarget(call),
    run: (call) => listVersions(call, bucketOf(call)),
  },
  ListObjects: {
    target: (call) => bucketTarget(call),
    run: (call) => ({ body: listObjects(call.cloud.settings, bucketOf(call), call.query) }),
  },
  RenameObject: {
    target: (call) => {
      const { sourceName, newName } = readBody(call, rename);
      return [objectTarget(call, sourceName), objectTarget(call, newName)];
    },
    run: (call) => {
      const body = readBody(call, rename);
      const bucket = bucketOf(call);
      const object = objectIn(bucket, body.sourceName);
      const target = bucket.hidden.objects.get(checkObjectName(body.newName));
      if (body.srcObjIfMatchETag && body.srcObjIfMatchETag !== object.etag) throw ifMatchFailed();
      if (body.newObjIfMatchETag && body.newObjIfMatchETag !== target?.etag) throw ifMatchFailed();
      if (body.newObjIfNoneMatchETag === "*" && target) throw ifNoneMatchFailed();
      requireUnretained(call.cloud.clock, bucket, object);
      requireUnretained(call.cloud.clock, bucket, target);
      // "Renaming an object creates a new object"; of the old name a delete marker stays. Unverified.
      removeLatest(call.cloud.clock, bucket, object);
      const renamed = storeObject(bucket, {
        ...object,
        name: body.newName,
        etag: newEtag(),
        timeModified: call.cloud.clock.iso(),
      });
      return {
        headers: {
          etag: renamed.etag,
          "version-id": renamed.versionId,
          "last-modified": new Date(renamed.timeModified).toUTCString(),
        },
      };
    },
  },
} satisfies Handlers<ObjectStorageClient>;
