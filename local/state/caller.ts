/** Who calls the local OCI. @module */

/** Who signed a request, as authentication found out. */
export type Caller =
  | { type: "user"; id: string }
  | { type: "instance"; id: string; compartment: string; groups?: readonly string[] }
  | { type: "anonymous" };
