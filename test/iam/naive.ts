/**
 * A second evaluator, written straight from the rules and as simply as can be: no index, nothing compiled, every
 * statement looked at for every permission. Only the parser is shared. What the library decides is compared with it.
 * @module
 */
import { readFileSync } from "node:fs";
import {
  type Principal,
  parseMatchingRule,
  parseStatement,
  type Request,
  type Tenancy,
} from "../../iam/index.ts";
import { permissionsOf } from "../../oci/operations/index.ts";

type Answer = "yes" | "no" | "unknown";
// biome-ignore lint/suspicious/noExplicitAny: the trees are walked as plain data here, on purpose
type Tree = any;

const tables = JSON.parse(
  readFileSync(new URL("../../iam/tables/tables.data.json", import.meta.url), "utf8"),
);
const verbs = ["inspect", "read", "use", "manage"];
const low = (text: unknown): string => String(text).toLowerCase();

const or = (answers: Answer[]): Answer =>
  answers.includes("yes") ? "yes" : answers.includes("unknown") ? "unknown" : "no";
const and = (answers: Answer[]): Answer =>
  answers.includes("no") ? "no" : answers.includes("unknown") ? "unknown" : "yes";
const not = (answer: Answer): Answer => (answer === "unknown" ? "unknown" : answer === "yes" ? "no" : "yes");

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
const statementOf = once(parseStatement);
const ruleOf = once(parseMatchingRule);

const actionHolds = (s: Tree, permission: string): Answer => {
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

const groupsOf = (t: Tenancy, p: Principal): string[] => {
  if (p.type === "user")
    return t.groups!.filter((g) => (g.members ?? []).some((m) => low(m) === low(p.id))).map((g) => low(g.id));
  return t
    .dynamicGroups!.filter((g) => {
      const rule = ruleOf(g.matchingRule);
      return rule.ok && ruleMatches(p, rule.rule);
    })
    .map((g) => low(g.id));
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

const textMatches = (value: string, literal: Tree, variable: string): boolean => {
  const text = low(literal.text);
  const starred =
    literal.kind === "pattern" ||
    (text === "*" && variable.includes(".tag.")) ||
    variable === "target.object.name";
  if (!starred || !/^\*|\*$/.test(text)) return value === text;
  const fixed = text.replace(/^\*/, "").replace(/\*$/, "");
  const escaped = fixed.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(
    `^${text.startsWith("*") ? ".*" : ""}${escaped}${text.endsWith("*") ? ".*" : ""}$`,
    "s",
  ).test(value);
};

/** The values of a variable: a list of texts in which null stands for one that is not known; undefined: does not apply. */
const valuesOf = (
  t: Tenancy,
  r: Request,
  permission: string,
  effect: string,
  name: string,
): (string | null)[] | undefined => {
  const p = r.principal;
  const place = low(r.compartment ?? t.tenancy);
  if (name === "request.permission") return [low(permission)];
  if (name.startsWith("target.resource.tag.")) {
    if (/^OBJECT_|^INSTANCE_POOL_|_CREATE$|^INSTANCE_POWER_ACTIONS$|^VNIC_(UPDATE|DELETE)$/.test(permission))
      return undefined;
    if (/^(VOLUME_BACKUP_COPY|KEY_ENCRYPT|KEY_DECRYPT)$/.test(permission)) return undefined;
    if (r.operation ? /^List/i.test(r.operation) : /_(INSPECT|LIST)$/.test(permission)) return undefined;
  }
  if (effect === "deny" && /^target\.dynamicgroup\.(id|name)$/.test(name)) return undefined;
  const given = Object.entries(r.variables ?? {}).find(([key]) => low(key) === name);
  if (given) {
    const list = [given[1]].flat().map((v) => (typeof v === "object" ? null : low(v)));
    return list.length > 0 ? list : undefined;
  }
  const at = r.time === undefined ? undefined : new Date(r.time);
  const known: Record<string, unknown> = {
    "request.operation": r.operation,
    "request.region": r.region ?? null,
    "request.principal.type": p.type === "resource" ? p.resourceType : p.type,
    "request.principal.id": p.type === "service" ? undefined : p.id,
    "request.user.id": p.type === "user" ? p.id : undefined,
    "request.instance.id": p.type === "instance" ? p.id : undefined,
    "request.principal.compartment.id":
      p.type === "user" ? t.tenancy : p.type === "service" ? undefined : p.compartment,
    "request.service.name": p.type === "service" ? p.name : undefined,
    "target.compartment.id": place,
    "target.compartment.name": t.compartments!.find((c) => low(c.id) === place)?.name,
    "request.utc-timestamp": at ? at.toISOString() : null,
    "request.utc-timestamp.month-of-year": at ? at.getUTCMonth() + 1 : null,
    "request.utc-timestamp.day-of-month": at ? at.getUTCDate() : null,
    "request.utc-timestamp.day-of-week": at
      ? at.toLocaleDateString("en-US", { weekday: "long", timeZone: "UTC" })
      : null,
    "request.utc-timestamp.time-of-day": at ? at.toISOString().slice(11, 19) : null,
  };
  if (name === "request.groups.id")
    return p.type === "user" && groupsOf(t, p).length > 0 ? groupsOf(t, p) : undefined;
  if (low(r.operation ?? "") === "listcompartments" && name.startsWith("target.compartment."))
    return undefined;
  const value = known[name];
  return value === undefined ? undefined : [value === null ? null : low(value)];
};

const some = (values: (string | null)[], test: (v: string) => boolean): Answer =>
  or(values.map((v) => (v === null ? "unknown" : test(v) ? "yes" : "no")));

const subset = (a: (string | null)[], b: (string | null)[]): Answer => {
  if (a.includes(null) || b.includes(null)) return "unknown";
  return a.every((v) => b.includes(v)) || b.every((v) => a.includes(v)) ? "yes" : "no";
};

const seconds = (text: string): number => {
  const [h, m, s = "0"] = text.replace(/z$/i, "").split(":");
  return Number(h) * 3600 + Number(m) * 60 + Number(s);
};

const instant = (text: string): number =>
  Date.parse(/t/i.test(text) ? text.toUpperCase() : `${text.slice(0, 10)}T00:00:00Z`);

const conditionHolds = (t: Tenancy, r: Request, permission: string, effect: string, c: Tree): Answer => {
  if (c.kind === "any") return or(c.conditions.map((x: Tree) => conditionHolds(t, r, permission, effect, x)));
  if (c.kind === "all")
    return and(c.conditions.map((x: Tree) => conditionHolds(t, r, permission, effect, x)));
  const name = low(c.variable.name);
  const get = (variable: string) => valuesOf(t, r, permission, effect, low(variable));
  const left = get(name);
  if (c.kind === "present") {
    const there: Answer = left === undefined ? "no" : left.some((v) => v !== null) ? "yes" : "unknown";
    return c.negated ? not(there) : there;
  }
  if (left === undefined) return "no";
  const list: Tree[] = c.values ?? [c.value];
  const variables = list.filter((v) => v?.kind === "variable").map((v) => get(v.name));
  const literals = list.filter((v) => v?.kind !== "variable");
  const literal = (): Answer[] => literals.map((v) => some(left, (x) => textMatches(x, v, name)));
  const shared = (right: (string | null)[]): Answer => {
    if (left.some((v) => v !== null && right.includes(v))) return "yes";
    return left.includes(null) || right.includes(null) ? "unknown" : "no";
  };
  switch (c.kind) {
    case "compare": {
      if (literals.length > 0) return c.operator === "=" ? or(literal()) : not(or(literal()));
      const [right] = variables;
      if (right === undefined) return "no";
      return c.operator === "=" ? shared(right) : not(subset(left, right));
    }
    case "in": {
      if (c.negated && variables.includes(undefined)) return "no";
      const inList = or([...literal(), ...variables.map((v) => (v ? subset(left, v) : "no"))]);
      return c.negated ? not(inList) : inList;
    }
    case "function": {
      if (variables.includes(undefined)) return "no";
      if (c.name === "sets-intersect") return or([...literal(), ...variables.map((v) => shared(v!))]);
      if ([left, ...variables].some((v) => v!.includes(null))) return "unknown";
      const right = variables.flatMap((v) => v!);
      const leftIn = left.every((v) => right.includes(v) || literals.some((l) => textMatches(v!, l, name)));
      const rightIn =
        right.every((v) => left.includes(v)) &&
        literals.every((l) => left.some((v) => textMatches(v!, l, name)));
      return leftIn && rightIn ? "yes" : "no";
    }
    case "time":
      return some(left, (v) =>
        c.operator === "before" ? instant(v) < instant(c.value.text) : instant(v) > instant(c.value.text),
      );
    default: {
      const [from, to] = [seconds(c.from.text), seconds(c.to.text)];
      const inside = (v: number): boolean => (from <= to ? from <= v && v <= to : v >= from || v <= to);
      return some(left, (v) => inside(seconds(v)));
    }
  }
};

/** What one statement says about one permission: no, also when it is about something else. */
const says = (
  t: Tenancy,
  attached: string,
  text: string,
  effect: string,
  r: Request,
  permission: string,
): Answer => {
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

/** Decides a request. */
export const naiveDecide = (t: Tenancy, r: Request): "allow" | "deny" | "unknown" => {
  const needs = r.operation ? permissionsOf(r.operation)! : { mode: "all", always: r.permissions! };
  const admin = t.groups!.find(
    (g) => low(g.name) === "administrators" && low(g.domain ?? "Default") === "default",
  );
  const exempt =
    r.principal.type === "user" && admin !== undefined && groupsOf(t, r.principal).includes(low(admin.id));
  const held = needs.always.map((permission): Answer => {
    if (permission === "COMPARTMENT_INSPECT" && r.principal.type === "instance") return "yes";
    const every = (effect: string): Answer =>
      or(
        t.policies!.flatMap((p) =>
          p.statements.map((s) => says(t, low(p.compartment ?? t.tenancy), s, effect, r, permission)),
        ),
      );
    return and([every("allow"), exempt ? "yes" : not(every("deny"))]);
  });
  const answer = needs.mode === "any" ? or(held) : and(held);
  return answer === "yes" ? "allow" : answer === "no" ? "deny" : "unknown";
};
