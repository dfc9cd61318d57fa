/** A Terraform plan as a source: what is known decides, what is known after apply stays unknown. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isPlan, readPlan } from "../../../commands/iam/plan/plan.ts";
import { plannedTenancy } from "../../../commands/iam/plan/planned-tenancy.ts";
import { readTenancy } from "../../../commands/iam/tenancy.ts";
import { compareTenancies, compile, decide, lintTenancy, type Principal } from "../../../iam/index.ts";

const text = readFileSync(join(import.meta.dirname, "plan.json"), "utf8");
const plan = readPlan(JSON.parse(text), "plan.json");
const before = plannedTenancy(plan, "before");
const after = readTenancy(text, "plan.json");
const APP = "ocid1.compartment.oc1..app";
const DATA = "ocid1.compartment.oc1..planned.oci_identity_compartment.data";
const machine = (compartment: string): Principal => ({
  type: "instance",
  id: "ocid1.instance.oc1.iad.m",
  compartment,
});

test("a plan is told from a tenancy, and a broken one is named", () => {
  expect(isPlan(JSON.parse(text))).toBe(true);
  expect(isPlan({ tenancy: "ocid1.tenancy.oc1..t", policies: [] })).toBe(false);
  expect(() => readTenancy('{"format_version":"1.2","resource_changes":[{}]}', "p.json")).toThrow(
    /p\.json is no plan of terraform show -json:\n {2}resource_changes\.0\.address/,
  );
});

test("what is made has an OCID of its address, also where it is referred to", () => {
  expect(after.compartments).toContainEqual({ id: DATA, name: "data", parent: APP });
  expect(after.groups).toContainEqual({
    id: "ocid1.group.oc1..planned.oci_identity_group.interns",
    name: "interns",
    members: ["ocid1.user.oc1..ann"],
  });
  expect(after.policies!.find((p) => p.name === "data")).toMatchObject({
    compartment: DATA,
    unknownStatements: [1],
  });
  expect(before.groups!.map((g) => g.name)).toEqual(["auditors", "Ops"]);
  expect(before.policies!.map((p) => p.name)).toEqual(["app", "ops"]);
});

test("what is known after apply is noted by its address, and what it refers to", () => {
  expect(after.notes).toEqual(
    expect.arrayContaining([
      "known after apply: oci_identity_policy.data.statements[1], which refers to oci_identity_dynamic_group.workers.id",
      'known after apply: module.extra["a"].oci_identity_policy.extra.statements, which refers to var.group_id',
      "known after apply: oci_identity_dynamic_group.workers.matching_rule, which refers to oci_identity_compartment.data.id",
      'the group "Ops" is not in the plan: who is in it is not known',
    ]),
  );
});

test("decisions that it may change are unknown, the others stand", () => {
  const ask = (of: typeof after, principal: Principal, permission: string, compartment: string) =>
    decide(compile(of), { principal, permissions: [permission], compartment });
  const app = (of: typeof after) => ask(of, machine(APP), "BUCKET_DELETE", APP).decision;
  // A whole policy in app is not known before it is applied.
  expect([app(before), app(after)]).toEqual(["deny", "allow"]);
  const queue = ask(after, machine(APP), "QUEUE_CONSUME", APP);
  expect(queue).toMatchObject({ decision: "unknown", undecided: [{ policy: 2, statement: 0 }] });
  expect(queue.notes!.join()).toContain('module.extra["a"].oci_identity_policy.extra.statements');
  expect(ask(after, machine(APP), "QUEUE_CONSUME", after.tenancy).decision).toBe("deny");
});

test("members of a group whose rule is not known are unknown, and deny may take what allow gives", () => {
  const policies = [
    {
      compartment: APP,
      statements: [
        "Allow dynamic-group workers to read buckets in compartment app",
        "Allow any-user to inspect buckets in compartment app",
        "Deny dynamic-group workers to inspect buckets in compartment app where target.bucket.name = 'x'",
      ],
    },
  ];
  const compiled = compile({ ...after, denyEnabled: true, policies });
  const ask = (principal: Principal, permission: string, name = "y") =>
    decide(compiled, {
      principal,
      permissions: [permission],
      compartment: APP,
      variables: { "target.bucket.name": name },
    }).decision;
  expect(ask(machine(APP), "BUCKET_READ")).toBe("unknown");
  expect(ask({ type: "user", id: "ocid1.user.oc1..ann" }, "BUCKET_READ")).toBe("deny");
  expect(ask(machine(APP), "BUCKET_INSPECT")).toBe("allow");
  expect(ask(machine(APP), "BUCKET_INSPECT", "x")).toBe("unknown");
  expect(ask(machine(APP), "BUCKET_DELETE")).toBe("deny");
});

test("a comparison of both sides says what changes, and what cannot be compared yet", () => {
  const { gained, lost, undecided } = compareTenancies(before, after);
  expect(lost).toEqual([]);
  expect(gained.map((e) => `${e.principal}: ${e.summary} in ${e.compartmentName}`)).toEqual([
    "group auditors: inspect all-resources in data",
    expect.stringMatching(/^dynamic-group app: \{BUCKET_CREATE.* in app$/),
    "dynamic-group app: manage buckets in data",
    "dynamic-group workers: read secret-bundles in data",
  ]);
  expect(undecided).toEqual([
    expect.stringContaining("oci_identity_policy.data.statements[1]"),
    expect.stringContaining("oci_identity_policy.extra.statements"),
    expect.stringContaining("oci_identity_dynamic_group.workers.matching_rule"),
  ]);
  expect(compareTenancies(after, after)).toEqual({ gained: [], lost: [] });
});

test("a statement that is not known has no finding", () => {
  expect(lintTenancy(after).filter((f) => f.severity === "error")).toEqual([]);
});
