/** Statements, matching rules and variables with invented names. @module */
import type {
  AccessStatement,
  Atom,
  Condition,
  Entity,
  Location,
  MatchingRule,
  RuleAtom,
  Statement,
  Subject,
  Text,
  Value,
  VariableNode,
  Word,
} from "../syntax/tree.ts";
import type { Renaming } from "./renaming.ts";

/** Names that have a meaning of their own: the group that deny does not touch, and the domain that is not written. */
const OWN_NAMES = new Set(["administrators", "default"]);

/** Variables whose values are OCI's words, and say nothing of the tenancy. */
const PUBLIC_VALUES =
  /^(request\.(operation|permission|region|principal\.type|resource\.type|service\.name|utc-timestamp.*|user\.mfatotpverified|vnc\.enabled|instanceoptions\..*)|target\.(credential\.type|policy\.(type|autoupdate))|resource\.type)$/i;

/** True for a variable whose values stay. */
export const hasPublicValues = (variable: string): boolean => PUBLIC_VALUES.test(variable);

/** True where a starred text in plain quotes is a pattern, as in a condition's evaluation. */
export const isQuotedPattern = (variable: string, text: string): boolean =>
  variable.toLowerCase() === "target.object.name" && text.includes("*");

/** A group's, dynamic group's or domain's name. */
export const redactName = (to: Renaming, name: string): string =>
  OWN_NAMES.has(name.toLowerCase()) ? name : to.text(name);

/** A variable's name: only namespace and key of a tag are the tenancy's. */
export const redactVariable = (to: Renaming, name: string): string =>
  name
    .replace(
      /^(.*\.tag\.)([^.]+)\.(.+)$/i,
      (_, before: string, ns: string, key: string) => `${before}${to.text(ns)}.${to.text(key)}`,
    )
    .replace(
      /^(tag\.)([^.]+)\.(.+)(\.value)$/i,
      (_, before: string, ns: string, key: string, after: string) =>
        `${before}${to.text(ns)}.${to.text(key)}${after}`,
    );

const variable = (to: Renaming, node: VariableNode): VariableNode => ({
  ...node,
  name: redactVariable(to, node.name),
});

const word = (to: Renaming, node: Word): Word => ({ ...node, text: to.text(node.text) });

const entity = (to: Renaming, e: Entity): Entity => {
  if (e.by === "id") return { ...e, id: to.text(e.id) };
  const domain = e.domain === undefined ? {} : { domain: redactName(to, e.domain) };
  return { ...e, ...domain, name: redactName(to, e.name) };
};

const subject = (to: Renaming, s: Subject): Subject =>
  s.kind === "group" || s.kind === "dynamic-group" ? { ...s, names: s.names.map((e) => entity(to, e)) } : s;

const location = (to: Renaming, l: Location): Location => {
  switch (l.kind) {
    case "any-tenancy":
      return l;
    case "tenancy":
      return l.alias ? { ...l, alias: word(to, l.alias) } : l;
    case "compartment":
      return { ...l, path: l.path.map((w) => word(to, w)), ...(l.of && { of: word(to, l.of) }) };
    case "compartment-id":
      return { ...l, id: to.text(l.id), ...(l.of && { of: word(to, l.of) }) };
  }
};

const isTime = (text: string): boolean => /^[\d:.+TZ-]*$/i.test(text);

const time = (to: Renaming, text: Text): Text => ({
  ...text,
  text: isTime(text.text) ? text.text : to.text(text.text),
});

const value = (to: Renaming, of: string, v: Value): Value => {
  if (v.kind === "variable") return variable(to, v);
  if (hasPublicValues(of)) return v;
  const isPattern = v.kind === "pattern" || isQuotedPattern(of, v.text);
  return { ...v, text: isPattern ? to.pattern(v.text) : to.text(v.text) };
};

const atom = (to: Renaming, a: Atom): Atom => {
  const of = a.variable.name;
  const left = variable(to, a.variable);
  switch (a.kind) {
    case "compare":
      return { ...a, variable: left, value: value(to, of, a.value) };
    case "in":
    case "function":
      return { ...a, variable: left, values: a.values.map((v) => value(to, of, v)) };
    case "time":
      return { ...a, variable: left, value: time(to, a.value) };
    case "between":
      return { ...a, variable: left, from: time(to, a.from), to: time(to, a.to) };
    case "present":
      return { ...a, variable: left };
  }
};

const condition = (to: Renaming, c: Condition): Condition =>
  c.kind === "any" || c.kind === "all"
    ? { ...c, conditions: c.conditions.map((part) => condition(to, part)) }
    : atom(to, c);

const source = (to: Renaming, s: NonNullable<AccessStatement["source"]>) =>
  s.kind === "tenancy" ? { ...s, alias: word(to, s.alias) } : s;

/** A statement with invented names; its keywords, resource types, permissions and services stay. */
export const redactStatement = (to: Renaming, s: Statement): Statement => {
  if (s.kind === "define")
    return {
      ...s,
      alias: { ...s.alias, text: redactName(to, s.alias.text) },
      id: to.text(s.id),
    };
  const { action } = s;
  return {
    ...s,
    subject: subject(to, s.subject),
    ...(s.source && { source: source(to, s.source) }),
    action: action.kind === "associate" ? { ...action, location: location(to, action.location) } : action,
    location: location(to, s.location),
    ...(s.condition && { condition: condition(to, s.condition) }),
  };
};

const ruleAtom = (to: Renaming, a: RuleAtom): RuleAtom => {
  const left = variable(to, a.variable);
  if (a.kind === "present") return { ...a, variable: left };
  const text = hasPublicValues(a.variable.name) ? a.value.text : to.text(a.value.text);
  return { ...a, variable: left, value: { ...a.value, text } };
};

/** A matching rule with invented OCIDs, tags and values. */
export const redactRule = (to: Renaming, r: MatchingRule): MatchingRule =>
  r.kind === "any" || r.kind === "all"
    ? { ...r, conditions: r.conditions.map((part) => redactRule(to, part)) }
    : ruleAtom(to, r);
