import { createHash } from "node:crypto";

/**
 * Six characters that tell stacks apart where a name must be free in the whole tenancy (bucket, dynamic group,
 * tag namespace): the same for the same project, stack and compartment.
 */
export const stackSuffix = (project: string, stack: string, compartmentId: string): string =>
  createHash("sha256").update(`${project}/${stack}/${compartmentId}`).digest("hex").slice(0, 6);

/**
 * The name of a secret. OCI keeps a deleted secret's name taken for days, so the name ends in what only this
 * deployment has: the end of the release bucket's OCID. The same stack deployed again gets another one.
 */
export const secretName = (name: string, role: "secret" | "decoy", bucketId: string): string =>
  `${name}-${role}-${bucketId.slice(-8).toLowerCase()}`;
