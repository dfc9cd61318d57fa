import { type Access, probes, type StackIds } from "../access/index.ts";
import type { KeylessDocumentInput } from "../app/settings.ts";

/** What the document says beside what follows from the declaration of access. */
export interface DocumentArgs {
  access: Access;
  ids: StackIds;
  bundle: { url: string; sha256: string };
  deadlineS: number;
  nonce?: string | undefined;
}

/** OCI's limit for metadata and extended metadata of an instance together, in bytes. */
export const METADATA_LIMIT_BYTES = 32_000;

/** The document in the instance's metadata key `keyless`. */
export const keylessDocument = (args: DocumentArgs): KeylessDocumentInput => ({
  version: 1,
  bundle: args.bundle,
  check: {
    secretId: args.ids.secret.id,
    deadlineS: args.deadlineS,
    ...(args.nonce !== undefined && { nonce: args.nonce }),
    probes: probes(args.access, args.ids),
  },
});

/** The size of an instance's metadata in bytes, keys and values. */
export const metadataSizeBytes = (metadata: Readonly<Record<string, string>>): number =>
  Object.entries(metadata).reduce((sum, [k, v]) => sum + Buffer.byteLength(k) + Buffer.byteLength(v), 0);

/** The instance's metadata: user_data, which never changes, and the document, which OCI updates in place. */
export const instanceMetadata = (
  userData: string,
  document: KeylessDocumentInput,
): { user_data: string; keyless: string } => ({ user_data: userData, keyless: JSON.stringify(document) });
