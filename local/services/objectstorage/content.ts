/** Reading and writing object content: conditions, ranges, headers. The same for signed and anonymous requests. @module */
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { invalidParameter } from "../../errors.ts";
import type { Query, Reply } from "../../service.ts";
import type { Digests, StorageTier, StoredObject } from "../../state/bucket-content.ts";
import type { Clock } from "../../state/clock.ts";
import type { Content } from "../../state/content.ts";
import type { LocalSettings } from "../../state/settings.ts";
import type { State } from "../../state/state.ts";
import { checksumOf, digestHeaders, receive, uploadedHeaders } from "./digests.ts";
import { ifMatchFailed, ifNoneMatchFailed, invalidRange } from "./errors.ts";
import { contentHeaders, keptHeaders } from "./metadata.ts";
import { requireUnretained } from "./retained.ts";
import { type Bucket, newEtag } from "./store.ts";
import { type NewObject, storeObject } from "./versions.ts";

const unquoted = (tag: string): string => tag.trim().replace(/^"(.*)"$/, "$1");

/** Checks `If-Match` and `If-None-Match: *` of a write. Throws 412. */
export const checkWrite = (headers: IncomingHttpHeaders, existing: { etag: string } | undefined): void => {
  const match = headers["if-match"];
  if (match !== undefined && match !== "*" && unquoted(match) !== existing?.etag) throw ifMatchFailed();
  const none = headers["if-none-match"];
  if (none !== undefined && none !== "*")
    throw invalidParameter("If-None-Match: only '*' is supported on a write");
  if (none === "*" && existing) throw ifNoneMatchFailed();
};

const TIERS: readonly StorageTier[] = ["Standard", "InfrequentAccess", "Archive"];

/** Makes an object from an upload. */
export const makeObject = (
  clock: Clock,
  name: string,
  upload: { content: Content; digests: Digests },
  from: { headers: Readonly<Record<string, string>>; storageTier: StorageTier },
  existing: StoredObject | undefined,
): NewObject => ({
  name,
  content: upload.content,
  digests: upload.digests,
  etag: newEtag(),
  timeCreated: existing?.timeCreated ?? clock.iso(),
  timeModified: clock.iso(),
  storageTier: from.storageTier,
  headers: { "content-type": "application/octet-stream", ...from.headers },
});

/** The storage tier that an upload asks for, or the bucket's. */
export const tierOf = (asked: unknown, bucket: Bucket): StorageTier => {
  if (typeof asked !== "string" || asked === "") return bucket.model.storageTier;
  const tier = TIERS.find((t) => t === asked);
  if (!tier) throw invalidParameter(`storage-tier: must be one of ${TIERS.join(", ")}`);
  return tier;
};

/** Stores an upload under a name, its conditions checked before and after the body has arrived. */
export const storeUpload = async (
  { clock, settings }: State,
  bucket: Bucket,
  name: string,
  from: { headers: IncomingHttpHeaders; stream: Readable | undefined; proceed?: () => void },
): Promise<Reply<undefined>> => {
  const { headers } = from;
  const { objects } = bucket.hidden;
  const kept = {
    headers: keptHeaders(headers, settings),
    storageTier: tierOf(headers["storage-tier"], bucket),
  };
  const checksum = checksumOf(headers);
  checkWrite(headers, objects.get(name));
  requireUnretained(clock, bucket, objects.get(name));
  from.proceed?.();
  const upload = await receive(from.stream, headers, checksum);
  checkWrite(headers, objects.get(name));
  const object = storeObject(bucket, makeObject(clock, name, upload, kept, objects.get(name)));
  return {
    headers: {
      etag: object.etag,
      "version-id": object.versionId,
      ...uploadedHeaders(object.digests, headers),
      "last-modified": new Date(object.timeModified).toUTCString(),
    },
  };
};

const objectHeaders = (object: StoredObject, settings: LocalSettings): Record<string, string> => ({
  ...object.headers,
  etag: object.etag,
  "version-id": object.versionId,
  "last-modified": new Date(object.timeModified).toUTCString(),
  "storage-tier": object.storageTier,
  "accept-ranges": "bytes",
  ...digestHeaders(object, settings.multipartMd5Counted),
});

/** First and last byte of a `Range` header; undefined when there is none that is understood. */
const rangeOf = (header: string | undefined, size: number): [number, number] | undefined => {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (!found || (found[1] === "" && found[2] === "")) return undefined;
  const [first, last] =
    found[1] === ""
      ? [Math.max(0, size - Number(found[2])), size - 1]
      : [Number(found[1]), Number(found[2] || size - 1)];
  if (first >= size || first > last) throw invalidRange(size);
  return [first, Math.min(last, size - 1)];
};

/**
 * The response where a read's conditions give none of the object: 304.
 * @throws 412 when `If-Match` does not hold
 */
const unread = (object: StoredObject, headers: IncomingHttpHeaders): Reply<undefined> | undefined => {
  const match = headers["if-match"];
  if (match !== undefined && match !== "*" && unquoted(match) !== object.etag) throw ifMatchFailed();
  const none = headers["if-none-match"];
  // SDK documentation of GetObject: "Wildcards ('*') are not allowed".
  if (none === "*") throw invalidParameter("If-None-Match: '*' is not allowed on a read");
  return none !== undefined && unquoted(none) === object.etag
    ? { status: 304, headers: { etag: object.etag } }
    : undefined;
};

/** Responds to HEAD, as its conditions ask. */
export const headObject = (
  object: StoredObject,
  headers: IncomingHttpHeaders,
  settings: LocalSettings,
): Reply<undefined> =>
  unread(object, headers) ?? {
    headers: { ...objectHeaders(object, settings), "content-length": `${object.content.length}` },
  };

/** The headers that a query of GetObject asks for in place of the object's. @throws 400 for what no header takes */
export const overridesOf = (
  query: Pick<
    Query<
      | "httpResponseCacheControl"
      | "httpResponseContentDisposition"
      | "httpResponseContentType"
      | "httpResponseContentLanguage"
      | "httpResponseContentEncoding"
      | "httpResponseExpires"
    >,
    "get"
  >,
): Record<string, string> =>
  contentHeaders({
    "cache-control": query.get("httpResponseCacheControl"),
    "content-disposition": query.get("httpResponseContentDisposition"),
    "content-type": query.get("httpResponseContentType"),
    "content-language": query.get("httpResponseContentLanguage"),
    "content-encoding": query.get("httpResponseContentEncoding"),
    expires: query.get("httpResponseExpires"),
  });

/** Responds to GET with an object, as its conditions and range ask. */
export const serveObject = (
  object: StoredObject,
  headers: IncomingHttpHeaders,
  settings: LocalSettings,
  overrides: Readonly<Record<string, string>> = {},
): Reply<Buffer | Readable> => {
  const { content } = object;
  const unmodified = unread(object, headers);
  if (unmodified) return { status: unmodified.status, headers: unmodified.headers };
  const own = { ...objectHeaders(object, settings), ...overrides };
  const range = rangeOf(headers["range"], content.length);
  if (!range) return { body: content.slice(), headers: { ...own, "content-length": `${content.length}` } };
  const [first, last] = range;
  return {
    status: 206,
    body: content.slice(first, last + 1),
    headers: {
      ...own,
      "content-length": `${last + 1 - first}`,
      "content-range": `bytes ${first}-${last}/${content.length}`,
    },
  };
};
