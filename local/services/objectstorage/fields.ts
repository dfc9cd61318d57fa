/** Fields of an object in lists. @module */
import type { models } from "oci-objectstorage";
import { invalidParameter } from "../../errors.ts";
import type { StoredObject } from "../../state/bucket-content.ts";
import type { LocalSettings } from "../../state/settings.ts";
import type { Wire } from "../../state/wire.ts";

type ObjectSummary = Wire<models.ObjectSummary>;
type ObjectField = Exclude<keyof ObjectSummary, never>;

/** Fields of a listed object, with the reader of each. */
const READERS: {
  readonly [F in ObjectField]: (object: StoredObject, settings: LocalSettings) => ObjectSummary[F];
} = {
  name: (o) => o.name,
  size: (o) => o.content.length,
  etag: (o) => o.etag,
  md5: (o, { listedMultipartMd5 }) =>
    o.parts === undefined
      ? o.digests.md5
      : listedMultipartMd5 === "none"
        ? undefined
        : `${o.digests.md5}-${o.parts}`,
  timeCreated: (o) => o.timeCreated,
  timeModified: (o) => o.timeModified,
  storageTier: (o) => o.storageTier,
  archivalState: () => undefined,
};

/** Names of the fields that a list can show of an object. */
const OBJECT_FIELDS: readonly string[] = Object.keys(READERS);

const isObjectField = (name: string): name is ObjectField => Object.hasOwn(READERS, name);

/**
 * The fields of objects that a list asks for: "a comma-separated, case-insensitive list of those field names" (SDK
 * documentation of ListObjects).
 * @throws 400 naming the first that is none
 */
export const objectFieldsOf = (text: string): ObjectField[] =>
  text
    .split(",")
    .filter(Boolean)
    .map((asked) => {
      const field = OBJECT_FIELDS.find((name) => name.toLowerCase() === asked.trim().toLowerCase());
      if (field === undefined || !isObjectField(field))
        throw invalidParameter(`fields: '${asked.slice(0, 40)}' is not one of ${OBJECT_FIELDS.join(", ")}`);
      return field;
    });

const read = <F extends ObjectField>(
  summary: ObjectSummary,
  field: F,
  object: StoredObject,
  settings: LocalSettings,
): void => {
  summary[field] = READERS[field](object, settings);
};

/** An object as a list shows it: its name and the fields that are asked for. */
export const objectSummary = (
  object: StoredObject,
  fields: readonly ObjectField[],
  settings: LocalSettings,
): ObjectSummary => {
  const summary: ObjectSummary = { name: object.name };
  for (const field of fields) read(summary, field, object, settings);
  return summary;
};
