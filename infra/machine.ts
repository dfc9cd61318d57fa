import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import type { Tags } from "./tags.ts";

export interface MachineArgs {
  compartmentId: string;
  availabilityDomain: string;
  faultDomain?: string | undefined;
  shape: string;
  ocpus: number;
  memoryGb: number;
  bootVolumeGb?: number | undefined;
  imageId: string;
  /** Whether the image is the setting's, not the newest of the day: only then does a change of it count. */
  imagePinned: boolean;
  encryptInTransit: boolean;
  deleteBeforeReplace: boolean;
  subnetId: pulumi.Input<string>;
  nsgIds: readonly string[];
  /**
   * user_data and the document. Each a value of its own: were the whole map unknown during a preview, the
   * provider could not see that user_data is the same, and would announce a replacement.
   */
  metadata: { user_data: pulumi.Input<string>; keyless: pulumi.Input<string> };
  /** The defined tag that the dynamic group selects by. */
  selectorTag?: pulumi.Input<Record<string, string>> | undefined;
  /** What must be there before the instance starts: a component's own `dependsOn` does not reach its children. */
  after: pulumi.Resource[];
  name: string;
  tags: Tags;
}

/** The compute instance: no public address, no legacy metadata endpoints, no agent that runs commands. */
export class Machine extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;

  constructor(name: string, args: MachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("keyless:index:Machine", name, {}, opts);
    const definedTags = args.selectorTag
      ? pulumi.output(args.selectorTag).apply((tag) => ({ ...args.tags.definedTags, ...tag }))
      : args.tags.definedTags;
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
        // No plugin that runs commands or manages packages at others' request; metrics stay.
        agentConfig: { isManagementDisabled: true, isMonitoringDisabled: false },
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
    this.registerOutputs({ id: this.id });
  }
}
