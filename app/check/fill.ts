import { randomUUID } from "node:crypto";
import type { Probe } from "../settings.ts";

/**
 * A probe with what nobody knows before it is made: `{instance}` is the OCID of the instance that makes it,
 * `{now}` and `{minuteAgo}` are times in RFC 3339, `{uuid}` is new each time.
 */
export const filled = (probe: Probe, instanceId: string, nowMs = Date.now()): Probe => {
  const values: Readonly<Record<string, string>> = {
    "{instance}": instanceId,
    "{now}": new Date(nowMs).toISOString(),
    "{minuteAgo}": new Date(nowMs - 60_000).toISOString(),
    "{uuid}": randomUUID(),
  };
  const text = JSON.stringify(probe).replace(/\{(?:instance|now|minuteAgo|uuid)\}/g, (name) => values[name]!);
  return JSON.parse(text) as Probe;
};
