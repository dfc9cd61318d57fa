/** The content of a bucket. @module */
import { createHash, randomUUID } from "node:crypto";
import type { Caller } from "../../service.ts";
import type { Model } from "../../state/models.ts";
import type { Resource } from "../../state/store.ts";

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
  storageTier: string;
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
  storageTier: string;
  headers: Readonly<Record<string, string>>;
  parts: Map<number, { content: Buffer; etag: string; md5: string }>;
}

/** A pre-authenticated request. Of its URL's token only a digest is kept. */
export interface PreauthenticatedRequest {
  id: string;
  tokenDigest: string;
  /** The maker: each use of the URL needs what its maker may do then. */
  createdBy: Caller;
  name: string;
  accessType: string;
  objectName?: string;
  bucketListingAction: string;
  timeExpires: string;
  timeCreated: string;
}

/** A retention rule of a bucket. */
export interface RetentionRule {
  id: string;
  displayName: string;
  duration?: { timeAmount: number; timeUnit: "YEARS" | "DAYS" };
  timeRuleLocked?: string;
  etag: string;
  timeCreated: string;
  timeModified: string;
}

/** A bucket as it is in the store. */
export type Bucket = Resource & {
  model: Model & { id: string; compartmentId: string; lifecycleState: string };
  hidden: {
    /** The latest versions. */
    objects: Map<string, StoredObject>;
    /** Previous versions and delete markers, oldest first. */
    previous: PreviousVersion[];
    uploads: Map<string, Upload>;
    pars: Map<string, PreauthenticatedRequest>;
    rules: Map<string, RetentionRule>;
    /** Copies that are on their way into the bucket. */
    coming: { object: Omit<StoredObject, "versionId" | "isVersioned">; atMs: number }[];
  };
};

/** Base64 MD5, as Object Storage's headers have it. */
export const md5Of = (content: Buffer): string => createHash("md5").update(content).digest("base64");

/** A new entity tag. */
export const newEtag = (): string => randomUUID();

/** SHA-256 of a pre-authenticated request's token. */
export const digestOf = (token: string): string => createHash("sha256").update(token).digest("hex");
