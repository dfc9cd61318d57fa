/**
 * Reads of a tenancy before the program registers anything. Existing resources are read here, by the
 * deployer: that is how the check knows that what it is refused exists.
 * @module
 */
import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import type { StackIds } from "../access/index.ts";
import type { DocumentsBefore } from "./next-signature.ts";
import { seen } from "./seen.ts";
import type { Settings } from "./settings/settings.ts";
import { checkShielded } from "./shielded.ts";
import { readDocumentsBefore, readSigningKey, type SigningKeyFacts } from "./signing-lookups.ts";

/** An existing secret. */
export interface SecretFacts {
  id: string;
  compartmentId: string;
  vaultId: string;
  keyId: string;
}

/** An existing vault. */
export interface VaultFacts {
  id: string;
  managementEndpoint: string;
  cryptoEndpoint: string;
}

/** Results of the reads. */
export interface Lookups {
  /** Object Storage namespace. */
  namespace: string;
  availabilityDomain: string;
  imageId: string;
  /** The service gateway's target; absent when an existing subnet is used. */
  services: { id: string; cidr: string } | undefined;
  secret: SecretFacts | undefined;
  decoy: SecretFacts | undefined;
  vault: VaultFacts | undefined;
  /** Existing key, seen. */
  keyId: string | undefined;
  /** The signing key's vault, where it exists: the setting's, or the secret's. */
  signingVault: VaultFacts | undefined;
  signingKey: SigningKeyFacts | undefined;
  /** The documents before the one that is to be signed; none where documents are not signed. */
  documentsBefore: DocumentsBefore;
  /** URL of the identity domain of a new dynamic group; absent for the Default domain. */
  domainUrl: string | undefined;
  /** The log that gets the proxy's audit lines. */
  auditLog: StackIds["auditLog"];
}

/** What was read before anything is made: the settings' things, and those that the declaration of access names. */
export interface Found extends Lookups {
  endpoints: StackIds["endpoints"];
}

const fail = (setting: string, message: string): never => {
  throw new pulumi.RunError(`keyless:${setting}: ${message}`);
};

const readAvailabilityDomain = async (settings: Settings): Promise<string> => {
  if (settings.availabilityDomain.includes(":")) return settings.availabilityDomain;
  const { availabilityDomains } = await oci.identity.getAvailabilityDomains({
    compartmentId: settings.compartments.workload,
  });
  const names = seen(availabilityDomains, "keyless:availabilityDomain", "availability domains").map(
    (a) => a.name,
  );
  return (
    names[Number(settings.availabilityDomain) - 1] ??
    fail(
      "availabilityDomain",
      `found "${settings.availabilityDomain}"; allowed: 1 to ${names.length}, for ${names.join(", ")}`,
    )
  );
};

/** The newest platform image of an Oracle Linux for the shape; images that somebody made never count. */
const readImage = async (settings: Settings): Promise<string> => {
  const { image, shape } = settings;
  if (image.startsWith("ocid1.")) return image;
  const { images } = await oci.core.getImages({
    compartmentId: settings.compartments.workload,
    operatingSystem: "Oracle Linux",
    operatingSystemVersion: image.replace("Oracle Linux ", ""),
    shape,
    sortBy: "TIMECREATED",
    sortOrder: "DESC",
  });
  const newest = seen(images, "keyless:image", "images").find(
    (i) => !i.compartmentId && !/GPU/i.test(i.displayName),
  );
  return (
    newest?.id ?? fail("image", `found "${image}", of which there is no platform image for shape ${shape}`)
  );
};

const readServices = async (): Promise<{ id: string; cidr: string }> => {
  const { services } = await oci.core.getServices({});
  const all = seen(services, "oci:region", "services for a service gateway").find((s) =>
    s.cidrBlock.startsWith("all-"),
  );
  if (!all) throw new pulumi.RunError("the region lists no “All … Services in Oracle Services Network”");
  return { id: all.id, cidr: all.cidrBlock };
};

const lookUpSecret = async (setting: "secretId" | "decoyId", secretId: string): Promise<SecretFacts> => {
  const { compartmentId, vaultId, keyId } = await oci.vault.getSecret({ secretId });
  seen(compartmentId, `keyless:${setting}`, `secret ${secretId}`);
  return { id: secretId, compartmentId, vaultId, keyId };
};

const readVault = async (setting: "vaultId" | "signingVaultId", vaultId: string): Promise<VaultFacts> => {
  const { managementEndpoint, cryptoEndpoint } = await oci.kms.getVault({ vaultId });
  return {
    id: vaultId,
    managementEndpoint: seen(managementEndpoint, `keyless:${setting}`, `vault ${vaultId}`),
    cryptoEndpoint,
  };
};

const lookUpKey = async (keyId: string, managementEndpoint: string): Promise<void> => {
  const { compartmentId } = await oci.kms.getKey({ keyId, managementEndpoint });
  seen(compartmentId, "keyless:keyId", `key ${keyId} in the vault`);
};

const readDomainUrl = async (domain: string | undefined): Promise<string | undefined> => {
  if (!domain?.startsWith("ocid1.")) return domain;
  const { url } = await oci.identity.getDomain({ domainId: domain });
  return seen(url, "keyless:identityDomain", `identity domain ${domain}`);
};

/** Finds the log group of the audit's log: the OCID of a log does not say it, and OCI reads no log without it. */
const readAuditLog = async ({
  auditLogId: id,
  auditLogCompartmentId,
  compartments,
}: Settings): Promise<Lookups["auditLog"]> => {
  if (!id) return undefined;
  const compartmentId = auditLogCompartmentId ?? compartments.workload;
  const { logGroups } = await oci.logging.getLogGroups({ compartmentId });
  for (const group of logGroups ?? []) {
    const { logs } = await oci.logging.getLogs({ logGroupId: group.id });
    if (logs?.some((log) => log.id === id)) return { id, groupId: group.id, compartmentId };
  }
  return fail(
    "auditLogId",
    `found no log ${id} in a log group of ${compartmentId} that the deployer may read; allowed: a log there, or with keyless:auditLogCompartmentId where its log group lies`,
  );
};

/** Makes all the reads, at once where one does not need another. */
export const readLookups = async (settings: Settings): Promise<Lookups> => {
  const [
    { namespace },
    availabilityDomain,
    imageId,
    services,
    secret,
    decoy,
    domainUrl,
    auditLog,
    documentsBefore,
  ] = await Promise.all([
    // The deployer's own tenancy's: naming it would ask for a permission.
    oci.objectstorage.getNamespace({}),
    readAvailabilityDomain(settings),
    readImage(settings),
    settings.subnetId ? undefined : readServices(),
    settings.secretId ? lookUpSecret("secretId", settings.secretId) : undefined,
    settings.decoyId ? lookUpSecret("decoyId", settings.decoyId) : undefined,
    settings.dynamicGroupId ? undefined : readDomainUrl(settings.identityDomain),
    readAuditLog(settings),
    settings.signDocument ? readDocumentsBefore(settings) : { inMetadata: [], lastSequence: undefined },
    checkShielded(settings),
  ]);
  const secretCompartment = secret?.compartmentId ?? settings.compartments.security;
  if (decoy && decoy.compartmentId !== secretCompartment) {
    fail(
      "decoyId",
      `found a secret in ${decoy.compartmentId}; allowed: one in ${secretCompartment}, beside the secret, where only the statement's condition protects it`,
    );
  }
  const vaultId = secret?.vaultId ?? settings.vaultId;
  const keyId = secret?.keyId ?? settings.keyId;
  const { signingVaultId, signingKeyId } = settings;
  const [vault, named] = await Promise.all([
    vaultId ? readVault("vaultId", vaultId) : undefined,
    signingVaultId ? readVault("signingVaultId", signingVaultId) : undefined,
  ]);
  const signingVault = named ?? vault;
  const [signingKey] = await Promise.all([
    signingVault && signingKeyId ? readSigningKey(signingKeyId, signingVault.managementEndpoint) : undefined,
    vault && keyId ? lookUpKey(keyId, vault.managementEndpoint) : undefined,
  ]);
  return {
    namespace: seen(namespace, "keyless:tenancyId", "Object Storage namespace"),
    availabilityDomain,
    imageId,
    services,
    secret,
    decoy,
    vault,
    keyId,
    signingVault,
    signingKey,
    documentsBefore,
    domainUrl,
    auditLog,
  };
};
