/**
 * Everything that is provisioned, put together from the components: what is known before (`plan.ts`), the pieces
 * before the instance (`pieces.ts`), then the instance with its group and grants.
 * @module
 */
import * as pulumi from "@pulumi/pulumi";
import { compileStatements, policyCompartments } from "../access/index.ts";
import { type DeployedState, deployedState } from "./deployed-state.ts";
import { Grants, WorkloadGroup } from "./identity.ts";
import { Machine, type MachineArgs } from "./machine.ts";
import type { Selected } from "./matching-rule.ts";
import { idsOf, makePieces, metadataOf, type WorkloadPieces } from "./pieces.ts";
import { type Plan, planOf, type WorkloadArgs } from "./plan.ts";
import type { WorkloadSecret } from "./secret.ts";

/** Results of a workload; plain values where they are known before deployment. */
export interface Workload {
  instanceId: pulumi.Output<string>;
  groupId: pulumi.Output<string>;
  matchingRule: pulumi.Output<string> | undefined;
  statements: pulumi.Output<string[]>;
  policyIds: pulumi.Output<string>[];
  secret: WorkloadSecret;
  /** OCID of the signing key; absent where documents are not signed. */
  signingKeyId: pulumi.Output<string> | undefined;
  subnetId: pulumi.Output<string>;
  deployed: pulumi.Output<DeployedState>;
}

/** Makes the instance, after what must be there before it starts. */
const launch = (
  { settings, found }: WorkloadArgs,
  { tags }: Plan,
  { network, release, selector }: WorkloadPieces,
  metadata: MachineArgs["metadata"],
  after: pulumi.Resource[],
): Machine =>
  new Machine("machine", {
    compartmentId: settings.compartments.workload,
    availabilityDomain: found.availabilityDomain,
    faultDomain: settings.faultDomain,
    shape: settings.shape,
    ocpus: settings.ocpus,
    memoryGb: settings.memoryGb,
    bootVolumeGb: settings.bootVolumeGb,
    imageId: found.imageId,
    imagePinned: settings.image.startsWith("ocid1."),
    encryptInTransit: settings.encryptInTransit,
    kmsKeyId: settings.kmsKeyId,
    shielded: settings.shielded,
    agentPlugins: settings.agentPlugins,
    deleteBeforeReplace: settings.deleteBeforeReplace,
    subnetId: network.subnetId,
    nsgIds: settings.nsgIds,
    metadata,
    selectorTag: selector?.usableNamespace.apply((ns) => ({ [`${ns}.${selector.key}`]: selector.value })),
    after: [release.bundle, ...after],
    name: settings.name,
    tags,
  });

/** Selection of the dynamic group. @param early the instance, where the rule names it */
const selectedBy = (
  { settings }: WorkloadArgs,
  { selector }: WorkloadPieces,
  early: Machine | undefined,
): pulumi.Input<Selected> => {
  const compartmentId = settings.compartments.workload;
  if (early) return early.id.apply((instanceId): Selected => ({ by: "instance", instanceId }));
  if (!selector) return { by: "compartment", compartmentId };
  const { key, value } = selector;
  return selector.namespace.apply(
    (namespace): Selected => ({ by: "tag", compartmentId, namespace, key, value }),
  );
};

/**
 * Registers the resources.
 * @throws SettingsError before the first one when the instance's metadata would be too large
 */
export const workload = (args: WorkloadArgs): Workload => {
  const { settings, found, atHome } = args;
  const plan = planOf(args);
  const pieces = makePieces(args, plan);
  const metadata = metadataOf(plan, pieces);

  // A rule by OCID can be written only when the instance exists. Every other one exists first, so that the
  // instance's first token already carries the group.
  const instanceFirst = settings.selection === "instance" && !settings.dynamicGroupId;
  const early = instanceFirst ? launch(args, plan, pieces, metadata, []) : undefined;
  const name = `${settings.name}-${plan.suffix}`;
  const group = new WorkloadGroup(
    "group",
    {
      tenancyId: settings.tenancyId,
      existingId: settings.dynamicGroupId,
      selected: selectedBy(args, pieces, early),
      domainUrl: found.domainUrl,
      name,
      tags: plan.tags,
    },
    atHome,
  );
  const statements = idsOf(plan, pieces, group.id).apply((ids) => compileStatements(settings.access, ids));
  const grants = new Grants(
    "grants",
    {
      compartmentIds: policyCompartments(compileStatements(settings.access, plan.expected)),
      statements,
      name,
      tags: plan.tags,
    },
    atHome,
  );
  const machine = early ?? launch(args, plan, pieces, metadata, [group, grants]);

  return {
    instanceId: machine.id,
    groupId: group.id,
    matchingRule: group.matchingRule,
    statements: statements.apply((list) => list.map((s) => s.text)),
    policyIds: grants.policyIds,
    secret: pieces.secret,
    signingKeyId: pieces.signer?.keyId,
    subnetId: pieces.network.subnetId,
    deployed: pulumi
      // A digest: what the document says that is secret is not to be had from it.
      .all([pulumi.unsecret(pulumi.output(metadata.keyless)), machine.bootVolumeId])
      .apply(([keyless, bootVolumeId]) => deployedState(keyless, bootVolumeId, machine.agent)),
  };
};
