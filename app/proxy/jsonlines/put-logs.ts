/** Records of a log agent as the body of one PutLogs call. @module */
import type { Translate, TranslationInput } from "../agents/form.ts";
import { MAX_ENTRY_BYTES, PutLogsBody, rfc3339 } from "../agents/put-logs.ts";
import { ProxyError } from "../errors.ts";
import { recordsOf } from "./elements.ts";

/** Members in which agents write a record's time: Fluent Bit, Vector, Logstash, others. */
const TIMES = ["date", "timestamp", "@timestamp", "time"];
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** A record's own time as RFC 3339; undefined where it has none. Numbers are seconds since 1970. */
const timeOf = (record: Record<string, unknown>): string | undefined => {
  for (const name of TIMES) {
    const found = Object.hasOwn(record, name) ? record[name] : undefined;
    if (typeof found === "number" && found > 0 && found < 1e10) return rfc3339(found * 1000);
    if (typeof found === "string" && ISO.test(found) && !Number.isNaN(Date.parse(found))) {
      return rfc3339(Date.parse(found));
    }
  }
  return undefined;
};

function* putLogs(body: Buffer, input: TranslationInput): Generator<Buffer | undefined> {
  const made = new PutLogsBody(input);
  made.batch({ source: input.client, type: "keyless.jsonlines" });
  for (const { text, value } of recordsOf(body)) {
    if (Buffer.byteLength(text) >= MAX_ENTRY_BYTES) {
      throw new ProxyError(
        "BodyTooLarge",
        `entry ${made.count + 1} has ${Buffer.byteLength(text)} bytes; an entry of OCI Logging must be under ${MAX_ENTRY_BYTES}`,
      );
    }
    made.add(text, timeOf(value));
    if (made.turnIsOver()) yield;
  }
  if (made.count === 0)
    throw new ProxyError("BadBody", "the body has no entry: write one JSON object a line");
  yield made.end();
}

/** One call for JSON lines or a JSON array; the agent gets the service's own response. */
export const translateJsonLines: Translate = (body, input) => ({ bodies: putLogs(body, input) });
