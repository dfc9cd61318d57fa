/** The settings of a local OCI. @module */

/** What is not known of OCI for certain, or takes longer there than a person wants to wait for here. */
export interface LocalSettings {
  /** How long an intermediate lifecycle state lasts, in ms. */
  transitionMs: number;
  /** How late a change of a policy or group takes effect, and a new tag or compartment can be used, in ms. */
  propagationMs: number;
  /** Whether a token carries the groups of when it was issued, or they are looked up at each request. */
  membershipBoundAt: "use" | "issue";
  /** Whether `deny` statements are enabled in the tenancy. */
  denyEnabled: boolean;
  /** How long a security token of an instance is valid, in s (OCI: 1200). */
  tokenLifetimeS: number;
  /** How late the metadata service shows a change of its instance, in ms (OCI: within a minute). */
  metadataDelayMs: number;
}
