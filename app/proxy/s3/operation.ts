/** The operation that an S3 request means, by its method, place and parameters. @module */
import { S3Error } from "./errors.ts";
import type { S3Request } from "./request.ts";

/** Operations that the door serves. */
export type S3Operation =
  | "ListBuckets"
  | "HeadBucket"
  | "CreateBucket"
  | "GetBucketLocation"
  | "GetBucketVersioning"
  | "GetBucketAcl"
  | "ListObjects"
  | "ListObjectsV2"
  | "ListMultipartUploads"
  | "DeleteObjects"
  | "GetObject"
  | "HeadObject"
  | "GetObjectAttributes"
  | "GetObjectAcl"
  | "GetObjectTagging"
  | "PutObject"
  | "CopyObject"
  | "DeleteObject"
  | "CreateMultipartUpload"
  | "UploadPart"
  | "UploadPartCopy"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload"
  | "ListParts";

/** Parameters by which S3 tells operations apart; all others are about one of them. */
const SUBRESOURCES = [
  "accelerate",
  "acl",
  "analytics",
  "attributes",
  "cors",
  "delete",
  "encryption",
  "intelligent-tiering",
  "inventory",
  "legal-hold",
  "lifecycle",
  "location",
  "logging",
  "metadataTable",
  "metrics",
  "notification",
  "object-lock",
  "ownershipControls",
  "policy",
  "policyStatus",
  "publicAccessBlock",
  "renameObject",
  "replication",
  "requestPayment",
  "restore",
  "retention",
  "select",
  "session",
  "tagging",
  "torrent",
  "uploads",
  "versioning",
  "versions",
  "website",
] as const;

type Place = "service" | "bucket" | "object";

/** By place and method: the operation of each subresource, "" for none. */
const OPERATIONS: Readonly<Record<Place, Readonly<Record<string, Readonly<Record<string, S3Operation>>>>>> = {
  service: { GET: { "": "ListBuckets" } },
  bucket: {
    HEAD: { "": "HeadBucket" },
    PUT: { "": "CreateBucket" },
    GET: {
      "": "ListObjects",
      location: "GetBucketLocation",
      versioning: "GetBucketVersioning",
      acl: "GetBucketAcl",
      uploads: "ListMultipartUploads",
    },
    POST: { delete: "DeleteObjects" },
  },
  object: {
    HEAD: { "": "HeadObject" },
    GET: {
      "": "GetObject",
      uploadId: "ListParts",
      attributes: "GetObjectAttributes",
      acl: "GetObjectAcl",
      tagging: "GetObjectTagging",
    },
    PUT: { "": "PutObject", uploadId: "UploadPart" },
    POST: { uploads: "CreateMultipartUpload", uploadId: "CompleteMultipartUpload" },
    DELETE: { "": "DeleteObject", uploadId: "AbortMultipartUpload" },
  },
};

/** The operations that have another source than their body. */
const COPIES: Partial<Record<S3Operation, S3Operation>> = {
  PutObject: "CopyObject",
  UploadPart: "UploadPartCopy",
};

/** Headers, all of them Amazon's, that ask for what Object Storage does not have; none of them may be dropped without a word. */
const NOT_SERVED: readonly (readonly [name: RegExp, but?: RegExp])[] = [
  // OCI encrypts every object by AES-256.
  [/^x-amz-server-side-encryption$/, /^AES256$/],
  [/^x-amz-server-side-encryption-.*$/],
  [/^x-amz-copy-source-server-side-encryption-.*$/],
  [/^x-amz-object-lock-.*$/],
  [/^x-amz-website-redirect-location$/],
  [/^x-amz-tagging$/, /^$/],
  [/^x-amz-grant-.*$/],
  [/^x-amz-acl$/, /^(private|bucket-owner-full-control)$/],
  [/^x-amz-mfa$/],
  [/^x-amz-write-offset-bytes$/],
  [/^x-amz-bypass-governance-retention$/, /^false$/i],
];

const refuseHeaders = ({ headers }: S3Request): void => {
  for (const [name, value] of headers) {
    if (!name.startsWith("x-amz-")) continue;
    const rule = NOT_SERVED.find(([pattern, but]) => pattern.test(name) && !but?.test(value));
    if (!rule) continue;
    if (name === "x-amz-acl" || name.startsWith("x-amz-grant-"))
      throw new S3Error("AccessControlListNotSupported", `objects have no access control lists (${name})`);
    throw new S3Error("NotImplemented", `the header ${name} is not implemented`);
  }
};

/**
 * The operation of a request.
 * @throws S3Error `NotImplemented` naming what was asked for
 */
export const operationOf = (request: S3Request): S3Operation => {
  const { method, bucket, key, query, headers } = request;
  const place: Place = bucket === undefined ? "service" : key === undefined ? "bucket" : "object";
  const named: string[] = query.size === 0 ? [] : SUBRESOURCES.filter((name) => query.has(name));
  if (query.has("uploadId") && place === "object") named.push("uploadId");
  const [subresource = "", ...more] = named;
  const found = more.length === 0 ? OPERATIONS[place][method]?.[subresource] : undefined;
  if (found === undefined) {
    const what = `${method} of ${place === "service" ? "the service" : place === "bucket" ? "a bucket" : "an object"}`;
    throw new S3Error("NotImplemented", `${what}${named.map((n) => ` ?${n}`).join("")} is not implemented`);
  }
  if (query.has("versionId") && !["", "null"].includes(query.get("versionId")!))
    throw new S3Error("NotImplemented", `versions are not implemented (${found} with versionId)`);
  refuseHeaders(request);
  if (found === "ListObjects" && query.has("list-type")) {
    if (query.get("list-type") === "2") return "ListObjectsV2";
    throw new S3Error("InvalidArgument", "list-type is 2, or absent");
  }
  return (headers.has("x-amz-copy-source") && COPIES[found]) || found;
};
