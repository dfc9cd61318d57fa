/** Uploads in parts: begun, filled, listed, given up. @module */
import {
  type AtDoor,
  bucketOf,
  bytesOf,
  encryptionResponse,
  numberIn,
  objectOf,
  type S3Handler,
} from "../door.ts";
import { S3Error } from "../errors.ts";
import { etagOf, etagOfMd5 } from "../etag.ts";
import { namedAlgorithm, objectHeaders } from "../metadata.ts";
import { jsonOf, succeeded } from "../native-errors.ts";
import { respondEmpty, respondXml } from "../respond.ts";
import type { XmlPart } from "../xml.ts";
import { checksumResponse, contentMd5 } from "./put.ts";

/** The members that an upload is begun with, by the header that has them otherwise. */
const MEMBERS: Readonly<Record<string, string>> = {
  "content-type": "contentType",
  "content-language": "contentLanguage",
  "content-encoding": "contentEncoding",
  "content-disposition": "contentDisposition",
  "cache-control": "cacheControl",
  "storage-tier": "storageTier",
};

/** Checksums that OCI makes of each part, and of the whole by S3's formula. */
const NATIVE: Readonly<Record<string, string>> = { crc32c: "CRC32C", sha256: "SHA256" };

export const uploadIdOf = ({ s3 }: AtDoor): string => {
  const id = s3.query.get("uploadId") ?? "";
  if (id === "" || id.length > 512 || /[\0-\x1f\x7f]/.test(id))
    throw new S3Error("NoSuchUpload", "the upload is not there: it was completed or aborted, or never begun");
  return id;
};

export const createMultipartUpload: S3Handler = async (at) => {
  const algorithm = namedAlgorithm(at.s3.headers.get("x-amz-checksum-algorithm"));
  const type = at.s3.headers.get("x-amz-checksum-type")?.toUpperCase();
  const headers = objectHeaders(at.s3.headers);
  const details: Record<string, unknown> = { object: at.s3.key!, contentType: "binary/octet-stream" };
  const metadata: Record<string, string> = {};
  for (const [name, value] of headers) {
    const member = MEMBERS[name];
    // JSON is UTF-8; a header's value has its bytes as Latin-1.
    const text = Buffer.from(value, "latin1").toString("utf8");
    if (member !== undefined) details[member] = text;
    else metadata[name] = text;
  }
  if (Object.keys(metadata).length > 0) details["metadata"] = metadata;
  const native = algorithm === undefined ? undefined : NATIVE[algorithm];
  const begun = jsonOf(
    await at.native.read({
      operation: "CreateMultipartUpload",
      params: { bucketName: bucketOf(at) },
      headers: native === undefined ? [] : ["opc-checksum-algorithm", native],
      body: Buffer.from(JSON.stringify(details)),
    }),
    "NoSuchBucket",
  );
  const said = [
    ...(algorithm === undefined ? [] : ["x-amz-checksum-algorithm", algorithm.toUpperCase()]),
    ...(type === undefined ? [] : ["x-amz-checksum-type", type]),
    ...encryptionResponse(at),
  ];
  respondXml(
    at.response,
    at.requestId,
    "InitiateMultipartUploadResult",
    [
      ["Bucket", bucketOf(at)],
      ["Key", at.s3.key!],
      ["UploadId", String(begun["uploadId"])],
    ],
    said,
  );
};

export const partNumberOf = (at: AtDoor): number => {
  const number = numberIn(at, "partNumber", 0, 1, 100_000);
  if (number >= 1 && number <= 10_000) return number;
  throw new S3Error("InvalidArgument", "partNumber is a number from 1 to 10000");
};

export const uploadPart: S3Handler = async (at) => {
  const call = {
    operation: "UploadPart",
    params: objectOf(at),
    query: { uploadId: uploadIdOf(at), uploadPartNum: partNumberOf(at) },
  };
  at.native.check(call);
  const { stream, lengthBytes, checksums } = await bytesOf(at);
  const sent = succeeded(
    await at.native.read({ ...call, headers: contentMd5(at), body: { stream, lengthBytes } }),
    "NoSuchUpload",
  );
  respondEmpty(at.response, at.requestId, 200, [
    "etag",
    etagOf(sent) ?? "",
    ...checksumResponse(checksums()),
  ]);
};

export const abortMultipartUpload: S3Handler = async (at) => {
  succeeded(
    await at.native.read({
      operation: "AbortMultipartUpload",
      params: objectOf(at),
      query: { uploadId: uploadIdOf(at) },
    }),
    "NoSuchUpload",
  );
  respondEmpty(at.response, at.requestId, 204);
};

/** A part as OCI lists it. */
export interface Part {
  partNumber: number;
  etag: string;
  md5: string;
  size: number;
}

/** Every part of an upload, in order. OCI has at most 10,000, a thousand a page. */
export const partsOf = async (at: AtDoor): Promise<Part[]> => {
  const parts: Part[] = [];
  let page: string | undefined;
  do {
    const response = await at.native.read({
      operation: "ListMultipartUploadParts",
      params: objectOf(at),
      query: { uploadId: uploadIdOf(at), limit: 1000, page },
    });
    parts.push(...(jsonOf(response, "NoSuchUpload") as unknown as Part[]));
    page = response.headers.get("opc-next-page");
  } while (page !== undefined && page !== "" && parts.length <= 10_000);
  return parts.sort((a, b) => a.partNumber - b.partNumber);
};

const owner = ({ client }: AtDoor, name: string): XmlPart => [
  name,
  [
    ["ID", client],
    ["DisplayName", client],
  ],
];

export const listParts: S3Handler = async (at) => {
  const most = numberIn(at, "max-parts", 1000, 0, 1000);
  const marker = numberIn(at, "part-number-marker", 0, 0, 10_000);
  const all = (await partsOf(at)).filter(({ partNumber }) => partNumber > marker);
  const shown = all.slice(0, most);
  const truncated = shown.length < all.length;
  respondXml(at.response, at.requestId, "ListPartsResult", [
    ["Bucket", bucketOf(at)],
    ["Key", at.s3.key!],
    ["UploadId", uploadIdOf(at)],
    ["PartNumberMarker", marker],
    ["NextPartNumberMarker", shown.at(-1)?.partNumber ?? marker],
    ["MaxParts", most],
    ["IsTruncated", truncated],
    ...shown.map(
      ({ partNumber, md5, size }): XmlPart => [
        "Part",
        [
          ["PartNumber", partNumber],
          // When a part was sent is in no list of OCI's.
          ["LastModified", new Date(0).toISOString()],
          ["ETag", `"${etagOfMd5(md5)}"`],
          ["Size", size],
        ],
      ],
    ),
    owner(at, "Initiator"),
    owner(at, "Owner"),
    ["StorageClass", "STANDARD"],
  ]);
};

/** An upload as OCI lists it. */
interface Upload {
  object: string;
  uploadId: string;
  timeCreated?: string;
  storageTier?: string;
}

const MAX_PAGES = 100;

const uploadsOf = async (at: AtDoor): Promise<Upload[]> => {
  const uploads: Upload[] = [];
  let page: string | undefined;
  let pages = 0;
  do {
    const response = await at.native.read({
      operation: "ListMultipartUploads",
      params: { bucketName: bucketOf(at) },
      query: { limit: 1000, page },
    });
    uploads.push(...(jsonOf(response, "NoSuchBucket") as unknown as Upload[]));
    page = response.headers.get("opc-next-page");
    pages += 1;
  } while (page !== undefined && page !== "" && pages < MAX_PAGES);
  return uploads;
};

const compare = (a: Upload, b: Upload): number =>
  Buffer.compare(Buffer.from(a.object), Buffer.from(b.object)) ||
  (a.timeCreated ?? "").localeCompare(b.timeCreated ?? "") ||
  (a.uploadId < b.uploadId ? -1 : 1);

export const listMultipartUploads: S3Handler = async (at) => {
  const { query } = at.s3;
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const keyMarker = query.get("key-marker") ?? "";
  const idMarker = query.get("upload-id-marker") ?? "";
  const most = numberIn(at, "max-uploads", 1000, 0, 1000);
  const all = (await uploadsOf(at)).filter(({ object }) => object.startsWith(prefix)).sort(compare);
  const seen = all.findIndex(({ object, uploadId }) => object === keyMarker && uploadId === idMarker);
  const behind =
    idMarker !== "" && seen !== -1
      ? all.slice(seen + 1)
      : all.filter(({ object }) => Buffer.compare(Buffer.from(object), Buffer.from(keyMarker)) > 0);
  const shown: Upload[] = [];
  const groups = new Set<string>();
  let last: Upload | undefined;
  let truncated = false;
  for (const upload of behind) {
    const cut = delimiter === "" ? -1 : upload.object.indexOf(delimiter, prefix.length);
    const group = cut === -1 ? undefined : upload.object.slice(0, cut + delimiter.length);
    if (group !== undefined && groups.has(group)) continue;
    if (shown.length + groups.size === most) {
      truncated = true;
      break;
    }
    if (group === undefined) shown.push(upload);
    else groups.add(group);
    last = upload;
  }
  respondXml(at.response, at.requestId, "ListMultipartUploadsResult", [
    ["Bucket", bucketOf(at)],
    ["KeyMarker", keyMarker],
    ["UploadIdMarker", idMarker],
    ["NextKeyMarker", truncated ? last?.object : undefined],
    ["NextUploadIdMarker", truncated ? last?.uploadId : undefined],
    ["Prefix", prefix],
    ["Delimiter", delimiter === "" ? undefined : delimiter],
    ["MaxUploads", most],
    ["IsTruncated", truncated],
    ...shown.map(
      ({ object, uploadId, timeCreated }): XmlPart => [
        "Upload",
        [
          ["Key", object],
          ["UploadId", uploadId],
          owner(at, "Initiator"),
          owner(at, "Owner"),
          ["StorageClass", "STANDARD"],
          ["Initiated", new Date(timeCreated ?? 0).toISOString()],
        ],
      ],
    ),
    ...[...groups].map((group): XmlPart => ["CommonPrefixes", [["Prefix", group]]]),
  ]);
};
