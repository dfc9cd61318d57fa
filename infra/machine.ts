import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import type { WorkloadTags } from "./tags.ts";

export interface MachineArgs {
  compartmentId: string;
  availabilityDomain: string;
  faultDomain?: string | undefined;
  shape: string;
  ocpus: number;
  memoryGb: number;
  bootVolumeGb?: number | undefined;
  imageId: string;
  /** True when the image is the setting's, not the newest of the day: only then does a change of it count. */
  imagePinned: boolean;
  encryptInTransit: boolean;
  /** Encrypts the boot volume; absent: Oracle's key does. */
  kmsKeyId?: string | undefined;
  /** The shape's platform, where secure boot, the TPM and, on a virtual machine, measured boot are to be on. */
  shielded: "AMD_VM" | "INTEL_VM" | "GENERIC_BM" | "none";
  /** Plugins of Oracle Cloud Agent that are on, beside monitoring. */
  agentPlugins: readonly string[];
  deleteBeforeReplace: boolean;
  subnetId: pulumi.Input<string>;
  nsgIds: readonly string[];
  /**
   * user_data, the document, and SSH keys where there are any. Each a value of its own: were the whole map unknown
   * during a preview, the provider could not see that user_data is the same, and would announce a replacement.
   */
  metadata: {
    user_data: pulumi.Input<string>;
    keyless: pulumi.Input<string>;
    ssh_authorized_keys?: string;
  };
  /** The defined tag that the dynamic group selects by. */
  selectorTag?: pulumi.Input<Record<string, string>> | undefined;
  /**
   * Resources that must be there before the instance starts: a component's own `dependsOn` does not reach its
   * children.
   */
  after: pulumi.Resource[];
  name: string;
  tags: WorkloadTags;
}

/**
 * All plugins of Oracle Cloud Agent but the two that only monitor, Compute Instance Monitoring and Custom Logs
 * Monitoring (Oracle: "Managing Plugins with Oracle Cloud Agent", and what the console lists for a new instance, of
 * 2025-12). Where one of them is on, each of the others has to be turned off by name: some are on unless something is
 * said.
 */
const MANAGEMENT_PLUGINS = [
  "Bastion",
  "Block Volume Management",
  "Cloud Guard Workload Protection",
  "Compute HPC RDMA Authentication",
  "Compute HPC RDMA Auto-Configuration",
  "Compute Instance Run Command",
  "Compute RDMA GPU Monitoring",
  "Fleet Application Management Service",
  "Management Agent",
  "OS Management Hub Agent",
  "OS Management Service Agent",
  "Oracle Autonomous Linux",
  "Oracle Java Management Service",
  "Vulnerability Scanning",
  "WebLogic Management Service",
];

/** Configuration of Oracle Cloud Agent, known before deployment. */
export interface AgentConfig {
  isManagementDisabled: boolean;
  isMonitoringDisabled: boolean;
  pluginsConfigs?: { name: string; desiredState: "ENABLED" | "DISABLED" }[];
}

/**
 * Agent's configuration: of the plugins that run commands or manage packages at others' request, those named
 * are on and the others off; metrics stay.
 */
const agentOf = (plugins: readonly string[]): AgentConfig => {
  const isManagementDisabled = plugins.length === 0;
  if (isManagementDisabled) return { isManagementDisabled, isMonitoringDisabled: false };
  const names = [...new Set([...MANAGEMENT_PLUGINS, ...plugins])].sort();
  return {
    isManagementDisabled,
    isMonitoringDisabled: false,
    pluginsConfigs: names.map((name) => ({
      name,
      desiredState: plugins.includes(name) ? ("ENABLED" as const) : ("DISABLED" as const),
    })),
  };
};

/** Bare metal has no measured boot (Oracle: "Shielded Instances"). */
const platformOf = (type: MachineArgs["shielded"]): oci.types.input.Core.InstancePlatformConfig => ({
  type,
  isSecureBootEnabled: true,
  isMeasuredBootEnabled: type !== "GENERIC_BM",
  isTrustedPlatformModuleEnabled: true,
});

/**
 * The compute instance: no public address, no legacy metadata endpoints (SSRF), no agent that runs commands
 * unless it is asked for.
 */
export class Machine extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly bootVolumeId: pulumi.Output<string>;
  readonly agent: AgentConfig;

  constructor(name: string, args: MachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("keyless:index:Machine", name, {}, opts);
    const definedTags = args.selectorTag
      ? pulumi.output(args.selectorTag).apply((tag) => ({ ...args.tags.definedTags, ...tag }))
      : args.tags.definedTags;
    this.agent = agentOf(args.agentPlugins);
    const instance = new oci.core.Instance(
      `${name}-instance`,
      {
        compartmentId: args.compartmentId,
        availabilityDomain: args.availabilityDomain,
        ...(args.faultDomain && { faultDomain: args.faultDomain }),
        displayName: args.name,
        shape: args.shape,
        ...(args.shape.endsWith(".Flex") && {
          shapeConfig: { ocpus: args.ocpus, memoryInGbs: args.memoryGb },
        }),
        sourceDetails: {
          sourceType: "image",
          sourceId: args.imageId,
          ...(args.kmsKeyId && { kmsKeyId: args.kmsKeyId }),
          ...(args.bootVolumeGb && { bootVolumeSizeInGbs: String(args.bootVolumeGb) }),
        },
        createVnicDetails: {
          subnetId: args.subnetId,
          assignPublicIp: "false",
          displayName: args.name,
          ...(args.nsgIds.length > 0 && { nsgIds: [...args.nsgIds] }),
        },
        metadata: args.metadata,
        instanceOptions: { areLegacyImdsEndpointsDisabled: true },
        isPvEncryptionInTransitEnabled: args.encryptInTransit,
        ...(args.shielded !== "none" && { platformConfig: platformOf(args.shielded) }),
        agentConfig: this.agent,
        preserveBootVolume: false,
        freeformTags: args.tags.freeformTags,
        ...(definedTags && { definedTags }),
      },
      {
        parent: this,
        dependsOn: args.after,
        deleteBeforeReplace: args.deleteBeforeReplace,
        ignoreChanges: args.imagePinned ? [] : ["sourceDetails.sourceId"],
      },
    );
    this.id = instance.id;
    this.bootVolumeId = instance.bootVolumeId;
    this.registerOutputs({ id: this.id });
  }
}
