/** Records of a log agent as the body of one PutLogs call: all of them are taken, or none. @module */
import { randomUUID } from "node:crypto";
import { ProxyError } from "../errors.ts";
import { recordsOf } from "./elements.ts";

/** Entries in one `logEntryBatches` element. */
const BATCH_ENTRIES = 10_000;
/** Entries in one call: the proxy translates them while other callers wait. */
const MAX_ENTRIES = 20_000;
/** Size that an entry must stay under, in bytes (`LogEntry` of Oracle's SDK: 1 MB). */
const MAX_ENTRY_BYTES = 1_000_000;
/** Members in which agents write a record's time: Fluent Bit, Vector, Logstash, others. */
const TIMES = ["date", "timestamp", "@timestamp", "time"];
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** RFC 3339 has no years before 0 or after 9999, which a time may have in UTC that has none where it was written. */
const inUtc = (time: Date): string | undefined => {
  const text = time.toISOString();
  return /^\d{4}-/.test(text) ? text : undefined;
};

/** A record's own time as RFC 3339; undefined where it has none. Numbers are seconds since 1970. */
const timeOf = (record: Record<string, unknown>): string | undefined => {
  for (const name of TIMES) {
    const found = Object.hasOwn(record, name) ? record[name] : undefined;
    if (typeof found === "number" && found > 0 && found < 1e10) return inUtc(new Date(found * 1000));
    if (typeof found === "string" && ISO.test(found) && !Number.isNaN(Date.parse(found))) {
      return inUtc(new Date(found));
    }
  }
  return undefined;
};

/**
 * The body of PutLogs for JSON lines or a JSON array.
 * @param take is told of each piece's size in bytes before the piece is kept; what it throws ends the translation
 * @throws ProxyError `BadBody`, `BodyTooLarge`
 */
export const putLogsBody = (body: Buffer, client: string, take: (sizeBytes: number) => void): Buffer => {
  const now = new Date().toISOString();
  const open = `{"source":${JSON.stringify(client)},"type":"keyless.jsonlines","defaultlogentrytime":"${now}","entries":[`;
  const pieces: Buffer[] = [];
  const add = (text: string): void => {
    const piece = Buffer.from(text);
    take(piece.length);
    pieces.push(piece);
  };
  let count = 0;
  add(`{"specversion":"1.0","logEntryBatches":[${open}`);
  for (const { text, value } of recordsOf(body)) {
    if (Buffer.byteLength(text) >= MAX_ENTRY_BYTES) {
      throw new ProxyError(
        "BodyTooLarge",
        `entry ${count + 1} has ${Buffer.byteLength(text)} bytes; an entry of OCI Logging must be under ${MAX_ENTRY_BYTES}`,
      );
    }
    const time = timeOf(value);
    if (count === MAX_ENTRIES) {
      throw new ProxyError(
        "BodyTooLarge",
        `the body has more than ${MAX_ENTRIES} entries: send fewer at once`,
      );
    }
    const entry = { id: randomUUID(), data: text, ...(time !== undefined && { time }) };
    const before = count === 0 ? "" : count % BATCH_ENTRIES === 0 ? `]},${open}` : ",";
    add(before + JSON.stringify(entry));
    count += 1;
  }
  if (count === 0) throw new ProxyError("BadBody", "the body has no entry: write one JSON object a line");
  add("]}]}");
  return Buffer.concat(pieces);
};
