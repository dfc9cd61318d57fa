/**
 * Rights of the person or pipeline that deploys, verifies and removes a stack: policy statements, each for a
 * reason. The README quotes them, and the local OCI's deployer has these and no others.
 * @module
 */
import { grantKinds } from "./kinds/index.ts";
import { inCompartment } from "./statement.ts";

/** The deployer's group, and the stacks that it deploys. */
export interface DeployerScope {
  /** As it stands after `group`: `id ocid1.group…`, or a name. */
  group: string;
  tenancyId: string;
  /** Compartments of network, security and workload; the same one may stand three times. */
  compartments: { network: string; security: string; workload: string };
  /** Beginning of the stacks' names (`keyless:name`): buckets with other names stay out of reach. */
  name: string;
  /** Resources that the stacks make or use. @default all of them, new */
  uses?: Partial<DeployerUses>;
}

/**
 * Resources that a stack makes or uses. Statements are left out where a setting names what exists, or nothing
 * is used.
 */
export interface DeployerUses {
  /** False when `subnetId` is set. */
  newNetwork: boolean;
  /** False when `vaultId` and `keyId`, or `secretId`, are set. */
  newVault: boolean;
  /** The key that signs the document: the stack's own, one that `signingKeyId` names, or none (`signDocument: false`). */
  signingKey: "new" | "existing" | "none";
  /** False when `dynamicGroupId` is set. */
  newGroup: boolean;
  /** False when `homeRegion` is set. */
  homeRegionLookup: boolean;
  /** `selection: tag` with a namespace of the stack's own, with an existing one, or neither. */
  tag: "new" | "existing" | "none";
  /** True when `nsgIds` is set. */
  nsgs: boolean;
  /**
   * True when `access` grants something beside the own secret: the program reads what is granted, so that a
   * refusal proves something.
   */
  grants: boolean;
  /** Kinds of grants that the stacks have and whose reads need rights of their own: `queue`, `stream`, `key`. */
  kinds: readonly string[];
}

/** A policy statement with the reason for it. */
export interface DeployerStatement {
  /** OCID of the compartment (or tenancy) to attach it to. */
  attachTo: string;
  text: string;
  why: string;
  /** Rights that it gives beyond that reason; absent where there are none that matter. */
  beyond?: string;
}

const EVERYTHING: DeployerUses = {
  newNetwork: true,
  newVault: true,
  signingKey: "new",
  newGroup: true,
  homeRegionLookup: true,
  tag: "new",
  nsgs: true,
  grants: true,
  kinds: [],
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
  const allow = (
    action: string,
    where: string,
    why: string,
    { condition, beyond }: { condition?: string; beyond?: string } = {},
  ) => {
    const text = `Allow group ${group} to ${action} in ${inCompartment(where)}${condition ? ` where ${condition}` : ""}`;
    if (list.some((s) => s.text === text)) return;
    list.push({ attachTo: where, text, why, ...(beyond && { beyond }) });
  };

  if (uses.newGroup) {
    const why = "dynamic groups live in the tenancy's root";
    allow("inspect dynamic-groups", tenancyId, why);
    allow("{DYNAMIC_GROUP_CREATE}", tenancyId, why, {
      beyond:
        "a group of any name and rule: OCI has no name to compare at creation; it may do nothing until a policy names it",
    });
    // Oracle's policy reference for identity domains and its list of known issues write target.dynamicgroup.name;
    // other pages write target.dynamic-group.name. It is there for every operation but create and list.
    allow("{DYNAMIC_GROUP_UPDATE, DYNAMIC_GROUP_DELETE}", tenancyId, "the group's rule, and its removal", {
      condition: `target.dynamicgroup.name = /${name}*/`,
      beyond: "groups of other teams whose names begin alike",
    });
  }
  if (uses.homeRegionLookup) allow("inspect tenancies", tenancyId, "which region is home");

  if (uses.newNetwork) {
    for (const type of ["vcns", "subnets", "route-tables", "security-lists", "service-gateways"]) {
      allow(`manage ${type}`, network, "the private subnet and its way to Oracle's services", {
        beyond: "those of every network in the compartment",
      });
    }
    allow("{DHCP_READ, DHCP_ATTACH, DHCP_DETACH}", network, "a subnet has the VCN's DHCP options");
  } else {
    allow("use subnets", network, "the instance's place in the existing subnet", {
      beyond: "network interfaces in every subnet of the compartment",
    });
  }
  allow("use vnics", network, "the instance's network interface, made in the subnet's compartment");
  if (uses.nsgs)
    allow("use network-security-groups", network, "the instance's security groups", {
      beyond: "membership in every security group of the compartment",
    });

  allow("inspect compartments", workload, "which availability domains there are");
  allow("manage instances", workload, "the instance", {
    beyond:
      "every instance in the compartment can be changed, stopped and terminated; one that is started here is a member of each dynamic group that selects by this compartment",
  });
  allow("use vnics", workload, "the instance's network interface, attached in the instance's compartment");
  allow("read instance-images", workload, "the newest image, and console histories");
  allow("inspect vnic-attachments", workload, "the provider reads them with the instance");
  allow("inspect volume-attachments", workload, "the provider reads them with the instance");
  allow("inspect volumes", workload, "the provider reads the boot volume with the instance");
  allow("{VOLUME_UPDATE}", workload, "a larger boot volume of a running instance (`bootVolumeGb`)", {
    beyond: "every volume in the compartment can be changed",
  });
  allow("read ipv6s", workload, "the provider reads the addresses with the instance");
  allow("manage console-histories", workload, "verify reads the verdict from the serial console", {
    beyond: "the serial console of every instance in the compartment can be read",
  });
  allow("inspect buckets", workload, "teardown lists what is left");
  allow("{BUCKET_CREATE}", workload, "the release bucket", {
    beyond: "buckets of any name",
  });
  if (uses.grants) {
    for (const { key, deployerNeeds = [] } of grantKinds) {
      for (const { action, why, optional } of deployerNeeds)
        if (!optional || uses.kinds.includes(key)) allow(action, workload, why);
    }
    allow("manage policies", workload, "a grant's policy is attached where what it grants lies", {
      beyond:
        "everything in the compartment and below: who writes policies can grant themselves anything there",
    });
  }
  const ours = {
    condition: `target.bucket.name = /${name}*/`,
    beyond: "buckets of others whose names begin alike",
  };
  allow("{BUCKET_READ, BUCKET_UPDATE, BUCKET_DELETE, PAR_MANAGE}", workload, "the release bucket", ours);
  allow(
    "{OBJECT_INSPECT, OBJECT_READ, OBJECT_CREATE, OBJECT_OVERWRITE, OBJECT_DELETE, OBJECT_VERSION_DELETE}",
    workload,
    "the app's bundle",
    ours,
  );

  if (uses.newVault) {
    allow("manage vaults", security, "the vault", {
      beyond: "every vault in the compartment can be scheduled for deletion",
    });
  } else {
    allow("use vaults", security, "secrets and keys in the existing vault");
  }
  if (uses.newVault || uses.signingKey === "new") {
    allow("manage keys", security, "the secret's key, and the one that signs what the instance is told", {
      beyond: "every key in the compartment can be used, also to sign, and scheduled for deletion",
    });
  } else {
    const signs = uses.signingKey === "existing" ? ", and signatures by the existing one" : "";
    allow("use keys", security, `secrets under the existing key${signs}`, {
      beyond: "every key in the compartment encrypts, decrypts and signs",
    });
  }
  allow("manage secrets", security, "secret and decoy; not their content, which is secret-bundles", {
    beyond:
      "every secret in the compartment can be given another content and be scheduled for deletion; none can be read",
  });
  allow("manage policies", security, "the policy, attached where the secret is", {
    beyond:
      "everything in the compartment and below: who writes policies can grant themselves anything there, secrets' contents among it",
  });
  if (uses.tag === "new")
    allow("manage tag-namespaces", security, "the tag that selects the instance", {
      beyond:
        "every tag namespace in the compartment: who sets a tag makes members of the groups that select by it",
    });
  if (uses.tag === "existing")
    allow("use tag-namespaces", tenancyId, "the tag that selects the instance", {
      beyond: "every tag of the tenancy can be set, also those that other groups and policies select by",
    });
  return list;
};

/** A key of the deployer's choice (`kmsKeyId`), and who uses it. */
export interface KeyScope {
  /** As it stands after `group`. */
  group: string;
  keyId: string;
  /** The compartment in which the key lies. */
  compartmentId: string;
  /** The stack's region: `us-ashburn-1`. */
  region: string;
}

/**
 * The statements that a key needs, one each for the deployer, who delegates it, and for the two services that encrypt
 * with it (Oracle: "Assigning Master Encryption Keys"). keyless does not write them: they are the key's owner's.
 */
export const keyStatements = ({ group, keyId, compartmentId, region }: KeyScope): string[] =>
  [
    `group ${group} to use key-delegate`,
    `service objectstorage-${region} to use keys`,
    "service blockstorage to use keys",
  ].map((who) => `Allow ${who} in compartment id ${compartmentId} where target.key.id = '${keyId}'`);
