/** Shapes that instances can have. @module */

import type { ComputeClient, models } from "oci-core";
import { invalidParameter } from "../../errors.ts";
import { paginate } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Wire } from "../../state/wire.ts";
import { listTarget } from "../support/collection.ts";
import { find } from "../support/resources.ts";

/** A processor architecture, as images are made for one. */
export type Architecture = "x86_64" | "aarch64";

/** One shape: its processor and memory, or for a flexible one the limits of them. */
export interface Shape {
  name: string;
  architecture: Architecture;
  processor: string;
  ocpus: number;
  memoryInGBs: number;
  /** Limits of a flexible shape: most OCPUs, most memory, memory for each OCPU when none is asked for. */
  flexible?: { maxOcpus: number; maxMemoryInGBs: number; memoryPerOcpu: number };
  alwaysFree?: true;
  /**
   * The platform that can be shielded. Read in a list of OCI's for E4; those of the other shapes follow from their
   * processors, and are unverified.
   */
  platform?: "AMD_VM" | "INTEL_VM";
}

const AMPERE = "3.0 GHz Ampere® Altra™";
const AMPERE_ONE = "3.0 GHz AmpereOne®";
const flex = (maxOcpus: number, maxMemoryInGBs: number, memoryPerOcpu = 16) => ({
  ocpus: 1,
  memoryInGBs: memoryPerOcpu,
  flexible: { maxOcpus, maxMemoryInGBs, memoryPerOcpu },
});

/** The shapes served: the flexible ones in use today and the Always Free ones. */
export const shapes: readonly Shape[] = [
  {
    name: "VM.Standard.A1.Flex",
    architecture: "aarch64",
    processor: AMPERE,
    ...flex(80, 512, 6),
    alwaysFree: true,
  },
  { name: "VM.Standard.A2.Flex", architecture: "aarch64", processor: AMPERE_ONE, ...flex(78, 946, 6) },
  {
    name: "VM.Standard.E2.1.Micro",
    architecture: "x86_64",
    processor: "2.0 GHz AMD EPYC™ 7551 (Naples)",
    ocpus: 1,
    memoryInGBs: 1,
    alwaysFree: true,
  },
  {
    name: "VM.Standard.E3.Flex",
    architecture: "x86_64",
    processor: "2.25 GHz AMD EPYC™ 7742 (Rome)",
    platform: "AMD_VM",
    ...flex(114, 1776),
  },
  {
    name: "VM.Standard.E4.Flex",
    architecture: "x86_64",
    processor: "2.55 GHz AMD EPYC™ 7J13 (Milan)",
    platform: "AMD_VM",
    ...flex(114, 1776),
  },
  {
    name: "VM.Standard.E5.Flex",
    architecture: "x86_64",
    processor: "2.4 GHz AMD EPYC™ 9J14 (Genoa)",
    platform: "AMD_VM",
    ...flex(126, 1776),
  },
  {
    name: "VM.Standard3.Flex",
    architecture: "x86_64",
    processor: "2.6 GHz Intel® Xeon® Platinum 8358 (Ice Lake)",
    platform: "INTEL_VM",
    ...flex(56, 896),
  },
  {
    name: "VM.Optimized3.Flex",
    architecture: "x86_64",
    processor: "3.0 GHz Intel® Xeon® 6354 (Ice Lake)",
    platform: "INTEL_VM",
    ...flex(18, 256, 14),
  },
];

/** A shape by its name. Throws 400 when it is not served. */
export const shapeNamed = (name: string): Shape => {
  const shape = shapes.find((s) => s.name === name);
  if (!shape)
    throw invalidParameter(
      `shape: '${name.slice(0, 80)}' is not one of ${shapes.map((s) => s.name).join(", ")}`,
    );
  return shape;
};

/** Values that a platform may have. */
const CHOICE = { allowedValues: [true, false], isDefaultEnabled: false };

const shapeModel = (shape: Shape): Wire<models.Shape> => ({
  shape: shape.name,
  processorDescription: shape.processor,
  ocpus: shape.ocpus,
  memoryInGBs: shape.memoryInGBs,
  networkingBandwidthInGbps: 1,
  networkPorts: 1,
  maxVnicAttachments: 2,
  gpus: 0,
  localDisks: 0,
  isFlexible: shape.flexible !== undefined,
  isLiveMigrationSupported: true,
  billingType: shape.alwaysFree ? "LIMITED_FREE" : "PAID",
  ...(shape.platform && {
    platformConfigOptions: {
      type: shape.platform,
      secureBootOptions: CHOICE,
      measuredBootOptions: CHOICE,
      trustedPlatformModuleOptions: CHOICE,
    },
  }),
  ...(shape.flexible && {
    ocpuOptions: { min: 1, max: shape.flexible.maxOcpus },
    memoryOptions: {
      minInGBs: 1,
      maxInGBs: shape.flexible.maxMemoryInGBs,
      defaultPerOcpuInGBs: shape.flexible.memoryPerOcpu,
      minPerOcpuInGBs: 1,
      maxPerOcpuInGBs: 64,
    },
  }),
});

type Config = Wire<models.InstanceShapeConfig>;

/** OCPUs and memory as asked for, checked against the shape, with what follows from them. */
export const shapeConfigOf = (
  shape: Shape,
  asked: Readonly<Config> | undefined,
): Config & { ocpus: number; memoryInGBs: number } => {
  const ocpus = asked?.ocpus ?? shape.ocpus;
  const { flexible } = shape;
  const memoryInGBs = asked?.memoryInGBs ?? (flexible ? ocpus * flexible.memoryPerOcpu : shape.memoryInGBs);
  if (!flexible && (ocpus !== shape.ocpus || memoryInGBs !== shape.memoryInGBs))
    throw invalidParameter(`shapeConfig: ${shape.name} is not a flexible shape`);
  if (flexible && (ocpus < 1 || ocpus > flexible.maxOcpus))
    throw invalidParameter(`shapeConfig.ocpus: ${shape.name} takes 1 to ${flexible.maxOcpus}, not ${ocpus}`);
  if (flexible && (memoryInGBs < ocpus || memoryInGBs > Math.min(ocpus * 64, flexible.maxMemoryInGBs)))
    throw invalidParameter(
      `shapeConfig.memoryInGBs: ${shape.name} with ${ocpus} OCPUs takes ${ocpus} to ${Math.min(ocpus * 64, flexible.maxMemoryInGBs)}, not ${memoryInGBs}`,
    );
  return {
    gpus: 0,
    localDisks: 0,
    maxVnicAttachments: 2,
    networkingBandwidthInGbps: Math.max(1, ocpus),
    processorDescription: shape.processor,
    vcpus: shape.architecture === "aarch64" ? ocpus : ocpus * 2,
    ...asked,
    ocpus,
    memoryInGBs,
  };
};

/** The handlers of shapes. */
export const shapeHandlers = {
  ListShapes: {
    target: listTarget,
    run: (call) => {
      const imageId = call.query.get("imageId");
      const architecture = imageId && find(call, "image", imageId).hidden.architecture;
      const fitting = shapes.filter((s) => !architecture || s.architecture === architecture);
      const { items, nextPage } = paginate(call, fitting, (s) => s.name);
      return { body: items.map(shapeModel), ...(nextPage && { headers: { "opc-next-page": nextPage } }) };
    },
  },
} satisfies Handlers<ComputeClient>;
