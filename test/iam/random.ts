/**
 * Random tenancies, statements, conditions and requests over a universe small enough that things meet.
 * @module
 */
import type { Principal, Request, Tenancy, VariableValue } from "../../iam/index.ts";

/** A generator of numbers that a seed determines (mulberry32). */
export class Random {
  private state: number;
  constructor(seed: number) {
    this.state = seed >>> 0;
  }
  /** From 0 to below 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  /** From 0 to below `n`. */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
  chance(p: number): boolean {
    return this.next() < p;
  }
  some<T>(most: number, make: () => T, least = 0): T[] {
    return Array.from({ length: least + this.below(most - least + 1) }, make);
  }
}

const TENANCY = "ocid1.tenancy.oc1..t";
const places = ["a", "b", "c", "d"].map((n) => `ocid1.compartment.oc1..${n}`);
const users = ["u1", "u2", "u3"].map((n) => `ocid1.user.oc1..${n}`);
const instances = ["i1", "i2"].map((n) => `ocid1.instance.oc1.iad.${n}`);
const permissions = [
  ...[
    "BUCKET_INSPECT",
    "BUCKET_READ",
    "BUCKET_UPDATE",
    "BUCKET_CREATE",
    "OBJECT_READ",
    "OBJECT_INSPECT",
    "OBJECT_CREATE",
  ],
  ...[
    "SECRET_BUNDLE_READ",
    "SECRET_ROTATE",
    "VNIC_READ",
    "VOLUME_ATTACHMENT_CREATE",
    "COMPARTMENT_INSPECT",
    "FOO_READ",
  ],
];
const operations = [
  "GetBucket",
  "ListBuckets",
  "HeadObject",
  "GetObject",
  "CreateBucket",
  "ListCompartments",
  "CopyObject",
  "GetSecretBundle",
  "CreateSecret",
  "ListPreauthenticatedRequests",
];
const types = [
  "buckets",
  "objects",
  "object-family",
  "secrets",
  "secret-family",
  "instance-family",
  "all-resources",
  "all-resources",
  "object-family",
  "buckets",
  "foo-family",
  "compartments",
  "vnics",
];
const verbs = ["inspect", "read", "use", "manage"];
const times = ["2026-01-31T12:00:00Z", "2026-06-01T00:30:00Z", "2027-03-07T23:59:59Z"];

/** Changes the case of some letters. */
const cased = (r: Random, text: string): string =>
  r.chance(0.15) ? (r.chance(0.5) ? text.toUpperCase() : text[0]!.toUpperCase() + text.slice(1)) : text;

/** Variables, and the values that both statements and requests choose from. */
const variables: Record<string, string[]> = {
  "target.bucket.name": ["logs", "Logs", "logs-a", "a-logs", "x*"],
  "target.object.name": ["prod/a", "prod/b", "test/a", "*"],
  "target.resource.tag.ns.key": ["red", "blue", "Green", "*"],
  "target.dynamicgroup.name": ["readers", "x"],
  "request.principal.group.tag.ns.key": ["red", "blue"],
  "request.networkSource.name": ["corp", "home"],
  "request.operation": operations,
  "request.permission": permissions,
  "request.region": ["iad", "fra"],
  "request.principal.type": ["user", "instance", "cluster", "service"],
  "request.principal.id": [...users, ...instances],
  "request.user.id": users,
  "request.groups.id": ["ocid1.group.oc1..g1", "ocid1.group.oc1..g2"],
  "request.instance.id": instances,
  "request.principal.compartment.id": [...places, TENANCY],
  "target.compartment.id": [...places, TENANCY],
  "target.compartment.name": ["a", "b", "c", "d"],
  "request.service.name": ["objectstorage", "faas"],
  "request.utc-timestamp.month-of-year": ["1", "6", "3"],
  "request.utc-timestamp.day-of-month": ["31", "1", "7"],
  "request.utc-timestamp.day-of-week": ["monday", "Saturday", "sunday"],
};
const names = Object.keys(variables);
const supplied = names.filter((n) =>
  /^target\.(bucket|object|resource|dyn)|networkSource|group\.tag/.test(n),
);

const literal = (r: Random, variable: string): string => {
  const text = r.pick(variables[variable]!);
  if (!r.chance(0.25)) return `'${cased(r, text)}'`;
  const part =
    text
      .slice(0, 1 + r.below(3))
      .replaceAll("/", "")
      .replaceAll("*", "") || "o";
  return r.pick([`/${part}*/`, `/*${part}/`, `/*${part}*/`, "/*/"]);
};

const value = (r: Random, variable: string): string =>
  r.chance(0.12) ? r.pick(names) : literal(r, variable);

const atom = (r: Random): string => {
  const v = r.pick(names);
  const name = cased(r, v);
  const list = (): string => r.some(3, () => value(r, v), 1).join(", ");
  const kind = r.below(20);
  if (kind < 8) return `${name} = ${value(r, v)}`;
  if (kind < 11) return `${name} != ${value(r, v)}`;
  if (kind < 13) return `${name} in (${list()})`;
  if (kind < 15) return `${name} not in (${list()})`;
  if (kind === 15) return r.pick([name, `!${name}`]);
  if (kind === 16) return `${r.pick(["sets-intersect", "sets-equal"])}(${name}, (${list()}))`;
  if (kind === 17)
    return `request.utc-timestamp ${r.pick(["before", "after"])} '${r.pick([...times, "2026-06-01Z", "2026-06-01T00:30Z"])}'`;
  if (kind === 18)
    return `request.utc-timestamp.time-of-day between '${r.pick(["12:00:00Z", "17:00:00Z"])}' and '${r.pick(["01:00:00Z", "23:00"])}'`;
  return `${name} = ${literal(r, v)}`;
};

/** A condition. */
const condition = (r: Random, depth = 2): string => {
  if (depth === 0 || r.chance(0.5)) return atom(r);
  return `${r.pick(["any", "all", "ALL"])} {${r.some(3, () => condition(r, depth - 1), 1).join(", ")}}`;
};

const subject = (r: Random): string => {
  const kind = r.below(13);
  if (kind < 5)
    return `group ${r.pick(["Ops", "dev", "Staff/Ops", "id ocid1.group.oc1..G1", "Ops, Dev", "Administrators", "Nobody, Ops"])}`;
  if (kind < 8)
    return `dynamic-group ${r.pick(["readers", "'Default'/writers", "id ocid1.dynamicgroup.oc1..d1", "readers, writers"])}`;
  return r.pick(["any-user", "any-user", "any-user", "any-group", "service objectstorage, FaaS"]);
};

const location = (r: Random): string =>
  r.pick([
    "tenancy",
    "tenancy",
    "tenancy",
    "tenancy",
    "compartment a",
    "compartment A:b",
    "compartment d",
    "compartment b",
    "compartment a:b:c",
    ...places.map((p) => `compartment id ${p}`),
  ]);

/** A statement that allows or denies. */
export const statement = (r: Random, effect = r.chance(0.2) ? "Deny" : "Allow"): string => {
  const what = r.chance(0.25)
    ? `{${r.some(3, () => r.pick(permissions), 1).join(", ")}}`
    : `${r.pick(verbs)} ${r.pick(types)}`;
  const where = r.chance(effect === "Deny" ? 0.8 : 0.5) ? ` where ${condition(r)}` : "";
  return `${effect} ${subject(r)} to ${what} in ${location(r)}${where}`;
};

const rule = (r: Random, depth = 2): string => {
  if (depth > 0 && r.chance(0.6))
    return `${r.pick(["Any", "all"])} {${r.some(3, () => rule(r, depth - 1), 1).join(", ")}}`;
  const operator = r.pick(["=", "=", "!="]);
  return r.pick([
    `instance.id ${operator} '${r.pick(instances)}'`,
    `instance.compartment.id ${operator} '${r.pick(places)}'`,
    `resource.type ${operator} '${r.pick(["instance", "cluster"])}'`,
    `resource.compartment.id = '${r.pick(places)}'`,
    `tag.NS.role.value ${operator} '${r.pick(["app", "Db"])}'`,
    "tag.ns.Role.value",
  ]);
};

/** A tenancy of four compartments (a, a:b, a:b:c, d), a few groups and policies. */
export const tenancy = (r: Random, statements = 7): Tenancy => ({
  tenancy: TENANCY,
  denyEnabled: r.chance(0.85),
  compartments: [
    { id: places[0]!, name: "a", parent: TENANCY },
    { id: places[1]!, name: "b", parent: places[0]! },
    { id: places[2]!, name: "c", parent: places[1]! },
    { id: places[3]!, name: "d" },
  ],
  groups: [
    { id: "ocid1.group.oc1..g1", name: "Ops", members: users.filter(() => r.chance(0.6)) },
    { id: "ocid1.group.oc1..g2", name: "Dev", members: users.filter(() => r.chance(0.4)) },
    { id: "ocid1.group.oc1..g3", name: "Ops", domain: "Staff", members: users.filter(() => r.chance(0.2)) },
    { id: "ocid1.group.oc1..g4", name: "Administrators", members: users.filter(() => r.chance(0.2)) },
  ],
  dynamicGroups: [
    { id: "ocid1.dynamicgroup.oc1..d1", name: "readers", matchingRule: rule(r) },
    { id: "ocid1.dynamicgroup.oc1..d2", name: "writers", matchingRule: rule(r) },
  ],
  policies: r.some(
    3,
    () => ({
      compartment: r.chance(0.6) ? TENANCY : r.pick(places),
      statements: r.some(statements, () => statement(r), 2),
    }),
    2,
  ),
});

/** A principal. */
const principal = (r: Random): Principal => {
  const tags = r.chance(0.4) ? { tags: { "ns.role": r.pick(["app", "db", "x"]) } } : {};
  const kind = r.below(10);
  if (kind < 5) return { type: "user", id: cased(r, r.pick(users)) };
  if (kind < 8) return { type: "instance", id: r.pick(instances), compartment: r.pick(places), ...tags };
  if (kind < 9)
    return {
      type: "resource",
      resourceType: r.pick(["cluster", "fnfunc"]),
      id: "ocid1.cluster.oc1.iad.k",
      compartment: r.pick(places),
      ...tags,
    };
  return { type: "service", name: r.pick(["objectstorage", "other"]) };
};

/** A request. */
export const request = (r: Random): Request => {
  const given: Record<string, VariableValue> = {};
  for (const name of supplied) {
    if (r.chance(0.5)) continue;
    const texts = variables[name]!;
    if (r.chance(0.12)) given[name] = { unknown: true };
    else
      given[cased(r, name)] =
        name.includes(".tag.") && r.chance(0.5) ? r.some(3, () => r.pick(texts)) : r.pick(texts);
  }
  return {
    principal: principal(r),
    ...(r.chance(0.5)
      ? { operation: r.pick(operations) }
      : { permissions: r.some(2, () => r.pick(permissions), 1) }),
    compartment: r.pick([TENANCY, ...places]),
    ...(r.chance(0.8) && { time: r.pick(times) }),
    ...(r.chance(0.8) && { region: r.pick(["iad", "fra"]) }),
    variables: given,
  };
};
