/** The caller of a request to the local OCI. @module */

/** The signer of a request, as authentication found out. */
export type Caller =
  | { type: "user"; id: string }
  | { type: "instance"; id: string; compartment: string; groups?: readonly string[] }
  | { type: "anonymous" };
