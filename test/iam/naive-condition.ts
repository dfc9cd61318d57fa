/**
 * Conditions of the naive evaluator: the trees are walked as they are.
 * @module
 */
import type { Request, Tenancy } from "../../iam/index.ts";
import { and, groupsOf, low, type NaiveTruth, not, or, type Tree } from "./naive-basics.ts";

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

const some = (values: (string | null)[], test: (v: string) => boolean): NaiveTruth =>
  or(values.map((v) => (v === null ? "unknown" : test(v) ? "yes" : "no")));

const subset = (a: (string | null)[], b: (string | null)[]): NaiveTruth => {
  if (a.includes(null) || b.includes(null)) return "unknown";
  return a.every((v) => b.includes(v)) || b.every((v) => a.includes(v)) ? "yes" : "no";
};

const seconds = (text: string): number => {
  const [h, m, s = "0"] = text.replace(/z$/i, "").split(":");
  return Number(h) * 3600 + Number(m) * 60 + Number(s);
};

const instant = (text: string): number =>
  Date.parse(/t/i.test(text) ? text.toUpperCase() : `${text.slice(0, 10)}T00:00:00Z`);

/** Whether a condition holds for one permission of a request. */
export const conditionHolds = (
  t: Tenancy,
  r: Request,
  permission: string,
  effect: string,
  c: Tree,
): NaiveTruth => {
  if (c.kind === "any") return or(c.conditions.map((x: Tree) => conditionHolds(t, r, permission, effect, x)));
  if (c.kind === "all")
    return and(c.conditions.map((x: Tree) => conditionHolds(t, r, permission, effect, x)));
  const name = low(c.variable.name);
  const get = (variable: string) => valuesOf(t, r, permission, effect, low(variable));
  const left = get(name);
  if (c.kind === "present") {
    const there: NaiveTruth = left === undefined ? "no" : left.some((v) => v !== null) ? "yes" : "unknown";
    return c.negated ? not(there) : there;
  }
  if (left === undefined) return "no";
  const list: Tree[] = c.values ?? [c.value];
  const variables = list.filter((v) => v?.kind === "variable").map((v) => get(v.name));
  const literals = list.filter((v) => v?.kind !== "variable");
  const literal = (): NaiveTruth[] => literals.map((v) => some(left, (x) => textMatches(x, v, name)));
  const shared = (right: (string | null)[]): NaiveTruth => {
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
