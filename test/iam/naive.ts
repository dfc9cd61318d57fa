/**
 * A second evaluator, written straight from the rules and as simply as can be: no index, nothing compiled, every
 * statement looked at for every permission. Only the parser is shared. What the library decides is compared with it.
 * @module
 */
import { readFileSync } from "node:fs";
import type { Principal, Request, Tenancy } from "../../iam/index.ts";
import { operationsNamed } from "../../oci/operations/by-name.ts";
import type { OperationPermissions } from "../../oci/operations/index.ts";
import { and, groupsOf, low, type NaiveTruth, not, or, statementOf, type Tree } from "./naive-basics.ts";
import { conditionHolds } from "./naive-condition.ts";

const tables = JSON.parse(
  readFileSync(new URL("../../iam/tables/tables.data.json", import.meta.url), "utf8"),
);
const verbs = ["inspect", "read", "use", "manage"];

/** Every table row behind a name: [verb, permissions] of a type, a family's members, and what the family adds. */
const rows = (name: string): Tree[] | undefined => {
  if (name === "all-resources") return Object.values(tables.resourceTypes);
  if (tables.resourceTypes[name]) return [tables.resourceTypes[name]];
  if (tables.aliases[name]) return [tables.aliases[name]].flat().flatMap((n: string) => rows(n) ?? []);
  if (!tables.families[name]) return undefined;
  const extra = tables.familyExtra[name] ? [tables.familyExtra[name]] : [];
  return [...tables.families[name].flatMap((n: string) => rows(n) ?? []), ...extra];
};

const known = new Set(
  Object.values(tables.resourceTypes).flatMap((row: Tree) => verbs.flatMap((v) => row[v])),
);
const isKnown = (permission: string): boolean => known.has(permission);

const actionHolds = (s: Tree, permission: string): NaiveTruth => {
  if (s.action.kind === "permissions") {
    return s.action.permissions.some((p: Tree) => low(p.text) === low(permission)) ? "yes" : "no";
  }
  const name = low(s.action.resource.text);
  const found = rows(name);
  if (!found) return isKnown(permission) ? "no" : "unknown";
  const level = verbs.indexOf(s.action.verb);
  if (name === "all-resources" && s.action.verb === (s.effect === "allow" ? "manage" : "inspect"))
    return "yes";
  const holds = found.some((row) => {
    const least = verbs.findIndex((v) => row[v].includes(permission));
    if (least === -1) return false;
    return s.effect === "allow" ? least <= level : least >= level;
  });
  return holds ? "yes" : name === "all-resources" && !isKnown(permission) ? "unknown" : "no";
};

const pathToRoot = (t: Tenancy, id: string): string[] => {
  if (low(id) === low(t.tenancy)) return [low(id)];
  const c = t.compartments!.find((x) => low(x.id) === low(id))!;
  return [low(id), ...pathToRoot(t, c.parent ?? t.tenancy)];
};

const childNamed = (t: Tenancy, parent: string, name: string): string | undefined =>
  t
    .compartments!.find((c) => low(c.parent ?? t.tenancy) === parent && low(c.name) === low(name))
    ?.id.toLowerCase();

/** The compartment that a statement applies to; undefined when OCI would have refused it. */
const placeOf = (t: Tenancy, attached: string, l: Tree): string | undefined => {
  if (l.kind === "tenancy") return attached === low(t.tenancy) ? attached : undefined;
  if (l.kind === "compartment-id") {
    const there = [t.tenancy, ...t.compartments!.map((c) => c.id)].some((id) => low(id) === low(l.id));
    return there && pathToRoot(t, l.id).includes(attached) ? low(l.id) : undefined;
  }
  let at: string | undefined = attached;
  for (const word of l.path) at = at && childNamed(t, at, word.text);
  const own = t.compartments!.find((c) => low(c.id) === attached)?.name;
  if (!at && l.path.length === 1 && own && low(own) === low(l.path[0].text)) return attached;
  return at;
};

const subjectMatches = (t: Tenancy, p: Principal, s: Tree): boolean => {
  const { subject } = s;
  const mine = groupsOf(t, p);
  if (subject.kind === "any-user") return true;
  if (subject.kind === "any-group") return p.type !== "service" && (mine.length > 0 || s.effect === "deny");
  if (subject.kind === "service")
    return p.type === "service" && subject.names.some((n: Tree) => low(n.text) === low(p.name));
  if ((subject.kind === "group") !== (p.type === "user") || p.type === "service") return false;
  const list: Tree[] = subject.kind === "group" ? [...t.groups!] : [...t.dynamicGroups!];
  return subject.names.some((n: Tree) => {
    const id =
      n.by === "id"
        ? n.id
        : list.find(
            (g) => low(g.name) === low(n.name) && low(g.domain ?? "Default") === low(n.domain ?? "Default"),
          )?.id;
    return id !== undefined && mine.includes(low(id));
  });
};

/** What one statement says about one permission: no, also when it is about something else. */
const says = (
  t: Tenancy,
  attached: string,
  text: string,
  effect: string,
  r: Request,
  permission: string,
): NaiveTruth => {
  const parsed = statementOf(text);
  if (!parsed.ok || parsed.statement.kind !== "permit" || parsed.statement.effect !== effect) return "no";
  const s = parsed.statement;
  if (effect === "deny" && !t.denyEnabled) return "no";
  const place = placeOf(t, attached, s.location);
  if (!place || !pathToRoot(t, r.compartment ?? t.tenancy).includes(place)) return "no";
  if (!subjectMatches(t, r.principal, s)) return "no";
  const condition = s.condition ? conditionHolds(t, r, permission, effect, s.condition) : "yes";
  return and([actionHolds(s, permission), condition]);
};

/** Decides a request: an operation that several services have, by each of them. */
export const naiveDecide = (t: Tenancy, r: Request): "allow" | "deny" | "unknown" => {
  const needs = r.operation
    ? operationsNamed(r.operation).flatMap(({ permissions }) => permissions ?? [])
    : [{ mode: "all" as const, always: r.permissions! }];
  const decisions = new Set(needs.map((one) => decideOne(t, r, one)));
  return decisions.size === 1 ? [...decisions][0]! : "unknown";
};

const decideOne = (t: Tenancy, r: Request, needs: OperationPermissions): "allow" | "deny" | "unknown" => {
  const admin = t.groups!.find(
    (g) => low(g.name) === "administrators" && low(g.domain ?? "Default") === "default",
  );
  const exempt =
    r.principal.type === "user" && admin !== undefined && groupsOf(t, r.principal).includes(low(admin.id));
  const held = needs.always.map((permission): NaiveTruth => {
    if (permission === "COMPARTMENT_INSPECT" && r.principal.type === "instance") return "yes";
    const every = (effect: string): NaiveTruth =>
      or(
        t.policies!.flatMap((p) =>
          p.statements.map((s) => says(t, low(p.compartment ?? t.tenancy), s, effect, r, permission)),
        ),
      );
    return and([every("allow"), exempt ? "yes" : not(every("deny"))]);
  });
  const outcome = needs.mode === "any" ? or(held) : and(held);
  return outcome === "yes" ? "allow" : outcome === "no" ? "deny" : "unknown";
};
