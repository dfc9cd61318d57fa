/** The shape's platform, which decides whether an instance can be shielded. @module */
import * as oci from "@pulumi/oci";
import { SettingsError } from "./settings/error.ts";
import type { Settings } from "./settings/settings.ts";

/** A shape as the data source lists it: once for each availability domain. */
export interface ListedShape {
  name: string;
  platformConfigOptions: readonly {
    type: string;
    secureBootOptions: readonly { allowedValues: readonly boolean[] }[];
  }[];
}

/**
 * The problem of a shape that cannot be shielded as the setting says; undefined where there is none, or OCI does not
 * list the shape: then the launch says why.
 */
export const shieldedProblem = (
  { shielded, shape }: Pick<Settings, "shielded" | "shape">,
  shapes: readonly ListedShape[],
): string | undefined => {
  const listed = shapes.filter(({ name }) => name === shape);
  if (shielded === "none" || listed.length === 0) return undefined;
  const platforms = listed.flatMap((one) => one.platformConfigOptions);
  const bootable = platforms.filter(({ secureBootOptions }) =>
    secureBootOptions.some(({ allowedValues }) => allowedValues.includes(true)),
  );
  if (bootable.some(({ type }) => type === shielded)) return undefined;
  const types = [...new Set(bootable.map(({ type }) => type))];
  const has = types.length > 0 ? `whose platform is ${types.join(", ")}` : "which has no secure boot";
  const allowed = [...types.filter((type) => ["AMD_VM", "INTEL_VM", "GENERIC_BM"].includes(type)), "none"];
  return `found ${shielded} with shape ${shape}, ${has}; allowed: ${allowed.join(" or ")}, or another keyless:shape`;
};

/**
 * Reads the shape's platform where an instance is to be shielded.
 * @throws SettingsError for a shape that cannot be
 */
export const checkShielded = async (settings: Settings): Promise<void> => {
  if (settings.shielded === "none") return;
  const { shapes } = await oci.core.getShapes({ compartmentId: settings.compartments.workload });
  const message = shieldedProblem(settings, shapes ?? []);
  if (message) throw new SettingsError([{ setting: "keyless:shielded", message }]);
};
