/** Platform images: Oracle Linux and Ubuntu for both architectures, several releases of each. @module */
import type { ComputeClient, models } from "oci-core";
import { z } from "zod";
import { notFound } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Target } from "../../service.ts";
import type { Region } from "../../state/region.ts";
import type { State } from "../../state/state.ts";
import { absent } from "../../state/wire.ts";
import { details, readBody, tagMembers } from "../support/body.ts";
import { listTarget } from "../support/collection.ts";
import { find, listOf, type Owned, responseOf, targetOf } from "../support/resources.ts";
import { checkDefinedTags } from "../support/tags.ts";
import { type Architecture, shapes } from "./shapes.ts";

/** A platform image to publish. */
export interface PlatformImage {
  operatingSystem: string;
  operatingSystemVersion: string;
  architecture: Architecture;
  /** The release within the version, as in the display name: `9.6`. */
  release: string;
  /** `2026-01-31` */
  date: string;
}

const both = (
  operatingSystem: string,
  operatingSystemVersion: string,
  release: string,
  date: string,
): PlatformImage[] =>
  (["x86_64", "aarch64"] as const).map((architecture) => ({
    operatingSystem,
    operatingSystemVersion,
    architecture,
    release,
    date,
  }));

const published: readonly PlatformImage[] = [
  ...both("Oracle Linux", "8", "8.10", "2025-09-16"),
  ...both("Oracle Linux", "9", "9.5", "2025-04-16"),
  ...both("Oracle Linux", "9", "9.6", "2025-09-16"),
  ...both("Oracle Linux", "9", "9.6", "2025-11-20"),
  ...both("Oracle Linux", "10", "10.0", "2025-09-16"),
  ...both("Oracle Linux", "10", "10.0", "2025-11-20"),
  ...both("Canonical Ubuntu", "22.04", "22.04", "2025-10-31"),
  ...both("Canonical Ubuntu", "24.04", "24.04", "2025-10-31"),
];

/** `Oracle-Linux-9.6-aarch64-2025.09.16-0` */
const imageName = (image: PlatformImage): string =>
  [
    image.operatingSystem.replaceAll(" ", "-"),
    image.release,
    ...(image.architecture === "aarch64" ? ["aarch64"] : []),
    image.date.replaceAll("-", "."),
    "0",
  ].join("-");

/**
 * Publishes a platform image in a region, as Oracle does about every month.
 * @returns the image's OCID
 */
export const publishImage = (cloud: State, region: Region, image: PlatformImage): string => {
  seed(cloud, region);
  return addImage(cloud, region, image);
};

const addImage = (cloud: State, region: Region, image: PlatformImage): string => {
  const id = cloud.store.newId("image", region);
  cloud.store.add({
    id,
    type: "image",
    region,
    model: {
      id,
      // A platform image is in no compartment.
      compartmentId: absent,
      displayName: imageName(image),
      operatingSystem: image.operatingSystem,
      operatingSystemVersion: image.operatingSystemVersion,
      createImageAllowed: true,
      lifecycleState: "AVAILABLE",
      launchMode: "NATIVE",
      launchOptions: {
        bootVolumeType: "PARAVIRTUALIZED",
        firmware: "UEFI_64",
        networkType: "PARAVIRTUALIZED",
        remoteDataVolumeType: "PARAVIRTUALIZED",
        isPvEncryptionInTransitEnabled: true,
        isConsistentVolumeNamingEnabled: true,
      },
      agentFeatures: { isManagementSupported: true, isMonitoringSupported: true },
      listingType: "NONE",
      sizeInMBs: 47694,
      billableSizeInGBs: 5,
      freeformTags: {},
      definedTags: {},
      timeCreated: `${image.date}T12:00:00.000Z`,
    },
    hidden: { architecture: image.architecture, platform: true },
  });
  return id;
};

const seeded = new WeakMap<State, Set<string>>();

/** Puts the published images of a region into the store, once. */
const seed = (cloud: State, region: Region): void => {
  const done = seeded.get(cloud) ?? new Set();
  seeded.set(cloud, done);
  if (done.has(region.key)) return;
  done.add(region.key);
  for (const image of published) addImage(cloud, region, image);
};

/** An image by OCID. Throws 404 when there is none in the region. */
export const findImage = (call: Call, id: string | undefined): Owned<"image"> => {
  seed(call.cloud, call.region);
  return find(call, "image", id);
};

/**
 * The target that an image is. A platform image is in no compartment: permissions on it are those of the compartment
 * that it is used in (unverified; the documented policy for launching instances grants nothing elsewhere).
 */
export const imageTarget = (call: Call, image: Owned, usedIn: string, ...permissions: string[]): Target => ({
  ...targetOf(call, image, permissions.length ? { permissions } : {}),
  compartment: image.model.compartmentId ?? usedIn,
});

const own = (call: Call<"imageId">) => findImage(call, call.params["imageId"]);
const ownTarget = (call: Call<"imageId">): Target => imageTarget(call, own(call), call.cloud.tenancy.id);
const fits = (image: Owned<"image">, shape: string): boolean =>
  shapes.some((s) => s.name === shape && s.architecture === image.hidden.architecture);
const compatibility = (image: Owned, shape: string) => ({ imageId: image.id, shape });
const update = details<models.UpdateImageDetails>()({ displayName: z.string().optional(), ...tagMembers });

/** A custom image: only these can be changed. */
const customImage = (call: Call<"imageId">) => {
  const image = own(call);
  if (image.hidden.platform) throw notFound();
  return image;
};

/** The handlers of images. */
export const images = {
  ListImages: {
    target: listTarget,
    run: (call) => {
      seed(call.cloud, call.region);
      const compartment = call.query.get("compartmentId");
      const shape = call.query.get("shape");
      const found = listOf(call, "image").filter(
        (i) =>
          (i.hidden.platform || i.model.compartmentId === compartment) &&
          (!shape || fits(i, shape)) &&
          i.model.lifecycleState !== "DELETED",
      );
      return listReply(
        call,
        found.map((i) => i.model),
        { filters: ["displayName", "operatingSystem", "operatingSystemVersion", "lifecycleState"] },
      );
    },
  },
  GetImage: { target: ownTarget, run: (call) => responseOf(own(call)) },
  ListImageShapeCompatibilityEntries: {
    target: ownTarget,
    run: (call) => {
      const image = own(call);
      return { body: shapes.filter((s) => fits(image, s.name)).map((s) => compatibility(image, s.name)) };
    },
  },
  GetImageShapeCompatibilityEntry: {
    target: ownTarget,
    run: (call) => {
      const image = own(call);
      if (!fits(image, call.params["shapeName"] ?? "")) throw notFound();
      return { body: compatibility(image, call.params["shapeName"]!) };
    },
  },
  UpdateImage: {
    target: ownTarget,
    run: (call) => {
      const image = customImage(call);
      const body = readBody(call, update);
      checkDefinedTags(call.cloud, body.definedTags);
      Object.assign(image.model, body);
      call.cloud.store.touch(image);
      return responseOf(image);
    },
  },
  DeleteImage: {
    target: ownTarget,
    run: (call) => {
      const image = customImage(call);
      image.model.lifecycleState = "DELETED";
      call.cloud.store.touch(image);
      return { status: 204 };
    },
  },
} satisfies Handlers<ComputeClient>;
