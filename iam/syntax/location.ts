/**
 * Parser of locations, the compartments where a statement applies.
 * @module
 */
import { RESERVED_NAMES } from "./characters.ts";
import type { Cursor } from "./cursor.ts";
import { name, parseOcid } from "./subject.ts";
import type { Location, Word } from "./tree.ts";

const QUOTE = 39;

const aliasAhead = (cursor: Cursor): boolean => {
  if (cursor.peek() === QUOTE) return true;
  const word = cursor.ahead();
  return word !== "" && !RESERVED_NAMES.has(word);
};

const ofTenancy = (cursor: Cursor): Word | undefined => {
  if (!cursor.keyword("of")) return undefined;
  if (!cursor.keyword("tenancy")) cursor.fail(['"tenancy"']);
  return name(cursor, "a tenancy's alias");
};

/**
 * Reads a location.
 * @param crossing true in endorse and admit, which may name other tenancies
 */
export const location = (cursor: Cursor, crossing: boolean): Location => {
  const start = cursor.at;
  if (cursor.keyword("compartment")) {
    if (cursor.keyword("id")) {
      const id = parseOcid(cursor).text;
      const of = crossing ? ofTenancy(cursor) : undefined;
      return of
        ? { kind: "compartment-id", id, of, start, end: cursor.end }
        : { kind: "compartment-id", id, start, end: cursor.end };
    }
    const path = [name(cursor, "a compartment's name")];
    while (cursor.take(":")) path.push(name(cursor, "a compartment's name"));
    const of = crossing ? ofTenancy(cursor) : undefined;
    return of
      ? { kind: "compartment", path, of, start, end: cursor.end }
      : { kind: "compartment", path, start, end: cursor.end };
  }
  if (cursor.keyword("tenancy")) {
    const alias = crossing && aliasAhead(cursor) ? name(cursor, "a tenancy's alias") : undefined;
    return alias
      ? { kind: "tenancy", alias, start, end: cursor.end }
      : { kind: "tenancy", start, end: cursor.end };
  }
  if (crossing && cursor.keyword("any-tenancy")) return { kind: "any-tenancy", start, end: cursor.end };
  return cursor.fail(['"tenancy"', '"compartment"', ...(crossing ? ['"any-tenancy"'] : [])]);
};
