/** OTLP's log records as the body of one PutLogs call. @module */
import { type Translate, type TranslationInput, TURN_ENTRIES } from "../agents/form.ts";
import { type LogBatch, MAX_ENTRY_BYTES, PutLogsBody, rfc3339 } from "../agents/put-logs.ts";
import { Rejected } from "../agents/rejected.ts";
import { ProxyError } from "../errors.ts";
import { answer, type Encoding, readRequest } from "./encoding.ts";
import { logsRequest } from "./fields.ts";
import {
  attributesJson,
  attributeTexts,
  digits,
  jsonOf,
  list,
  type Members,
  members,
  text,
  timeMs,
} from "./values.ts";

/** Every entry names its resource and its scope, so that each of them must be short. */
const MAX_COMMON_BYTES = 16_384;
const MAX_SOURCE = 255;

/** Members of an entry's data that are texts or numbers as they come; absent where they are empty. */
const plain = (record: Members): string[] => {
  const said: string[] = [];
  for (const name of ["severityText", "eventName", "traceId", "spanId"]) {
    const value = text(record[name], name);
    if (value !== "") said.push(`"${name}":${JSON.stringify(value)}`);
  }
  for (const name of ["severityNumber", "flags"]) {
    const value = record[name];
    if (typeof value === "number" && value !== 0) said.push(`"${name}":${value}`);
  }
  // Whole: an entry's own time has milliseconds.
  for (const name of ["timeUnixNano", "observedTimeUnixNano"]) {
    const value = digits(record[name], name);
    if (value !== undefined) said.push(`"${name}":"${value}"`);
  }
  return said;
};

/** An entry's data: JSON of the record and what it comes from. */
const dataOf = (record: Members, from: string): string => {
  const said = [`"body":${jsonOf(record["body"])}`, ...plain(record)];
  const attributes = attributesJson(record["attributes"]);
  if (attributes !== "{}") said.push(`"attributes":${attributes}`);
  return `{${said.join(",")}${from}}`;
};

const refuseLong = (common: string, what: string): void => {
  if (Buffer.byteLength(common) <= MAX_COMMON_BYTES) return;
  throw new ProxyError(
    "BodyTooLarge",
    `${what} of more than ${MAX_COMMON_BYTES} bytes, which each of its entries would repeat`,
  );
};

/** Members that all entries of a scope have in common, each behind a comma. */
const commonOf = (resource: string, scope: Members): string => {
  const name = text(scope["name"], "name");
  refuseLong(name, "a scope has a name");
  return `${name === "" ? "" : `,"scope":${JSON.stringify(name)}`}${resource === "{}" ? "" : `,"resource":${resource}`}`;
};

/** What a batch is of: the service, and which of its instances. */
const batchOf = (about: ReadonlyMap<string, string>, client: string): LogBatch => ({
  source: (about.get("service.name") || client).slice(0, MAX_SOURCE),
  type: "keyless.otlp",
  subject: (about.get("service.instance.id") || about.get("host.name"))?.slice(0, MAX_SOURCE) || undefined,
});

/** A record's own time in ms, or when it was seen first; 0 where it says neither. */
const timeOf = (record: Members): number =>
  timeMs(record["timeUnixNano"], "timeUnixNano") ||
  timeMs(record["observedTimeUnixNano"], "observedTimeUnixNano");

function* putLogs(
  request: Members,
  input: TranslationInput,
  rejected: Rejected,
): Generator<Buffer | undefined> {
  const made = new PutLogsBody(input);
  for (const of of list(request["resourceLogs"], "resourceLogs")) {
    const { attributes } = members(of["resource"], "resource");
    const resource = attributesJson(attributes);
    refuseLong(resource, "a resource has attributes");
    const batch = batchOf(new Map(attributeTexts(attributes)), input.client);
    made.batch(batch);
    for (const { scope, logRecords } of list(of["scopeLogs"], "scopeLogs")) {
      const common = commonOf(resource, members(scope, "scope"));
      for (const record of list(logRecords, "logRecords")) {
        const data = dataOf(record, common);
        const at = timeOf(record);
        if (Buffer.byteLength(data) < MAX_ENTRY_BYTES) made.add(data, at > 0 ? rfc3339(at) : undefined);
        else rejected.add(`an entry of OCI Logging must be under ${MAX_ENTRY_BYTES} bytes`, batch.source);
        if (made.turnIsOver() || (rejected.count > 0 && rejected.count % TURN_ENTRIES === 0)) yield;
      }
    }
  }
  if (made.count > 0) yield made.end();
}

/** Translates `ExportLogsServiceRequest`. */
export const translateLogs =
  (encoding: Encoding): Translate =>
  (body, input) => {
    const rejected = new Rejected();
    return {
      bodies: putLogs(readRequest(body, encoding, logsRequest), input, rejected),
      answer: (responses) => answer(encoding, "rejectedLogRecords", rejected, responses.at(-1)),
    };
  };
