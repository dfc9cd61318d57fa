/** The bodies of an instance's launch and update: their schemas, checks and defaults. @module */
import type { models } from "oci-core";
import { z } from "zod";
import { METADATA_LIMIT_BYTES, metadataSizeBytes } from "../../../oci/instance-metadata.ts";
import { availabilityDomains, faultDomains } from "../../availability-domains.ts";
import { invalidParameter } from "../../errors.ts";
import type { Call } from "../../service.ts";
import type { ModelOf } from "../../state/models.ts";
import { absent, type JsonObject } from "../../state/wire.ts";
import { details, displayName, securityAttributes, tagMembers, unchecked } from "../support/body.ts";
import { vnicDetails } from "./vnics.ts";

/** Metadata keys that only a launch can set (docs: UpdateInstanceDetails). */
export const LAUNCH_ONLY_KEYS = ["user_data", "ssh_authorized_keys"] as const;

const anything = z.record(z.string(), z.unknown());
const metadata = z.record(z.string(), z.string());

const shapeConfig = z.looseObject({
  ocpus: z.number().positive().optional(),
  memoryInGBs: z.number().positive().optional(),
  vcpus: z.number().int().positive().optional(),
  baselineOcpuUtilization: z.enum(["BASELINE_1_8", "BASELINE_1_2", "BASELINE_1_1"]).optional(),
  nvmes: z.number().int().optional(),
});

const instanceOptions = z.looseObject({ areLegacyImdsEndpointsDisabled: z.boolean().optional() });

const availabilityConfig = z.looseObject({
  isLiveMigrationPreferred: z.boolean().optional(),
  recoveryAction: z.enum(["RESTORE_INSTANCE", "STOP_INSTANCE"]).optional(),
});

const agentConfig = z.looseObject({
  isMonitoringDisabled: z.boolean().optional(),
  isManagementDisabled: z.boolean().optional(),
  areAllPluginsDisabled: z.boolean().optional(),
  pluginsConfig: z
    .array(z.object({ name: z.string(), desiredState: z.enum(["ENABLED", "DISABLED"]) }))
    .optional(),
});

const bootSize = z.number().int().min(50).max(32_768);

const changeable = {
  displayName: displayName.optional(),
  metadata: metadata.optional(),
  extendedMetadata: anything.optional(),
  shapeConfig: shapeConfig.optional(),
  faultDomain: z.enum(faultDomains).optional(),
  agentConfig: agentConfig.optional(),
  instanceOptions: instanceOptions.optional(),
  availabilityConfig: availabilityConfig.optional(),
  launchOptions: unchecked<models.LaunchOptions>().optional(),
  securityAttributes: securityAttributes.optional(),
  ...tagMembers,
};

/** The body of LaunchInstance. */
export const launchDetails = details<models.LaunchInstanceDetails>()({
  ...changeable,
  compartmentId: z.string(),
  availabilityDomain: z.string(),
  shape: z.string(),
  imageId: z.string().optional(),
  subnetId: z.string().optional(),
  hostnameLabel: z.string().optional(),
  createVnicDetails: vnicDetails.optional(),
  sourceDetails: z
    .discriminatedUnion("sourceType", [
      z.looseObject({
        sourceType: z.literal("image"),
        imageId: z.string(),
        bootVolumeSizeInGBs: bootSize.optional(),
        bootVolumeVpusPerGB: z.number().int().min(10).max(120).optional(),
        kmsKeyId: z.string().optional(),
      }),
      z.looseObject({ sourceType: z.literal("bootVolume"), bootVolumeId: z.string() }),
    ])
    .optional(),
  isPvEncryptionInTransitEnabled: z.boolean().optional(),
  platformConfig: unchecked<NonNullable<models.Instance["platformConfig"]>>().optional(),
  preemptibleInstanceConfig: unchecked<models.PreemptibleInstanceConfigDetails>().optional(),
  capacityReservationId: z.string().optional(),
  dedicatedVmHostId: z.string().optional(),
  ipxeScript: z.string().max(10_240).optional(),
});

/** The body of UpdateInstance. */
export const updateDetails = details<models.UpdateInstanceDetails>()({
  ...changeable,
  shape: z.string().optional(),
  sourceDetails: z
    .discriminatedUnion("sourceType", [
      z.looseObject({
        sourceType: z.literal("image"),
        imageId: z.string(),
        isPreserveBootVolumeEnabled: z.boolean().optional(),
        bootVolumeSizeInGBs: bootSize.optional(),
        kmsKeyId: z.string().optional(),
      }),
      z.looseObject({
        sourceType: z.literal("bootVolume"),
        bootVolumeId: z.string(),
        isPreserveBootVolumeEnabled: z.boolean().optional(),
      }),
    ])
    .optional(),
  timeMaintenanceRebootDue: z.string().optional(),
  updateOperationConstraint: z.enum(["ALLOW_DOWNTIME", "AVOID_DOWNTIME"]).optional(),
});

/** A checked launch. */
export type LaunchDetails = z.output<typeof launchDetails>;
/** A checked update. */
export type UpdateDetails = z.output<typeof updateDetails>;

/** Throws 400 when metadata and extended metadata are together too large, or user_data is not base64. */
export const checkMetadata = (
  metadata: Readonly<Record<string, string>> | undefined,
  extended: Readonly<JsonObject> | undefined,
): void => {
  const sizeBytes = metadataSizeBytes(metadata ?? {}, extended ?? {});
  if (sizeBytes > METADATA_LIMIT_BYTES)
    throw invalidParameter(
      `Metadata size is ${sizeBytes} bytes and cannot be larger than ${METADATA_LIMIT_BYTES} bytes (metadata and extendedMetadata together)`,
    );
  const userData = metadata?.["user_data"];
  if (userData !== undefined && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(userData))
    throw invalidParameter("metadata.user_data: is not base64");
};

/** Throws 400 when the availability domain is not one of the region's. */
export const checkAvailabilityDomain = (call: Call, name: string): void => {
  const known = availabilityDomains(call.region);
  if (!known.some((ad) => ad.toLowerCase() === name.toLowerCase()))
    throw invalidParameter(`availabilityDomain: '${name.slice(0, 80)}' is not one of ${known.join(", ")}`);
};

/**
 * Checks the metadata of an update: the keys that only a launch can set must be sent as they were launched.
 * @throws 400 naming the key. Text: oracle/terraform-provider-oci#673.
 */
export const checkMetadataUpdate = (
  launched: Readonly<Record<string, string | undefined>>,
  wanted: Readonly<Record<string, string>>,
): void => {
  for (const key of LAUNCH_ONLY_KEYS)
    if (launched[key] !== wanted[key])
      throw invalidParameter(
        `The '${key}' metadata field cannot be updated and must be provided with the already existing value.`,
      );
};

type InstanceOptions = Pick<
  ModelOf<"instance">,
  "launchMode" | "launchOptions" | "instanceOptions" | "availabilityConfig" | "agentConfig"
>;

/** Options that an instance has when the launch says nothing. */
export const defaultOptions = (body: LaunchDetails, image: ModelOf<"image">): InstanceOptions => ({
  launchMode: "PARAVIRTUALIZED",
  launchOptions: {
    ...image.launchOptions,
    isPvEncryptionInTransitEnabled: body.isPvEncryptionInTransitEnabled ?? false,
    ...body.launchOptions,
  },
  instanceOptions: { areLegacyImdsEndpointsDisabled: false, ...body.instanceOptions },
  availabilityConfig: {
    isLiveMigrationPreferred: absent,
    recoveryAction: "RESTORE_INSTANCE",
    ...body.availabilityConfig,
  },
  agentConfig: {
    isMonitoringDisabled: false,
    isManagementDisabled: false,
    areAllPluginsDisabled: false,
    pluginsConfig: absent,
    ...body.agentConfig,
  },
});
