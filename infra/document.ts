/**
 * The document in the instance's metadata key `keyless`, and the metadata as a whole.
 * @module
 */
import { type Access, allowRules, probes, proofMetrics, type StackIds } from "../access/index.ts";
import type { KeylessDocumentInput } from "../document/schema.ts";
import type { Trust } from "../document/signature.ts";
import { METADATA_LIMIT_BYTES, metadataSizeBytes } from "../oci/instance-metadata.ts";
import { type Problem, SettingsError } from "./settings/error.ts";

/**
 * Inputs of the document: the declaration of access with the stack's identifiers, and what does not follow
 * from it.
 */
export interface DocumentArgs {
  access: Access;
  ids: StackIds;
  bundle: { url: string; sha256: string };
  deadlineS: number;
  everyS?: number | undefined;
  proveEveryS?: number | undefined;
  nonce?: string | undefined;
  securityUpdates?: KeylessDocumentInput["securityUpdates"];
}

/** Makes the document, not signed. */
export const keylessDocument = (args: DocumentArgs): KeylessDocumentInput => {
  const clients = allowRules(args.access, args.ids);
  const { auditLog } = args.ids;
  const metrics = proofMetrics(args.access, args.ids);
  return {
    version: 1,
    bundle: args.bundle,
    check: {
      secretId: args.ids.secret.id,
      deadlineS: args.deadlineS,
      ...(args.everyS !== undefined && { everyS: args.everyS }),
      ...(args.proveEveryS !== undefined && { proveEveryS: args.proveEveryS }),
      ...(metrics && { metrics }),
      ...(args.nonce !== undefined && { nonce: args.nonce }),
      probes: probes(args.access, args.ids),
    },
    ...((clients || auditLog) && {
      proxy: { clients: clients ?? {}, ...(auditLog && { auditLog: auditLog.id }) },
    }),
    ...(args.securityUpdates && { securityUpdates: args.securityUpdates }),
  };
};

/**
 * The instance's metadata: user_data, which never changes, and the document, which OCI updates in place.
 * @param sshKeys one a line; empty for none
 * @throws SettingsError when OCI would refuse it for its size
 */
export const instanceMetadata = (
  userData: string,
  document: KeylessDocumentInput,
  sshKeys = "",
): { user_data: string; keyless: string; ssh_authorized_keys?: string } => {
  const metadata = {
    user_data: userData,
    keyless: JSON.stringify(document),
    ...(sshKeys && { ssh_authorized_keys: sshKeys }),
  };
  const over = metadataSizeBytes(metadata) - METADATA_LIMIT_BYTES;
  if (over > 0) {
    const problem: Problem = {
      setting: "keyless:access",
      message: `makes the instance's metadata ${over} bytes larger than the ${METADATA_LIMIT_BYTES} that OCI allows; allowed: fewer grants (a prefix or a compartment in place of several), a shorter keyless:bootScript, fewer keyless:sshAuthorizedKeys`,
    };
    throw new SettingsError([problem]);
  }
  return metadata;
};

/** Length of the signing key, in bytes: the stack's own has one, an existing one may be the longest that OCI makes. */
export const SIGNING_KEY_BYTES = { own: 384, longest: 512 } as const;

/** A signature as long as one by a key of this length. */
export const expectedSignature = (stack: string, keyBytes: number): KeylessDocumentInput["signature"] => ({
  stack,
  sequence: Number.MAX_SAFE_INTEGER,
  value: "a".repeat(4 * Math.ceil(keyBytes / 3)),
});

/** Bytes of a public key (SPKI, DER) beside its modulus. */
const SPKI_BYTES = 38;
/** Bytes of DER in a line of PEM. */
const PEM_LINE_BYTES = 48;

/** Trust of an instance, with a public key of this length. */
export const expectedTrust = (stack: string, keyBytes: number): Trust => {
  const lines = Math.ceil((keyBytes + SPKI_BYTES) / PEM_LINE_BYTES);
  return {
    stack,
    publicKey: `-----BEGIN PUBLIC KEY-----\n${`${"a".repeat(64)}\n`.repeat(lines)}-----END PUBLIC KEY-----\n`,
  };
};

/** An OCID that nobody has, as long as real ones are. */
const anyOcid = (type: string): string => `ocid1.${type}.oc1.iad.${"a".repeat(60)}`;

/** Identifiers as long as those that a deployment will have, to know a document's size and form before it. */
export const expectedIds = (
  known: Pick<
    StackIds,
    "tenancyId" | "workloadCompartmentId" | "namespace" | "release" | "auditLog" | "endpoints"
  > & {
    secretCompartmentId: string;
    signDocument: boolean;
  },
): StackIds => ({
  tenancyId: known.tenancyId,
  workloadCompartmentId: known.workloadCompartmentId,
  namespace: known.namespace,
  release: known.release,
  auditLog: known.auditLog,
  endpoints: known.endpoints,
  groupId: anyOcid("dynamicgroup"),
  secret: { id: anyOcid("vaultsecret"), compartmentId: known.secretCompartmentId, seen: "deployer" },
  decoy: { id: anyOcid("vaultsecret"), seen: "deployer" },
  vault: { id: anyOcid("vault"), seen: "deployer" },
  key: {
    id: anyOcid("key"),
    managementEndpoint: `https://${"a".repeat(13)}-management.kms.us-ashburn-1.oci.oraclecloud.com`,
    seen: "deployer",
  },
  ...(known.signDocument && {
    signingKey: {
      id: anyOcid("key"),
      cryptoEndpoint: `https://${"a".repeat(13)}-crypto.kms.us-ashburn-1.oci.oraclecloud.com`,
      seen: "deployer",
    },
  }),
});
