/** One hook before everything else, for tests and faults: responds in place of the local OCI. @module */
import { Readable } from "node:stream";
import { serviceUnavailable, tooManyRequests } from "../errors.ts";
import type { Reply } from "../service.ts";
import { errorReply } from "./reply.ts";

/** A request that has arrived, before anything of it is read or checked. */
export interface Arrival {
  surface: "api" | "metadata";
  /** The OCI host name; for the metadata service the instance's OCID. */
  host: string;
  method: string;
  /** Path and query exactly as sent. */
  target: string;
}

/** Responds in place of the local OCI, delays (by awaiting), or lets pass (undefined). */
export type Interceptor = (arrival: Arrival) => Reply | undefined | Promise<Reply | undefined>;

/** Selects the requests that an interceptor is about. */
export type Selects = (arrival: Arrival) => boolean;

/** Requests to hosts that match a pattern: `hosts(/^auth\./)`. */
export const hosts =
  (pattern: RegExp): Selects =>
  ({ surface, host }) =>
    surface === "api" && pattern.test(host);

/** Requests to instances' metadata services. */
export const metadataService: Selects = ({ surface }) => surface === "metadata";

/** Responds 503 to the requests it is about. */
export const failing =
  (selects: Selects): Interceptor =>
  (arrival) =>
    selects(arrival) ? errorReply(serviceUnavailable()) : undefined;

/** Cuts the connection of the requests it is about, before anything of them is done. */
export const cutting =
  (selects: Selects): Interceptor =>
  (arrival) =>
    selects(arrival)
      ? {
          body: new Readable({
            read() {
              this.destroy(new Error("cut"));
            },
          }),
        }
      : undefined;

/** Leaves the requests it is about without a response. */
export const silent =
  (selects: Selects): Interceptor =>
  (arrival) =>
    selects(arrival) ? new Promise(() => {}) : undefined;

/**
 * Responds 429 with `Retry-After` to the requests it is about, for a time that starts with the first of them.
 * @param forMs the time in ms
 */
export const throttling = (selects: Selects, forMs: number): Interceptor => {
  let untilMs: number | undefined;
  return (arrival) => {
    if (!selects(arrival)) return undefined;
    untilMs ??= performance.now() + forMs;
    const leftMs = untilMs - performance.now();
    return leftMs > 0 ? errorReply(tooManyRequests(Math.max(1, Math.ceil(leftMs / 1000)))) : undefined;
  };
};

/** The first response that an interceptor gives, in order. */
export const intercept = async (
  interceptors: readonly Interceptor[],
  arrival: Arrival,
): Promise<Reply | undefined> => {
  for (const interceptor of interceptors) {
    const reply = await interceptor(arrival);
    if (reply) return reply;
  }
  return undefined;
};
