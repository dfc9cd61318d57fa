/**
 * Parser of conditions, the part of a statement after `where`.
 * @module
 */
import type { Cursor } from "./cursor.ts";
import type { Atom, Condition, Pattern, Value, VariableNode } from "./tree.ts";

const OPERATORS = ['"="', '"!="', '"in"', '"not in"', '"before"', '"after"', '"between"'];
const VALUE = "a value in single quotes, a pattern between slashes or a variable";
const SLASH = 47;
const QUOTE = 39;

/** The tokens that may stand after a pattern's closing slash, white space aside. */
const AFTER_PATTERN = /[,)}\n]|\/\/|$/y;

/**
 * Reads `/…/`. The closing slash is the first one that the statement can go on after, so that patterns of
 * object names may hold slashes.
 */
const pattern = (cursor: Cursor): Pattern => {
  const { text } = cursor;
  const start = cursor.at;
  for (let at = text.indexOf("/", start + 1); at !== -1; at = text.indexOf("/", at + 1)) {
    let next = at + 1;
    while (text[next] === " " || text[next] === "\t") next++;
    AFTER_PATTERN.lastIndex = next;
    if (AFTER_PATTERN.test(text)) {
      const body = text.slice(start + 1, at);
      if ((body.includes("/") ? /[,{}()='\n]/ : /['\n]/).test(body)) break;
      cursor.at = at + 1;
      cursor.end = at + 1;
      cursor.skip();
      return { kind: "pattern", text: body, start, end: at + 1 };
    }
  }
  return cursor.fail([], "a pattern opens here and does not close");
};

const value = (cursor: Cursor): Value => {
  const code = cursor.peek();
  if (code === QUOTE) return cursor.quoted(VALUE);
  if (code === SLASH) return pattern(cursor);
  return cursor.variable(VALUE);
};

const values = (cursor: Cursor): Value[] => {
  cursor.expect("(");
  const list = cursor.list(() => value(cursor));
  cursor.expect(")", ['","']);
  return list;
};

const setFunction = (cursor: Cursor, name: "sets-intersect" | "sets-equal", start: number): Atom => {
  cursor.expect("(");
  const variable = cursor.variable();
  cursor.expect(",");
  const list = cursor.text[cursor.at] === "(";
  const second = list ? values(cursor) : [value(cursor)];
  cursor.expect(")");
  return { kind: "function", name, variable, list, values: second, start, end: cursor.end };
};

const absent = (cursor: Cursor, start: number): Atom => {
  const variable = cursor.variable();
  return { kind: "present", variable, negated: true, start, end: cursor.end };
};

/** Reads what follows a variable: an operator and its values, or nothing, which asks for presence. */
const comparison = (cursor: Cursor, variable: VariableNode): Atom => {
  const { start } = variable;
  if (cursor.take("="))
    return { kind: "compare", variable, operator: "=", value: value(cursor), start, end: cursor.end };
  if (cursor.text.startsWith("!=", cursor.at)) {
    cursor.at += 2;
    cursor.skip();
    return { kind: "compare", variable, operator: "!=", value: value(cursor), start, end: cursor.end };
  }
  if (cursor.keyword("in"))
    return { kind: "in", variable, negated: false, values: values(cursor), start, end: cursor.end };
  if (cursor.keyword("not")) {
    if (!cursor.keyword("in")) cursor.fail(['"in"']);
    return { kind: "in", variable, negated: true, values: values(cursor), start, end: cursor.end };
  }
  const text = (): ReturnType<Cursor["quoted"]> => cursor.quoted("a time in single quotes");
  if (cursor.keyword("before"))
    return { kind: "time", variable, operator: "before", value: text(), start, end: cursor.end };
  if (cursor.keyword("after"))
    return { kind: "time", variable, operator: "after", value: text(), start, end: cursor.end };
  if (cursor.keyword("between")) {
    const from = text();
    if (!cursor.keyword("and")) cursor.fail(['"and"']);
    return { kind: "between", variable, from, to: text(), start, end: cursor.end };
  }
  const code = cursor.peek();
  const next = cursor.text[cursor.at];
  const over = Number.isNaN(code) || next === "," || next === "}";
  // A word before a brace or a parenthesis was meant to be one of these, and is not.
  if (next === "{") cursor.fail(['"any"', '"all"'], undefined, start);
  if (next === "(") cursor.fail(['"sets-intersect"', '"sets-equal"'], undefined, start);
  if (!over)
    cursor.fail([...OPERATORS, ...(cursor.depth > 0 ? ['","', '"}"'] : ["the end of the statement"])]);
  return { kind: "present", variable, negated: false, start, end: variable.end };
};

/** Reads a condition. */
export const condition = (cursor: Cursor): Condition => {
  const start = cursor.at;
  if (cursor.take("!")) return absent(cursor, start);
  const variable = cursor.variable('a condition ("any", "all" or a variable)');
  const word = variable.name.toLowerCase();
  if (cursor.text[cursor.at] === "{" && (word === "any" || word === "all")) {
    cursor.take("{");
    const conditions = cursor.nested(() => cursor.list(() => condition(cursor)));
    cursor.expect("}", ['","']);
    return { kind: word, conditions, start, end: cursor.end };
  }
  if (word === "any" || word === "all") cursor.fail(['"{"']);
  if (word === "sets-intersect" || word === "sets-equal") return setFunction(cursor, word, start);
  if (word === "not") return absent(cursor, start);
  return comparison(cursor, variable);
};
