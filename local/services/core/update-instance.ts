import { conflict, incorrectState, invalidParameter } from "../../errors.ts";
import type { Call, Target } from "../../service.ts";
import { readBody } from "../support/body.ts";
import {
  find,
  findUsable,
  isAlive,
  listOf,
  type Owned,
  requireState,
  responseOf,
  targetOf,
} from "../support/resources.ts";
import { checkDefinedTags } from "../support/tags.ts";
import { findImage } from "./images.ts";
import { checkMetadata, checkMetadataUpdate, type UpdateDetails, updateDetails } from "./instance-model.ts";
import { DEFAULT_BOOT_VOLUME_GB } from "./launch.ts";
import { powerMachine } from "./machine.ts";
import { shapeConfigOf, shapeNamed } from "./shapes.ts";
import { attachBootVolume, attachNewBootVolume, releaseBootVolume, volumeKey } from "./volumes.ts";
import { coreWork } from "./work.ts";

/** Replaces the boot volume of an instance by one made from another image, or by an existing one. */
const replaceSource = (
  call: Call,
  instance: Owned<"instance">,
  source: NonNullable<UpdateDetails["sourceDetails"]>,
): void => {
  const before = instance.model.sourceDetails;
  const host = {
    id: instance.id,
    compartmentId: instance.model.compartmentId,
    availabilityDomain: instance.model.availabilityDomain,
    displayName: instance.model.displayName,
  };
  const { isPreserveBootVolumeEnabled: preserve = false, ...details } = source;
  if (details.sourceType === "bootVolume") {
    const volume = findUsable(call, "bootvolume", details.bootVolumeId);
    const used = listOf(call, "bootvolumeattachment").some(
      (a) => a.model.bootVolumeId === volume.id && isAlive(a),
    );
    if (used) throw conflict("Conflict", `The boot volume ${volume.id} is attached to an instance`);
    releaseBootVolume(call, instance.id, preserve);
    attachBootVolume(call, host, volume.id);
  } else {
    const image = findImage(call, details.imageId);
    if (image.hidden.architecture !== shapeNamed(instance.model.shape).architecture)
      throw invalidParameter(`Shape ${instance.model.shape} is not valid for image ${image.id}.`);
    releaseBootVolume(call, instance.id, preserve);
    const sizeBefore = "bootVolumeSizeInGBs" in before ? before.bootVolumeSizeInGBs : undefined;
    const size = details.bootVolumeSizeInGBs ?? sizeBefore ?? DEFAULT_BOOT_VOLUME_GB;
    attachNewBootVolume(call, host, { imageId: image.id, sizeInGBs: size, kmsKeyId: details.kmsKeyId });
    instance.model.imageId = image.id;
  }
  instance.model.sourceDetails = {
    ...(before.sourceType === details.sourceType && before),
    ...details,
  };
  void powerMachine(instance, "RESET");
};

/** The targets of an update: the instance, and the key of a new boot volume. */
export const updateTargets = (call: Call<"instanceId">): Target[] => {
  const { sourceDetails } = readBody(call, updateDetails);
  const kmsKeyId = sourceDetails?.["kmsKeyId"];
  return [
    targetOf(call, find(call, "instance", call.params["instanceId"])),
    ...volumeKey(call, typeof kmsKeyId === "string" ? kmsKeyId : undefined),
  ];
};

/** Changes an instance as UpdateInstance asks. */
export const updateInstance = (call: Call<"instanceId">) => {
  const instance = find(call, "instance", call.params["instanceId"]);
  const body = readBody(call, updateDetails);
  const { model } = instance;
  requireState(instance, "RUNNING", "STOPPED", "PROVISIONING", "STARTING", "STOPPING");
  checkDefinedTags(call.cloud, body.definedTags);
  const launched = instance.hidden.launched;
  if (body.metadata) checkMetadataUpdate(launched, body.metadata);
  checkMetadata(body.metadata ?? model.metadata, body.extendedMetadata ?? model.extendedMetadata);
  const {
    shape: shapeName,
    shapeConfig,
    sourceDetails,
    agentConfig,
    instanceOptions,
    availabilityConfig,
    launchOptions,
    updateOperationConstraint,
    ...plain
  } = body;
  const reshaped = shapeName !== undefined || shapeConfig !== undefined;
  const shape = shapeNamed(shapeName ?? model.shape);
  const oldShape = shapeNamed(model.shape);
  if (shape.architecture !== oldShape.architecture)
    throw invalidParameter(`shape: ${shape.name} has another architecture than ${oldShape.name}`);
  const { ocpus, memoryInGBs } = model.shapeConfig;
  const kept = shape === oldShape ? { ocpus, memoryInGBs } : {};
  const newConfig = reshaped ? shapeConfigOf(shape, { ...kept, ...shapeConfig }) : undefined;
  if (reshaped && updateOperationConstraint === "AVOID_DOWNTIME" && model.lifecycleState === "RUNNING")
    throw incorrectState(
      "A change of the shape reboots a running instance, and updateOperationConstraint is AVOID_DOWNTIME",
    );
  if (sourceDetails) replaceSource(call, instance, sourceDetails);
  Object.assign(model, plain);
  if (newConfig) Object.assign(model, { shape: shape.name, shapeConfig: newConfig });
  if (agentConfig) model.agentConfig = { ...model.agentConfig, ...agentConfig };
  if (instanceOptions) model.instanceOptions = { ...model.instanceOptions, ...instanceOptions };
  if (availabilityConfig) model.availabilityConfig = { ...model.availabilityConfig, ...availabilityConfig };
  if (launchOptions) model.launchOptions = { ...model.launchOptions, ...launchOptions };
  call.cloud.store.touch(instance);
  return responseOf(instance, { headers: coreWork(call, "UpdateInstance", instance, "UPDATED") });
};
