/** Object Storage's errors as S3 says them. @module */
import { S3Error, type S3ErrorCode } from "./errors.ts";
import type { NativeResponse } from "./native-responses.ts";

const CODES: Readonly<Record<string, S3ErrorCode>> = {
  BucketNotFound: "NoSuchBucket",
  NamespaceNotFound: "NoSuchBucket",
  ObjectNotFound: "NoSuchKey",
  NoSuchUpload: "NoSuchUpload",
  IfMatchFailed: "PreconditionFailed",
  IfNoneMatchFailed: "PreconditionFailed",
  UnmatchedContentMD5: "BadDigest",
  InvalidUploadPart: "InvalidPart",
  InvalidRange: "InvalidRange",
  NotRestored: "InvalidObjectState",
};

const BY_STATUS: Readonly<Record<number, S3ErrorCode>> = {
  400: "InvalidRequest",
  401: "ServiceUnavailable",
  403: "AccessDenied",
  404: "NoSuchKey",
  409: "OperationAborted",
  411: "MissingContentLength",
  412: "PreconditionFailed",
  413: "EntityTooLarge",
  416: "InvalidRange",
  429: "SlowDown",
  500: "SlowDown",
  502: "SlowDown",
  503: "SlowDown",
  504: "SlowDown",
};

/** Code and text of OCI's error. */
const told = ({ body }: NativeResponse): { code?: string; message?: string } => {
  try {
    return JSON.parse(body.toString("utf8")) as { code?: string; message?: string };
  } catch {
    // A HEAD has no body, and what stands before a service may write one of its own.
    return {};
  }
};

/**
 * The error of a response that is none of success. OCI says 404 for what may not be seen, too.
 * @param absent the code of a 404 that says nothing more
 */
export const failureOf = (response: NativeResponse, absent: S3ErrorCode = "NoSuchKey"): S3Error => {
  const { status } = response;
  const { code, message } = told(response);
  const known = code === undefined ? undefined : CODES[code];
  const byStatus = status === 404 ? absent : BY_STATUS[status];
  const s3 = known ?? byStatus ?? (status >= 500 ? "SlowDown" : "InvalidRequest");
  const words = message ?? `Object Storage answered ${status}`;
  return new S3Error(s3, code === undefined ? words : `${words} (${code})`);
};

/** @throws S3Error for a response that is none of success */
export const succeeded = (response: NativeResponse, absent?: S3ErrorCode): NativeResponse => {
  if (response.status < 200 || response.status > 299) throw failureOf(response, absent);
  return response;
};

/** The JSON of a response of success. @throws S3Error */
export const jsonOf = (response: NativeResponse, absent?: S3ErrorCode): Record<string, unknown> => {
  const { body } = succeeded(response, absent);
  try {
    return JSON.parse(body.toString("utf8")) as Record<string, unknown>;
  } catch {
    throw new S3Error("ServiceUnavailable", "Object Storage's response is no JSON, or too long");
  }
};
