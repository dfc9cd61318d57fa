import { randomUUID } from "node:crypto";
import type { Probe } from "../../document/schema.ts";

const MINUTE_MS = 60_000;

const minute = (ms: number): string => new Date(ms - (ms % MINUTE_MS)).toISOString();

/**
 * A probe with what nobody knows before it is made: `{instance}` is the OCID of the instance that makes it,
 * `{now}` is a time in RFC 3339, `{minute}` and `{minuteAgo}` are the present minute's beginning and the one
 * before it (the Audit service takes whole minutes only), `{uuid}` is new each time.
 */
export const filled = (probe: Probe, instanceId: string, nowMs = Date.now()): Probe => {
  const values: Readonly<Record<string, string>> = {
    "{instance}": instanceId,
    "{now}": new Date(nowMs).toISOString(),
    "{minute}": minute(nowMs),
    "{minuteAgo}": minute(nowMs - MINUTE_MS),
    "{uuid}": randomUUID(),
  };
  const text = JSON.stringify(probe).replace(
    /\{(?:instance|now|minute|minuteAgo|uuid)\}/g,
    (name) => values[name]!,
  );
  return JSON.parse(text) as Probe;
};
