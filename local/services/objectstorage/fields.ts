/** Fields of an object in lists. @module */
import type { models } from "oci-objectstorage";
import type { StoredObject } from "../../state/bucket-content.ts";
import type { Wire } from "../../state/wire.ts";

type ObjectSummary = Wire<models.ObjectSummary>;
type ObjectField = Exclude<keyof ObjectSummary, never>;

/** Fields of a listed object, with the reader of each. */
const READERS: { readonly [F in ObjectField]: (object: StoredObject) => ObjectSummary[F] } = {
  name: (o) => o.name,
  size: (o) => o.content.length,
  etag: (o) => o.etag,
  md5: (o) => o.md5,
  timeCreated: (o) => o.timeCreated,
  timeModified: (o) => o.timeModified,
  storageTier: (o) => o.storageTier,
  archivalState: () => undefined,
};

/** Names of the fields that a list can show of an object. */
export const OBJECT_FIELDS: readonly string[] = Object.keys(READERS);

/** True for a field that a list can show of an object. */
export const isObjectField = (name: string): name is ObjectField => Object.hasOwn(READERS, name);

const read = <F extends ObjectField>(summary: ObjectSummary, field: F, object: StoredObject): void => {
  summary[field] = READERS[field](object);
};

/** An object as a list shows it: its name and the fields that are asked for. */
export const objectSummary = (object: StoredObject, fields: readonly ObjectField[]): ObjectSummary => {
  const summary: ObjectSummary = { name: object.name };
  for (const field of fields) read(summary, field, object);
  return summary;
};
