import type { MachineHost } from "../../cloud.ts";
import { invalidParameter, missingParameter } from "../../errors.ts";
import type { Call, Target } from "../../service.ts";
import type { State } from "../../state/state.ts";
import type { Resource } from "../../state/store.ts";
import { readBody } from "../support/body.ts";
import { timestamp } from "../support/collection.ts";
import { compartmentTarget, findUsable, responseOf, starting } from "../support/resources.ts";
import { checkDefinedTags, tagMembersOf } from "../support/tags.ts";
import { findImage, imageTarget } from "./images.ts";
import {
  checkAvailabilityDomain,
  checkMetadata,
  defaultOptions,
  LAUNCH_ONLY_KEYS,
  type LaunchDetails,
  launchDetails,
} from "./instance-model.ts";
import { bootMachine } from "./machine.ts";
import { related } from "./references.ts";
import { shapeConfigOf, shapeNamed } from "./shapes.ts";
import { attachVnic, planVnic } from "./vnics.ts";
import { attachBootVolume, attachNewBootVolume, volumeKey } from "./volumes.ts";
import { coreWork } from "./work.ts";

/** Size of a boot volume that is made from a platform image. */
export const DEFAULT_BOOT_VOLUME_GB = 47;

/** Makes a transition happen when it is due, also when nobody asks. */
export const settleLater = (cloud: State, resource: Resource): void => {
  setTimeout(() => cloud.store.get(resource.id), cloud.settings.transitionMs + 1).unref();
};

const vnicOf = (body: LaunchDetails) => ({
  ...(body.hostnameLabel && { hostnameLabel: body.hostnameLabel }),
  ...body.createVnicDetails,
  subnetId: body.createVnicDetails?.subnetId ?? body.subnetId,
});

/**
 * The system tags of an instance. Only OCI writes them: what this one says can be believed. Without a machine
 * nobody needs to wait for one.
 */
const systemTagsOf = (cloud: MachineHost): Record<string, Record<string, string>> =>
  cloud.machines.name === "none" ? { "keyless-local": { machine: "none" } } : {};

/** The image or boot volume that an instance starts from. */
const sourceOf = (call: Call, body: LaunchDetails) => {
  const details =
    body.sourceDetails ??
    (body.imageId ? { sourceType: "image" as const, imageId: body.imageId } : undefined);
  if (!details) throw missingParameter("sourceDetails");
  if (details.sourceType === "image") return { details, image: findImage(call, details.imageId) };
  const volume = findUsable(call, "bootvolume", details.bootVolumeId);
  return { details, volume, image: findImage(call, volume.model.imageId) };
};

/** The targets of a launch: the instance, its image, its subnet, its security groups. */
export const launchTargets = (call: Call): Target[] => {
  const body = readBody(call, launchDetails);
  const { image, details } = sourceOf(call, body);
  const kmsKeyId = details["kmsKeyId"];
  const { subnetId, nsgIds = [] } = vnicOf(body);
  if (!subnetId) throw missingParameter("createVnicDetails.subnetId");
  const own = compartmentTarget(call, body.compartmentId);
  const withGroups = nsgIds.length > 0;
  return [
    {
      ...own,
      permissions: [
        "INSTANCE_CREATE",
        "VNIC_CREATE",
        "VNIC_ATTACH",
        ...(withGroups ? ["VNIC_ASSOCIATE_NETWORK_SECURITY_GROUP"] : []),
      ],
      variables: {
        ...own.variables,
        "target.image.id": image.id,
        "request.ad": body.availabilityDomain,
        "request.instanceOptions.areLegacyEndpointsDisabled": `${
          body.instanceOptions?.areLegacyImdsEndpointsDisabled ?? false
        }`,
        ...(typeof kmsKeyId === "string" && { "target.boot-volume.kms-key.id": kmsKeyId }),
      },
      ...(withGroups && { when: ["nsg"] }),
    },
    imageTarget(call, image, body.compartmentId, "INSTANCE_IMAGE_READ"),
    related(call, "subnet", subnetId, "SUBNET_ATTACH"),
    ...volumeKey(call, typeof kmsKeyId === "string" ? kmsKeyId : undefined),
    ...nsgIds.map((id) => ({
      ...related(call, "networksecuritygroup", id, "NETWORK_SECURITY_GROUP_UPDATE_MEMBERS"),
      when: ["nsg"],
    })),
  ];
};

/** Makes an instance with its VNIC and boot volume; its machine boots when it is RUNNING. */
export const launch = (call: Call<string, State & MachineHost>) => {
  const { cloud } = call;
  const body = readBody(call, launchDetails);
  checkDefinedTags(cloud, body.definedTags);
  checkAvailabilityDomain(call, body.availabilityDomain);
  checkMetadata(body.metadata, body.extendedMetadata);
  const shape = shapeNamed(body.shape);
  const shapeConfig = shapeConfigOf(shape, body.shapeConfig);
  const { details, image, volume } = sourceOf(call, body);
  if (image.hidden.architecture !== shape.architecture)
    throw invalidParameter(`Shape ${shape.name} is not valid for image ${image.id}.`);
  // "Each shape only supports certain configurable values. If the values that you provide are not valid for the
  // specified shape, an error is returned" (LaunchInstancePlatformConfig); its text is unverified.
  if (body.platformConfig && body.platformConfig.type !== shape.platform)
    throw invalidParameter(
      `platformConfig.type: ${body.platformConfig.type} is not valid for shape ${shape.name}`,
    );
  const vnicDetails = vnicOf(body);
  const subnet = findUsable(call, "subnet", vnicDetails.subnetId);
  const subnetAd = subnet.model.availabilityDomain;
  if (subnetAd && subnetAd !== body.availabilityDomain)
    throw invalidParameter(`availabilityDomain: the subnet ${subnet.id} is in ${subnetAd}`);
  const plan = planVnic(call, subnet, vnicDetails);
  const id = cloud.store.newId("instance", call.region);
  const displayName = body.displayName ?? `instance${timestamp(cloud.clock.now())}`;
  const host = {
    id,
    compartmentId: body.compartmentId,
    availabilityDomain: body.availabilityDomain,
    displayName,
  };
  const resource = cloud.store.add({
    id,
    type: "instance",
    region: call.region,
    model: {
      id,
      compartmentId: body.compartmentId,
      availabilityDomain: body.availabilityDomain,
      faultDomain: body.faultDomain ?? "FAULT-DOMAIN-1",
      displayName,
      ...tagMembersOf(body),
      systemTags: systemTagsOf(cloud),
      securityAttributes: body.securityAttributes ?? {},
      metadata: body.metadata ?? {},
      extendedMetadata: body.extendedMetadata ?? {},
      region:
        call.region.id === "us-ashburn-1" || call.region.id === "us-phoenix-1"
          ? call.region.key
          : call.region.id,
      shape: shape.name,
      shapeConfig,
      imageId: image.id,
      sourceDetails: details,
      ...defaultOptions(body, image.model),
      ...(body.platformConfig && { platformConfig: body.platformConfig }),
      ...(body.preemptibleInstanceConfig && { preemptibleInstanceConfig: body.preemptibleInstanceConfig }),
      ...(body.ipxeScript && { ipxeScript: body.ipxeScript }),
      lifecycleState: "PROVISIONING",
      timeCreated: cloud.clock.iso(),
    },
    hidden: {
      hostname: vnicDetails.hostnameLabel ?? displayName.toLowerCase().replace(/[^a-z0-9-]+/g, "-"),
      launched: Object.fromEntries(LAUNCH_ONLY_KEYS.map((key) => [key, body.metadata?.[key]])),
    },
    ...starting(cloud, "RUNNING", () => void bootMachine(cloud, resource)),
  });
  attachVnic(call, host, subnet, vnicDetails, plan, true);
  if (volume) attachBootVolume(call, host, volume.id);
  else
    attachNewBootVolume(call, host, {
      imageId: image.id,
      sizeInGBs: details.bootVolumeSizeInGBs ?? DEFAULT_BOOT_VOLUME_GB,
      vpusPerGB: details.bootVolumeVpusPerGB,
      kmsKeyId: details.kmsKeyId,
    });
  settleLater(cloud, resource);
  return responseOf(resource, { headers: coreWork(call, "LaunchInstance", resource, "CREATED") });
};
