/** The document in an instance's metadata, as a local OCI keeps it. @module */
import { metadataSha256 } from "../../document/digest.ts";
import type { KeylessDocument } from "../../document/schema.ts";
import type { LocalOci } from "../../local/index.ts";

/** The instance's metadata, which a test may change in place. */
const metadataOf = (local: LocalOci, instanceId: string): { keyless: string; user_data: string } =>
  local.cloud.store.get(instanceId, "instance")!.model.metadata as { keyless: string; user_data: string };

/** Digest of the document that is deployed. */
export const deployedSha256 = (local: LocalOci, instanceId: string): string =>
  metadataSha256(metadataOf(local, instanceId).keyless);

/** Deploys a changed document: for a test without a machine, where nothing reads it but commands. */
export const redeploy = (
  local: LocalOci,
  instanceId: string,
  change: (document: KeylessDocument) => void,
): void => {
  const metadata = metadataOf(local, instanceId);
  const document = JSON.parse(metadata.keyless) as KeylessDocument;
  change(document);
  metadata.keyless = JSON.stringify(document);
};
