/**
 * Types of resources by Pulumi's type, as calls. Bodies are what the real provider sends for the same inputs
 * (recorded traffic); a type that is not here is refused by name.
 * @module
 */
import { core } from "./resources/core.ts";
import { identity } from "./resources/identity.ts";
import { objectStorage } from "./resources/object-storage.ts";
import { vault } from "./resources/vault.ts";
import type { ResourceType } from "./types.ts";

/** Every type of resource that the embedded engine provisions. */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  ...core,
  ...identity,
  ...objectStorage,
  ...vault,
};
