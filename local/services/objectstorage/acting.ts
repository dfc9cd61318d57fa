/**
 * The permissions that Object Storage needs to act for a caller as itself, by a statement for the service.
 * @module
 */

import type { Call, Target } from "../../service.ts";
import type { Region } from "../../state/region.ts";
import { keyTargets } from "../support/encryption-key.ts";
import { insufficientServicePermissions, keyRefused } from "./errors.ts";
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

/** The key of a bucket as target of the caller, and of the service, which encrypts with it. */
export const bucketKey = (call: Call, kmsKeyId: string | undefined): Target[] =>
  keyTargets(call, kmsKeyId, { service: principalIn(call.region), refusal: keyRefused() });
