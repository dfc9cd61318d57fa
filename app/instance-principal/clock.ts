/** The offset of this machine's clock from a server's, by its Date header. @module */
import { MAX_CLOCK_SKEW_MS } from "../../oci/signature.ts";
import type { CallResponse } from "./call.ts";

/** A Date header has whole seconds, and calls take time: smaller differences say nothing. */
const NOISE_MS = 2000;

/**
 * Server's clock minus this machine's, in ms; undefined without a Date header. The server is taken to have
 * written its date half-way between request and response, half a second into the second it names.
 */
export const clockOffsetMs = (
  response: Pick<CallResponse, "headers" | "startedMs" | "respondedMs">,
): number | undefined => {
  const date = response.headers["date"];
  const serverMs = typeof date === "string" ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(serverMs)) return undefined;
  return serverMs + 500 - (response.startedMs + response.respondedMs) / 2;
};

/** The offset with what is only noise left out: what times of the server are converted with. */
export const significantOffsetMs = (offsetMs: number | undefined): number =>
  offsetMs === undefined || Math.abs(offsetMs) < NOISE_MS ? 0 : offsetMs;

/** True when services accept requests dated by this clock. */
export const isClockSane = (offsetMs: number | undefined): boolean =>
  offsetMs === undefined || Math.abs(offsetMs) < MAX_CLOCK_SKEW_MS;

/** The offset for people, to end an error's sentence with; empty when it explains nothing. */
export const sayClock = (offsetMs: number | undefined): string => {
  if (offsetMs === undefined || significantOffsetMs(offsetMs) === 0) return "";
  const side = offsetMs > 0 ? "behind" : "ahead of";
  const limit = isClockSane(offsetMs) ? "" : `; OCI accepts ${MAX_CLOCK_SKEW_MS / 1000} s`;
  return `; this machine's clock is ${Math.round(Math.abs(offsetMs) / 1000)} s ${side} the server's${limit}`;
};
