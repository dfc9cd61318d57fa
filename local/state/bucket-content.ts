/** The content of a bucket: everything in it that its model does not show. @module */
import type { models } from "oci-objectstorage";
import type { Caller } from "./caller.ts";
import type { Wire } from "./wire.ts";

/** A storage tier of objects. */
export type StorageTier = Wire<models.StorageTier>;

/** An object: its content and the headers that are returned beside it. */
export interface StoredObject {
  name: string;
  versionId: string;
  /**
   * True when it was stored while the bucket had versioning enabled: kept when it is overwritten or deleted.
   */
  isVersioned: boolean;
  content: Buffer;
  etag: string;
  /** Base64; of a multipart object, `<base64>-<parts>` in `multipartMd5`. */
  md5: string;
  multipartMd5?: string;
  timeCreated: string;
  timeModified: string;
  storageTier: StorageTier;
  /** `content-type`, `cache-control`, … and `opc-meta-*`, as they are returned. */
  headers: Readonly<Record<string, string>>;
}

/** A version that is not the latest; a delete marker when it has no object. */
export interface PreviousVersion {
  name: string;
  versionId: string;
  timeModified: string;
  object?: StoredObject;
}

/** A multipart upload that is neither committed nor aborted. */
export interface Upload {
  id: string;
  object: string;
  timeCreated: string;
  storageTier: StorageTier;
  headers: Readonly<Record<string, string>>;
  parts: Map<number, { content: Buffer; etag: string; md5: string }>;
}

/** A pre-authenticated request. Of its URL's token only a digest is kept. */
export interface StoredPar {
  summary: Wire<models.PreauthenticatedRequestSummary> & { bucketListingAction: "Deny" | "ListObjects" };
  tokenDigest: string;
  /** The maker: each use of the URL needs what its maker may do then. */
  createdBy: Caller;
}

/** The content of a bucket. */
export interface BucketContent {
  /** The latest versions. */
  objects: Map<string, StoredObject>;
  /** Previous versions and delete markers, oldest first. */
  previous: PreviousVersion[];
  uploads: Map<string, Upload>;
  pars: Map<string, StoredPar>;
  rules: Map<string, Wire<models.RetentionRule>>;
  /** Copies that are on their way into the bucket. */
  coming: { object: Omit<StoredObject, "versionId" | "isVersioned">; atMs: number }[];
}
