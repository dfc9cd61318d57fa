import type { ProbeInput } from "../document/schema.ts";

/** Who has seen that a probe's target exists; see `document/schema.ts`. */
export type Seen = ProbeInput["target"]["seen"];

/** What the statements, rules and probes of a stack name. */
export interface StackIds {
  tenancyId: string;
  /** The dynamic group. */
  groupId: string;
  /** Where buckets are listed, and where grants lie that name no compartment. */
  workloadCompartmentId: string;
  /** Object Storage namespace. */
  namespace: string;
  /** The bundle: an object that exists beside granted ones. */
  release: { bucketName: string; objectName: string };
  secret: { id: string; compartmentId: string; seen: Seen };
  decoy: { id: string; seen: Seen };
  vault: { id: string; seen: Seen };
  key: { id: string; managementEndpoint: string; seen: Seen };
  /** The log that gets the proxy's audit lines, its log group, and where that lies. */
  auditLog?: { id: string; groupId: string; compartmentId: string } | undefined;
}
