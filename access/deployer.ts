/**
 * What the person or pipeline needs who deploys, verifies and removes a stack: policy statements, each for a
 * reason. The README quotes them, and the local OCI's deployer has these and no others.
 * @module
 */
import { kinds } from "./kinds/index.ts";
import { inCompartment } from "./statement.ts";

/** For whom and where. */
export interface DeployerScope {
  /** As it stands after `group`: `id ocid1.group…`, or a name. */
  group: string;
  tenancyId: string;
  /** Compartments of network, security and workload; the same one may stand three times. */
  compartments: { network: string; security: string; workload: string };
  /** What names of the stacks begin with (`keyless:name`): buckets with other names stay out of reach. */
  name: string;
  /** What the stacks use. All of it when absent. */
  uses?: Partial<DeployerUses>;
}

/** Each of these can be left out where a setting names what exists. */
export interface DeployerUses {
  /** False: `subnetId` is set. */
  newNetwork: boolean;
  /** False: `vaultId` and `keyId`, or `secretId`, are set. */
  newVault: boolean;
  /** False: `dynamicGroupId` is set. */
  newGroup: boolean;
  /** False: `homeRegion` is set. */
  homeRegionLookup: boolean;
  /** `selection: tag` with a namespace of the stack's own, with an existing one, or neither. */
  tag: "new" | "existing" | "none";
  /** Whether `nsgIds` is set. */
  nsgs: boolean;
  /** Whether `access` grants something beside the own secret: the program reads them, so that a refusal proves something. */
  grants: boolean;
}

/** One statement. */
export interface DeployerStatement {
  /** OCID of the compartment (or tenancy) to attach it to. */
  attachTo: string;
  text: string;
  why: string;
}

const EVERYTHING: DeployerUses = {
  newNetwork: true,
  newVault: true,
  newGroup: true,
  homeRegionLookup: true,
  tag: "new",
  nsgs: true,
  grants: true,
};

/**
 * The statements, in a stable order. Reading a secret's content is not among them. Whoever may write policies in
 * a compartment can grant themselves anything in it: there is no narrower right with which to deploy a policy.
 */
export const deployerStatements = (scope: DeployerScope): DeployerStatement[] => {
  const { group, tenancyId, compartments, name } = scope;
  const uses = { ...EVERYTHING, ...scope.uses };
  const { network, security, workload } = compartments;
  const list: DeployerStatement[] = [];
  const allow = (action: string, where: string, why: string, condition?: string) => {
    const text = `Allow group ${group} to ${action} in ${inCompartment(where)}${condition ? ` where ${condition}` : ""}`;
    if (!list.some((s) => s.text === text)) list.push({ attachTo: where, text, why });
  };

  if (uses.newGroup) allow("manage dynamic-groups", tenancyId, "dynamic groups live in the tenancy's root");
  if (uses.homeRegionLookup) allow("inspect tenancies", tenancyId, "which region is home");

  if (uses.newNetwork) {
    for (const type of ["vcns", "subnets", "route-tables", "security-lists", "service-gateways"]) {
      allow(`manage ${type}`, network, "the private subnet and its way to Oracle's services");
    }
    allow("{DHCP_READ, DHCP_ATTACH, DHCP_DETACH}", network, "a subnet has the VCN's DHCP options");
  } else {
    allow("use subnets", network, "the instance's place in the existing subnet");
  }
  allow("use vnics", network, "the instance's network interface, made in the subnet's compartment");
  if (uses.nsgs) allow("use network-security-groups", network, "the instance's security groups");

  allow("inspect compartments", workload, "which availability domains there are");
  allow("manage instances", workload, "the instance");
  allow("use vnics", workload, "the instance's network interface, attached in the instance's compartment");
  allow("read instance-images", workload, "the newest image, and console histories");
  allow("inspect vnic-attachments", workload, "the provider reads them with the instance");
  allow("inspect volume-attachments", workload, "the provider reads them with the instance");
  allow("inspect volumes", workload, "the provider reads the boot volume with the instance");
  allow("{VOLUME_UPDATE}", workload, "a larger boot volume of a running instance (`bootVolumeGb`)");
  allow("read ipv6s", workload, "the provider reads the addresses with the instance");
  allow("manage console-histories", workload, "verify reads the verdict from the serial console");
  allow("inspect buckets", workload, "teardown lists what is left");
  allow("{BUCKET_CREATE}", workload, "the release bucket");
  if (uses.grants) {
    for (const { deployerNeeds = [] } of kinds) {
      for (const { action, why } of deployerNeeds) allow(action, workload, why);
    }
    allow("manage policies", workload, "a grant's policy is attached where what it grants lies");
  }
  const ours = `target.bucket.name = /${name}*/`;
  allow("{BUCKET_READ, BUCKET_UPDATE, BUCKET_DELETE, PAR_MANAGE}", workload, "the release bucket", ours);
  allow(
    "{OBJECT_INSPECT, OBJECT_READ, OBJECT_CREATE, OBJECT_OVERWRITE, OBJECT_DELETE}",
    workload,
    "the app's bundle",
    ours,
  );

  if (uses.newVault) {
    allow("manage vaults", security, "the vault");
    allow("manage keys", security, "the key");
  } else {
    allow("use vaults", security, "secrets in the existing vault");
    allow("use keys", security, "secrets under the existing key");
  }
  allow("manage secrets", security, "secret and decoy; not their content, which is secret-bundles");
  allow("manage policies", security, "the policy, attached where the secret is");
  if (uses.tag === "new") allow("manage tag-namespaces", security, "the tag that selects the instance");
  if (uses.tag === "existing") allow("use tag-namespaces", tenancyId, "the tag that selects the instance");
  return list;
};
