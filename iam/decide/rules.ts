/**
 * Decides whether a principal is matched by a dynamic group's rule (Oracle, "Writing Matching Rules to Define
 * Dynamic Groups"). The compartment is exact, not its subtree; only defined tags count; case is ignored.
 * @module
 */
import type { MatchingRule } from "../syntax/tree.ts";
import type { Principal, Tags } from "./types.ts";

/** A rule made ready to be asked. */
export type CompiledMatchingRule = (principal: Principal) => boolean;

const TAG = /^tag\.(.+)\.value$/;

const tagValues = (tags: Tags | undefined, key: string): readonly string[] => {
  if (!tags) return [];
  for (const [name, value] of Object.entries(tags)) {
    if (name.toLowerCase() === key)
      return (typeof value === "string" ? [value] : value).map((v) => v.toLowerCase());
  }
  return [];
};

const home = (compartment: string | undefined): string[] =>
  compartment === undefined ? [] : [compartment.toLowerCase()];

/** The values of a rule's variable; none when it does not apply to the principal. */
const valuesOf = (variable: string): ((principal: Principal) => readonly string[]) => {
  const name = variable.toLowerCase();
  const key = TAG.exec(name)?.[1];
  if (key !== undefined) return (p) => ("tags" in p ? tagValues(p.tags, key) : []);
  switch (name) {
    case "instance.id":
      return (p) => (p.type === "instance" ? [p.id.toLowerCase()] : []);
    case "instance.compartment.id":
      return (p) => (p.type === "instance" ? home(p.compartment) : []);
    // An instance is a resource of type "instance": published rules select instances this way.
    case "resource.id":
      return (p) => (p.type === "instance" || p.type === "resource" ? [p.id.toLowerCase()] : []);
    case "resource.compartment.id":
      return (p) => (p.type === "instance" || p.type === "resource" ? home(p.compartment) : []);
    case "resource.type":
      return (p) => {
        if (p.type === "instance") return ["instance"];
        return p.type === "resource" ? [p.resourceType.toLowerCase()] : [];
      };
    default:
      return () => [];
  }
};

/** Makes a rule ready to be asked for many principals. A comparison with a variable that does not apply is false. */
export const compileMatchingRule = (rule: MatchingRule): CompiledMatchingRule => {
  if (rule.kind === "any" || rule.kind === "all") {
    const parts = rule.conditions.map(compileMatchingRule);
    return rule.kind === "any" ? (p) => parts.some((part) => part(p)) : (p) => parts.every((part) => part(p));
  }
  const values = valuesOf(rule.variable.name);
  if (rule.kind === "present") return (p) => values(p).length > 0;
  const wanted = rule.value.text.toLowerCase();
  if (rule.operator === "=") return (p) => values(p).includes(wanted);
  return (p) => {
    const found = values(p);
    return found.length > 0 && !found.includes(wanted);
  };
};

/**
 * Decides whether a principal is matched by a rule. Users and services never are.
 * @example evaluateMatchingRule(rule, { type: "instance", id: "ocid1.instance…", compartment:
 *   "ocid1.compartment…" })
 */
export const evaluateMatchingRule = (rule: MatchingRule, principal: Principal): boolean =>
  (principal.type === "instance" || principal.type === "resource") && compileMatchingRule(rule)(principal);
