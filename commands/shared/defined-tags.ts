/** Defined tags of a resource as conditions name them. @module */
import type { OciModel } from "./oci-model.ts";

/** Defined tags by `namespace.key`; empty without any. */
export const definedTagsOf = (model: OciModel | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries((model?.["definedTags"] ?? {}) as Record<string, Record<string, unknown>>).flatMap(
      ([ns, keys]) => Object.entries(keys).map(([key, value]) => [`${ns}.${key}`, String(value)]),
    ),
  );
