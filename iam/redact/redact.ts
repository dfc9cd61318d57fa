/**
 * A tenancy with invented OCIDs and names in place of its own. It decides as the tenancy does: keywords, resource
 * types, permissions and variables stay.
 * @module
 */
import type { Principal, Request, Tags, Tenancy, VariableValue } from "../decide/types.ts";
import { atomsOf } from "../lint/conditions.ts";
import { printMatchingRule, printStatement } from "../syntax/print.ts";
import { parseMatchingRule } from "../syntax/rule.ts";
import { parseStatement } from "../syntax/statement.ts";
import type { Atom, Statement, Value } from "../syntax/tree.ts";
import { partOf, Renaming } from "./renaming.ts";
import {
  hasPublicValues,
  isQuotedPattern,
  redactName,
  redactRule,
  redactStatement,
  redactVariable,
} from "./statements.ts";

/** Texts that are every tenancy's. */
const EVERYBODYS = ["oracle-tags", "createdby", "createdon", "true", "false"];

/** Stands for a text that does not parse, and may have names in it anywhere. */
const UNREADABLE = "(redacted: it does not parse)";

const valuesOf = (a: Atom): readonly Value[] => {
  if (a.kind === "compare") return [a.value];
  return a.kind === "in" || a.kind === "function" ? a.values : [];
};

/** Makes the renaming of a tenancy: the patterns of all its statements take part in it. */
const renamingOf = (statements: readonly Statement[]): Renaming => {
  const parts = { prefixes: new Set<string>(), suffixes: new Set<string>(), contained: new Set<string>() };
  const kept = new Set(EVERYBODYS);
  for (const s of statements) {
    for (const a of s.kind === "define" ? [] : atomsOf(s.condition)) {
      const variable = a.variable.name;
      for (const v of valuesOf(a)) {
        if (v.kind === "variable") continue;
        if (hasPublicValues(variable)) {
          if (v.kind === "string") kept.add(v.text.toLowerCase());
        } else if (v.kind === "pattern" || isQuotedPattern(variable, v.text)) {
          const found = partOf(v.text);
          if (found) parts[found.at].add(found.part);
        }
      }
    }
  }
  return new Renaming(parts, kept);
};

const redactTags = (to: Renaming, tags: Tags): Tags =>
  Object.fromEntries(
    Object.entries(tags).map(([name, value]) => [
      name
        .split(".")
        .map((part) => to.text(part))
        .join("."),
      typeof value === "string" ? to.text(value) : value.map((one) => to.text(one)),
    ]),
  );

/** Members that name and place a thing. */
interface Thing {
  id?: string;
  name?: string;
  compartment?: string;
  parent?: string;
  tags?: Tags;
}

/** A thing with its members replaced; others stay. */
const redactThing = <T extends Thing>(to: Renaming, thing: T): T => ({
  ...thing,
  ...(thing.id !== undefined && { id: to.text(thing.id) }),
  ...(thing.name !== undefined && { name: to.text(thing.name) }),
  ...(thing.compartment !== undefined && { compartment: to.text(thing.compartment) }),
  ...(thing.parent !== undefined && { parent: to.text(thing.parent) }),
  ...(thing.tags !== undefined && { tags: redactTags(to, thing.tags) }),
  // Free-form tags tell nothing that decisions depend on.
  ...("freeformTags" in thing && { freeformTags: {} }),
});

/** A group or dynamic group. */
const redactGroup = <T extends Thing & { name: string; domain?: string }>(to: Renaming, group: T): T => ({
  ...redactThing(to, group),
  name: redactName(to, group.name),
  ...(group.domain !== undefined && { domain: redactName(to, group.domain) }),
});

const redactPrincipal = (to: Renaming, principal: Principal): Principal => {
  if (principal.type === "service") return principal;
  const groups = "groups" in principal && principal.groups;
  const home = "tenancy" in principal && principal.tenancy;
  return {
    ...redactThing(to, principal),
    ...(home && { tenancy: to.text(home) }),
    ...(groups && { groups: groups.map((id) => to.text(id)) }),
  };
};

const redactValue = (to: Renaming, variable: string, value: VariableValue): VariableValue => {
  if (hasPublicValues(variable)) return value;
  if (typeof value === "string") return to.text(value);
  if (Array.isArray(value))
    return (value as readonly (string | { readonly unknown: true })[]).map((one) =>
      typeof one === "string" ? to.text(one) : one,
    );
  return typeof value === "number" || typeof value === "boolean" ? to.text(String(value)) : value;
};

const redactRequest = (to: Renaming, request: Request): Request => ({
  ...request,
  principal: redactPrincipal(to, request.principal),
  ...(request.compartment !== undefined && { compartment: to.text(request.compartment) }),
  ...(request.variables && {
    variables: Object.fromEntries(
      Object.entries(request.variables).map(([name, value]) => [
        redactVariable(to, name),
        redactValue(to, name, value),
      ]),
    ),
  }),
});

/** A note: OCIDs, and names, which stand in double quotes. */
const redactNote = (to: Renaming, note: string): string =>
  note
    .replace(/"([^"]*)"/g, (_, name: string) => `"${redactName(to, name)}"`)
    .replace(/ocid1\.[\w.-]*[\w-]/g, (id) => to.text(id));

const each = <K extends string, T>(name: K, list: readonly T[] | undefined, work: (item: T) => T) =>
  (list ? { [name]: list.map(work) } : {}) as { [P in K]?: T[] };

/**
 * Replaces OCIDs and names by invented ones, everywhere: in statements, matching rules, the literals of conditions,
 * tags, requests. The same tenancy always gives the same result. Type, realm and region of an OCID stay, the group
 * Administrators and the domain Default too, because they have a meaning of their own. Statements and rules that do
 * not parse are replaced as a whole.
 */
export const redactTenancy = (tenancy: Tenancy): Tenancy => {
  const parsed = new Map(
    (tenancy.policies ?? []).flatMap((p) =>
      p.statements.map((text) => [text, parseStatement(text)] as const),
    ),
  );
  const to = renamingOf([...parsed.values()].flatMap((p) => (p.ok ? [p.statement] : [])));
  const thing = <T extends Thing>(item: T): T => redactThing(to, item);
  const rule = (text: string): string => {
    const read = parseMatchingRule(text);
    return read.ok ? printMatchingRule(redactRule(to, read.rule)) : UNREADABLE;
  };
  const statement = (text: string): string => {
    const read = parsed.get(text)!;
    return read.ok ? printStatement(redactStatement(to, read.statement)) : UNREADABLE;
  };
  return {
    tenancy: to.text(tenancy.tenancy),
    ...(tenancy.denyEnabled !== undefined && { denyEnabled: tenancy.denyEnabled }),
    ...each("compartments", tenancy.compartments, thing),
    ...each("groups", tenancy.groups, (g) => ({
      ...redactGroup(to, g),
      ...(g.members && { members: g.members.map((id) => to.text(id)) }),
    })),
    ...each("dynamicGroups", tenancy.dynamicGroups, (g) => ({
      ...redactGroup(to, g),
      matchingRule: rule(g.matchingRule),
    })),
    ...each("policies", tenancy.policies, (p) => ({ ...thing(p), statements: p.statements.map(statement) })),
    ...each("users", tenancy.users, thing),
    ...each("instances", tenancy.instances, thing),
    ...each("domains", tenancy.domains, (d) => ({ ...thing(d), name: redactName(to, d.name) })),
    ...each("tagNamespaces", tenancy.tagNamespaces, ({ tags, ...n }) => ({
      ...thing(n),
      ...(tags && { tags: tags.map((tag) => to.text(tag)) }),
    })),
    ...each("notes", tenancy.notes, (note) => redactNote(to, note)),
    ...each("requests", tenancy.requests, (request) => redactRequest(to, request)),
  };
};
