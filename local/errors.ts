/**
 * Errors as OCI words them, in one table. `unverified` marks a text that no documentation or observation shows.
 * @module
 */

/** An error answer: `{"code", "message"}` with a status. */
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
export const incorrectState = (message: string): ServiceError => new ServiceError(409, "IncorrectState", message);

/** 409: the name or the resource is in use. */
export const conflict = (code: string, message: string): ServiceError => new ServiceError(409, code, message);

/** 412: If-Match or If-None-Match does not hold. Text unverified. */
export const noEtagMatch = (): ServiceError =>
  new ServiceError(412, "NoEtagMatch", "The etag specified in the if-match header does not match the resource.");

/** 400: a service limit. Text unverified. */
export const limitExceeded = (message: string): ServiceError => new ServiceError(400, "LimitExceeded", message);
