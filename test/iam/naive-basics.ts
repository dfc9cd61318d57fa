/**
 * What both halves of the naive evaluator use: three truth values, texts in lower case, and who is in which group.
 * @module
 */
import { type Principal, parseMatchingRule, parseStatement, type Tenancy } from "../../iam/index.ts";

export type NaiveTruth = "yes" | "no" | "unknown";
// biome-ignore lint/suspicious/noExplicitAny: the trees are walked as plain data here, on purpose
export type Tree = any;

export const low = (text: unknown): string => String(text).toLowerCase();

export const or = (all: NaiveTruth[]): NaiveTruth =>
  all.includes("yes") ? "yes" : all.includes("unknown") ? "unknown" : "no";
export const and = (all: NaiveTruth[]): NaiveTruth =>
  all.includes("no") ? "no" : all.includes("unknown") ? "unknown" : "yes";
export const not = (one: NaiveTruth): NaiveTruth =>
  one === "unknown" ? "unknown" : one === "yes" ? "no" : "yes";

/** Parsing is not what is compared: each text is parsed once. */
const once = <T>(parse: (text: string) => T): ((text: string) => T) => {
  const seen = new Map<string, T>();
  return (text) => {
    const found = seen.get(text) ?? parse(text);
    if (seen.size > 1000) seen.clear();
    seen.set(text, found);
    return found;
  };
};
export const statementOf = once(parseStatement);
const ruleOf = once(parseMatchingRule);

const ruleMatches = (p: Principal, r: Tree): boolean => {
  if (r.kind === "any") return r.conditions.some((c: Tree) => ruleMatches(p, c));
  if (r.kind === "all") return r.conditions.every((c: Tree) => ruleMatches(p, c));
  if (p.type !== "instance" && p.type !== "resource") return false;
  const type = p.type === "instance" ? "instance" : p.resourceType;
  const all: Record<string, string | undefined> = {
    "resource.id": p.id,
    "resource.compartment.id": p.compartment,
    "resource.type": type,
  };
  if (p.type === "instance")
    Object.assign(all, { "instance.id": p.id, "instance.compartment.id": p.compartment });
  for (const [key, value] of Object.entries(p.tags ?? {})) all[`tag.${low(key)}.value`] = String(value);
  const value = all[low(r.variable.name)];
  if (value === undefined) return false;
  if (r.kind === "present") return true;
  return (low(value) === low(r.value.text)) === (r.operator === "=");
};

export const groupsOf = (t: Tenancy, p: Principal): string[] => {
  if (p.type === "user")
    return t.groups!.filter((g) => (g.members ?? []).some((m) => low(m) === low(p.id))).map((g) => low(g.id));
  return t
    .dynamicGroups!.filter((g) => {
      const rule = ruleOf(g.matchingRule);
      return rule.ok && ruleMatches(p, rule.rule);
    })
    .map((g) => low(g.id));
};
