/** Multipart uploads. @module */
import { randomUUID } from "node:crypto";
import type { models, ObjectStorageClient } from "oci-objectstorage";
import { z } from "zod";
import { invalidParameter, ServiceError } from "../../errors.ts";
import { paginate } from "../../list.ts";
import type { HandlerOf, Handlers } from "../../sdk.ts";
import type { Upload } from "../../state/bucket-content.ts";
import { Content } from "../../state/content.ts";
import type { LocalSettings } from "../../state/settings.ts";
import type { Wire } from "../../state/wire.ts";
import { details, readBody } from "../support/body.ts";
import { checkWrite, makeObject, tierOf } from "./content.ts";
import { checksumOf, digestHeaders, digestsOf, receive, uploadedHeaders } from "./digests.ts";
import { invalidUploadPart } from "./errors.ts";
import { contentHeaders, metadataHeaders } from "./metadata.ts";
import { checkObjectName } from "./objects.ts";
import { requireUnretained } from "./retained.ts";
import { type Bucket, newEtag } from "./store.ts";
import { type BucketCall, bucketOf, bucketTarget, objectTarget } from "./targets.ts";
import { storeObject } from "./versions.ts";

const create = details<models.CreateMultipartUploadDetails>()({
  object: z.string(),
  contentType: z.string().optional(),
  contentLanguage: z.string().optional(),
  contentEncoding: z.string().optional(),
  contentDisposition: z.string().optional(),
  cacheControl: z.string().optional(),
  storageTier: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});

/** The headers that the details of an upload name, as its object will have them. */
const headersOf = (body: z.output<typeof create>, settings: LocalSettings): Record<string, string> => ({
  ...contentHeaders({
    "content-type": body.contentType,
    "content-language": body.contentLanguage,
    "content-encoding": body.contentEncoding,
    "content-disposition": body.contentDisposition,
    "cache-control": body.cacheControl,
  }),
  ...metadataHeaders(body.metadata, settings),
});

const commit = details<models.CommitMultipartUploadDetails>()({
  partsToCommit: z.array(z.object({ partNum: z.number().int().min(1).max(10_000), etag: z.string() })).min(1),
  partsToExclude: z.array(z.number().int()).optional(),
});

/** A request that names an upload. */
type UploadCall = BucketCall<"objectName" | "uploadId">;

/** 404 for an upload that is not there. Text unverified. */
const noSuchUpload = (): ServiceError =>
  new ServiceError(404, "NoSuchUpload", "The specified upload does not exist or was committed or aborted.");

const uploadOf = (call: UploadCall, bucket: Bucket = bucketOf(call)): Upload => {
  const upload = bucket.hidden.uploads.get(call.query.get("uploadId") ?? "");
  if (!upload || upload.object !== call.params["objectName"]) throw noSuchUpload();
  return upload;
};

const ofObject = { target: (call: UploadCall) => objectTarget(call, call.params["objectName"]) };

const model = (bucket: Bucket, upload: Upload): Wire<models.MultipartUpload> => ({
  namespace: bucket.model.namespace,
  bucket: bucket.model.name,
  object: upload.object,
  uploadId: upload.id,
  timeCreated: upload.timeCreated,
  storageTier: upload.storageTier,
});

/**
 * The parts of a commit, in order.
 * @throws 400 unless each was uploaded with that entity tag, and every other one is excluded
 */
const committed = (
  upload: Upload,
  toCommit: z.output<typeof commit>["partsToCommit"],
  toExclude: readonly number[],
  { minPartBytes }: LocalSettings,
) => {
  const numbers = new Set(toCommit.map((p) => p.partNum));
  if (numbers.size !== toCommit.length) throw invalidUploadPart("partsToCommit: a part is named twice");
  // SDK documentation: "Each part created for this upload must be in either partsToExclude or partsToCommit, but
  // cannot be in both."
  const both = toExclude.filter((n) => numbers.has(n));
  if (both.length) throw invalidUploadPart(`Parts ${both.join(", ")} are both committed and excluded`);
  const left = [...upload.parts.keys()].filter((n) => !numbers.has(n) && !toExclude.includes(n));
  if (left.length) throw invalidUploadPart(`Parts ${left.join(", ")} are neither committed nor excluded`);
  return [...toCommit]
    .sort((a, b) => a.partNum - b.partNum)
    .map(({ partNum, etag }, index) => {
      const part = upload.parts.get(partNum);
      if (part?.etag !== etag)
        throw invalidUploadPart(`Part ${partNum} was not uploaded with that entity tag`);
      if (index < toCommit.length - 1 && part.content.length < minPartBytes)
        throw invalidUploadPart(
          `Part ${partNum} has ${part.content.length} bytes; every part but the last has at least ${minPartBytes}`,
        );
      return part;
    });
};

const commitUpload: HandlerOf<ObjectStorageClient, "CommitMultipartUpload"> = {
  ...ofObject,
  run: (call) => {
    const bucket = bucketOf(call);
    const upload = uploadOf(call, bucket);
    const { partsToCommit, partsToExclude = [] } = readBody(call, commit);
    const existing = bucket.hidden.objects.get(upload.object);
    checkWrite(call.headers, existing);
    requireUnretained(call.cloud.clock, bucket, existing);
    const parts = committed(upload, partsToCommit, partsToExclude, call.cloud.settings);
    const whole = {
      content: Content.joined(parts.map((p) => p.content)),
      digests: digestsOf(parts, upload.checksum),
    };
    const object = storeObject(bucket, {
      ...makeObject(call.cloud.clock, upload.object, whole, upload, existing),
      parts: parts.length,
    });
    bucket.hidden.uploads.delete(upload.id);
    return {
      headers: {
        etag: object.etag,
        "version-id": object.versionId,
        ...digestHeaders(object, true),
        "last-modified": new Date(object.timeModified).toUTCString(),
      },
    };
  },
};

/** The handlers of multipart uploads. */
export const multipartUploads = {
  CreateMultipartUpload: {
    target: (call) => objectTarget(call, readBody(call, create).object),
    run: (call) => {
      const bucket = bucketOf(call);
      const body = readBody(call, create);
      checkWrite(call.headers, bucket.hidden.objects.get(checkObjectName(body.object)));
      const upload: Upload = {
        id: randomUUID(),
        object: body.object,
        timeCreated: call.cloud.clock.iso(),
        storageTier: tierOf(body.storageTier, bucket),
        headers: headersOf(body, call.cloud.settings),
        checksum: checksumOf(call.headers),
        parts: new Map(),
      };
      bucket.hidden.uploads.set(upload.id, upload);
      return { body: model(bucket, upload) };
    },
  },
  UploadPart: {
    ...ofObject,
    run: async (call) => {
      const upload = uploadOf(call);
      const number = call.query.get("uploadPartNum") ?? "";
      if (!/^\d{1,5}$/.test(number) || Number(number) < 1 || Number(number) > 10_000)
        throw invalidParameter("uploadPartNum must be a whole number from 1 to 10000");
      const before = upload.parts.get(Number(number));
      checkWrite(call.headers, before);
      const received = await receive(call.stream, call.headers, upload.checksum ?? checksumOf(call.headers));
      // Committed or aborted while the part was on its way.
      uploadOf(call);
      const part = { ...received, etag: newEtag() };
      upload.parts.set(Number(number), part);
      return { headers: { etag: part.etag, ...uploadedHeaders(part.digests, call.headers) } };
    },
  },
  CommitMultipartUpload: commitUpload,
  AbortMultipartUpload: {
    ...ofObject,
    run: (call) => {
      bucketOf(call).hidden.uploads.delete(uploadOf(call).id);
      return { status: 204 };
    },
  },
  ListMultipartUploads: {
    target: (call) => bucketTarget(call),
    run: (call) => {
      const bucket = bucketOf(call);
      const { items, nextPage } = paginate(call, [...bucket.hidden.uploads.values()], (u) => u.id);
      return {
        body: items.map((u) => model(bucket, u)),
        ...(nextPage && { headers: { "opc-next-page": nextPage } }),
      };
    },
  },
  ListMultipartUploadParts: {
    ...ofObject,
    run: (call) => {
      const parts = [...uploadOf(call).parts].sort(([a], [b]) => a - b);
      const { items, nextPage } = paginate(call, parts, ([number]) => `${number}`);
      return {
        body: items.map(([partNumber, part]) => ({
          partNumber,
          etag: part.etag,
          md5: part.digests.md5,
          size: part.content.length,
        })),
        ...(nextPage && { headers: { "opc-next-page": nextPage } }),
      };
    },
  },
} satisfies Handlers<ObjectStorageClient>;
