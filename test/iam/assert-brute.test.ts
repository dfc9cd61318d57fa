/**
 * Assertions against brute force: a universe small enough that every request of it is decided. Whatever holds is broken by no request of the universe; whatever is broken has a witness that the second
 * evaluator allows.
 */
import { expect, test } from "vitest";
import {
  type Assertion,
  checkAssertions,
  compile,
  decide,
  type Principal,
  parseStatement,
  type Request,
  type Tenancy,
} from "../../iam/index.ts";
import { naiveDecide } from "./naive.ts";
import { groupsOf, low } from "./naive-basics.ts";
import { conditionHolds } from "./naive-condition.ts";
import { Random } from "./random.ts";

const ROOT = "ocid1.tenancy.oc1..t";
const [A, B, C] = ["a", "b", "c"].map((n) => `ocid1.compartment.oc1..${n}`) as [string, string, string];
const user = (n: string): Principal => ({ type: "user", id: `ocid1.user.oc1..${n}` });
const instance = (n: string, compartment: string): Principal => ({
  type: "instance",
  id: `ocid1.instance.oc1.iad.${n}`,
  compartment,
});
const PRINCIPALS: Principal[] = [
  ...["u1", "u2", "u3", "stranger"].map(user),
  ...["i1", "i2"].flatMap((n) => [A, B, C].map((c) => instance(n, c))),
  ...["fnfunc", "cluster"].flatMap((resourceType) =>
    [A, B, C].map(
      (compartment): Principal => ({
        type: "resource",
        resourceType,
        id: `ocid1.${resourceType}.oc1.iad.r`,
        compartment,
      }),
    ),
  ),
  { type: "service", name: "objectstorage" },
  { type: "service", name: "other" },
];
const NAMES = [undefined, "x", "xy", "z"];
const TAGS = [undefined, "red", ["red", "blue"], "green"];
const REGIONS = ["iad", "fra"];
const ASKED: Pick<Request, "operation" | "permissions" | "variables">[] = [
  { permissions: ["BUCKET_READ"] },
  { permissions: ["BUCKET_READ"], variables: { "request.operation": "GetBucket" } },
  { permissions: ["SECRET_BUNDLE_READ"] },
  { operation: "GetBucket" },
  { operation: "GetSecretBundle" },
  { operation: "HeadObject" },
  { operation: "CopyObject" },
];
/** Conditions read one of the two variables. */
const universe = (): Request[] =>
  PRINCIPALS.flatMap((principal) =>
    [ROOT, A, B, C].flatMap((compartment) =>
      NAMES.flatMap((name) =>
        TAGS.flatMap((tag) =>
          REGIONS.flatMap((region) =>
            ASKED.map((asked) => ({
              principal,
              compartment,
              region,
              ...asked,
              variables: {
                ...asked.variables,
                ...(name !== undefined && { "target.bucket.name": name }),
                ...(tag !== undefined && { "target.resource.tag.ns.key": tag }),
              },
            })),
          ),
        ),
      ),
    ),
  );

const atom = (r: Random): string =>
  r.pick([
    "target.bucket.name = 'x'",
    "target.bucket.name != 'x'",
    "target.bucket.name = /x*/",
    "!target.bucket.name",
    "target.resource.tag.ns.key = 'red'",
    "target.resource.tag.ns.key != 'red'",
    "sets-equal(target.resource.tag.ns.key, ('red', 'blue'))",
    "request.region = 'iad'",
    "request.region != 'iad'",
    "request.operation = 'GetBucket'",
    "request.user.id = 'ocid1.user.oc1..u1'",
    "request.principal.type = 'instance'",
    `request.principal.compartment.id = '${A}'`,
    "request.principal.compartment.id = target.compartment.id",
    `target.compartment.id != '${B}'`,
  ]);
const condition = (r: Random): string =>
  r.chance(0.5) ? atom(r) : `${r.pick(["any", "all"])} {${r.some(3, () => atom(r), 2).join(", ")}}`;
const place = (r: Random): string => r.pick(["tenancy", "compartment a", "compartment a:b", "compartment c"]);
const statement = (r: Random): string => {
  const deny = r.chance(0.25);
  const who = r.pick([
    "group Ops",
    "group Dev",
    "dynamic-group readers",
    "any-user",
    "service objectstorage",
  ]);
  const what = r.pick([
    "read buckets",
    "read secret-family",
    "read object-family",
    "manage object-family",
    "{BUCKET_READ}",
  ]);
  return `${deny ? "Deny" : "Allow"} ${who} to ${what} in ${place(r)}${r.chance(0.7) ? ` where ${condition(r)}` : ""}`;
};
const tenancy = (r: Random): Tenancy => ({
  tenancy: ROOT,
  denyEnabled: true,
  compartments: [
    { id: A, name: "a", parent: ROOT },
    { id: B, name: "b", parent: A },
    { id: C, name: "c", parent: ROOT },
  ],
  groups: [
    { id: "ocid1.group.oc1..g1", name: "Ops", members: ["ocid1.user.oc1..u1", "ocid1.user.oc1..u2"] },
    { id: "ocid1.group.oc1..g2", name: "Dev", members: ["ocid1.user.oc1..u2", "ocid1.user.oc1..u3"] },
    { id: "ocid1.group.oc1..g3", name: "Administrators", members: ["ocid1.user.oc1..u3"] },
  ],
  dynamicGroups: [
    {
      id: "ocid1.dynamicgroup.oc1..d1",
      name: "readers",
      matchingRule: r.pick([
        "All {instance.id = 'ocid1.instance.oc1.iad.i1'}",
        `Any {instance.compartment.id = '${A}', resource.type = 'fnfunc'}`,
      ]),
    },
  ],
  policies: [{ compartment: ROOT, statements: r.some(5, () => statement(r), 2) }],
});

/** The principals of an assertion, said a second time. */
const WHO: Record<string, (t: Tenancy, p: Principal) => boolean> = {
  "any-user": () => true,
  "group Ops": (t, p) => groupsOf(t, p).includes("ocid1.group.oc1..g1"),
  "group id ocid1.group.oc1..g2": (t, p) => groupsOf(t, p).includes("ocid1.group.oc1..g2"),
  "dynamic-group readers": (t, p) => groupsOf(t, p).includes("ocid1.dynamicgroup.oc1..d1"),
  "user ocid1.user.oc1..u3": (_, p) => p.type === "user" && p.id === "ocid1.user.oc1..u3",
  "instance ocid1.instance.oc1.iad.i2": (_, p) =>
    p.type === "instance" && p.id === "ocid1.instance.oc1.iad.i2",
  "any instance": (_, p) => p.type === "instance",
  "service objectstorage": (_, p) => p.type === "service" && p.name === "objectstorage",
};
const PLACES: Record<string, string[]> = { tenancy: [ROOT, A, B, C], a: [A, B], "a:b": [B], c: [C] };

const assertion = (r: Random): Assertion => {
  const names = Object.keys(WHO);
  const asked = r.pick(ASKED);
  const kind = r.pick(["never", "only"] as const);
  return {
    kind,
    principals: r.some(2, () => r.pick(kind === "only" ? names.slice(1) : names), 1),
    except: kind === "never" && r.chance(0.3) ? ["group Ops"] : [],
    ...(asked.operation ? { operations: [asked.operation] } : { permissions: asked.permissions! }),
    ...(r.chance(0.5) && { compartment: r.pick(Object.keys(PLACES)) }),
    ...(r.chance(0.6) && { where: condition(r) }),
  };
};

/** The second opinion on whether a request is among those that an assertion rules out. */
const ruledOut = (t: Tenancy, a: Assertion, r: Request): boolean => {
  const same = (x: readonly string[] = [], y: readonly string[] = []): boolean => x.join() === y.join();
  if (
    a.operations
      ? r.operation !== a.operations[0]
      : r.operation !== undefined || !same(r.permissions, a.permissions)
  )
    return false;
  if (!PLACES[a.compartment ?? "tenancy"]!.some((c) => low(c) === low(r.compartment))) return false;
  const named = (list: readonly string[]): boolean => list.some((text) => WHO[text]!(t, r.principal));
  if (a.kind === "only" ? named(a.principals) : !named(a.principals) || named(a.except)) return false;
  if (a.where === undefined) return true;
  const parsed = parseStatement(`Allow any-user to {X} in tenancy where ${a.where}`);
  if (!parsed.ok || parsed.statement.kind !== "permit") throw new Error(a.where);
  // Of these operations each permission sees the same variables.
  const permission = r.permissions?.[0] ?? "BUCKET_READ";
  return conditionHolds(t, r, permission, "allow", parsed.statement.condition) === "yes";
};

const TENANCIES = Number(process.env["KEYLESS_ASSERT_TENANCIES"] ?? 3);
const ASSERTIONS = 25;

test(`${TENANCIES} generated tenancies, ${ASSERTIONS} assertions about each, against every request`, () => {
  const counts = { holds: 0, broken: 0 };
  for (let i = 0; i < TENANCIES; i++) {
    const r = new Random(40_000 + i);
    const t = tenancy(r);
    const compiled = compile(t);
    const allowed = universe().filter((request) => decide(compiled, request).decision === "allow");
    const list = Array.from({ length: ASSERTIONS }, () => assertion(r));
    const { results, problems } = checkAssertions(t, list);
    expect(problems).toEqual([]);
    for (const [j, a] of list.entries()) {
      const said = JSON.stringify({ t: t.policies, rule: t.dynamicGroups, a, result: results[j] }, null, 1);
      const breaking = allowed.find((request) => ruledOut(t, a, request));
      const { holds, witness } = results[j]!;
      if (holds !== (breaking === undefined)) expect.fail(`${JSON.stringify(breaking)}\n${said}`);
      counts[holds ? "holds" : "broken"]++;
      if (holds) continue;
      if (naiveDecide(t, witness!) !== "allow" || !ruledOut(t, a, witness!)) expect.fail(said);
    }
  }
  expect(Math.min(counts.holds, counts.broken)).toBeGreaterThan(TENANCIES * 5);
});
