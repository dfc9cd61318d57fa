/**
 * One failed attempt of a call: whether another one may follow, and the error that it is if none does.
 * @module
 */
import type { IncomingHttpHeaders } from "node:http";
import { type CallSite, connectionFailure, NoResponseError, OciError } from "./errors.ts";
import { type Effort, retryAfterMs } from "./retry.ts";

/** A failed attempt, before it is known whether it was the last. */
export class Failed extends Error {
  readonly transient: boolean;
  /** True when the request may have taken effect. */
  readonly mayBeDone: boolean;
  /** Time that the service wants to be left alone, in ms. */
  readonly afterMs: number | undefined;
  readonly as: (effort: Effort) => Error;

  constructor(of: Pick<Failed, "message" | "transient" | "mayBeDone" | "afterMs" | "as">) {
    super(of.message);
    this.transient = of.transient;
    this.mayBeDone = of.mayBeDone;
    this.afterMs = of.afterMs;
    this.as = of.as;
  }
}

/** Statuses that OCI gives before it has done anything. */
const REFUSED_FOR_NOW = new Set([429, 503]);
/** Statuses after which nobody knows whether the request took effect. */
const BROKEN = new Set([500, 502, 504]);

/** A body: JSON where it is JSON, text otherwise. */
export const parseBody = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** An error response of OCI as a failed attempt. */
export const refusal = (
  site: CallSite,
  response: { statusCode: number; headers: IncomingHttpHeaders; text: string },
): Failed => {
  const { statusCode: status, headers, text } = response;
  const content = parseBody(text);
  const error = (typeof content === "object" && content !== null ? content : {}) as Record<string, unknown>;
  const code = String(error["code"] ?? "Unknown");
  const message = String(error["message"] ?? text.slice(0, 200));
  const requestId = String(headers["opc-request-id"] ?? "");
  return new Failed({
    message: `${status} ${code}`,
    transient: REFUSED_FOR_NOW.has(status) || BROKEN.has(status),
    mayBeDone: BROKEN.has(status),
    afterMs: retryAfterMs(headers["retry-after"]),
    as: (effort) => new OciError(site.operation, status, code, message, requestId, { site, effort }),
  });
};

/**
 * The error that a sender has thrown as a failed attempt; undefined when it is no failure of a connection.
 * @param lateMs the attempt's time, when that has run out
 */
export const noResponse = (
  site: CallSite,
  error: unknown,
  lateMs: number | undefined,
): Failed | undefined => {
  const failure =
    lateMs === undefined
      ? connectionFailure(error)
      : { says: `no response within ${lateMs / 1000} s`, transient: true, unsent: false };
  if (!failure) return undefined;
  const { says, transient, unsent } = failure;
  const mayBeDone = !unsent && site.changes;
  return new Failed({
    message: says,
    transient,
    mayBeDone,
    afterMs: undefined,
    as: (effort) => new NoResponseError(says, mayBeDone, { site, effort }, error),
  });
};
