/** Reads a JSON body so that no service can read it differently. @module */

import { AmbiguousRequest } from "./ambiguous.ts";
import { looseName } from "./normalisation.ts";

const MAX_DEPTH = 64;

const bad = (message: string): AmbiguousRequest => new AmbiguousRequest("body", message);

/**
 * Refuses a second equal member in valid JSON: parsers differ in which of the two they take. Names are
 * compared decoded and ignoring case, in whichever way a parser ignores it.
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
      const folded = name.normalize("NFKC").toUpperCase().toLowerCase();
      if (names.has(folded)) throw bad(`the body has the member ${JSON.stringify(name)} twice`);
      names.add(folded);
      expectsName = false;
    }
  }
};

/**
 * Parses a request's body.
 * @throws AmbiguousRequest when it is not UTF-8, not JSON, or not the same for every parser
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

/** An object's member, when no other member could be taken for it. */
const member = (value: unknown, name: string): { value: unknown } | undefined => {
  if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) {
    return undefined;
  }
  const loose = looseName(name);
  if (Object.keys(value).some((other) => other !== name && looseName(other) === loose)) return undefined;
  return { value: (value as Record<string, unknown>)[name] };
};

/**
 * Every value that a dotted path reaches; `*` stands for each element of an array.
 * @returns undefined when the path leads nowhere in some element, an array is empty or something else, or
 *   another member might be read in the place of one on the way
 */
export const valuesAt = (value: unknown, path: readonly string[]): unknown[] | undefined => {
  const [name, ...rest] = path;
  if (name === undefined) return [value];
  if (name === "*") {
    if (!Array.isArray(value) || value.length === 0) return undefined;
    const each = value.map((element) => valuesAt(element, rest));
    return each.includes(undefined) ? undefined : (each as unknown[][]).flat();
  }
  const found = member(value, name);
  return found && valuesAt(found.value, rest);
};
