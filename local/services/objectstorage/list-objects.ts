/** ListObjects, and what it has in common with the list of versions: the order of names, and the range asked for. @module */
import type { models } from "oci-objectstorage";
import { invalidParameter } from "../../errors.ts";
import type { Query } from "../../service.ts";
import type { LocalSettings } from "../../state/settings.ts";
import type { Wire } from "../../state/wire.ts";
import { objectFieldsOf, objectSummary } from "./fields.ts";
import type { Bucket } from "./store.ts";

/** Most names of one page. */
export const MAX_LIST = 1000;

/**
 * The order of names by their bytes in UTF-8. It differs from that of JavaScript's code units only where a
 * surrogate meets a unit above all surrogates.
 */
export const compareNames = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
};

/** Surrogates stand for what lies above every other unit. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/** What a list's query says of the names in it. */
export interface AskedNames {
  prefix: string;
  /** True for a name within prefix, `start`, `startAfter` and `end`. */
  has(name: string): boolean;
  /** The name up to the delimiter that follows the prefix; undefined where there is none. */
  folderOf(name: string): string | undefined;
  delimited: boolean;
}

type NamesParameter = "delimiter" | "prefix" | "start" | "startAfter" | "end";

/** Reads the names that a list asks for. @throws 400 for a delimiter other than `/` */
export const askedNames = (query: Pick<Query<NamesParameter>, "get">): AskedNames => {
  const delimiter = query.get("delimiter");
  // SDK documentation of ListObjects: "Note that only '/' is a supported delimiter character at this time."
  if (delimiter && delimiter !== "/") throw invalidParameter("delimiter: only '/' is supported");
  const [prefix, start] = [query.get("prefix") ?? "", query.get("start")];
  const [after, end] = [query.get("startAfter"), query.get("end")];
  return {
    prefix,
    delimited: Boolean(delimiter),
    has: (name) =>
      name.startsWith(prefix) &&
      (!start || compareNames(name, start) >= 0) &&
      (after === null || compareNames(name, after) > 0) &&
      (!end || compareNames(name, end) < 0),
    folderOf: (name) => {
      const cut = delimiter ? name.indexOf(delimiter, prefix.length) : -1;
      return cut < 0 ? undefined : name.slice(0, cut + 1);
    },
  };
};

/** One page of a bucket's objects, as `prefix`, `start`, `end`, `delimiter`, `limit` and `fields` ask. */
export const listObjects = (
  settings: LocalSettings,
  bucket: Bucket,
  query: Pick<Query<NamesParameter | "fields" | "limit">, "get">,
): Wire<models.ListObjects> => {
  const fields = objectFieldsOf(query.get("fields") ?? "name");
  const limit = Number(query.get("limit") ?? MAX_LIST);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIST)
    throw invalidParameter(`limit must be a whole number from 1 to ${MAX_LIST}`);
  const asked = askedNames(query);
  const names = [...bucket.hidden.objects.keys()].filter(asked.has).sort(compareNames);
  const objects: Wire<models.ObjectSummary>[] = [];
  const prefixes = new Set<string>();
  let nextStartWith: string | undefined;
  for (const name of names) {
    const folder = asked.folderOf(name);
    if (folder !== undefined && prefixes.has(folder)) continue;
    if (objects.length + prefixes.size >= limit) {
      nextStartWith = name;
      break;
    }
    if (folder !== undefined) prefixes.add(folder);
    else objects.push(objectSummary(bucket.hidden.objects.get(name)!, fields, settings));
  }
  return {
    objects,
    ...(asked.delimited && { prefixes: [...prefixes] }),
    ...(nextStartWith !== undefined && { nextStartWith }),
  };
};
