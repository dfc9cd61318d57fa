/** The records of a body: JSON lines, or the elements of a JSON array. @module */
import { ProxyError } from "../errors.ts";

/** One record: its text as it came, so that no number loses digits, and its value. */
export interface JsonRecord {
  text: string;
  value: Record<string, unknown>;
}

const parse = (text: string, where: string): JsonRecord => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProxyError(
      "BadBody",
      `${where} is not JSON: write one JSON object a line, or an array of them`,
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ProxyError("BadBody", `${where} is JSON, and no object: write one JSON object for each entry`);
  }
  return { text, value: value as Record<string, unknown> };
};

/** The next record's end in an array: the comma or bracket outside of strings and of other brackets. */
const elementEnd = (text: string, from: number): number => {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const c = text[at];
    if (c === '"') {
      for (at += 1; at < text.length && text[at] !== '"'; at += 1) if (text[at] === "\\") at += 1;
    } else if (c === "{" || c === "[") depth += 1;
    else if (depth === 0 && (c === "," || c === "]")) return at;
    else if (c === "}" || c === "]") depth -= 1;
  }
  return -1;
};

function* elements(text: string): Generator<JsonRecord> {
  let from = 1;
  for (let n = 1; ; n += 1) {
    const end = elementEnd(text, from);
    if (end === -1) throw new ProxyError("BadBody", "the JSON array does not end");
    const one = text.slice(from, end).trim();
    const last = text[end] === "]";
    if (one !== "" || !last || n > 1) yield parse(one, `element ${n} of the array`);
    from = end + 1;
    if (!last) continue;
    if (text.slice(from).trim() !== "") throw new ProxyError("BadBody", "something follows the JSON array");
    return;
  }
}

function* lines(text: string): Generator<JsonRecord> {
  let from = 0;
  for (let n = 1; from < text.length; n += 1) {
    const newline = text.indexOf("\n", from);
    const end = newline === -1 ? text.length : newline;
    const one = text.slice(from, end).trim();
    if (one !== "") yield parse(one, `line ${n} of the body`);
    from = end + 1;
  }
}

/**
 * Records of a body, one after the other; linear in its length.
 * @throws ProxyError `BadBody` naming the line or element
 */
export const recordsOf = (body: Buffer): Generator<JsonRecord> => {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body).trim();
  } catch {
    throw new ProxyError("BadBody", "the body is not UTF-8");
  }
  return text.startsWith("[") ? elements(text) : lines(text);
};
