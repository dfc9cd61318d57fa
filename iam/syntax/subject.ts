/**
 * Parser of subjects, the principals that a statement is about.
 * @module
 */
import { LONGEST_RESERVED, RESERVED_NAMES } from "./characters.ts";
import type { Cursor } from "./cursor.ts";
import type { Entity, SourceTenancy, Subject, Word } from "./tree.ts";

const SUBJECTS = ['"any-user"', '"any-group"', '"group"', '"dynamic-group"', '"service"', '"resource"'];
const QUOTE = 39;

/** Reads a name, bare or in quotes; a bare word that goes on the statement is no name. */
export const name = (cursor: Cursor, expected: string): Word => {
  const quoted = cursor.peek() === QUOTE;
  const word = cursor.wordOrText(expected);
  const reserved =
    !quoted && word.text.length <= LONGEST_RESERVED && RESERVED_NAMES.has(word.text.toLowerCase());
  return reserved ? cursor.fail([expected], undefined, word.start) : word;
};

/** Reads the OCID after `id`; a word that goes on the statement is none. */
export const parseOcid = (cursor: Cursor): Word => {
  const word = cursor.word("an OCID", true);
  return RESERVED_NAMES.has(word.text.toLowerCase()) ? cursor.fail(["an OCID"], undefined, word.start) : word;
};

/**
 * Reads groups: `A, 'Domain'/'B'`, `id ocid1…, id ocid1…`. After an `id` a further OCID needs none of its own
 * (published statements have `id a,b`).
 */
const entities = (cursor: Cursor, expected: string): Entity[] => {
  let ids = false;
  return cursor.list((): Entity => {
    const start = cursor.at;
    if (cursor.keyword("id")) {
      ids = true;
      const { text, end } = parseOcid(cursor);
      return { by: "id", id: text, start, end };
    }
    if (ids && /^ocid\d/.test(cursor.ahead())) {
      const { text, end } = parseOcid(cursor);
      return { by: "id", id: text, start, end };
    }
    const first = name(cursor, expected);
    if (!cursor.take("/")) return { by: "name", name: first.text, start, end: first.end };
    const second = name(cursor, expected);
    return { by: "name", domain: first.text, name: second.text, start, end: second.end };
  });
};

/** Reads a subject. */
export const subject = (cursor: Cursor): Subject => {
  const start = cursor.at;
  if (cursor.keyword("group")) {
    const names = entities(cursor, "a group's name");
    return { kind: "group", names, start, end: cursor.end };
  }
  if (cursor.keyword("dynamic-group")) {
    const names = entities(cursor, "a dynamic group's name");
    return { kind: "dynamic-group", names, start, end: cursor.end };
  }
  if (cursor.keyword("any-user")) return { kind: "any-user", start, end: cursor.end };
  if (cursor.keyword("service")) {
    const names = cursor.list(() => name(cursor, "a service's name"));
    return { kind: "service", names, start, end: cursor.end };
  }
  if (cursor.keyword("any-group")) return { kind: "any-group", start, end: cursor.end };
  if (cursor.keyword("resource")) {
    const service = name(cursor, "a service's name");
    return { kind: "resource", service, resource: name(cursor, "a resource's name"), start, end: cursor.end };
  }
  return cursor.fail(SUBJECTS);
};

/** Reads `of tenancy alias` or `of any-tenancy`, if it stands here. */
export const source = (cursor: Cursor): SourceTenancy | undefined => {
  const start = cursor.at;
  if (!cursor.keyword("of")) return undefined;
  if (cursor.keyword("any-tenancy")) return { kind: "any-tenancy", start, end: cursor.end };
  if (!cursor.keyword("tenancy")) cursor.fail(['"tenancy"', '"any-tenancy"']);
  const alias = name(cursor, "a tenancy's alias");
  return { kind: "tenancy", alias, start, end: cursor.end };
};
