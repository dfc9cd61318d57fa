/**
 * Parser of dynamic groups' matching rules.
 * @module
 */
import { Cursor } from "./cursor.ts";
import { type Parsed, PolicySyntaxError } from "./error.ts";
import type { MatchingRule } from "./tree.ts";

const TAG = /^tag\.[^.]+\..+\.value$/i;

const rule = (cursor: Cursor): MatchingRule => {
  const start = cursor.at;
  const variable = cursor.variable('"any", "all" or a variable');
  const word = variable.name.toLowerCase();
  if (word === "any" || word === "all") {
    cursor.expect("{");
    const conditions = cursor.nested(() => {
      const elements = [rule(cursor)];
      while (cursor.take(",") && cursor.text[cursor.at] !== "}") elements.push(rule(cursor));
      return elements;
    });
    cursor.expect("}", ['","']);
    return { kind: word, conditions, start, end: cursor.end };
  }
  let operator: "=" | "!=" | undefined;
  if (cursor.take("=")) operator = "=";
  else if (cursor.text.startsWith("!=", cursor.at)) {
    operator = "!=";
    cursor.at += 2;
    cursor.skip();
  }
  if (operator) {
    const value = cursor.quoted("a value in single quotes");
    return { kind: "compare", variable, operator, value, start, end: cursor.end };
  }
  if (!TAG.test(variable.name)) cursor.fail(['"="', '"!="']);
  return { kind: "present", variable, start, end: variable.end };
};

/**
 * Parses a matching rule.
 * @param text `variable = 'value'`, `any {…}`, `all {…}`, nested; a trailing comma in braces is allowed
 * @returns the tree, or where and why the text is no rule; never throws
 * @example parseMatchingRule("All {instance.id = 'ocid1.instance.oc1..a'}")
 */
export const parseMatchingRule = (text: string): Parsed<"rule", MatchingRule> => {
  try {
    const cursor = new Cursor(text);
    const tree = rule(cursor);
    if (cursor.at < text.length) cursor.fail(["the end of the rule"]);
    return { ok: true, rule: tree };
  } catch (error) {
    if (error instanceof PolicySyntaxError) return { ok: false, error: error.problem };
    throw error;
  }
};
