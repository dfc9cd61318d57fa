/**
 * The program: an instance with an identity and no keys, exactly the access it needs, and the secret that it reads.
 * The default export is run by Pulumi's engine; what it returns are the stack's outputs.
 * @module
 */
import * as pulumi from "@pulumi/pulumi";
import { compileStatements, findings, type StackIds } from "../access/index.ts";
import { buildBundle } from "./bundle.ts";
import { instanceMetadata, keylessDocument } from "./document.ts";
import { findHomeRegion, homeProvider } from "./home-provider.ts";
import { Grants, Group, Selector } from "./identity.ts";
import { readLookups } from "./lookups.ts";
import { Machine } from "./machine.ts";
import type { Selected } from "./matching-rule.ts";
import { stackSuffix } from "./names.ts";
import { Network } from "./network.ts";
import { objectStorageUrl } from "./region.ts";
import { Release } from "./release.ts";
import { Secret, type SecretContent } from "./secret.ts";
import { readSettings, type Settings } from "./settings.ts";
import { stackConfig } from "./stack-config.ts";
import { tagsOf } from "./tags.ts";
import { userData } from "./user-data.ts";

const settingsOfStack = (): Settings =>
  readSettings({
    ...stackConfig(),
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    env: process.env,
  });

const contentOf = (settings: Settings): SecretContent =>
  settings.secretContent !== undefined
    ? { from: "given", content: settings.secretContent }
    : { from: settings.secretSource === "bytes" ? "bytes" : "passphrase" };

const refuseWhatIsTooWide = (settings: Settings): void => {
  const errors = findings(settings.access, settings.severities).filter((f) => f.severity === "error");
  if (errors.length > 0) {
    throw new pulumi.RunError(
      ["keyless:access grants too much:", ...errors.map((f) => `  ${f.code}: ${f.message}`)].join("\n"),
    );
  }
};

const program = async (): Promise<Record<string, unknown>> => {
  let settings: Settings;
  try {
    settings = settingsOfStack();
  } catch (error) {
    throw new pulumi.RunError((error as Error).message);
  }
  refuseWhatIsTooWide(settings);
  const bundle = await buildBundle();
  const [found, homeRegion] = await Promise.all([readLookups(settings), findHomeRegion(settings)]);

  const { compartments, name } = settings;
  const tags = tagsOf(settings);
  const suffix = stackSuffix(settings.project, settings.stack, compartments.workload);
  const home = homeProvider("home", settings, homeRegion, stackConfig());
  const atHome = home ? { provider: home } : {};

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
    bucketName: `${name}-release-${suffix}`,
    objectStorageUrl: objectStorageUrl(settings.region, settings.tenancyId),
    bundle,
    tags,
  });
  const secret = new Secret("secret", {
    compartmentId: compartments.security,
    existing: found,
    content: contentOf(settings),
    keyProtection: settings.keyProtection,
    bucketId: release.bucketId,
    name,
    tags,
  });
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
            tags,
          },
          atHome,
        )
      : undefined;

  const ids = (groupId: pulumi.Input<string>): pulumi.Output<StackIds> =>
    pulumi
      .all([
        groupId,
        secret.id,
        secret.decoy.id,
        secret.vault.id,
        secret.key.id,
        secret.key.managementEndpoint,
      ])
      .apply(([group, secretId, decoyId, vaultId, keyId, managementEndpoint]) => ({
        tenancyId: settings.tenancyId,
        groupId: group,
        workloadCompartmentId: compartments.workload,
        namespace: found.namespace,
        secret: { id: secretId, compartmentId: secret.compartmentId, seen: secret.seen },
        decoy: { id: decoyId, seen: secret.decoy.seen },
        vault: { id: vaultId, seen: secret.vault.seen },
        key: { id: keyId, managementEndpoint, seen: secret.key.seen },
      }));

  const machine = (opts: pulumi.ComponentResourceOptions): Machine =>
    new Machine(
      "machine",
      {
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
        ephemeral: settings.ephemeral,
        subnetId: network.subnetId,
        nsgIds: settings.nsgIds,
        // The document names no group: it is known before there is one.
        metadata: pulumi.all([ids(""), release.url]).apply(([known, url]) =>
          instanceMetadata(
            userData(),
            keylessDocument({
              access: settings.access,
              ids: known,
              bundle: { url, sha256: release.sha256 },
              deadlineS: settings.deadlineS,
              nonce: settings.nonce,
            }),
          ),
        ),
        selectorTag: selector?.namespace.apply((ns) => ({ [`${ns}.${selector.key}`]: selector.value })),
        name,
        tags,
      },
      opts,
    );
  const group = (selected: pulumi.Input<Selected>): Group =>
    new Group(
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
  const grants = (groupId: pulumi.Output<string>) => {
    const statements = ids(groupId).apply((known) => compileStatements(settings.access, known));
    return {
      statements,
      resource: new Grants(
        "grants",
        { compartmentIds: [secret.compartmentId], statements, name: `${name}-${suffix}`, tags },
        atHome,
      ),
    };
  };

  // A rule by OCID can be written only when the instance exists; every other one exists first, so that the
  // instance's first token already carries the group.
  const instanceFirst = settings.selection === "instance" && !settings.dynamicGroupId;
  const early = instanceFirst ? machine({}) : undefined;
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
  const members = group(selected);
  const { statements, resource: policies } = grants(members.id);
  const instance = early ?? machine({ dependsOn: [members, policies] });

  return {
    instance: instance.id,
    region: settings.region,
    homeRegion,
    group: members.id,
    ...(members.matchingRule && { matchingRule: members.matchingRule }),
    statements: statements.apply((list) => list.map((s) => s.text)),
    policies: policies.policyIds,
    secret: secret.id,
    decoy: secret.decoy.id,
    vault: secret.vault.id,
    key: secret.key.id,
    subnet: network.subnetId,
    bundleSha256: release.sha256,
    nextCommand: pulumi.interpolate`oci compute console-history capture --instance-id ${instance.id} --wait-for-state SUCCEEDED`,
  };
};

export default program;
