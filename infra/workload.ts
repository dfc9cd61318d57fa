/**
 * Everything that is provisioned, put together from the components.
 * @module
 */
import * as pulumi from "@pulumi/pulumi";
import { compileStatements, policyCompartments, type StackIds } from "../access/index.ts";
import type { Bundle } from "./bundle.ts";
import { expectedIds, instanceMetadata, keylessDocument } from "./document.ts";
import { Grants, Group, Selector } from "./identity.ts";
import type { Lookups } from "./lookups.ts";
import { Machine } from "./machine.ts";
import type { Selected } from "./matching-rule.ts";
import { stackSuffix } from "./names.ts";
import { Network } from "./network.ts";
import { objectStorageUrl } from "./region.ts";
import { bundleObjectName, Release } from "./release.ts";
import { Secret, type SecretContent } from "./secret.ts";
import type { Settings } from "./settings/settings.ts";
import { tagsOf } from "./tags.ts";
import { userData } from "./user-data.ts";

export interface WorkloadArgs {
  settings: Settings;
  found: Lookups;
  bundle: Bundle;
  /** For what must be written in the home region; empty when the stack is there. */
  atHome: pulumi.ComponentResourceOptions;
}

/** What a workload came to; plain values where they are known before deployment. */
export interface Workload {
  instanceId: pulumi.Output<string>;
  groupId: pulumi.Output<string>;
  matchingRule: pulumi.Output<string> | undefined;
  statements: pulumi.Output<string[]>;
  policyIds: pulumi.Output<string>[];
  secret: Secret;
  subnetId: pulumi.Output<string>;
}

const contentOf = (settings: Settings): SecretContent =>
  settings.secretContent !== undefined
    ? { from: "given", content: settings.secretContent }
    : { from: settings.secretSource === "bytes" ? "bytes" : "passphrase" };

/**
 * Registers the resources.
 * @throws SettingsError before the first one when the instance's metadata would be too large
 */
export const workload = ({ settings, found, bundle, atHome }: WorkloadArgs): Workload => {
  const { compartments, name, access } = settings;
  const suffix = stackSuffix(settings.project, settings.stack, compartments.workload);
  const bucketName = `${name}-release-${suffix}`;
  const known = {
    tenancyId: settings.tenancyId,
    workloadCompartmentId: compartments.workload,
    namespace: found.namespace,
    release: { bucketName, objectName: bundleObjectName(bundle.sha256) },
    auditLog: found.auditLog,
  };
  const storageUrl = objectStorageUrl(settings.region, settings.tenancyId);
  const user_data = userData();
  const metadata = (ids: StackIds, url: string) =>
    instanceMetadata(
      user_data,
      keylessDocument({
        access,
        ids,
        bundle: { url, sha256: bundle.sha256 },
        deadlineS: settings.deadlineS,
        everyS: settings.checkEveryS,
        nonce: settings.nonce,
      }),
    );
  const secretCompartmentId = found.secret?.compartmentId ?? compartments.security;
  const expected = expectedIds({ ...known, secretCompartmentId });
  metadata(
    expected,
    `${storageUrl}/p/${"a".repeat(64)}/n/${found.namespace}/b/${bucketName}/o/${known.release.objectName}`,
  );

  const tags = tagsOf(settings);
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
    bucketName,
    objectStorageUrl: storageUrl,
    bundle,
    tags,
  });
  const secret = new Secret("secret", {
    compartmentId: secretCompartmentId,
    existing: found,
    content: contentOf(settings),
    keyProtection: settings.keyProtection,
    bucketId: release.bucketId,
    name,
    tags,
  });
  const { vault, key, decoy } = secret;
  const ids = (groupId: pulumi.Input<string>): pulumi.Output<StackIds> =>
    pulumi
      .all([groupId, secret.id, decoy.id, vault.id, key.id, key.managementEndpoint, release.bucketName])
      .apply(([group, secretId, decoyId, vaultId, keyId, managementEndpoint, releases]) => ({
        ...known,
        release: { ...known.release, bucketName: releases },
        groupId: group,
        secret: { id: secretId, compartmentId: secretCompartmentId, seen: secret.seen },
        decoy: { id: decoyId, seen: decoy.seen },
        vault: { id: vaultId, seen: vault.seen },
        key: { id: keyId, managementEndpoint, seen: key.seen },
      }));

  const selector =
    settings.selection === "tag" && !settings.dynamicGroupId
      ? new Selector(
          "selector",
          {
            compartmentId: compartments.security,
            existingNamespace: settings.tagNamespace,
            newNamespace: `${name}-${suffix}`,
            key: settings.tagKey,
            value: settings.tagValue ?? name,
            waitS: settings.tagWaitS,
            tags,
          },
          atHome,
        )
      : undefined;
  const launch = (after: pulumi.Resource[]): Machine =>
    new Machine("machine", {
      compartmentId: compartments.workload,
      availabilityDomain: found.availabilityDomain,
      faultDomain: settings.faultDomain,
      shape: settings.shape,
      ocpus: settings.ocpus,
      memoryGb: settings.memoryGb,
      bootVolumeGb: settings.bootVolumeGb,
      imageId: found.imageId,
      imagePinned: settings.image.startsWith("ocid1."),
      encryptInTransit: settings.encryptInTransit,
      deleteBeforeReplace: settings.deleteBeforeReplace,
      subnetId: network.subnetId,
      nsgIds: settings.nsgIds,
      // The document names no group: it is known before there is one.
      metadata: {
        user_data,
        keyless: pulumi.all([ids(""), release.url]).apply(([all, url]) => metadata(all, url).keyless),
      },
      selectorTag: selector?.usableNamespace.apply((ns) => ({ [`${ns}.${selector.key}`]: selector.value })),
      after: [release.bundle, ...after],
      name,
      tags,
    });

  // A rule by OCID can be written only when the instance exists. Every other one exists first, so that the
  // instance's first token already carries the group.
  const instanceFirst = settings.selection === "instance" && !settings.dynamicGroupId;
  const early = instanceFirst ? launch([]) : undefined;
  const selected: pulumi.Input<Selected> = early
    ? early.id.apply((instanceId): Selected => ({ by: "instance", instanceId }))
    : selector
      ? selector.namespace.apply(
          (namespace): Selected => ({
            by: "tag",
            compartmentId: compartments.workload,
            namespace,
            key: selector.key,
            value: selector.value,
          }),
        )
      : { by: "compartment", compartmentId: compartments.workload };
  const group = new Group(
    "group",
    {
      tenancyId: settings.tenancyId,
      existingId: settings.dynamicGroupId,
      selected,
      domainUrl: found.domainUrl,
      name: `${name}-${suffix}`,
      tags,
    },
    atHome,
  );
  const statements = ids(group.id).apply((all) => compileStatements(access, all));
  const grants = new Grants(
    "grants",
    {
      compartmentIds: policyCompartments(compileStatements(access, expected)),
      statements,
      name: `${name}-${suffix}`,
      tags,
    },
    atHome,
  );
  const machine = early ?? launch([group, grants]);

  return {
    instanceId: machine.id,
    groupId: group.id,
    matchingRule: group.matchingRule,
    statements: statements.apply((list) => list.map((s) => s.text)),
    policyIds: grants.policyIds,
    secret,
    subnetId: network.subnetId,
  };
};
