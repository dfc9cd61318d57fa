/** Errors of a call: an error response of OCI, or no response at all. @module */
import { type Effort, effortWords } from "./retry.ts";

/** The operation and resource of a call, for people. */
export interface CallSite {
  /** `core.GetInstance` */
  operation: string;
  /** OCID, path or name of what it is about; empty where the operation has none. */
  resource: string;
  host: string;
  /** True when the operation may change anything. */
  changes: boolean;
}

const siteWords = ({ resource, host }: CallSite, effort: Effort): string =>
  `${resource ? `${resource} at ${host}` : `at ${host}`}; ${effortWords(effort)}`;

/** A call that failed for good. */
export abstract class CallError extends Error {
  readonly operation: string;
  /** Absent in an error that was made without one. */
  readonly site: CallSite | undefined;
  readonly tries: number;
  /** True when it was repeated until the deadline: what comes next will hardly do better. */
  readonly exhausted: boolean;

  constructor(operation: string, message: string, at?: { site: CallSite; effort: Effort }, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.operation = operation;
    this.site = at?.site;
    this.tries = at?.effort.tries ?? 1;
    this.exhausted = at?.effort.exhausted ?? false;
  }
}

/** An error response of OCI. */
export class OciError extends CallError {
  override name = "OciError";
  readonly status: number;
  readonly code: string;
  /** `opc-request-id` */
  readonly requestId: string;

  constructor(
    operation: string,
    status: number,
    code: string,
    message: string,
    requestId: string,
    at?: { site: CallSite; effort: Effort },
  ) {
    const where = at ? `; ${siteWords(at.site, at.effort)}` : "";
    super(operation, `${operation}: ${status} ${code}: ${message} (request ${requestId}${where})`, at);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

/** Thrown without a response: the connection failed, was cut, or nothing came in time. */
export class NoResponseError extends CallError {
  override name = "NoResponseError";
  /** True when the request may have taken effect all the same. */
  readonly mayBeDone: boolean;

  constructor(what: string, mayBeDone: boolean, at: { site: CallSite; effort: Effort }, cause: unknown) {
    const unknown = mayBeDone ? "; it may have taken effect" : "";
    const { operation } = at.site;
    super(operation, `${operation}: ${what} (${siteWords(at.site, at.effort)}${unknown})`, at, cause);
    this.mayBeDone = mayBeDone;
  }
}

/** A failure of a connection. */
export interface ConnectionFailure {
  /** The failure for people: `the connection was cut (ECONNRESET: socket hang up)`. */
  says: string;
  /** True when another attempt can do better. */
  transient: boolean;
  /** True when nothing of the request can have arrived. */
  unsent: boolean;
}

/** Codes of Node's sockets and of undici at which the request may have been sent. */
const CUT = new Set([
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_SOCKET",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
]);
/** Codes at which the request has not been sent, and may be later. */
const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);
/** Codes that no further attempt changes: a name that does not exist, a certificate that is not trusted. */
const HOPELESS =
  /^(ENOTFOUND|CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|UND_ERR_|HPE_|EPROTO)/;

/** Reads what a client's request has thrown; undefined for what is no failure of a connection. */
export const connectionFailure = (error: unknown): ConnectionFailure | undefined => {
  const {
    code,
    cause,
    message = "",
  } = (error ?? {}) as { code?: unknown; cause?: unknown; message?: string };
  // fetch hides it in the cause.
  if (typeof code !== "string") return cause === undefined ? undefined : connectionFailure(cause);
  const why = message ? `${code}: ${message}` : code;
  if (CUT.has(code)) return { says: `the connection was cut (${why})`, transient: true, unsent: false };
  // undici's text for a proxy's response to CONNECT: what a proxy refuses stays refused, a failure may pass.
  const proxy = /Proxy response \((\d+)\)/.exec(message)?.[1];
  if (proxy) return { says: `the proxy answered ${proxy}`, transient: /^(5|429)/.test(proxy), unsent: true };
  const transient = UNREACHABLE.has(code);
  if (transient || HOPELESS.test(code)) return { says: `no connection (${why})`, transient, unsent: true };
  return undefined;
};
