/** What the proxy answers for itself, in one table: code, status, and what it means. @module */

/** Codes and statuses. Bodies have OCI's form, `{"code","message"}`; the codes are the proxy's own. */
export const PROXY_ERRORS = {
  /** The request line or its path is not in the one form that proxy and services read alike. */
  BadTarget: 400,
  /** A header is repeated, malformed, or asks for something that the proxy does not do. */
  BadHeader: 400,
  /** The request could not be read as HTTP/1.1. */
  BadRequest: 400,
  /** The body is not what it must be for the grant to be checked, or its digest is another. */
  BadBody: 400,
  /** No socket of a client, and no token of one. */
  CallerUnknown: 401,
  /** The client has no grant for this. */
  NotGranted: 403,
  /** The request comes from a browser or through another proxy. */
  ForbiddenOrigin: 403,
  /** No service of that name. */
  UnknownService: 404,
  /** A method that no operation of OCI has. */
  MethodNotSupported: 405,
  /** The request's body did not come in time. */
  RequestTimeout: 408,
  /** The operation's body is passed on as it comes, which needs Content-Length. */
  LengthRequired: 411,
  /** Longer than what is buffered to be signed. */
  BodyTooLarge: 413,
  /** A body that cannot be compared with the grant: not JSON, or compressed. */
  UnsupportedBody: 415,
  /** Expect with something else than 100-continue. */
  ExpectationFailed: 417,
  /** The Host header names another server. */
  WrongHost: 421,
  /** The headers are longer than the limit. */
  HeadersTooLarge: 431,
  /** A defect of the proxy. */
  Internal: 500,
  /** The service could not be reached, or did not answer as HTTP. */
  UpstreamFailed: 502,
  /** No token for the instance: the auth or metadata service is down. */
  NoIdentity: 503,
  /** The client's rules in the document cannot be used; the others' can. */
  ClientUnusable: 503,
  /** More requests at once than the limit. */
  Overloaded: 503,
  /** The audit line cannot be written, and settings say that nothing happens without it. */
  AuditFailed: 503,
  /** The service did not answer in time. */
  UpstreamTimeout: 504,
} as const;

export type ProxyErrorCode = keyof typeof PROXY_ERRORS;

/** An answer that the proxy gives in the service's place. */
export class ProxyError extends Error {
  override name = "ProxyError";
  readonly code: ProxyErrorCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProxyErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.status = PROXY_ERRORS[code];
    this.headers = headers;
  }
}
