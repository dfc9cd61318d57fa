/** Reads a JSON body so that no service can read it differently. @module */
import { ProxyError } from "./errors.ts";

const MAX_DEPTH = 64;

const bad = (message: string): ProxyError => new ProxyError("BadBody", message);

/**
 * Parsers differ in which of two equal members they take. Walks over valid JSON and refuses the second one.
 * Names are compared decoded and ignoring case.
 */
const refuseRepeated = (text: string): void => {
  const open: (Set<string> | undefined)[] = [];
  let expectsName = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i]!;
    if (c === "{" || c === "[") {
      open.push(c === "{" ? new Set() : undefined);
      if (open.length > MAX_DEPTH) throw bad(`the body is nested deeper than ${MAX_DEPTH} levels`);
      expectsName = c === "{";
    } else if (c === "}" || c === "]") {
      open.pop();
      expectsName = false;
    } else if (c === ",") {
      expectsName = open.at(-1) !== undefined;
    } else if (c === '"') {
      const start = i;
      for (i += 1; text[i] !== '"'; i += 1) if (text[i] === "\\") i += 1;
      if (!expectsName) continue;
      const name = JSON.parse(text.slice(start, i + 1)) as string;
      const names = open.at(-1)!;
      if (names.has(name.toLowerCase())) throw bad(`the body has the member ${JSON.stringify(name)} twice`);
      names.add(name.toLowerCase());
      expectsName = false;
    }
  }
};

/**
 * Parses a request's body.
 * @throws ProxyError `BadBody` when it is not UTF-8, not JSON, or not the same for every parser
 */
export const parseJsonBody = (body: Buffer): unknown => {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw bad("the body is not UTF-8");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad("the body is not JSON");
  }
  refuseRepeated(text);
  return value;
};

/**
 * Every value that a dotted path reaches; `*` stands for each element of an array.
 * @returns undefined when the path leads nowhere in some element, or an array is something else
 */
export const valuesAt = (value: unknown, path: readonly string[]): unknown[] | undefined => {
  const [name, ...rest] = path;
  if (name === undefined) return [value];
  if (name === "*") {
    if (!Array.isArray(value)) return undefined;
    const each = value.map((element) => valuesAt(element, rest));
    return each.includes(undefined) ? undefined : (each as unknown[][]).flat();
  }
  if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) {
    return undefined;
  }
  return valuesAt((value as Record<string, unknown>)[name], rest);
};
