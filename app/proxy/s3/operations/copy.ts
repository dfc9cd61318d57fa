/**
 * CopyObject and UploadPartCopy. The bytes pass through the door: OCI's own copy needs a statement that lets the
 * service manage all objects of a compartment, which is more than anybody who copies has.
 * @module
 */
import { Readable } from "node:stream";
import {
  decide,
  headOf,
  isConditional,
  OF_SOURCE,
  OWN,
  preconditionFailed,
  writeConditions,
} from "../conditions.ts";
import { type AtDoor, encryptionResponse, objectOf, type S3Handler } from "../door.ts";
import { S3Error } from "../errors.ts";
import { etagOf, versionOf } from "../etag.ts";
import {
  copiedChecksums,
  inherited,
  keptChecksum,
  namedAlgorithm,
  type ObjectHeaders,
  objectHeaders,
} from "../metadata.ts";
import type { NativeCall } from "../native.ts";
import { failureOf, succeeded } from "../native-errors.ts";
import type { NativeHead, NativeResponse } from "../native-responses.ts";
import { checkBucket, checkKey } from "../request.ts";
import { respondXml } from "../respond.ts";
import { partNumberOf, uploadIdOf } from "./multipart.ts";

interface Source {
  bucketName: string;
  objectName: string;
}

/**
 * The source of a copy: `bucket/key`, with or without a slash before it, percent-encoded; a `+` is itself.
 * @throws S3Error
 */
const sourceOf = ({ s3 }: AtDoor): Source => {
  const text = s3.headers.get("x-amz-copy-source")!;
  const at = text.indexOf("?");
  if (at !== -1 && !/^\?versionId=(null)?$/.test(text.slice(at)))
    throw new S3Error("NotImplemented", "versions are not implemented (x-amz-copy-source with versionId)");
  let decoded: string;
  try {
    decoded = decodeURIComponent(at === -1 ? text : text.slice(0, at));
  } catch {
    throw new S3Error("InvalidArgument", "x-amz-copy-source has percent-escapes that are not UTF-8");
  }
  const path = decoded.replace(/^\//, "");
  const slash = path.indexOf("/");
  if (slash <= 0) throw new S3Error("InvalidArgument", "x-amz-copy-source is <bucket>/<name of an object>");
  return { bucketName: checkBucket(path.slice(0, slash)), objectName: checkKey(path.slice(slash + 1)) };
};

/** The source's head, with its conditions decided. */
const sourceHead = async (at: AtDoor, source: Source): Promise<NativeHead> => {
  // Of an empty object no bytes are got, and it may be read all the same only by who may get it.
  at.native.check({ operation: "GetObject", params: { ...source } });
  const head = await headOf(at, source);
  if (isConditional(at, OF_SOURCE) && decide(at, versionOf(head), OF_SOURCE) !== "met")
    throw preconditionFailed();
  return head;
};

/**
 * Sends the bytes of one version of the source on as the body of another call.
 * @param range of the source; undefined for all of it
 */
const transfer = async (
  at: AtDoor,
  source: Source,
  head: NativeHead,
  range: string | undefined,
  call: NativeCall,
): Promise<NativeResponse> => {
  const version = head.headers.get("etag") ?? "";
  const size = Number(head.headers.get("content-length"));
  if (size === 0) return at.native.read({ ...call, body: { stream: Readable.from([]), lengthBytes: 0 } });
  const opened = at.native.open({
    operation: "GetObject",
    params: { ...source },
    headers: ["if-match", version, ...(range === undefined ? [] : ["range", range])],
  });
  const got = await opened.head;
  if (got.status !== 200 && got.status !== 206) {
    const pieces: Buffer[] = [];
    for await (const piece of opened.body) pieces.push(piece as Buffer);
    throw failureOf({ ...got, body: Buffer.concat(pieces) });
  }
  const lengthBytes = Number(got.headers.get("content-length"));
  // A failure of the one call reaches the other by the body between them.
  try {
    return await at.native.read({ ...call, body: { stream: opened.body, lengthBytes } });
  } finally {
    opened.body.destroy();
    await opened.ended.catch(() => undefined);
  }
};

const replaces = ({ s3 }: AtDoor): boolean => {
  const directive = s3.headers.get("x-amz-metadata-directive")?.toUpperCase() ?? "COPY";
  if (directive !== "COPY" && directive !== "REPLACE")
    throw new S3Error("InvalidArgument", "x-amz-metadata-directive is COPY or REPLACE");
  return directive === "REPLACE";
};

export const copyObject: S3Handler = async (at) => {
  const source = sourceOf(at);
  const target = objectOf(at);
  const replace = replaces(at);
  const algorithm = namedAlgorithm(at.s3.headers.get("x-amz-checksum-algorithm"));
  const own = objectHeaders(at.s3.headers);
  const onto = source.bucketName === target.bucketName && source.objectName === target.objectName;
  if (onto && !replace && !own.has("storage-tier"))
    throw new S3Error(
      "InvalidRequest",
      "a copy of an object onto itself must change its metadata (x-amz-metadata-directive: REPLACE) or its storage class",
    );
  const call = { operation: "PutObject", params: target };
  at.native.check(call);
  const head = await sourceHead(at, source);
  const conditions = isConditional(at, OWN) ? await writeConditions(at) : [];
  const headers: ObjectHeaders = replace ? own : inherited(head);
  for (const [name, value] of copiedChecksums(head)) headers.set(name, value);
  for (const [name, value] of keptChecksum(algorithm && { name: algorithm, value: undefined }))
    headers.set(name, value);
  const tier = own.get("storage-tier");
  if (tier !== undefined) headers.set("storage-tier", tier);
  const sent = succeeded(
    await transfer(at, source, head, undefined, {
      ...call,
      headers: [...[...headers].flat(), ...conditions],
    }),
    "NoSuchBucket",
  );
  respondXml(
    at.response,
    at.requestId,
    "CopyObjectResult",
    [
      ["ETag", etagOf(sent) ?? ""],
      ["LastModified", lastModified(sent)],
    ],
    encryptionResponse(at),
  );
};

const lastModified = ({ headers }: NativeHead): string => {
  const ms = Date.parse(headers.get("last-modified") ?? "");
  return new Date(Number.isNaN(ms) ? Date.now() : ms).toISOString();
};

/** The range of a copied part, within the source. @throws S3Error `InvalidArgument`, `InvalidRange` */
const rangeOf = ({ s3 }: AtDoor, size: number): string | undefined => {
  const text = s3.headers.get("x-amz-copy-source-range");
  if (text === undefined) return undefined;
  const found = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(text);
  if (!found || Number(found[1]) > Number(found[2]))
    throw new S3Error("InvalidArgument", "x-amz-copy-source-range is bytes=<first>-<last>");
  if (Number(found[2]) >= size)
    throw new S3Error("InvalidRange", `the range is not within the source, which has ${size} bytes`);
  return text;
};

export const uploadPartCopy: S3Handler = async (at) => {
  const source = sourceOf(at);
  const call = {
    operation: "UploadPart",
    params: objectOf(at),
    query: { uploadId: uploadIdOf(at), uploadPartNum: partNumberOf(at) },
  };
  at.native.check(call);
  const head = await sourceHead(at, source);
  const range = rangeOf(at, Number(head.headers.get("content-length")));
  const sent = succeeded(await transfer(at, source, head, range, call), "NoSuchUpload");
  respondXml(at.response, at.requestId, "CopyPartResult", [
    ["ETag", etagOf(sent) ?? ""],
    ["LastModified", lastModified(sent)],
  ]);
};
