/**
 * Errors as OCI words them, in one table. `unverified` marks a text that no documentation or observation shows.
 * @module
 */

/** An error response: `{"code", "message"}` with a status. */
export class ServiceError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** 404: absent and forbidden look the same. */
export const notFound = (): ServiceError =>
  new ServiceError(404, "NotAuthorizedOrNotFound", "Authorization failed or requested resource not found.");

/** 401: whatever is wrong with a signature, a token or a clock. */
export const notAuthenticated = (): ServiceError =>
  new ServiceError(
    401,
    "NotAuthenticated",
    "The required information to complete authentication was not provided or was incorrect.",
  );

/** 400 with the member or rule that is wrong. */
export const invalidParameter = (message: string): ServiceError =>
  new ServiceError(400, "InvalidParameter", message);

/** 400: a member that must be there is not. Text unverified. */
export const missingParameter = (member: string): ServiceError =>
  new ServiceError(400, "MissingParameter", `${member} is required`);

/** 409: the resource's state forbids it. */
export const incorrectState = (message: string): ServiceError =>
  new ServiceError(409, "IncorrectState", message);

/** 409: the name or the resource is in use. */
export const conflict = (code: string, message: string): ServiceError => new ServiceError(409, code, message);

/** 412: If-Match or If-None-Match does not hold. Text unverified. */
export const noEtagMatch = (): ServiceError =>
  new ServiceError(
    412,
    "NoEtagMatch",
    "The etag specified in the if-match header does not match the resource.",
  );

/** 400: a service limit. Text unverified. */
export const limitExceeded = (message: string): ServiceError =>
  new ServiceError(400, "LimitExceeded", message);

/** 400: the body is not the JSON object that the operation takes. Text unverified. */
export const cannotParse = (why: string): ServiceError => new ServiceError(400, "CannotParseRequest", why);

/** 413. Text unverified. */
export const payloadTooLarge = (limitBytes: number): ServiceError =>
  new ServiceError(413, "PayloadTooLarge", `The request's body exceeds the limit of ${limitBytes} bytes.`);

/** 409: the resource that the token made is gone. Text: docs.oracle.com, "API Errors". */
export const invalidatedRetryToken = (): ServiceError =>
  new ServiceError(
    409,
    "InvalidatedRetryToken",
    "The provided retry token was used in an earlier request that resulted in a system update, but a subsequent operation invalidated the token.",
  );

/** 403: an identity write outside the home region. */
export const notHomeRegion = (homeKey: string): ServiceError =>
  new ServiceError(
    403,
    "NotAllowed",
    `Please go to your home region ${homeKey.toUpperCase()} to execute CREATE, UPDATE and DELETE operations.`,
  );

/** 429, with `Retry-After`. Text unverified. */
export const tooManyRequests = (retryAfterS: number): ServiceError =>
  new ServiceError(429, "TooManyRequests", "Too many requests for the tenancy or user.", {
    "retry-after": `${retryAfterS}`,
  });

/** 503. Text unverified. */
export const serviceUnavailable = (): ServiceError =>
  new ServiceError(503, "ServiceUnavailable", "The service is currently unavailable.");

/** 500: a defect of the local OCI; what it was goes to its log, never to the client. */
export const internalError = (): ServiceError =>
  new ServiceError(500, "InternalServerError", "An internal server error has occurred.");

/** 405. Text unverified. */
export const methodNotAllowed = (): ServiceError =>
  new ServiceError(405, "MethodNotAllowed", "The method is not allowed for this resource.");

/** 404: no such operation, or one that the local OCI does not serve. Text: docs.oracle.com, "API Errors". */
export const noOperation = (): ServiceError =>
  new ServiceError(
    404,
    "NotFound",
    "There is no operation supported at the URI path and HTTP method you specified in the request.",
  );

/** 400: a limit of the tenancy. Text: Rapha-Borges/oke-free#20. */
export const serviceLimit = (limit: string): ServiceError =>
  limitExceeded(
    `The following service limits were exceeded: ${limit}. Request a service limit increase from the service limits page in the console.`,
  );
