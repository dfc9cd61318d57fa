/**
 * Parser of policy statements. Grammar: Oracle's "Policy Syntax" pages and published statements.
 * @module
 */
import { condition } from "./condition.ts";
import { Cursor } from "./cursor.ts";
import { type Parsed, PolicySyntaxError } from "./error.ts";
import { location } from "./location.ts";
import { name, parseOcid, source, subject } from "./subject.ts";
import type { AccessStatement, Action, DefineStatement, Statement, Verb, Word } from "./tree.ts";

/** The verbs, from the least to the most. */
export const VERBS: readonly Verb[] = ["inspect", "read", "use", "manage"];

const STARTS = ['"allow"', '"deny"', '"endorse"', '"admit"', '"define"'];
const ENTITIES = ["tenancy", "group", "dynamic-group", "compartment"] as const;

const quoteAll = (words: readonly string[]): string[] => words.map((w) => `"${w}"`);

/** A resource type: in lower case in the tree, because its case means nothing and the canonical line has it so. */
const resourceType = (cursor: Cursor): Word => {
  const word = name(cursor, "a resource type");
  word.text = word.text.toLowerCase();
  return word;
};

const action = (cursor: Cursor, crossing: boolean, others: string[]): Action => {
  const start = cursor.at;
  if (cursor.take("{")) {
    const permissions = cursor.list(() => cursor.word("a permission"));
    cursor.expect("}", ['","']);
    return { kind: "permissions", permissions, start, end: cursor.end };
  }
  for (const verb of VERBS) {
    if (!cursor.keyword(verb)) continue;
    const resource = resourceType(cursor);
    return { kind: "verb", verb, resource, start, end: cursor.end };
  }
  if (crossing && cursor.keyword("associate")) {
    const resource = resourceType(cursor);
    inKeyword(cursor);
    const where = location(cursor, true);
    if (!cursor.keyword("with")) cursor.fail(['"with"']);
    const partner = resourceType(cursor);
    return { kind: "associate", resource, location: where, with: partner, start, end: cursor.end };
  }
  return cursor.fail([...others, ...quoteAll(VERBS), ...(crossing ? ['"associate"'] : []), '"{"']);
};

const inKeyword = (cursor: Cursor): void => {
  if (!cursor.keyword("in")) cursor.fail(['"in"']);
};

const finish = (cursor: Cursor, expected: string[]): void => {
  if (cursor.at < cursor.text.length) cursor.fail([...expected, "the end of the statement"]);
};

const access = (
  cursor: Cursor,
  start: number,
  kind: AccessStatement["kind"],
  effect: AccessStatement["effect"],
): AccessStatement => {
  const who = subject(cursor);
  const from = kind === "admit" ? source(cursor) : undefined;
  const to = cursor.keyword("to");
  const goesOn = who.kind.startsWith("any") ? [] : ['","'];
  const what = action(cursor, kind !== "permit", to ? [] : [...goesOn, '"to"']);
  inKeyword(cursor);
  const where = location(cursor, kind !== "permit");
  const condition_ = cursor.keyword("where") ? condition(cursor) : undefined;
  finish(cursor, condition_ ? [] : ['"where"']);
  const { end } = cursor;
  const tree: AccessStatement = { kind, effect, subject: who, action: what, location: where, start, end };
  if (from) tree.source = from;
  if (condition_) tree.condition = condition_;
  return tree;
};

const define = (cursor: Cursor, start: number): DefineStatement => {
  const entity = ENTITIES.find((word) => cursor.keyword(word));
  if (!entity) return cursor.fail(quoteAll(ENTITIES));
  const alias = name(cursor, "an alias");
  if (!cursor.keyword("as")) cursor.fail(['"as"']);
  cursor.keyword("id");
  const id = parseOcid(cursor).text;
  finish(cursor, []);
  return { kind: "define", entity, alias, id, start, end: cursor.end };
};

const statement = (cursor: Cursor): Statement => {
  const start = cursor.at;
  if (cursor.keyword("allow")) return access(cursor, start, "permit", "allow");
  if (cursor.keyword("endorse")) return access(cursor, start, "endorse", "allow");
  if (cursor.keyword("admit")) return access(cursor, start, "admit", "allow");
  if (cursor.keyword("define")) return define(cursor, start);
  if (cursor.keyword("deny")) {
    if (cursor.keyword("endorse")) return access(cursor, start, "endorse", "deny");
    if (cursor.keyword("admit")) return access(cursor, start, "admit", "deny");
    return access(cursor, start, "permit", "deny");
  }
  return cursor.fail(STARTS);
};

/**
 * Parses a policy statement.
 * @param text one statement; keywords in any case, white space and line breaks as you like, `//` comment at the end
 * @returns the tree, or where and why the text is no statement; never throws
 * @example parseStatement("Allow group Ops to read buckets in tenancy")
 */
export const parseStatement = (text: string): Parsed<"statement", Statement> => {
  try {
    return { ok: true, statement: statement(new Cursor(text)) };
  } catch (error) {
    if (error instanceof PolicySyntaxError) return { ok: false, error: error.problem };
    throw error;
  }
};
