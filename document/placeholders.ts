/** Placeholders in the document for values that nobody knows before it is used. @module */
import { randomUUID } from "node:crypto";
import type { Probe } from "./schema.ts";

/** Placeholders of the document, by what they stand for. */
export const PLACEHOLDERS = {
  /** OCID of the instance that reads the document: in probes and in allow rules. */
  instance: "{instance}",
  /** The present time, RFC 3339. */
  now: "{now}",
  /** The present minute's beginning: the Audit service takes whole minutes only. */
  minute: "{minute}",
  /** The beginning of the minute before. */
  minuteAgo: "{minuteAgo}",
  /** A UUID, new each time. */
  uuid: "{uuid}",
} as const;

const MINUTE_MS = 60_000;

const minute = (ms: number): string => new Date(ms - (ms % MINUTE_MS)).toISOString();

const ANY = new RegExp(Object.values(PLACEHOLDERS).join("|").replace(/[{}]/g, "\\$&"), "g");

/**
 * A probe with values in place of its placeholders.
 * @param instanceId OCID of the instance that makes the call
 * @param nowMs the time of the call, in ms since 1970
 */
export const substitute = (probe: Probe, instanceId: string, nowMs = Date.now()): Probe => {
  const values: Readonly<Record<string, string>> = {
    [PLACEHOLDERS.instance]: instanceId,
    [PLACEHOLDERS.now]: new Date(nowMs).toISOString(),
    [PLACEHOLDERS.minute]: minute(nowMs),
    [PLACEHOLDERS.minuteAgo]: minute(nowMs - MINUTE_MS),
    [PLACEHOLDERS.uuid]: randomUUID(),
  };
  return JSON.parse(JSON.stringify(probe).replace(ANY, (name) => values[name]!)) as Probe;
};
