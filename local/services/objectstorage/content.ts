/** Reading and writing object content: bodies, conditions, ranges. The same for signed and anonymous requests. @module */
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { invalidParameter, payloadTooLarge } from "../../errors.ts";
import type { Reply } from "../../service.ts";
import type { StorageTier, StoredObject } from "../../state/bucket-content.ts";
import type { Clock } from "../../state/clock.ts";
import { ifMatchFailed, ifNoneMatchFailed, invalidRange, unmatchedMd5 } from "./errors.ts";
import { requireUnretained } from "./retained.ts";
import { type Bucket, md5Of, newEtag } from "./store.ts";
import { type NewObject, storeObject } from "./versions.ts";

/** Largest object or part kept here. OCI's limits are 50 GiB; this server keeps content in memory. */
export const MAX_OBJECT_BYTES = 256 * 1024 * 1024;

/** Object headers that are stored and returned as they came. */
const KEPT = ["content-type", "content-language", "content-encoding", "cache-control", "content-disposition"];

/** The headers of an upload that belong to the object. */
const keptHeaders = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter(
      (h): h is [string, string] =>
        typeof h[1] === "string" && h[1] !== "" && (KEPT.includes(h[0]) || h[0].startsWith("opc-meta-")),
    ),
  );

/**
 * Reads an upload into memory.
 * @throws 413 over the limit, 400 when it is not what `content-length` or `content-md5` said
 */
export const readContent = async (
  stream: Readable | undefined,
  headers: IncomingHttpHeaders,
): Promise<Buffer> => {
  const length = headers["content-length"];
  if (Number(length ?? 0) > MAX_OBJECT_BYTES) throw payloadTooLarge(MAX_OBJECT_BYTES);
  const chunks: Buffer[] = [];
  let size = 0;
  // A request's body without an encoding: Node gives Buffers, its types say `any`.
  for await (const chunk of (stream ?? []) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_OBJECT_BYTES) throw payloadTooLarge(MAX_OBJECT_BYTES);
    chunks.push(chunk);
  }
  const content = Buffer.concat(chunks);
  const sent = headers["content-md5"];
  const computed = md5Of(content);
  if (typeof sent === "string" && sent !== computed) throw unmatchedMd5(computed, sent);
  return content;
};

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
  content: Buffer,
  from: { headers: Readonly<Record<string, string>>; storageTier: StorageTier },
  existing: StoredObject | undefined,
): NewObject => ({
  name,
  content,
  etag: newEtag(),
  md5: md5Of(content),
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
  clock: Clock,
  bucket: Bucket,
  name: string,
  from: { headers: IncomingHttpHeaders; stream: Readable | undefined; proceed?: () => void },
): Promise<Reply<undefined>> => {
  const { objects } = bucket.hidden;
  const storageTier = tierOf(from.headers["storage-tier"], bucket);
  checkWrite(from.headers, objects.get(name));
  requireUnretained(clock, bucket, objects.get(name));
  from.proceed?.();
  const content = await readContent(from.stream, from.headers);
  checkWrite(from.headers, objects.get(name));
  const kept = { headers: keptHeaders(from.headers), storageTier };
  return uploaded(storeObject(bucket, makeObject(clock, name, content, kept, objects.get(name))));
};

/** The response to an upload. */
const uploaded = (object: StoredObject): Reply<undefined> => ({
  headers: {
    etag: object.etag,
    "version-id": object.versionId,
    "opc-content-md5": object.md5,
    "last-modified": new Date(object.timeModified).toUTCString(),
  },
});

const objectHeaders = (object: StoredObject): Record<string, string> => ({
  ...object.headers,
  etag: object.etag,
  "version-id": object.versionId,
  "last-modified": new Date(object.timeModified).toUTCString(),
  "storage-tier": object.storageTier,
  "accept-ranges": "bytes",
  ...(object.multipartMd5 ? { "opc-multipart-md5": object.multipartMd5 } : { "content-md5": object.md5 }),
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
  return none !== undefined && (none === "*" || unquoted(none) === object.etag)
    ? { status: 304, headers: { etag: object.etag } }
    : undefined;
};

/** Responds to HEAD, as its conditions ask. */
export const headObject = (object: StoredObject, headers: IncomingHttpHeaders): Reply<undefined> =>
  unread(object, headers) ?? {
    headers: { ...objectHeaders(object), "content-length": `${object.content.length}` },
  };

/** Responds to GET with an object, as its conditions and range ask. */
export const serveObject = (object: StoredObject, headers: IncomingHttpHeaders): Reply<Buffer> => {
  const own = objectHeaders(object);
  const { content } = object;
  const unmodified = unread(object, headers);
  if (unmodified) return { status: unmodified.status, headers: unmodified.headers };
  const range = rangeOf(headers["range"], content.length);
  if (!range) return { body: content, headers: own };
  const [first, last] = range;
  return {
    status: 206,
    body: content.subarray(first, last + 1),
    headers: { ...own, "content-range": `bytes ${first}-${last}/${content.length}` },
  };
};
