/** Compute instances. @module */
import { z } from "zod";
import type { Cloud, Resource } from "../../cloud.ts";
import { conflict, incorrectState, invalidParameter, missingParameter, notFound } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Call, Handler, Target } from "../../service.ts";
import { readBody } from "../support/body.ts";
import { listTarget, timestamp } from "../support/collection.ts";
import {
  answer,
  compartmentTarget,
  find,
  findUsable,
  isAlive,
  listOf,
  moveTo,
  type Owned,
  requireState,
  starting,
  takeOut,
  targetOf,
} from "../support/resources.ts";
import { checkDefinedTags, tagsOf } from "../support/tags.ts";
import { findImage, imageTarget } from "./images.ts";
import {
  checkAvailabilityDomain,
  checkMetadata,
  checkMetadataUpdate,
  defaultOptions,
  LAUNCH_ONLY_KEYS,
  type LaunchDetails,
  launchDetails,
  type UpdateDetails,
  updateDetails,
} from "./instance-model.ts";
import { bootMachine, endMachine, powerMachine } from "./machine.ts";
import { related } from "./references.ts";
import { shapeConfigOf, shapeNamed } from "./shapes.ts";
import { attachVnic, detachVnics, planVnic } from "./vnics.ts";
import { attachBootVolume, attachNewBootVolume, releaseBootVolume } from "./volumes.ts";
import { coreWork } from "./work.ts";

const DEFAULT_BOOT_VOLUME_GB = 47;

const one = (call: Call): Owned => find(call, "instance", call.params["instanceId"]);

const vnicOf = (body: LaunchDetails) => ({
  ...(body.hostnameLabel && { hostnameLabel: body.hostnameLabel }),
  ...body.createVnicDetails,
  subnetId: body.createVnicDetails?.subnetId ?? body.subnetId,
});

/** The image or boot volume that an instance starts from. */
const sourceOf = (call: Call, body: LaunchDetails) => {
  const details =
    body.sourceDetails ??
    (body.imageId ? { sourceType: "image" as const, imageId: body.imageId } : undefined);
  if (!details) throw missingParameter("sourceDetails");
  if (details.sourceType === "image") return { details, image: findImage(call, details.imageId) };
  const volume = findUsable(call, "bootvolume", details.bootVolumeId);
  return { details, volume, image: findImage(call, String(volume.model["imageId"])) };
};

/** Sees to it that a transition happens when it is due, also when nobody asks. */
const settleLater = (cloud: Cloud, resource: Resource): void => {
  setTimeout(() => cloud.store.get(resource.id), cloud.settings.transitionMs + 1).unref();
};

const launchTargets = (call: Call): Target[] => {
  const body = readBody(call, launchDetails);
  const { image } = sourceOf(call, body);
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
      variables: { ...own.variables, "target.image.id": image.id },
      ...(withGroups && { when: ["nsg"] }),
    },
    imageTarget(call, image, body.compartmentId, "INSTANCE_IMAGE_READ"),
    related(call, "subnet", subnetId, "SUBNET_ATTACH"),
    ...nsgIds.map((id) => ({
      ...related(call, "networksecuritygroup", id, "NETWORK_SECURITY_GROUP_UPDATE_MEMBERS"),
      when: ["nsg"],
    })),
  ];
};

const launch = (call: Call) => {
  const { cloud } = call;
  const body = readBody(call, launchDetails);
  checkDefinedTags(cloud, body.definedTags);
  checkAvailabilityDomain(call, body.availabilityDomain);
  checkMetadata(body.metadata, body.extendedMetadata);
  const shape = shapeNamed(body.shape);
  const shapeConfig = shapeConfigOf(shape, body.shapeConfig);
  const { details, image, volume } = sourceOf(call, body);
  if (image.hidden["architecture"] !== shape.architecture)
    throw invalidParameter(`Shape ${shape.name} is not valid for image ${image.id}.`);
  const vnicDetails = vnicOf(body);
  const subnet = findUsable(call, "subnet", vnicDetails.subnetId);
  const subnetAd = subnet.model["availabilityDomain"];
  if (subnetAd && subnetAd !== body.availabilityDomain)
    throw invalidParameter(`availabilityDomain: the subnet ${subnet.id} is in ${String(subnetAd)}`);
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
      ...tagsOf(body),
      systemTags: {},
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
      ...defaultOptions(body, image.model["launchOptions"]),
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
      sizeInGBs: Number(details["bootVolumeSizeInGBs"] ?? DEFAULT_BOOT_VOLUME_GB),
      vpusPerGB: details["bootVolumeVpusPerGB"] as number | undefined,
      kmsKeyId: details["kmsKeyId"] as string | undefined,
    });
  settleLater(cloud, resource);
  return answer(resource, { headers: coreWork(call, "LaunchInstance", resource as Owned, "CREATED") });
};

/** Replaces the boot volume of an instance by one made from another image, or by an existing one. */
const replaceSource = (
  call: Call,
  instance: Owned,
  source: NonNullable<UpdateDetails["sourceDetails"]>,
): void => {
  const before = instance.model["sourceDetails"] as Record<string, unknown>;
  const host = {
    id: instance.id,
    compartmentId: instance.model.compartmentId,
    availabilityDomain: String(instance.model["availabilityDomain"]),
    displayName: String(instance.model.displayName),
  };
  const { isPreserveBootVolumeEnabled: preserve = false, ...details } = source;
  if (details.sourceType === "bootVolume") {
    const volume = findUsable(call, "bootvolume", String(details["bootVolumeId"]));
    const used = listOf(call, "bootvolumeattachment").some(
      (a) => a.model["bootVolumeId"] === volume.id && isAlive(a),
    );
    if (used) throw conflict("Conflict", `The boot volume ${volume.id} is attached to an instance`);
    releaseBootVolume(call, instance.id, preserve);
    attachBootVolume(call, host, volume.id);
  } else {
    const image = findImage(call, String(details["imageId"]));
    if (image.hidden["architecture"] !== shapeNamed(String(instance.model["shape"])).architecture)
      throw invalidParameter(`Shape ${String(instance.model["shape"])} is not valid for image ${image.id}.`);
    releaseBootVolume(call, instance.id, preserve);
    const size = Number(
      details["bootVolumeSizeInGBs"] ?? before["bootVolumeSizeInGBs"] ?? DEFAULT_BOOT_VOLUME_GB,
    );
    attachNewBootVolume(call, host, { imageId: image.id, sizeInGBs: size });
    instance.model["imageId"] = image.id;
  }
  instance.model["sourceDetails"] = {
    ...(before["sourceType"] === details.sourceType && before),
    ...details,
  };
  void powerMachine(instance, "RESET");
};

const update = (call: Call) => {
  const instance = one(call);
  const body = readBody(call, updateDetails);
  const { model } = instance;
  requireState(instance, "RUNNING", "STOPPED", "PROVISIONING", "STARTING", "STOPPING");
  checkDefinedTags(call.cloud, body.definedTags);
  const launched = instance.hidden["launched"] as Record<string, string>;
  if (body.metadata) checkMetadataUpdate(launched, body.metadata);
  checkMetadata(
    body.metadata ?? (model["metadata"] as Record<string, string>),
    body.extendedMetadata ?? (model["extendedMetadata"] as Record<string, unknown>),
  );
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
  const shape = shapeNamed(shapeName ?? String(model["shape"]));
  const oldShape = shapeNamed(String(model["shape"]));
  if (shape.architecture !== oldShape.architecture)
    throw invalidParameter(`shape: ${shape.name} has another architecture than ${oldShape.name}`);
  const { ocpus, memoryInGBs } = model["shapeConfig"] as { ocpus: number; memoryInGBs: number };
  const kept = shape === oldShape ? { ocpus, memoryInGBs } : {};
  const newConfig = reshaped ? shapeConfigOf(shape, { ...kept, ...shapeConfig }) : undefined;
  if (reshaped && updateOperationConstraint === "AVOID_DOWNTIME" && model.lifecycleState === "RUNNING")
    throw incorrectState(
      "A change of the shape reboots a running instance, and updateOperationConstraint is AVOID_DOWNTIME",
    );
  if (sourceDetails) replaceSource(call, instance, sourceDetails);
  Object.assign(model, plain);
  if (newConfig) Object.assign(model, { shape: shape.name, shapeConfig: newConfig });
  for (const [member, value] of Object.entries({
    agentConfig,
    instanceOptions,
    availabilityConfig,
    launchOptions,
  }))
    if (value) model[member] = { ...(model[member] as object), ...value };
  call.cloud.store.touch(instance);
  return answer(instance, { headers: coreWork(call, "UpdateInstance", instance, "UPDATED") });
};

/** Power actions: from which state, through which, to which, and what the machine is told. */
const ACTIONS: Readonly<Record<string, readonly [from: string, via: string, to: string]>> = {
  START: ["STOPPED", "STARTING", "RUNNING"],
  STOP: ["RUNNING", "STOPPING", "STOPPED"],
  SOFTSTOP: ["RUNNING", "STOPPING", "STOPPED"],
  RESET: ["RUNNING", "STARTING", "RUNNING"],
  SOFTRESET: ["RUNNING", "STARTING", "RUNNING"],
};

const power = (call: Call) => {
  const instance = one(call);
  const name = (call.query.get("action") ?? "").toUpperCase();
  if (!name) throw missingParameter("action");
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (!action)
    throw invalidParameter(`action: '${name.slice(0, 40)}' is not one of ${Object.keys(ACTIONS).join(", ")}`);
  const [from, via, to] = action;
  requireState(instance, from);
  moveTo(call.cloud, instance, via, to);
  settleLater(call.cloud, instance);
  void powerMachine(instance, name as "START");
  return answer(instance);
};

const truth = (call: Call, name: string, fallback: boolean): boolean => {
  const text = call.query.get(name);
  if (text !== null && text !== "" && text !== "true" && text !== "false")
    throw invalidParameter(`${name} must be true or false, not '${text.slice(0, 40)}'`);
  return text ? text === "true" : fallback;
};

const terminate = (call: Call) => {
  const instance = one(call);
  if (!isAlive(instance)) throw notFound();
  const preserve = truth(call, "preserveBootVolume", false);
  takeOut(call.cloud, instance, "TERMINATING", "TERMINATED");
  detachVnics(call, instance.id);
  releaseBootVolume(call, instance.id, preserve);
  void endMachine(call.cloud, instance);
  return { status: 204, headers: coreWork(call, "TerminateInstance", instance, "DELETED") };
};

const move = z.object({ compartmentId: z.string() });

/** The handlers of instances. */
export const instances: Record<string, Handler> = {
  LaunchInstance: { target: launchTargets, run: launch },
  GetInstance: { target: (call) => targetOf(call, one(call)), run: (call) => answer(one(call)) },
  ListInstances: {
    target: listTarget,
    run: (call) =>
      listReply(
        call,
        listOf(call, "instance").map((i) => i.model),
        { filters: ["compartmentId", "availabilityDomain", "displayName", "lifecycleState"] },
      ),
  },
  UpdateInstance: { target: (call) => targetOf(call, one(call)), run: update },
  InstanceAction: { target: (call) => targetOf(call, one(call)), run: power },
  TerminateInstance: {
    target: (call) => {
      const instance = one(call);
      const attachment = listOf(call, "vnicattachment").find((a) => a.model["instanceId"] === instance.id);
      const subnet = attachment && call.cloud.store.get(String(attachment.model["subnetId"]));
      if (!subnet) return targetOf(call, instance, { permissions: ["INSTANCE_DELETE"] });
      return [
        targetOf(call, instance, { permissions: ["INSTANCE_DELETE", "VNIC_DELETE"] }),
        targetOf(call, subnet as Owned, { permissions: ["SUBNET_DETACH"] }),
      ];
    },
    run: terminate,
  },
  ChangeInstanceCompartment: {
    target: (call) => [
      targetOf(call, one(call)),
      compartmentTarget(call, readBody(call, move).compartmentId),
    ],
    run: (call) => {
      const instance = one(call);
      instance.model.compartmentId = readBody(call, move).compartmentId;
      call.cloud.store.touch(instance);
      return { status: 202, headers: coreWork(call, "ChangeInstanceCompartment", instance, "UPDATED") };
    },
  },
};
