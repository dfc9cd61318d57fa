import * as oci from "@pulumi/oci";
import type * as pulumi from "@pulumi/pulumi";

export interface OtherMachineArgs {
  compartmentId: string;
  tenancyId: string;
  subnetId: pulumi.Input<string>;
  nsgId: pulumi.Input<string>;
  definedTags: pulumi.Input<Record<string, string>>;
}

/** An instance with a public address and most of what can be said of one. */
export const machine = async (args: OtherMachineArgs): Promise<oci.core.Instance> => {
  const { compartmentId, tenancyId } = args;
  const shape = "VM.Standard.A1.Flex";
  const { availabilityDomains } = await oci.identity.getAvailabilityDomains({ compartmentId: tenancyId });
  const { images } = await oci.core.getImages({
    compartmentId,
    operatingSystem: "Oracle Linux",
    operatingSystemVersion: "9",
    shape,
    sortBy: "TIMECREATED",
    sortOrder: "DESC",
  });
  return new oci.core.Instance("machine", {
    compartmentId,
    availabilityDomain: availabilityDomains[1]!.name,
    faultDomain: "FAULT-DOMAIN-2",
    shape,
    shapeConfig: { ocpus: 1, memoryInGbs: 6 },
    sourceDetails: { sourceType: "image", sourceId: images[0]!.id, bootVolumeSizeInGbs: "60" },
    createVnicDetails: {
      subnetId: args.subnetId,
      assignPublicIp: "true",
      nsgIds: [args.nsgId],
      hostnameLabel: "machine",
      skipSourceDestCheck: true,
    },
    metadata: {
      ssh_authorized_keys: "ssh-rsa AAAA other",
      user_data: Buffer.from("#!/bin/sh\n").toString("base64"),
    },
    extendedMetadata: { deep: '{"a":{"b":"c"}}' },
    agentConfig: {
      isManagementDisabled: false,
      pluginsConfigs: [{ name: "Bastion", desiredState: "ENABLED" }],
    },
    availabilityConfig: { recoveryAction: "RESTORE_INSTANCE" },
    definedTags: args.definedTags,
    freeformTags: { made: "here" },
    preserveBootVolume: false,
  });
};
