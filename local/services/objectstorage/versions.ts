/**
 * Versions of objects (docs.oracle.com, "Object Storage Versioning"): every way in which an object is stored or
 * deleted comes through here, so that a bucket with versioning loses nothing that was not deleted by its version.
 * @module
 */
import { randomUUID } from "node:crypto";
import type { PreviousVersion, StoredObject } from "../../state/bucket-content.ts";
import type { Clock } from "../../state/clock.ts";
import { objectNotFound } from "./errors.ts";
import { compareNames } from "./list-objects.ts";
import { requireUnretained } from "./retained.ts";
import type { Bucket } from "./store.ts";

/** An object before it is stored. */
export type NewObject = Omit<StoredObject, "versionId" | "isVersioned">;

const isEnabled = (bucket: Bucket): boolean => bucket.model.versioning === "Enabled";

/**
 * True when an object stays as a previous version when it is overwritten or deleted. "Object versions created
 * before versioning suspension are retained"; what is stored in a suspended bucket is overwritten as in one
 * without versions.
 */
const isKept = (bucket: Bucket, object: StoredObject): boolean => isEnabled(bucket) || object.isVersioned;

const absent = (bucket: Bucket, name: string) =>
  objectNotFound(bucket.model.namespace, bucket.model.name, name);

const keep = (bucket: Bucket, object: StoredObject): void => {
  const { name, versionId, timeModified } = object;
  bucket.hidden.previous.push({ name, versionId, timeModified, object });
};

/** Makes an object the latest version of its name. */
export const storeObject = (bucket: Bucket, made: NewObject): StoredObject => {
  const { objects } = bucket.hidden;
  const before = objects.get(made.name);
  if (before && isKept(bucket, before)) keep(bucket, before);
  const object = { ...made, versionId: randomUUID(), isVersioned: isEnabled(bucket) };
  objects.set(made.name, object);
  return object;
};

/** The outcome of a deletion, for its response. */
export interface Deleted {
  /** Version of the delete marker that was made, or of the version that was deleted. */
  versionId?: string;
  /** True when a delete marker was deleted (SDK documentation: DeleteObjectResponse). */
  isDeleteMarker: boolean;
}

/** Deletes the latest version of a name: with versioning it becomes a previous one, behind a delete marker. */
export const removeLatest = (clock: Clock, bucket: Bucket, object: StoredObject): Deleted => {
  const { objects, previous } = bucket.hidden;
  objects.delete(object.name);
  if (!isKept(bucket, object)) return { isDeleteMarker: false };
  keep(bucket, object);
  const marker = { name: object.name, versionId: randomUUID(), timeModified: clock.iso() };
  previous.push(marker);
  return { versionId: marker.versionId, isDeleteMarker: false };
};

/** A version of an object. Throws 404 for one that is not there, and for a delete marker, which has no content. */
export const versionOf = (bucket: Bucket, name: string, versionId: string): StoredObject => {
  const latest = bucket.hidden.objects.get(name);
  if (latest?.versionId === versionId) return latest;
  const found = bucket.hidden.previous.find((v) => v.name === name && v.versionId === versionId)?.object;
  if (!found) throw absent(bucket, name);
  return found;
};

/** Deletes one version for good; a name without a latest version gets back the newest that is no delete marker. */
export const removeVersion = (clock: Clock, bucket: Bucket, name: string, versionId: string): Deleted => {
  const { hidden } = bucket;
  const latest = hidden.objects.get(name);
  const found = hidden.previous.find((v) => v.name === name && v.versionId === versionId);
  if (latest?.versionId !== versionId && !found) throw absent(bucket, name);
  requireUnretained(clock, bucket, found ? found.object : latest);
  if (found) hidden.previous = hidden.previous.filter((v) => v !== found);
  else hidden.objects.delete(name);
  const newest = hidden.previous.findLast((v) => v.name === name);
  if (newest?.object && !hidden.objects.has(name)) {
    hidden.objects.set(name, newest.object);
    hidden.previous = hidden.previous.filter((v) => v !== newest);
  }
  return { versionId, isDeleteMarker: found !== undefined && found.object === undefined };
};

/** All versions of a bucket's objects: by name, the latest first. */
export const versionsIn = ({ hidden }: Bucket): PreviousVersion[] => {
  const latest = [...hidden.objects.values()].map(({ name, versionId, timeModified }) => ({
    name,
    versionId,
    timeModified,
    object: hidden.objects.get(name)!,
  }));
  return [...latest, ...hidden.previous.toReversed()].sort((a, b) => compareNames(a.name, b.name));
};
