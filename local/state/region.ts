/** The regions of a local OCI. @module */

/** A region that the local OCI serves. */
export interface Region {
  /** Three-letter key in lower case, as in OCIDs and `request.region`: `iad`. */
  key: string;
  /** `us-ashburn-1` */
  id: string;
}
