/** Multipart uploads. @module */
import { createHash, randomUUID } from "node:crypto";
import type { models, ObjectStorageClient } from "oci-objectstorage";
import { z } from "zod";
import { invalidParameter, payloadTooLarge, ServiceError } from "../../errors.ts";
import { paginate } from "../../list.ts";
import type { HandlerOf, Handlers } from "../../sdk.ts";
import type { Upload } from "../../state/bucket-content.ts";
import type { Wire } from "../../state/wire.ts";
import { details, readBody } from "../support/body.ts";
import { checkWrite, MAX_OBJECT_BYTES, makeObject, readContent, tierOf } from "./content.ts";
import { checkObjectName } from "./objects.ts";
import { requireUnretained } from "./retained.ts";
import { type Bucket, md5Of, newEtag } from "./store.ts";
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
const namedHeaders = (body: z.output<typeof create>): [string, string][] =>
  [
    ["content-type", body.contentType] as const,
    ["content-language", body.contentLanguage] as const,
    ["content-encoding", body.contentEncoding] as const,
    ["content-disposition", body.contentDisposition] as const,
    ["cache-control", body.cacheControl] as const,
  ].flatMap(([header, value]) => (value ? [[header, value]] : []));

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

const sizeOf = (upload: Upload): number =>
  [...upload.parts.values()].reduce((sum, part) => sum + part.content.length, 0);

const model = (bucket: Bucket, upload: Upload): Wire<models.MultipartUpload> => ({
  namespace: bucket.model.namespace,
  bucket: bucket.model.name,
  object: upload.object,
  uploadId: upload.id,
  timeCreated: upload.timeCreated,
  storageTier: upload.storageTier,
});

const commitUpload: HandlerOf<ObjectStorageClient, "CommitMultipartUpload"> = {
  ...ofObject,
  run: (call) => {
    const bucket = bucketOf(call);
    const upload = uploadOf(call, bucket);
    const { partsToCommit, partsToExclude = [] } = readBody(call, commit);
    const existing = bucket.hidden.objects.get(upload.object);
    checkWrite(call.headers, existing);
    requireUnretained(call.cloud.clock, bucket, existing);
    const numbers = partsToCommit.map((p) => p.partNum);
    if (new Set(numbers).size !== numbers.length)
      throw invalidParameter("partsToCommit: a part is named twice");
    const parts = [...partsToCommit]
      .sort((a, b) => a.partNum - b.partNum)
      .map(({ partNum, etag }) => {
        const part = upload.parts.get(partNum);
        if (part?.etag !== etag)
          throw new ServiceError(
            400,
            "InvalidUploadPart",
            `Part ${partNum} was not uploaded with that entity tag`,
          );
        return part;
      });
    const left = [...upload.parts.keys()].filter((n) => !numbers.includes(n) && !partsToExclude.includes(n));
    if (left.length)
      throw new ServiceError(
        400,
        "InvalidUploadPart",
        `Parts ${left.join(", ")} are neither committed nor excluded`,
      );
    const content = Buffer.concat(parts.map((p) => p.content));
    const md5s = createHash("md5");
    for (const part of parts) md5s.update(Buffer.from(part.md5, "base64"));
    const multipartMd5 = `${md5s.digest("base64")}-${parts.length}`;
    const object = storeObject(bucket, {
      ...makeObject(call.cloud.clock, upload.object, content, upload, existing),
      multipartMd5,
    });
    bucket.hidden.uploads.delete(upload.id);
    return {
      headers: {
        etag: object.etag,
        "version-id": object.versionId,
        "opc-multipart-md5": multipartMd5,
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
      const meta = Object.entries(body.metadata ?? {}).map(
        ([key, value]) => [key.startsWith("opc-meta-") ? key : `opc-meta-${key}`, value] as const,
      );
      const upload: Upload = {
        id: randomUUID(),
        object: body.object,
        timeCreated: call.cloud.clock.iso(),
        storageTier: tierOf(body.storageTier, bucket),
        headers: Object.fromEntries([...namedHeaders(body), ...meta]),
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
      const content = await readContent(call.stream, call.headers);
      if (sizeOf(upload) - (before?.content.length ?? 0) + content.length > MAX_OBJECT_BYTES)
        throw payloadTooLarge(MAX_OBJECT_BYTES);
      const part = { content, etag: newEtag(), md5: md5Of(content) };
      upload.parts.set(Number(number), part);
      return { headers: { etag: part.etag, "opc-content-md5": part.md5 } };
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
          md5: part.md5,
          size: part.content.length,
        })),
        ...(nextPage && { headers: { "opc-next-page": nextPage } }),
      };
    },
  },
} satisfies Handlers<ObjectStorageClient>;
