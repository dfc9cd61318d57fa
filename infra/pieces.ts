/**
 * Resources that are made before the instance: network, release, secret, signing key, and the tag to select
 * by.
 * @module
 */
import * as pulumi from "@pulumi/pulumi";
import type { StackIds } from "../access/index.ts";
import { instanceMetadata } from "./document.ts";
import { Selector } from "./identity.ts";
import type { MachineArgs } from "./machine.ts";
import { Network } from "./network.ts";
import type { Plan, WorkloadArgs } from "./plan.ts";
import { Release } from "./release.ts";
import { type SecretContent, WorkloadSecret } from "./secret.ts";
import type { Settings } from "./settings/settings.ts";
import { DocumentSigner } from "./signer.ts";
import { userData } from "./user-data.ts";

/** The resources that are made before the instance. */
export interface WorkloadPieces {
  network: Network;
  release: Release;
  secret: WorkloadSecret;
  /** Signer of the document; absent where documents are not signed. */
  signer: DocumentSigner | undefined;
  /** Tag to select by; absent where no tag of the stack's own selects. */
  selector: Selector | undefined;
}

const contentOf = (settings: Settings): SecretContent =>
  settings.secretContent !== undefined
    ? { from: "given", content: settings.secretContent }
    : { from: settings.secretSource === "bytes" ? "bytes" : "passphrase" };

/** Registers the pieces. */
export const makePieces = ({ settings, found, bundle, atHome }: WorkloadArgs, plan: Plan): WorkloadPieces => {
  const { compartments, name } = settings;
  const { tags } = plan;
  const network = new Network("network", {
    compartmentId: compartments.network,
    subnetId: settings.subnetId,
    cidr: settings.vcnCidr,
    services: found.services,
    name,
    tags,
  });
  const release = new Release("release", {
    compartmentId: compartments.workload,
    namespace: found.namespace,
    bucketName: plan.bucketName,
    objectStorageUrl: plan.storageUrl,
    bundle,
    kmsKeyId: settings.kmsKeyId,
    versioning: settings.releaseVersioning,
    tags,
  });
  const secret = new WorkloadSecret("secret", {
    compartmentId: plan.secretCompartmentId,
    existing: found,
    content: contentOf(settings),
    keyProtection: settings.keyProtection,
    bucketId: release.bucketId,
    name,
    tags,
  });
  const signer = settings.signDocument
    ? new DocumentSigner("signer", {
        stack: plan.stack,
        compartmentId: compartments.security,
        vault: found.signingVault ?? secret.vault,
        existing: found.signingKey,
        keyProtection: settings.keyProtection,
        documentsBefore: found.documentsBefore,
        name,
        tags,
      })
    : undefined;
  const selector =
    settings.selection === "tag" && !settings.dynamicGroupId
      ? new Selector(
          "selector",
          {
            compartmentId: compartments.security,
            existingNamespace: settings.tagNamespace,
            newNamespace: `${name}-${plan.suffix}`,
            key: settings.tagKey,
            value: settings.tagValue ?? name,
            waitS: settings.tagWaitS,
            tags,
          },
          atHome,
        )
      : undefined;
  return { network, release, secret, signer, selector };
};

/** The stack's identifiers, known as the pieces are made. */
export const idsOf = (
  { known, secretCompartmentId }: Plan,
  { secret, release, signer }: WorkloadPieces,
  groupId: pulumi.Input<string>,
): pulumi.Output<StackIds> => {
  const { vault, key, decoy } = secret;
  const signing = signer && { id: signer.keyId, cryptoEndpoint: signer.cryptoEndpoint, seen: signer.seen };
  return pulumi
    .all([
      groupId,
      secret.id,
      decoy.id,
      vault.id,
      key.id,
      key.managementEndpoint,
      release.bucketName,
      signing,
    ])
    .apply(([group, secretId, decoyId, vaultId, keyId, managementEndpoint, bucketName, signingKey]) => ({
      ...known,
      release: { ...known.release, bucketName },
      groupId: group,
      secret: { id: secretId, compartmentId: secretCompartmentId, seen: secret.seen },
      decoy: { id: decoyId, seen: decoy.seen },
      vault: { id: vaultId, seen: vault.seen },
      key: { id: keyId, managementEndpoint, seen: key.seen },
      ...(signingKey && { signingKey }),
    }));
};

/** The instance's metadata: each value known as soon as what it depends on is. */
export const metadataOf = (plan: Plan, pieces: WorkloadPieces): MachineArgs["metadata"] => {
  // The document names no group: it is known before there is one.
  const plain = pulumi
    .all([idsOf(plan, pieces, ""), pieces.release.url])
    .apply(([ids, url]) => plan.document(ids, url));
  const { signer } = pieces;
  const { bootScript, sshKeys } = plan;
  const user_data = signer
    ? signer.trust.apply((trust) => userData(trust, bootScript))
    : pulumi.output(userData("unsigned", bootScript));
  const document = signer ? signer.sign(plain) : plain;
  return {
    user_data,
    keyless: pulumi
      .all([user_data, document])
      .apply(([data, doc]) => instanceMetadata(data, doc, sshKeys).keyless),
    ...(sshKeys && { ssh_authorized_keys: sshKeys }),
  };
};
