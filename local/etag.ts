/** Entity tags of resources. @module */
import { createHash } from "node:crypto";
import type { Resource } from "./cloud.ts";

/** The entity tag of a resource as it is now: another one after each change, the same while unchanged. */
export const etagOf = (resource: Resource): string =>
  createHash("sha256").update(`${resource.id}/${resource.version}`).digest("hex").slice(0, 40);
