/** ListObjectVersions. @module */
import { invalidParameter } from "../../errors.ts";
import { paginate } from "../../list.ts";
import type { Call, Reply } from "../../service.ts";
import { OBJECT_FIELDS } from "./fields.ts";
import type { Bucket, PreviousVersion } from "./store.ts";
import { versionsIn } from "./versions.ts";

const MAX_LIST = 1000;

const summary = (fields: readonly string[], { name, versionId, timeModified, object }: PreviousVersion) => ({
  ...(object && Object.fromEntries(fields.map((f) => [f, OBJECT_FIELDS[f]!(object)]))),
  name,
  versionId,
  timeModified,
  isDeleteMarker: object === undefined,
});

/** One page of a bucket's object versions, as `prefix`, `start`, `end`, `delimiter`, `limit` and `fields` ask. */
export const listVersions = (call: Call, bucket: Bucket): Reply => {
  const { query } = call;
  const fields = (query.get("fields") ?? "").split(",").filter(Boolean);
  const wrong = fields.find((f) => !Object.hasOwn(OBJECT_FIELDS, f));
  if (wrong) throw invalidParameter(`fields: '${wrong.slice(0, 40)}' is not a field of an object version`);
  const delimiter = query.get("delimiter");
  if (delimiter && delimiter !== "/") throw invalidParameter("delimiter: only '/' is supported");
  const [prefix, start] = [query.get("prefix") ?? "", query.get("start") ?? ""];
  const [after, end] = [query.get("startAfter"), query.get("end")];
  const asked = versionsIn(bucket).filter(
    ({ name }) =>
      name.startsWith(prefix) && name >= start && (after === null || name > after) && (!end || name < end),
  );
  const folderOf = (name: string): string | undefined => {
    const cut = delimiter ? name.indexOf(delimiter, prefix.length) : -1;
    return cut < 0 ? undefined : name.slice(0, cut + 1);
  };
  const { items, nextPage } = paginate(call, asked, (v) => `${v.versionId}`, {
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
