/** Buckets. @module */
import type { models, ObjectStorageClient } from "oci-objectstorage";
import { z } from "zod";
import { incorrectState, invalidParameter } from "../../errors.ts";
import { etagOf } from "../../etag.ts";
import { paginate } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Reply } from "../../service.ts";
import type { Wire } from "../../state/wire.ts";
import { details, readBody, setMembers, tagMembers } from "../support/body.ts";
import { compartmentTarget } from "../support/resources.ts";
import { checkDefinedTags, tagMembersOf } from "../support/tags.ts";
import { bucketKey } from "./acting.ts";
import { bucketAlreadyExists, bucketNotEmpty } from "./errors.ts";
import type { Bucket } from "./store.ts";
import { bucketNamed, bucketOf, bucketTarget, checkNamespace } from "./targets.ts";

const bucketName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,256}$/, "takes letters, numbers, hyphens, underscores and periods only");

const changeable = {
  metadata: z.record(z.string(), z.string()).optional(),
  publicAccessType: z.enum(["NoPublicAccess", "ObjectRead", "ObjectReadWithoutList"]).optional(),
  objectEventsEnabled: z.boolean().optional(),
  kmsKeyId: z.string().optional(),
  autoTiering: z.enum(["Disabled", "InfrequentAccess"]).optional(),
  ...tagMembers,
};
const create = details<models.CreateBucketDetails>()({
  ...changeable,
  versioning: z.enum(["Enabled", "Disabled"]).optional(),
  name: bucketName,
  compartmentId: z.string(),
  storageTier: z.enum(["Standard", "Archive"]).optional(),
});
const update = details<models.UpdateBucketDetails>()({
  ...changeable,
  versioning: z.enum(["Enabled", "Suspended", "Disabled"]).optional(),
  name: bucketName.optional(),
  compartmentId: z.string().optional(),
});

/** Fields of a bucket that responses show only when `fields` names them. */
const FIELDS = ["approximateCount", "approximateSize", "autoTiering"] as const;

type Fields = Pick<Wire<models.Bucket>, (typeof FIELDS)[number]>;

const READERS: { readonly [F in keyof Fields]-?: (bucket: Bucket) => Pick<Fields, F> } = {
  approximateCount: (b) => ({ approximateCount: b.hidden.objects.size }),
  approximateSize: (b) => ({
    approximateSize: [...b.hidden.objects.values()].reduce((sum, o) => sum + o.content.length, 0),
  }),
  autoTiering: (b) => ({ autoTiering: b.model.autoTiering }),
};

const fieldsOf = <F extends string>(call: Call<"fields">, allowed: readonly F[]): F[] =>
  call.query
    .getAll("fields")
    .flatMap((text) => text.split(","))
    .filter(Boolean)
    .map((name) => {
      const field = allowed.find((f) => f === name);
      if (!field)
        throw invalidParameter(`fields: '${name.slice(0, 40)}' is not one of ${allowed.join(", ")}`);
      return field;
    });

const bucketReply = (bucket: Bucket, fields: readonly (keyof Fields)[] = []): Reply<Wire<models.Bucket>> => {
  const { autoTiering: _tiering, ...model } = bucket.model;
  const etag = etagOf(bucket);
  const shown: Fields = Object.assign({}, ...fields.map((f) => READERS[f](bucket)));
  return { body: { ...model, etag, ...shown }, headers: { etag } };
};

const summaryOf = (bucket: Bucket, withTags: boolean): Wire<models.BucketSummary> => {
  const { namespace, name, compartmentId, createdBy, timeCreated, freeformTags, definedTags } = bucket.model;
  return {
    namespace,
    name,
    compartmentId,
    createdBy,
    timeCreated,
    etag: etagOf(bucket),
    ...(withTags && { freeformTags, definedTags }),
  };
};

const createdBy = (call: Call): string => ("id" in call.caller ? call.caller.id : "");

/** The handlers of buckets. */
export const buckets = {
  CreateBucket: {
    target: (call) => {
      checkNamespace(call, call.params["namespaceName"]);
      const body = readBody(call, create);
      const own = compartmentTarget(call, body.compartmentId, {
        variables: {
          "target.bucket.name": body.name,
          ...(body.kmsKeyId && { "request.kms-key.id": body.kmsKeyId }),
        },
      });
      return [own, ...bucketKey(call, body.kmsKeyId)];
    },
    run: (call) => {
      const { cloud } = call;
      const body = readBody(call, create);
      checkDefinedTags(cloud, body.definedTags);
      if (bucketNamed(cloud, call.region, body.name))
        throw bucketAlreadyExists(cloud.tenancy.namespace, body.name);
      const id = cloud.store.newId("bucket", call.region);
      const bucket = cloud.store.add({
        id,
        type: "bucket",
        region: call.region,
        model: {
          id,
          namespace: cloud.tenancy.namespace,
          name: body.name,
          compartmentId: body.compartmentId,
          metadata: body.metadata ?? {},
          createdBy: createdBy(call),
          timeCreated: cloud.clock.iso(),
          publicAccessType: body.publicAccessType ?? "NoPublicAccess",
          storageTier: body.storageTier ?? "Standard",
          objectEventsEnabled: body.objectEventsEnabled ?? false,
          versioning: body.versioning ?? "Disabled",
          autoTiering: body.autoTiering ?? "Disabled",
          replicationEnabled: false,
          isReadOnly: false,
          ...(body.kmsKeyId && { kmsKeyId: body.kmsKeyId }),
          ...tagMembersOf(body),
        },
        hidden: {
          objects: new Map(),
          previous: [],
          uploads: new Map(),
          pars: new Map(),
          rules: new Map(),
          coming: [],
        },
      });
      return {
        ...bucketReply(bucket),
        headers: { etag: etagOf(bucket), location: `/n/${cloud.tenancy.namespace}/b/${body.name}` },
      };
    },
  },
  GetBucket: {
    target: (call) => bucketTarget(call),
    run: (call) => bucketReply(bucketOf(call), fieldsOf(call, FIELDS)),
  },
  HeadBucket: {
    target: (call) => bucketTarget(call),
    run: (call) => {
      const etag = etagOf(bucketOf(call));
      const known = call.headers["if-none-match"];
      return { status: known === etag ? 304 : 200, headers: { etag } };
    },
  },
  ListBuckets: {
    target: (call) => {
      checkNamespace(call, call.params["namespaceName"]);
      return compartmentTarget(call, call.query.get("compartmentId"));
    },
    run: (call) => {
      const compartment = call.query.get("compartmentId");
      const withTags = fieldsOf(call, ["tags"]).includes("tags");
      const byName = call.cloud.store
        .list("bucket", call.region)
        .filter((b) => b.model.compartmentId === compartment)
        .sort((a, b) => (a.model.name < b.model.name ? -1 : 1));
      const { items, nextPage } = paginate(call, byName, (b) => b.id);
      return {
        body: items.map((b) => summaryOf(b, withTags)),
        ...(nextPage && { headers: { "opc-next-page": nextPage } }),
      };
    },
  },
  UpdateBucket: {
    target: (call) => {
      const { compartmentId, kmsKeyId } = readBody(call, update);
      const served = bucketKey(call, kmsKeyId);
      const bucket = bucketOf(call);
      const own = bucketTarget(call, bucket);
      return compartmentId && compartmentId !== bucket.model.compartmentId
        ? [own, compartmentTarget(call, compartmentId), ...served]
        : [own, ...served];
    },
    run: (call) => {
      const bucket = bucketOf(call);
      const { name, ...body } = readBody(call, update);
      checkDefinedTags(call.cloud, body.definedTags);
      if (name && name !== bucket.model.name && bucketNamed(call.cloud, call.region, name))
        throw bucketAlreadyExists(call.cloud.tenancy.namespace, name);
      if (body.versioning === "Disabled" && bucket.model.versioning !== "Disabled")
        throw invalidParameter("versioning: cannot be disabled once it was enabled; it can be suspended");
      if (body.versioning === "Enabled" && bucket.hidden.rules.size)
        throw incorrectState("Versioning cannot be enabled on a bucket with retention rules");
      setMembers(bucket.model, { ...body, name });
      if (body.kmsKeyId === "") delete bucket.model.kmsKeyId;
      call.cloud.store.touch(bucket);
      return bucketReply(bucket);
    },
  },
  DeleteBucket: {
    target: (call) => bucketTarget(call),
    run: (call) => {
      const bucket = bucketOf(call);
      const { name } = bucket.model;
      const { objects, previous, uploads, pars } = bucket.hidden;
      if (objects.size || previous.length) throw bucketNotEmpty(name, "Delete all object versions first.");
      if (uploads.size) throw bucketNotEmpty(name, "Abort all multipart uploads first.");
      if (pars.size) throw bucketNotEmpty(name, "Delete all pre-authenticated requests first.");
      call.cloud.store.remove(bucket.id);
      return { status: 204 };
    },
  },
} satisfies Handlers<ObjectStorageClient>;
