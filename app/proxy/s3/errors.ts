/** S3's errors, in one table: code and status. @module */

import { ReportedError } from "../errors.ts";

/** Codes of S3 and their statuses. */
export const S3_ERRORS = {
  AccessControlListNotSupported: 400,
  AccessDenied: 403,
  AuthorizationHeaderMalformed: 400,
  AuthorizationQueryParametersError: 400,
  BadDigest: 400,
  BucketAlreadyOwnedByYou: 409,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  ExpiredToken: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidBucketName: 400,
  InvalidChunkSizeError: 403,
  InvalidDigest: 400,
  InvalidObjectState: 403,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidStorageClass: 400,
  InvalidToken: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedTrailerError: 400,
  MalformedXML: 400,
  MetadataTooLarge: 400,
  MethodNotAllowed: 405,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NotImplemented: 501,
  OperationAborted: 409,
  PreconditionFailed: 412,
  RequestTimeTooSkewed: 403,
  RequestTimeout: 400,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
  XAmzContentSHA256Mismatch: 400,
} as const;

export type S3ErrorCode = keyof typeof S3_ERRORS;

/** A refusal as S3 words it. The message goes to the caller: it holds no secret, and no signature that would be right. */
export class S3Error extends ReportedError {
  override name = "S3Error";
  readonly code: S3ErrorCode;
  readonly status: number;
  /** S3 has no headers of its own for errors. */
  readonly headers: Readonly<Record<string, string>> = {};
  /** Further elements of the XML, by name. */
  readonly details: Readonly<Record<string, string>> | undefined;

  constructor(code: S3ErrorCode, message: string, details?: Readonly<Record<string, string>>) {
    super(message);
    this.code = code;
    this.status = S3_ERRORS[code];
    this.details = details;
  }
}
