/** The settings of a local OCI. @module */

/**
 * Settings for what is not known of OCI for certain, or takes longer there than a person wants to wait for
 * here.
 */
export interface LocalSettings {
  /** Duration of an intermediate lifecycle state, in ms. */
  transitionMs: number;
  /**
   * Delay until a change of a policy or group takes effect, and a new tag or compartment can be used, in ms.
   */
  propagationMs: number;
  /** The moment that decides a token's groups: its issue, or each request. */
  membershipBoundAt: "use" | "issue";
  /** True when `deny` statements are enabled in the tenancy. */
  denyEnabled: boolean;
  /** Lifetime of an instance's security token, in s (OCI: 1200). */
  tokenLifetimeS: number;
  /** Delay until the metadata service shows a change of its instance, in ms (OCI: within a minute). */
  metadataDelayMs: number;
  /** Smallest size of every part of a multipart upload but the last, in bytes; 0 for none. */
  minPartBytes: number;
  /** Most bytes of the names and values of an object's metadata; 0 for no limit. */
  maxMetadataBytes: number;
  /** True when GetObject and HeadObject give a multipart object's `opc-multipart-md5` with `-<parts>`. */
  multipartMd5Counted: boolean;
  /** The `md5` of a multipart object in lists: as `opc-multipart-md5` has it, or none. */
  listedMultipartMd5: "multipart" | "none";
}
