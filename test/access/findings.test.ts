import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accessSchema, compileStatements, findings } from "../../access/index.ts";
import { lintStatements } from "../../iam/index.ts";
import { anyAccess, ids, ocid, SAFE, TENANCY, WORK } from "./support/universe.ts";

const found = (
  access: unknown,
  severities: Record<string, "error" | "warning" | "info" | "off"> = {},
): string[] =>
  findings(accessSchema.parse(access), { tenancyId: TENANCY, decoyId: ids.decoy.id }, severities).map(
    (f) => `${f.severity} ${f.code} ${f.where}`,
  );

const raw = (statement: string) => ({
  instance: [{ raw: { name: "vaults", statement, compartment: WORK } }],
});

test("an ordinary declaration has no findings", () => {
  expect(
    found({
      instance: [{ bucket: "reports", access: "read" }],
      clients: {
        agent: [{ metrics: "app" }],
        exporter: [{ bucket: "invoices", access: "write", prefix: "2026/" }],
      },
    }),
  ).toEqual([]);
});

test("a document that is not signed is found, and the finding can be silenced", () => {
  const of = (severities: Record<string, "off"> = {}) =>
    findings(accessSchema.parse({}), { tenancyId: TENANCY, signDocument: false }, severities);
  expect(of()).toEqual([
    {
      code: "unsigned-document",
      severity: "warning",
      where: "signDocument",
      message: expect.stringMatching(/whoever may update the instance \(INSTANCE_UPDATE\) can run code/),
    },
  ]);
  expect(of({ "unsigned-document": "off" })).toEqual([]);
});

test.each([
  ["the whole tenancy", { instance: [{ audit: TENANCY }] }, ["error tenancy-wide instance[0]"]],
  ["the decoy", { clients: { x: [{ secret: ids.decoy.id }] } }, ["error decoy-granted clients.x[0]"]],
  [
    "the same twice",
    { instance: [{ metrics: "app" }, { metrics: "app" }] },
    ["warning duplicate-grant instance[1]"],
  ],
  [
    "a list that shows names outside of the prefix",
    { instance: [{ bucket: "b", access: "read", prefix: "x/", list: true }] },
    ["warning list-shows-all-names instance[0]"],
  ],
  [
    "a topic, which is every topic of the compartment for the statement",
    { clients: { x: [{ topic: ocid("onstopic", "a"), access: "publish" }] } },
    ["info reaches-the-compartment clients.x[0]"],
  ],
  [
    "a log, which is its group for the statement",
    { instance: [{ logs: ocid("log", "a"), group: ocid("loggroup", "a") }] },
    ["info logs-reach-the-group instance[0]"],
  ],
])("%s", (_, access, expected) => {
  expect(found(access)).toEqual(expected);
});

test("what is written by hand is linted", () => {
  const wide = found(raw("Allow dynamic-group id <group> to manage vaults in tenancy"));
  expect(wide).toContain("warning raw-grant instance[0]");
  expect(wide.some((f) => f.includes("iam/tenancy-wide"))).toBe(true);
  expect(found(raw("Allow dynamic-group id <group> to frobnicate vaults in tenancy"))).toContain(
    "error iam/syntax instance[0]",
  );
});

test("severities are a setting", () => {
  const access = { instance: [{ audit: TENANCY }, { instance: "self", access: "read" }] };
  expect(found(access, { "tenancy-wide": "info", "instance-shows-metadata": "off" })).toEqual([
    "info tenancy-wide instance[0]",
  ]);
});

describe("a policy holds 50 statements", () => {
  const many = (count: number, grant: (i: number) => object) =>
    Array.from({ length: count }, (_, i) => grant(i));
  const tooMany = (access: unknown, compartments = { workload: WORK, security: SAFE }) =>
    findings(accessSchema.parse(access), { tenancyId: TENANCY, compartments }).filter(
      (f) => f.code === "too-many-statements",
    );

  test("of which a grant may make two", () => {
    const bucket = (i: number) => ({ bucket: `b${i}`, access: "read", prefix: "x/", list: true });
    expect(tooMany({ instance: many(25, bucket) })).toEqual([]);
    const [finding] = tooMany({ instance: many(30, bucket) });
    expect(finding).toMatchObject({ severity: "error", where: "access" });
    expect(finding?.message).toContain(`60 statements in the policy of ${WORK}`);
  });

  test("in each compartment", () => {
    const metrics = (i: number) => ({ metrics: `m${i}`, compartment: ocid("compartment", `c${i % 5}`) });
    expect(tooMany({ instance: many(50, metrics) })).toEqual([]);
    expect(tooMany({ instance: many(251, metrics) })).toHaveLength(1);
  });

  test("the own secret's among them, where it lies in the same one", () => {
    const instance = many(50, (i) => ({ metrics: `m${i}` }));
    expect(tooMany({ instance })).toEqual([]);
    expect(tooMany({ instance }, { workload: WORK, security: WORK })).toHaveLength(1);
  });
});

test("the language's lint has nothing to say about what is compiled, but for the whole tenancy", () => {
  fc.assert(
    fc.property(anyAccess, (access) => {
      const statements = compileStatements(access, ids).map((s) => s.text);
      const codes = lintStatements(statements)
        .flat()
        .map((f) => f.code);
      expect(codes.filter((c) => !["tenancy-wide", "shadowed", "covered"].includes(c))).toEqual([]);
    }),
    { numRuns: 50 },
  );
});
