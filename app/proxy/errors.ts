/** The proxy's own errors, in one table: code, status and meaning. @module */

/**
 * Codes, statuses and their meaning to a caller. Bodies have OCI's form, `{"code","message"}`; the codes are
 * the proxy's own. docs/errors.md is made from this.
 */
export const PROXY_ERRORS = {
  BadTarget: {
    status: 400,
    meaning: "The request line or its path is not in the one form that proxy and services read alike.",
  },
  BadHeader: {
    status: 400,
    meaning: "A header is repeated, malformed, or asks for something that the proxy does not do.",
  },
  BadRequest: { status: 400, meaning: "The request could not be read as HTTP/1.1." },
  BadBody: {
    status: 400,
    meaning: "The body is not what it must be for the grant to be checked, or its digest is another.",
  },
  CallerUnknown: { status: 401, meaning: "No socket of a client, and no token of one." },
  NotGranted: { status: 403, meaning: "The client has no grant for this." },
  ForbiddenOrigin: { status: 403, meaning: "The request comes from a browser or through another proxy." },
  UnknownService: { status: 404, meaning: "No service of that name." },
  UnknownOperation: {
    status: 404,
    meaning: "No operation of the service has this path with this method; what is nearest is named.",
  },
  MethodNotSupported: { status: 405, meaning: "A method that no operation of OCI has." },
  RequestTimeout: { status: 408, meaning: "The request's body did not come in time." },
  LengthRequired: {
    status: 411,
    meaning: "An upload has neither Content-Length nor chunks.",
  },
  BodyTooLarge: {
    status: 413,
    meaning: "Longer than what is held in memory to be signed, or what gzip may decode to.",
  },
  UnsupportedBody: {
    status: 415,
    meaning:
      "A body that cannot be compared with the grant, not JSON in UTF-8, plain or in gzip; or of an agent in another encoding than its form has.",
  },
  ExpectationFailed: { status: 417, meaning: "Expect with something else than 100-continue." },
  WrongHost: { status: 421, meaning: "The Host header names another server." },
  HeadersTooLarge: { status: 431, meaning: "The headers are longer than the limit." },
  Internal: { status: 500, meaning: "A defect of the proxy." },
  UpstreamFailed: { status: 502, meaning: "The service could not be reached, or did not answer as HTTP." },
  NoEndpoint: {
    status: 502,
    meaning: "OCI did not say which host serves the resource, or said one outside of the realm's domain.",
  },
  NoIdentity: { status: 503, meaning: "No token for the instance: the auth or metadata service is down." },
  ClientUnusable: {
    status: 503,
    meaning: "The client's rules in the document cannot be used; the others' can.",
  },
  Overloaded: { status: 503, meaning: "More requests at once than the limit." },
  AuditFailed: {
    status: 503,
    meaning: "The audit line cannot be written, and settings say that nothing happens without it.",
  },
  UpstreamTimeout: { status: 504, meaning: "The service did not answer in time." },
} as const satisfies Readonly<Record<string, { status: number; meaning: string }>>;

/** The sentence for who takes the proxy for a forward proxy. */
export const NO_FORWARD_PROXY =
  "this is no forward proxy: send requests to it itself, as http://127.0.0.1:8480/<service>/<path of the service>, and name it in no HTTP_PROXY or HTTPS_PROXY";

export type ProxyErrorCode = keyof typeof PROXY_ERRORS;

/** An error as a caller is told it, in whichever protocol. */
export abstract class ReportedError extends Error {
  abstract readonly code: string;
  abstract readonly status: number;
  /** Further headers of the response. */
  abstract readonly headers: Readonly<Record<string, string>>;
}

/** A response that the proxy gives in the service's place. */
export class ProxyError extends ReportedError {
  override name = "ProxyError";
  readonly code: ProxyErrorCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProxyErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.status = PROXY_ERRORS[code].status;
    this.headers = headers;
  }
}
