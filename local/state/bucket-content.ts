/** The content of a bucket: everything in it that its model does not show. @module */
import type { models } from "oci-objectstorage";
import type { Caller } from "./caller.ts";
import type { Content } from "./content.ts";
import type { Wire } from "./wire.ts";

/** A storage tier of objects. */
export type StorageTier = Wire<models.StorageTier>;

/** A digest that Object Storage computes beside MD5 and CRC-32C where an upload asks for it. */
export type Checksum = "SHA256" | "SHA384";

/** The digests of bytes, base64; the CRC-32C as a number, to be combined with that of what follows. */
export interface Digests extends Partial<Record<Checksum, string>> {
  md5: string;
  crc32c: number;
}

/** An object: its content and the headers that are returned beside it. */
export interface StoredObject {
  name: string;
  versionId: string;
  /**
   * True when it was stored while the bucket had versioning enabled: kept when it is overwritten or deleted.
   */
  isVersioned: boolean;
  content: Content;
  etag: string;
  /** Of a multipart object those of its parts' digests in a row, but for the CRC-32C, which is of its bytes. */
  digests: Digests;
  /** Number of its parts; absent when it was stored by one request. */
  parts?: number;
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
  checksum?: Checksum | undefined;
  parts: Map<number, { content: Content; etag: string; digests: Digests }>;
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
