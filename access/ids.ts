import type { ProbeInput } from "../document/schema.ts";

/** The party that has seen that a probe's target exists; see `document/schema.ts`. */
export type SeenBy = ProbeInput["target"]["seen"];

/** Identifiers that the statements, rules and probes of a stack name. */
export interface StackIds {
  tenancyId: string;
  /** OCID of the dynamic group. */
  groupId: string;
  /** OCID of the compartment in which buckets are listed; the default for grants other than a secret's. */
  workloadCompartmentId: string;
  /** Object Storage namespace. */
  namespace: string;
  /** The bundle: an object that exists beside granted ones. */
  release: { bucketName: string; objectName: string };
  secret: { id: string; compartmentId: string; seen: SeenBy };
  decoy: { id: string; seen: SeenBy };
  vault: { id: string; seen: SeenBy };
  key: { id: string; managementEndpoint: string; seen: SeenBy };
  /** The key that signs the document; absent where documents are not signed. */
  signingKey?: { id: string; cryptoEndpoint: string; seen: SeenBy } | undefined;
  /** `https://` and host of what serves operations itself, by OCID of the queue, stream or vault. */
  endpoints?: Readonly<Record<string, string>> | undefined;
  /** The log that gets the proxy's audit lines, its log group, and that group's compartment, by OCID. */
  auditLog?: { id: string; groupId: string; compartmentId: string } | undefined;
}
