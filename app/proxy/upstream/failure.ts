/** Failures of an exchange, and the errors that the caller gets for them. @module */
import { reason } from "../../instance-principal/index.ts";
import { ProxyError } from "../errors.ts";
import { MalformedResponse } from "./response-parser.ts";

/** An error with a code of its own, as the system's errors have one. */
export const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code });

/** Thrown when the caller went away before the response was there. */
export class CallerGone extends Error {
  override name = "CallerGone";
}

/**
 * An exchange that failed, whether any of the response had come, and whether the connection was what failed.
 */
export class ExchangeFailed extends Error {
  override name = "ExchangeFailed";
  readonly responded: boolean;
  readonly bytesOut: number;
  readonly broken: boolean;
  constructor(cause: Error, responded: boolean, bytesOut: number, broken = false) {
    super(cause.message, { cause });
    this.responded = responded;
    this.bytesOut = bytesOut;
    this.broken = broken && !responded;
  }
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|ALTNAME/;

/** True when an error says that a connection was closed: as services do with one that was idle for long. */
export const isBroken = (error: Error): boolean =>
  ["ECONNRESET", "EPIPE"].includes((error as NodeJS.ErrnoException).code ?? "");

/** The error that the caller gets for a failure of the connection or the response. */
export const upstreamError = (host: string, error: Error): ProxyError => {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "CONNECT_TIMEOUT") {
    return new ProxyError("UpstreamTimeout", `${host} could not be reached in time`);
  }
  if (code.includes("TIMEOUT") || code === "ETIMEDOUT") {
    return new ProxyError("UpstreamTimeout", `${host} did not answer in time`);
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return new ProxyError("UpstreamFailed", `the name ${host} cannot be resolved (${code})`);
  }
  if (CERTIFICATE.test(code)) {
    return new ProxyError("UpstreamFailed", `the certificate of ${host} is not accepted (${code})`);
  }
  if (error instanceof MalformedResponse) {
    return new ProxyError("UpstreamFailed", `${host} answered something that is not HTTP (${error.message})`);
  }
  return new ProxyError("UpstreamFailed", `the connection to ${host} failed: ${reason(error)}`);
};
