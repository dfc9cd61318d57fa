/** Reads a JSON body so that no service can read it differently. @module */

import { AmbiguousRequest } from "./ambiguous.ts";
import { looseName } from "./normalisation.ts";

const MAX_DEPTH = 64;
/** Objects, lists and members in one body: what holds more is read too slowly, while other callers wait. */
const MAX_PARTS = 100_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Signs that begin an object, a list and a member's value. */
const [OPENS_OBJECT, OPENS_LIST, COLON] = [0x7b, 0x5b, 0x3a];

const bad = (message: string): AmbiguousRequest => new AmbiguousRequest("body", message);

/** A name that means what it says, and that every parser folds alike. */
const PLAIN_NAME = /^"[ !#-[\]-~]*"$/;

/** A name without its case, in whichever way a parser ignores it. */
const folds = (name: string): string =>
  /^[ -~]*$/.test(name) ? name.toLowerCase() : name.normalize("NFKC").toUpperCase().toLowerCase();

/** Refuses a body of too many parts before anything is made of it. */
const refuseManyParts = (body: Buffer): void => {
  let parts = 0;
  for (let i = 0; i < body.length; i += 1) {
    const c = body[i]!;
    if (c === QUOTE) {
      for (i += 1; i < body.length && body[i] !== QUOTE; i += 1) if (body[i] === BACKSLASH) i += 1;
    } else if (c === OPENS_OBJECT || c === OPENS_LIST || c === COLON) {
      parts += 1;
      if (parts > MAX_PARTS) throw bad(`the body has more than ${MAX_PARTS} objects, lists and members`);
    }
  }
};

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
      for (i += 1; text.charCodeAt(i) !== QUOTE; i += 1) if (text.charCodeAt(i) === BACKSLASH) i += 1;
      if (!expectsName) continue;
      const quoted = text.slice(start, i + 1);
      const name = PLAIN_NAME.test(quoted) ? quoted.slice(1, -1) : (JSON.parse(quoted) as string);
      const names = open.at(-1)!;
      const folded = folds(name);
      if (names.has(folded)) throw bad(`the body has the member ${JSON.stringify(name)} twice`);
      names.add(folded);
      expectsName = false;
    }
  }
};

/**
 * Parses a request's body.
 * @throws AmbiguousRequest when it is not UTF-8, not JSON, not the same for every parser, or of too many parts
 */
export const parseJsonBody = (body: Buffer): unknown => {
  refuseManyParts(body);
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
