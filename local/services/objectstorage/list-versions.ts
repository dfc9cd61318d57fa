/** ListObjectVersions. @module */
import type { models } from "oci-objectstorage";
import { invalidParameter } from "../../errors.ts";
import { paginate } from "../../list.ts";
import type { Call, Reply } from "../../service.ts";
import type { PreviousVersion } from "../../state/bucket-content.ts";
import type { Wire } from "../../state/wire.ts";
import { isObjectField, objectSummary } from "./fields.ts";
import type { Bucket } from "./store.ts";
import { versionsIn } from "./versions.ts";

const MAX_LIST = 1000;

type VersionsParameter = "fields" | "delimiter" | "prefix" | "start" | "startAfter" | "end";

const summary = (
  fields: Parameters<typeof objectSummary>[1],
  { name, versionId, timeModified, object }: PreviousVersion,
): Wire<models.ObjectVersionSummary> => ({
  ...(object && objectSummary(object, fields)),
  name,
  versionId,
  timeModified,
  isDeleteMarker: object === undefined,
});

/** One page of a bucket's object versions, as `prefix`, `start`, `end`, `delimiter`, `limit` and `fields` ask. */
export const listVersions = (
  call: Call<VersionsParameter | "limit" | "page">,
  bucket: Bucket,
): Reply<Wire<models.ObjectVersionCollection>> => {
  const { query } = call;
  const asked = (query.get("fields") ?? "").split(",").filter(Boolean);
  const fields = asked.filter(isObjectField);
  const wrong = asked.find((f) => !isObjectField(f));
  if (wrong) throw invalidParameter(`fields: '${wrong.slice(0, 40)}' is not a field of an object version`);
  const delimiter = query.get("delimiter");
  if (delimiter && delimiter !== "/") throw invalidParameter("delimiter: only '/' is supported");
  const [prefix, start] = [query.get("prefix") ?? "", query.get("start") ?? ""];
  const [after, end] = [query.get("startAfter"), query.get("end")];
  const found = versionsIn(bucket).filter(
    ({ name }) =>
      name.startsWith(prefix) && name >= start && (after === null || name > after) && (!end || name < end),
  );
  const folderOf = (name: string): string | undefined => {
    const cut = delimiter ? name.indexOf(delimiter, prefix.length) : -1;
    return cut < 0 ? undefined : name.slice(0, cut + 1);
  };
  const { items, nextPage } = paginate(call, found, (v) => `${v.versionId}`, {
    maxLimit: MAX_LIST,
    defaultLimit: MAX_LIST,
  });
  const folders = items.map(({ name }) => folderOf(name)).filter((f) => f !== undefined);
  return {
    body: {
      items: items.filter(({ name }) => folderOf(name) === undefined).map((v) => summary(fields, v)),
      ...(delimiter && { prefixes: [...new Set(folders)] }),
    },
    ...(nextPage && { headers: { "opc-next-page": nextPage } }),
  };
};
