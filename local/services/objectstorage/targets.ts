/** Buckets and objects as targets, and how a request names them. @module */

import type { Call, Target, Variable } from "../../service.ts";
import type { Region } from "../../state/region.ts";
import type { State } from "../../state/state.ts";
import { tagVariables } from "../support/tags.ts";
import { bucketNotFound, namespaceNotFound } from "./errors.ts";
import type { Bucket } from "./store.ts";
import { storeObject } from "./versions.ts";

/** Throws 404 for a namespace that is not the tenancy's. */
export const checkNamespace = (call: { cloud: State }, namespace: string | undefined): void => {
  if (namespace !== call.cloud.tenancy.namespace) throw namespaceNotFound();
};

/** A bucket by name in a region, if there is one. */
export const bucketNamed = (cloud: State, region: Region, name: string): Bucket | undefined => {
  const found = cloud.store.list("bucket", region).find((b) => b.model.name === name);
  if (found) arrive(found, cloud.clock.now());
  return found;
};

/** Puts the copies into a bucket that have arrived by now. */
const arrive = (bucket: Bucket, nowMs: number): void => {
  const { hidden } = bucket;
  for (const { object } of hidden.coming.filter(({ atMs }) => atMs <= nowMs)) storeObject(bucket, object);
  hidden.coming = hidden.coming.filter(({ atMs }) => atMs > nowMs);
};

/** A request that names a bucket in its path, and has further parameters `N`. */
export type BucketCall<N extends string = never> = Call<"namespaceName" | "bucketName" | N>;

/** The bucket that a request names in its path. Throws 404. */
export const bucketOf = (call: BucketCall): Bucket => {
  const { namespaceName = "", bucketName: name = "" } = call.params;
  checkNamespace(call, namespaceName);
  const bucket = bucketNamed(call.cloud, call.region, name);
  if (!bucket) throw bucketNotFound(namespaceName, name);
  return bucket;
};

/** The response for forbidden and absent buckets, which is the same. */
const refusalOf = (call: { cloud: State }, name: string) =>
  bucketNotFound(call.cloud.tenancy.namespace, name);

/** A bucket as target. */
export const bucketTarget = (call: BucketCall, bucket: Bucket = bucketOf(call)): Target =>
  targetOfBucket(call, bucket);

/** A bucket as target of a request that may have no path parameters. */
export const targetOfBucket = (call: { cloud: State }, bucket: Bucket): Target => {
  const { name } = bucket.model;
  const compartment = bucket.model.compartmentId;
  return {
    compartment,
    variables: {
      "target.bucket.name": name,
      ...tagVariables(bucket),
      ...tagVariables(bucket, "target.bucket.tag"),
    },
    resource: bucket.id,
    refusal: refusalOf(call, name),
  };
};

/** An object as target: objects have no tags of their own, their bucket's stand for them. */
export const objectTarget = (
  call: BucketCall,
  object: string | undefined,
  more: {
    permissions?: readonly string[];
    when?: readonly string[];
    variables?: Record<string, Variable>;
    operation?: string;
  } = {},
): Target => {
  return targetOfObject(call, bucketOf(call), object, more);
};

/** An object as target of a request that may have no path parameters. */
export const targetOfObject = (
  call: { cloud: State },
  bucket: Bucket,
  object: string | undefined,
  more: {
    permissions?: readonly string[];
    when?: readonly string[];
    variables?: Record<string, Variable>;
    operation?: string;
  } = {},
): Target => {
  const { variables, ...rest } = more;
  return {
    compartment: bucket.model.compartmentId,
    variables: {
      "target.bucket.name": bucket.model.name,
      ...(object !== undefined && { "target.object.name": object }),
      ...tagVariables(bucket, "target.bucket.tag"),
      ...variables,
    },
    // An object has no OCID: its path names it (docs.oracle.com, "Services that Produce Events").
    resource: `/n/${bucket.model.namespace}/b/${bucket.model.name}/o/${object ?? ""}`,
    event: {
      name: object ?? "",
      details: {
        bucketName: bucket.model.name,
        namespace: bucket.model.namespace,
        bucketId: bucket.id,
        archivalState: "Available",
      },
    },
    refusal: refusalOf(call, bucket.model.name),
    ...rest,
  };
};
