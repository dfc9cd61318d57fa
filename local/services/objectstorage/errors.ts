/** Errors as Object Storage words them: its own codes beside those of every service. @module */
import { ServiceError } from "../../errors.ts";

/**
 * 404: the same for a bucket that is absent and one that is forbidden. Text: API errors, as the service
 * responds.
 */
export const bucketNotFound = (namespace: string, bucket: string): ServiceError =>
  new ServiceError(
    404,
    "BucketNotFound",
    `Either the bucket named '${bucket}' does not exist in the namespace '${namespace}' or you are not authorized to access it`,
  );

/** 404: another namespace than the tenancy's (text: oracle/oci-cli#554). */
export const namespaceNotFound = (): ServiceError =>
  new ServiceError(
    404,
    "NamespaceNotFound",
    "You do not have authorization to perform this request, or the requested resource could not be found.",
  );

/** 404 for a caller who may use the bucket. */
export const objectNotFound = (namespace: string, bucket: string, object: string): ServiceError =>
  new ServiceError(
    404,
    "ObjectNotFound",
    `The object '${object}' was not found in the bucket '${bucket}' of the namespace '${namespace}'`,
  );

/** 409 */
export const bucketAlreadyExists = (namespace: string, bucket: string): ServiceError =>
  new ServiceError(
    409,
    "BucketAlreadyExists",
    `Either the bucket '${bucket}' in namespace '${namespace}' already exists or you are not authorized to create it`,
  );

/** 409: objects, multipart uploads or pre-authenticated requests are left. */
export const bucketNotEmpty = (bucket: string, what: string): ServiceError =>
  new ServiceError(409, "BucketNotEmpty", `Bucket named '${bucket}' is not empty. ${what}`);

/** 412. Text unverified. */
export const ifMatchFailed = (): ServiceError =>
  new ServiceError(
    412,
    "IfMatchFailed",
    "The If-Match header does not match the entity tag of the existing entity.",
  );

/** 412. Text unverified. */
export const ifNoneMatchFailed = (): ServiceError =>
  new ServiceError(
    412,
    "IfNoneMatchFailed",
    "The If-None-Match header is '*' and the entity exists already.",
  );

/** 400: Object Storage acts for the caller and has no statement for it (text: oracle/ocifs#48). */
export const insufficientServicePermissions = (service: string): ServiceError =>
  new ServiceError(
    400,
    "InsufficientServicePermissions",
    `Permissions granted to the object storage service principal "${service}" to this bucket are insufficient.`,
  );

/**
 * 404: the caller may not delegate the key of a bucket to Object Storage, or that may not use it (reported in
 * terraform-provider-oci#1514 and oci-cli#507).
 */
export const keyRefused = (): ServiceError =>
  new ServiceError(404, "NotAuthorizedOrFoundKmsKey", "Caught RestClientException exception");

/**
 * 400: a digest that the client sent is not that of what arrived. Text: SDK documentation of PutObject; the codes
 * of the digests beside MD5 follow its words "HTTP-400 Unmatched Content CRC32C error".
 */
export const unmatchedDigest = (
  digest: "MD5" | "CRC32C" | "SHA256" | "SHA384",
  header: string,
  computed: string,
  sent: string,
): ServiceError =>
  new ServiceError(
    400,
    `UnmatchedContent${digest}`,
    `The computed ${digest} of the request body (${computed}) does not match the ${header} header (${sent})`,
  );

/** 400: the parts of a commit are not those that were uploaded. Texts unverified. */
export const invalidUploadPart = (message: string): ServiceError =>
  new ServiceError(400, "InvalidUploadPart", message);

/** 416. Text unverified. */
export const invalidRange = (size: number): ServiceError =>
  new ServiceError(416, "InvalidRange", "The requested range is not satisfiable", {
    "content-range": `bytes */${size}`,
  });
