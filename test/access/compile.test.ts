import fc from "fast-check";
import { expect, test } from "vitest";
import { type Access, compileStatements, declared } from "../../access/index.ts";
import { type CompiledTenancy, compile, decide, parseStatement, printStatement } from "../../iam/index.ts";
import {
  anyAccess,
  BUCKETS,
  CHILD,
  INSTANCE,
  INSTANCES,
  ids,
  LOG_GROUPS,
  means,
  NAMESPACES,
  OBJECTS,
  PLACES,
  SAFE,
  SECRETS,
  TENANCY,
  type UniverseRequest,
  WORK,
} from "./support/universe.ts";

const tenancyOf = (access: Access): CompiledTenancy =>
  compile({
    tenancy: TENANCY,
    compartments: [
      { id: WORK, name: "work" },
      { id: SAFE, name: "safe" },
      { id: CHILD, name: "child", parent: WORK },
    ],
    dynamicGroups: [{ id: ids.groupId, name: "main", matchingRule: `All {instance.id = '${INSTANCE}'}` }],
    policies: compileStatements(access, ids).map((s) => ({
      compartment: s.compartmentId,
      statements: [s.text],
    })),
  });

const allows = (compiled: CompiledTenancy, asked: UniverseRequest): boolean =>
  decide(compiled, {
    principal: { type: "instance", id: INSTANCE, compartment: WORK },
    permissions: [asked.permission],
    compartment: asked.place,
    variables: asked.variables,
  }).decision === "allow";

const buckets = BUCKETS.flatMap((b) => [
  { "target.bucket.name": b },
  ...OBJECTS.map((o) => ({ "target.bucket.name": b, "target.object.name": o })),
]);
const one = (name: string, values: readonly string[]) => values.map((v) => ({ [name]: v }));
const SECRET_PERMISSIONS = ["SECRET_BUNDLE_READ", "SECRET_READ", "SECRET_UPDATE", "SECRET_DELETE"];
const OBJECT_PERMISSIONS = [
  "OBJECT_READ",
  "OBJECT_INSPECT",
  "OBJECT_CREATE",
  "OBJECT_OVERWRITE",
  "OBJECT_DELETE",
];

/** Every permission that a grant is near to, with the variables that its requests have. */
const UNIVERSE: readonly (readonly [readonly string[], readonly Record<string, string>[]])[] = [
  [SECRET_PERMISSIONS, one("target.secret.id", SECRETS)],
  [[...OBJECT_PERMISSIONS, "BUCKET_READ", "PAR_MANAGE"], buckets],
  [["METRIC_WRITE", "METRIC_READ"], one("target.metrics.namespace", NAMESPACES)],
  [["LOG_CONTENT_PUSH", "LOG_CONTENT_READ"], one("target.loggroup.id", LOG_GROUPS)],
  [["INSTANCE_READ", "INSTANCE_POWER_ACTIONS", "INSTANCE_DELETE"], one("target.instance.id", INSTANCES)],
  [["AUDIT_EVENT_READ", "BUCKET_INSPECT", "SECRET_INSPECT", "VAULT_READ", "KEY_READ"], [{}]],
];

const everyRequest: UniverseRequest[] = UNIVERSE.flatMap(([permissions, variables]) =>
  permissions.flatMap((permission) =>
    variables.flatMap((v) => PLACES.map((place) => ({ permission, place, variables: v }))),
  ),
);

const own: Access["instance"] = [{ secret: ids.secret.id }];

test("compile, then decide: exactly what was granted, and the own secret", () => {
  fc.assert(
    fc.property(anyAccess, (access) => {
      const compiled = tenancyOf(access);
      const grants = [...own, ...declared(access).map((d) => d.grant)];
      for (const asked of everyRequest) {
        const expected = grants.some((g) => means(g, asked));
        if (allows(compiled, asked) !== expected) {
          throw new Error(`${JSON.stringify(asked)} is ${expected ? "refused" : "allowed"}`);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("statements are canonical, one line each, and none stands twice", () => {
  fc.assert(
    fc.property(anyAccess, (access) => {
      const statements = compileStatements(access, ids);
      for (const { text } of statements) {
        const parsed = parseStatement(text);
        if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
        expect(printStatement(parsed.statement)).toBe(text);
        expect(text).not.toMatch(/\n|tenancy where|any-user/);
      }
      const keys = statements.map((s) => `${s.compartmentId} ${s.text}`);
      expect(new Set(keys).size).toBe(keys.length);
    }),
  );
});

test("the order follows the declaration, whatever order an engine keeps its maps in", () => {
  const metrics = [{ metrics: "app" }];
  const bucket = [{ bucket: "invoices", access: "write" as const }];
  const text = (access: Access) => compileStatements(access, ids).map((s) => s.text);
  const one = text({ instance: [], clients: { zeta: metrics, alpha: bucket } });
  expect(one).toEqual(text({ instance: [], clients: { alpha: bucket, zeta: metrics } }));
  expect(one).toEqual([
    `Allow dynamic-group id ${ids.groupId} to {SECRET_BUNDLE_READ} in compartment id ${SAFE} where target.secret.id = '${ids.secret.id}'`,
    `Allow dynamic-group id ${ids.groupId} to {OBJECT_CREATE, OBJECT_OVERWRITE} in compartment id ${WORK} where target.bucket.name = 'invoices'`,
    `Allow dynamic-group id ${ids.groupId} to {METRIC_WRITE} in compartment id ${WORK} where target.metrics.namespace = 'app'`,
  ]);
});
