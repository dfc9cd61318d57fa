/** The audit line of a request on its way, and what becomes of it at the end. @module */
import { randomUUID } from "node:crypto";
import type { ProxyCore } from "./core.ts";
import type { AuditLine } from "./observe/audit.ts";
import type { Reservation } from "./observe/audit-trail.ts";

/** Makes a request id as OCI writes them: 32 hexadecimal digits. */
const newRequestId = (): string => randomUUID().replaceAll("-", "").toUpperCase();

let nowMs = 0;
let nowText = "";
/** The time of day as ISO 8601; many requests share a millisecond, and writing it anew costs as much as routing. */
const now = (): string => {
  const ms = Date.now();
  if (ms !== nowMs) {
    nowMs = ms;
    nowText = new Date(ms).toISOString();
  }
  return nowText;
};

/** A request's audit line, and the space that is kept for it from before it is signed. */
export interface Recorded {
  line: AuditLine;
  space?: Reservation;
}

/** Gives an audit line to the trail, and counts it. */
export const record = (core: ProxyCore, { line, space }: Recorded): void => {
  core.audit.record(line, space);
  const { client = "unknown", service = "unknown", decision, status } = line;
  core.metrics.request({ client, service, decision, status }, line.durationMs);
};

/** Begins a line. @param client where it is known already */
export const newLine = (client: string | undefined): AuditLine => ({
  time: now(),
  ...(client !== undefined && { client }),
  decision: "refused",
  status: 0,
  bytesIn: 0,
  bytesOut: 0,
  durationMs: 0,
  requestId: newRequestId(),
});
