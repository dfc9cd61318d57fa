/** Fields of an object in lists. @module */
import type { StoredObject } from "./store.ts";

/** Fields of a listed object, with the reader of each. */
export const OBJECT_FIELDS: Readonly<Record<string, (object: StoredObject) => unknown>> = {
  name: (o) => o.name,
  size: (o) => o.content.length,
  etag: (o) => o.etag,
  md5: (o) => o.md5,
  timeCreated: (o) => o.timeCreated,
  timeModified: (o) => o.timeModified,
  storageTier: (o) => o.storageTier,
  archivalState: () => undefined,
};
