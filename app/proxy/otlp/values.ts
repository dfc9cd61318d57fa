/** Members and attribute values of OTLP, in the form of its JSON: nothing of it has been checked before. @module */
import { ProxyError } from "../errors.ts";

/** An object of a request. */
export type Members = Readonly<Record<string, unknown>>;

const EMPTY: Members = {};
const MAX_DEPTH = 32;

const bad = (message: string): ProxyError => new ProxyError("BadBody", `the body is not OTLP: ${message}`);

/** An object; one without members where there is none. An entry of protobuf is read now. */
export const members = (value: unknown, name: string): Members => {
  if (value === undefined || value === null) return EMPTY;
  if (typeof value === "function") return value() as Members;
  if (typeof value !== "object" || Array.isArray(value)) throw bad(`${name} must be an object`);
  return value as Members;
};

/** The objects of a list, one after the other; none where there is no list. */
export function* list(value: unknown, name: string): Generator<Members> {
  if (value === undefined || value === null) return;
  if (!Array.isArray(value)) throw bad(`${name} must be a list`);
  for (const one of value) yield members(one, `each of ${name}`);
}

/** A text; empty where there is none. */
export const text = (value: unknown, name: string): string => {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw bad(`${name} must be a text`);
  return value;
};

/** Digits of a 64-bit integer, which JSON has as a text or a number; undefined where there is none, or 0. */
export const digits = (value: unknown, name: string): string | undefined => {
  if (value === undefined || value === null) return undefined;
  const written = typeof value === "number" ? value.toFixed(0) : value;
  if (typeof written !== "string" || !/^-?\d{1,20}$/.test(written)) throw bad(`${name} must be an integer`);
  return written === "0" ? undefined : written;
};

/** Time in ms of one in ns; 0 where there is none. */
export const timeMs = (value: unknown, name: string): number => {
  const written = digits(value, name);
  return written === undefined ? 0 : Number(written.slice(0, -6));
};

/** A number, which JSON has as a number or a text (`"NaN"`, `"12"`); undefined where there is none. */
export const number = (value: unknown, name: string): number | undefined => {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number") return value;
  if (typeof value === "string" && /^(-?Infinity|NaN|-?\d[\d.eE+-]{0,40})$/.test(value)) return Number(value);
  throw bad(`${name} must be a number`);
};

/** JSON text of an `AnyValue`; integers keep all their digits. */
export const jsonOf = (value: unknown, depth = 0): string => {
  if (depth > MAX_DEPTH) throw bad(`attributes are nested deeper than ${MAX_DEPTH} levels`);
  const of = members(value, "value");
  if (typeof of["stringValue"] === "string") return JSON.stringify(of["stringValue"]);
  if (typeof of["boolValue"] === "boolean") return String(of["boolValue"]);
  if (of["intValue"] !== undefined)
    return digits(of["intValue"], "intValue")?.replace(/^(-?)0+(?=\d)/, "$1") ?? "0";
  if (of["doubleValue"] !== undefined) {
    const double = number(of["doubleValue"], "doubleValue");
    return Number.isFinite(double) ? JSON.stringify(double) : JSON.stringify(String(double));
  }
  if (of["arrayValue"] !== undefined) {
    const { values } = members(of["arrayValue"], "arrayValue");
    return `[${Array.from(list(values, "values"), (one) => jsonOf(one, depth + 1))}]`;
  }
  if (of["kvlistValue"] !== undefined) {
    return attributesJson(members(of["kvlistValue"], "kvlistValue")["values"], depth + 1);
  }
  return typeof of["bytesValue"] === "string" ? JSON.stringify(of["bytesValue"]) : "null";
};

/** JSON text of an object of attributes; of two with one name the last is taken. */
export const attributesJson = (value: unknown, depth = 0): string => {
  const byName = new Map<string, string>();
  for (const one of list(value, "attributes")) {
    byName.set(text(one["key"], "key"), jsonOf(one["value"], depth));
  }
  return `{${[...byName].map(([name, json]) => `${JSON.stringify(name)}:${json}`)}}`;
};

/** Attributes as names and texts. */
export const attributeTexts = (value: unknown): [name: string, text: string][] =>
  Array.from(list(value, "attributes"), ({ key, value: of }) => {
    const { stringValue } = members(of, "value");
    const name = text(key, "key");
    if (typeof stringValue === "string") return [name, stringValue];
    const json = jsonOf(of);
    return [name, json === "null" ? "" : json];
  });
