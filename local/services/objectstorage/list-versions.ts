/** ListObjectVersions. @module */
import type { models } from "oci-objectstorage";
import { paginate } from "../../list.ts";
import type { Call, Reply } from "../../service.ts";
import type { PreviousVersion } from "../../state/bucket-content.ts";
import type { LocalSettings } from "../../state/settings.ts";
import type { Wire } from "../../state/wire.ts";
import { objectFieldsOf, objectSummary } from "./fields.ts";
import { askedNames, MAX_LIST } from "./list-objects.ts";
import type { Bucket } from "./store.ts";
import { versionsIn } from "./versions.ts";

type VersionsParameter = "fields" | "delimiter" | "prefix" | "start" | "startAfter" | "end";

const summary = (
  fields: Parameters<typeof objectSummary>[1],
  settings: LocalSettings,
  { name, versionId, timeModified, object }: PreviousVersion,
): Wire<models.ObjectVersionSummary> => ({
  ...(object && objectSummary(object, fields, settings)),
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
  const fields = objectFieldsOf(query.get("fields") ?? "");
  const { has, folderOf, delimited } = askedNames(query);
  const found = versionsIn(bucket).filter(({ name }) => has(name));
  const { items, nextPage } = paginate(call, found, (v) => `${v.versionId}`, {
    maxLimit: MAX_LIST,
    defaultLimit: MAX_LIST,
  });
  const folders = items.map(({ name }) => folderOf(name)).filter((f) => f !== undefined);
  return {
    body: {
      items: items
        .filter(({ name }) => folderOf(name) === undefined)
        .map((v) => summary(fields, call.cloud.settings, v)),
      ...(delimited && { prefixes: [...new Set(folders)] }),
    },
    ...(nextPage && { headers: { "opc-next-page": nextPage } }),
  };
};
