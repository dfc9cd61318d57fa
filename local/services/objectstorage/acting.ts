/**
 * The permissions that Object Storage needs to act for a caller as itself, by a statement for the service.
 * @module
 */

import type { Call, Target } from "../../service.ts";
import type { Region } from "../../state/region.ts";
import { type Owned, targetOf } from "../support/resources.ts";
import { insufficientServicePermissions } from "./errors.ts";
import type { Bucket } from "./store.ts";
import { targetOfObject } from "./targets.ts";

/** `objectstorage-us-ashburn-1` (docs.oracle.com, "Service Permissions"). */
const principalIn = (region: Region): string => `objectstorage-${region.id}`;

/** An object as target of the service in its bucket's region. Which permissions OCI asks for is unverified. */
export const servedObject = (
  call: Call,
  region: Region,
  bucket: Bucket,
  object: string,
  permissions: readonly string[],
): Target => {
  const actingService = principalIn(region);
  const { resource: _, event: __, ...target } = targetOfObject(call, bucket, object, { permissions });
  return { ...target, actingService, refusal: insufficientServicePermissions(actingService) };
};

/**
 * The key of a bucket as target of the service, which encrypts with it: `Allow service objectstorage-<region> to use
 * keys` (docs.oracle.com, "Assigning a key to a bucket"). Code and text of the refusal are unverified.
 */
export const servedKey = (call: Call, kmsKeyId: string | undefined): Target[] => {
  const key = kmsKeyId ? call.cloud.store.get(kmsKeyId) : undefined;
  if (key?.type !== "key") return [];
  const actingService = principalIn(call.region);
  const permissions = ["KEY_ENCRYPT", "KEY_DECRYPT"];
  const refusal = insufficientServicePermissions(actingService, "key");
  return [{ ...targetOf(call, key as Owned, { permissions }), actingService, refusal }];
};
