/** Boot volumes and their attachments. @module */
import type { BlockstorageClient, ComputeClient, models } from "oci-core";
import { z } from "zod";
import { notFound } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Target } from "../../service.ts";
import { details, displayName, readBody, tagMembers } from "../support/body.ts";
import { listTarget } from "../support/collection.ts";
import { keyTargets } from "../support/encryption-key.ts";
import {
  compartmentTarget,
  find,
  isAlive,
  listOf,
  type Owned,
  responseOf,
  starting,
  takeOut,
  targetOf,
} from "../support/resources.ts";
import { checkDefinedTags } from "../support/tags.ts";
import { refuseIfReferenced } from "./references.ts";

/** The instance that a boot volume is made for. */
export interface VolumeHost {
  id: string;
  compartmentId: string;
  availabilityDomain: string;
  displayName: string;
}

/** Makes a boot volume from an image and attaches it. */
export const attachNewBootVolume = (
  call: Call,
  host: VolumeHost,
  source: {
    imageId: string;
    sizeInGBs: number;
    vpusPerGB?: number | undefined;
    kmsKeyId?: string | undefined;
  },
): void => {
  const { cloud } = call;
  const id = cloud.store.newId("bootvolume", call.region);
  cloud.store.add({
    id,
    type: "bootvolume",
    region: call.region,
    model: {
      id,
      compartmentId: host.compartmentId,
      availabilityDomain: host.availabilityDomain,
      displayName: `${host.displayName} (Boot Volume)`,
      freeformTags: {},
      definedTags: {},
      systemTags: {},
      imageId: source.imageId,
      isHydrated: true,
      isAutoTuneEnabled: false,
      vpusPerGB: source.vpusPerGB ?? 10,
      sizeInGBs: source.sizeInGBs,
      sizeInMBs: source.sizeInGBs * 1024,
      autotunePolicies: [],
      bootVolumeReplicas: [],
      ...(source.kmsKeyId && { kmsKeyId: source.kmsKeyId }),
      lifecycleState: "PROVISIONING",
      timeCreated: cloud.clock.iso(),
    },
    ...starting(cloud, "AVAILABLE"),
  });
  attachBootVolume(call, host, id);
};

/** Attaches an existing boot volume. */
export const attachBootVolume = (call: Call, host: VolumeHost, bootVolumeId: string): void => {
  const { cloud } = call;
  // An instance's boot volume attachment has the instance's own unique part in OCI: one for each instance.
  const id = cloud.store.newId("bootvolumeattachment", call.region);
  cloud.store.add({
    id,
    type: "bootvolumeattachment",
    region: call.region,
    model: {
      id,
      compartmentId: host.compartmentId,
      availabilityDomain: host.availabilityDomain,
      bootVolumeId,
      instanceId: host.id,
      displayName: `Remote boot attachment for instance ${host.displayName}`,
      encryptionInTransitType: "NONE",
      isPvEncryptionInTransitEnabled: false,
      lifecycleState: "ATTACHING",
      timeCreated: cloud.clock.iso(),
      timeUpdated: cloud.clock.iso(),
    },
    ...starting(cloud, "ATTACHED"),
  });
};

/** Detaches an instance's boot volume, and deletes it unless it is to be kept. */
export const releaseBootVolume = (call: Call, instanceId: string, preserve: boolean): void => {
  for (const attachment of listOf(call, "bootvolumeattachment")) {
    if (attachment.model.instanceId !== instanceId || !isAlive(attachment)) continue;
    takeOut(call.cloud, attachment, "DETACHING", "DETACHED");
    const volume = call.cloud.store.get(attachment.model.bootVolumeId, "bootvolume");
    if (volume && !preserve) takeOut(call.cloud, volume, "TERMINATING", "TERMINATED");
  }
};

/** The key of a boot volume as target of the caller, and of the service, which encrypts with it. */
export const volumeKey = (call: Call, kmsKeyId: string | undefined): Target[] =>
  keyTargets(call, kmsKeyId, { service: "blockstorage" });

/** Puts a boot volume under another key; its instance says so too. */
const setKey = (call: Call, of: Owned<"bootvolume">, kmsKeyId: string | undefined): void => {
  Object.assign(of.model, { kmsKeyId });
  call.cloud.store.touch(of);
  for (const { model } of listOf(call, "bootvolumeattachment")) {
    if (model.bootVolumeId !== of.id) continue;
    const instance = call.cloud.store.get(model.instanceId, "instance");
    const source = instance?.model.sourceDetails;
    if (source && "imageId" in source) Object.assign(source, { kmsKeyId });
  }
};

const volume = (call: Call<"bootVolumeId">) => find(call, "bootvolume", call.params["bootVolumeId"]);
const attachment = (call: Call<"bootVolumeAttachmentId">) =>
  find(call, "bootvolumeattachment", call.params["bootVolumeAttachmentId"]);
const update = details<models.UpdateBootVolumeDetails>()({
  displayName: displayName.optional(),
  sizeInGBs: z.number().int().min(50).max(32768).optional(),
  vpusPerGB: z.number().int().min(10).max(120).optional(),
  isAutoTuneEnabled: z.boolean().optional(),
  ...tagMembers,
});
const rekey = details<models.UpdateBootVolumeKmsKeyDetails>()({ kmsKeyId: z.string() });
const move = details<models.ChangeBootVolumeCompartmentDetails>()({ compartmentId: z.string() });

/** The handlers of boot volumes. */
export const bootVolumes = {
  GetBootVolume: { target: (call) => targetOf(call, volume(call)), run: (call) => responseOf(volume(call)) },
  ListBootVolumes: {
    target: listTarget,
    run: (call) =>
      listReply(
        call,
        listOf(call, "bootvolume").map((v) => v.model),
        { filters: ["compartmentId", "availabilityDomain"] },
      ),
  },
  UpdateBootVolume: {
    target: (call) => targetOf(call, volume(call)),
    run: (call) => {
      const of = volume(call);
      const body = readBody(call, update);
      checkDefinedTags(call.cloud, body.definedTags);
      Object.assign(of.model, body, body.sizeInGBs && { sizeInMBs: body.sizeInGBs * 1024 });
      call.cloud.store.touch(of);
      return responseOf(of);
    },
  },
  GetBootVolumeKmsKey: {
    target: (call) => targetOf(call, volume(call)),
    run: (call) => {
      const { kmsKeyId } = volume(call).model;
      if (!kmsKeyId) throw notFound();
      return { body: { kmsKeyId } };
    },
  },
  UpdateBootVolumeKmsKey: {
    target: (call) => [targetOf(call, volume(call)), ...volumeKey(call, readBody(call, rekey).kmsKeyId)],
    run: (call) => {
      const { kmsKeyId } = readBody(call, rekey);
      setKey(call, volume(call), kmsKeyId);
      return { body: { kmsKeyId } };
    },
  },
  DeleteBootVolumeKmsKey: {
    target: (call) => targetOf(call, volume(call)),
    run: (call) => {
      setKey(call, volume(call), undefined);
      return { status: 204 };
    },
  },
  DeleteBootVolume: {
    target: (call) => targetOf(call, volume(call)),
    run: (call) => {
      const of = volume(call);
      if (!isAlive(of)) throw notFound();
      refuseIfReferenced(call, of, "bootvolumeattachment", (a) => a.model.bootVolumeId === of.id);
      takeOut(call.cloud, of, "TERMINATING", "TERMINATED");
      return { status: 204 };
    },
  },
  ChangeBootVolumeCompartment: {
    target: (call) => [
      targetOf(call, volume(call)),
      compartmentTarget(call, readBody(call, move).compartmentId),
    ],
    run: (call) => {
      volume(call).model.compartmentId = readBody(call, move).compartmentId;
      call.cloud.store.touch(volume(call));
      return { status: 204 };
    },
  },
  GetBootVolumeAttachment: {
    target: (call) => targetOf(call, attachment(call)),
    run: (call) => responseOf(attachment(call)),
  },
  ListBootVolumeAttachments: {
    target: listTarget,
    run: (call) =>
      listReply(
        call,
        listOf(call, "bootvolumeattachment").map((a) => a.model),
        { filters: ["compartmentId", "availabilityDomain", "instanceId", "bootVolumeId"] },
      ),
  },
} satisfies Handlers<BlockstorageClient> & Handlers<ComputeClient>;
