/**
 * Prints trees as one canonical line each: keywords as below, verbs and resource types in lower case, names and
 * values as they were, quotes around a name only where it needs them, no comment.
 * @module
 */
import { isBareName } from "./characters.ts";
import type {
  AccessStatement,
  Action,
  Atom,
  Condition,
  Entity,
  Location,
  MatchingRule,
  Statement,
  Subject,
  Value,
} from "./tree.ts";

const quote = (text: string): string => {
  if (/['\n]/.test(text)) throw new RangeError(`the policy language cannot quote ${JSON.stringify(text)}`);
  return `'${text}'`;
};

const name = (text: string): string => (isBareName(text) ? text : quote(text));

const entity = (e: Entity): string => {
  if (e.by === "id") return `id ${e.id}`;
  return e.domain === undefined ? name(e.name) : `${name(e.domain)}/${name(e.name)}`;
};

const subject = (s: Subject): string => {
  switch (s.kind) {
    case "any-user":
    case "any-group":
      return s.kind;
    case "group":
    case "dynamic-group":
      return `${s.kind} ${s.names.map(entity).join(", ")}`;
    case "service":
      return `service ${s.names.map((w) => name(w.text)).join(", ")}`;
    case "resource":
      return `resource ${name(s.service.text)} ${name(s.resource.text)}`;
  }
};

const resource = (text: string): string => name(text.toLowerCase());

const action = (a: Action): string => {
  switch (a.kind) {
    case "verb":
      return `${a.verb} ${resource(a.resource.text)}`;
    case "permissions":
      return `{${a.permissions.map((p) => p.text).join(", ")}}`;
    case "associate":
      return `associate ${resource(a.resource.text)} in ${location(a.location)} with ${resource(a.with.text)}`;
  }
};

const location = (l: Location): string => {
  switch (l.kind) {
    case "any-tenancy":
      return l.kind;
    case "tenancy":
      return l.alias ? `tenancy ${name(l.alias.text)}` : "tenancy";
    case "compartment":
    case "compartment-id": {
      const where = l.kind === "compartment-id" ? `id ${l.id}` : l.path.map((w) => name(w.text)).join(":");
      return `compartment ${where}${l.of ? ` of tenancy ${name(l.of.text)}` : ""}`;
    }
  }
};

const value = (v: Value): string => {
  switch (v.kind) {
    case "string":
      return quote(v.text);
    case "pattern":
      return `/${v.text}/`;
    case "variable":
      return v.name;
  }
};

const values = (list: Value[]): string => `(${list.map(value).join(", ")})`;

const atom = (a: Atom): string => {
  const variable = a.variable.name;
  switch (a.kind) {
    case "compare":
      return `${variable} ${a.operator} ${value(a.value)}`;
    case "in":
      return `${variable} ${a.negated ? "not in" : "in"} ${values(a.values)}`;
    case "time":
      return `${variable} ${a.operator} ${quote(a.value.text)}`;
    case "between":
      return `${variable} between ${quote(a.from.text)} and ${quote(a.to.text)}`;
    case "function":
      return `${a.name}(${variable}, ${a.list ? values(a.values) : a.values.map(value).join("")})`;
    case "present":
      return a.negated ? `!${variable}` : variable;
  }
};

/** Prints a condition. Throws RangeError for a text that the language cannot quote. */
export const printCondition = (c: Condition): string =>
  c.kind === "any" || c.kind === "all"
    ? `${c.kind} {${c.conditions.map(printCondition).join(", ")}}`
    : atom(c);

/** The words of a statement before its subject. */
const START = {
  permit: { allow: "Allow", deny: "Deny" },
  endorse: { allow: "Endorse", deny: "Deny endorse" },
  admit: { allow: "Admit", deny: "Deny admit" },
};

const source = (s: AccessStatement["source"]): string => {
  if (!s) return "";
  return s.kind === "tenancy" ? ` of tenancy ${name(s.alias.text)}` : ` of ${s.kind}`;
};

/**
 * Prints a statement as one canonical line; parsing that gives the same tree.
 * @throws RangeError when a name or value holds what the language cannot write (a quote, a line break)
 */
export const printStatement = (s: Statement): string => {
  if (s.kind === "define") return `Define ${s.entity} ${name(s.alias.text)} as ${s.id}`;
  const who = `${START[s.kind][s.effect]} ${subject(s.subject)}${source(s.source)}`;
  const where = s.condition ? ` where ${printCondition(s.condition)}` : "";
  return `${who} to ${action(s.action)} in ${location(s.location)}${where}`;
};

/**
 * Prints a matching rule as one canonical line; parsing that gives the same tree.
 * @throws RangeError when a value holds what the language cannot write (a quote, a line break)
 */
export const printMatchingRule = (r: MatchingRule): string => {
  if (r.kind === "any" || r.kind === "all")
    return `${r.kind} {${r.conditions.map(printMatchingRule).join(", ")}}`;
  return r.kind === "present" ? r.variable.name : `${r.variable.name} ${r.operator} ${quote(r.value.text)}`;
};
