import { describe, expect, test } from "vitest";
import {
  type Finding,
  lintRule,
  lintRules,
  lintStatement,
  lintStatements,
  lintTenancy,
  parseMatchingRule,
  parseStatement,
  type Tenancy,
} from "../../iam/index.ts";
import { matchingRuleRules, statementRules } from "../../iam/lint/registry.ts";
import { tenancyWith } from "./fixture.ts";

const ofStatement = (text: string): Finding[] => {
  const parsed = parseStatement(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return lintStatement(parsed.statement, text);
};
const ofRule = (text: string): Finding[] => {
  const parsed = parseMatchingRule(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return lintRule(parsed.rule, text);
};
const codes = (findings: readonly Finding[]): string[] => findings.map((f) => f.code);

describe("each rule finds its example and leaves what is put right", () => {
  test.each(statementRules)("$code", ({ code, severity, before, after, explanation }) => {
    const found = ofStatement(before).find((f) => f.code === code);
    expect(found).toMatchObject({ code });
    expect(found?.column).toBeGreaterThan(0);
    expect(codes(ofStatement(after))).not.toContain(code);
    expect(["error", "warning", "info"]).toContain(severity);
    expect(explanation).toMatch(/\.$/);
  });

  test.each(matchingRuleRules)("$code", ({ code, before, after }) => {
    expect(codes(ofRule(before))).toContain(code);
    expect(codes(ofRule(after))).not.toContain(code);
  });

  test("codes are used once", () => {
    const all = [...statementRules, ...matchingRuleRules].map((r) => r.code);
    expect(new Set(all).size).toBe(all.length);
  });
});

/** Further statements, the code that they deserve, or "-" before one that they do not. */
const CASES: [string, string][] = [
  ["tenancy-wide", "Allow group A to read buckets in tenancy where target.bucket.name = 'x'"],
  ["-tenancy-wide", "Allow group A to manage users in tenancy"],
  ["-tenancy-wide", "Allow group A to read buckets in tenancy where target.compartment.id = 'x'"],
  ["-tenancy-wide", "Deny group A to read buckets in tenancy"],
  ["manage-too-wide", "Allow group A to manage all-resources in compartment c"],
  [
    "manage-too-wide",
    "Allow group A to manage objects in compartment c where any {request.operation = 'GetObject', request.operation = 'HeadObject'}",
  ],
  [
    "-manage-too-wide",
    "Allow group A to manage objects in compartment c where request.permission in ('OBJECT_READ', 'OBJECT_DELETE')",
  ],
  ["secrets-for-bundles", "Allow dynamic-group A to read secret-family in compartment c"],
  ["-secrets-for-bundles", "Allow dynamic-group A to read secret-bundles in compartment c"],
  [
    "wildcard-in-quotes",
    "Allow group A to read secret-bundles in compartment c where target.secret.name in ('a', 'db-*')",
  ],
  [
    "-wildcard-in-quotes",
    "Allow group A to read objects in compartment c where target.object.name = 'prod/*'",
  ],
  [
    "-wildcard-in-quotes",
    "Allow group A to read buckets in compartment c where target.resource.tag.a.b = '*'",
  ],
  [
    "tautology",
    "Allow group A to use ons-family in compartment c where any {request.operation != /Create*/, request.operation != /Update*/}",
  ],
  [
    "tautology",
    "Allow group A to read buckets in compartment c where any {target.bucket.name = 'a', target.bucket.name != 'A'}",
  ],
  [
    "-tautology",
    "Allow group A to read buckets in compartment c where any {target.resource.tag.a.b != 'x', target.resource.tag.a.b != 'y'}",
  ],
  [
    "-tautology",
    "Allow group A to read buckets in compartment c where any {target.bucket.name != /a*/, target.bucket.name != /ab*/}",
  ],
  [
    "contradiction",
    "Allow group A to read buckets in compartment c where all {target.bucket.name = 'a', any {target.bucket.name = 'b', target.bucket.name = 'c'}}",
  ],
  [
    "contradiction",
    "Allow group A to read buckets in compartment c where all {target.bucket.name = 'ab', target.bucket.name != /a*/}",
  ],
  [
    "contradiction",
    "Allow group A to read buckets in compartment c where all {target.bucket.name in ('a', 'b'), target.bucket.name not in ('A', 'b')}",
  ],
  [
    "contradiction",
    "Allow group A to read buckets in compartment c where all {!target.bucket.name, target.bucket.name = 'x'}",
  ],
  [
    "contradiction",
    "Deny group A to read buckets in compartment c where all {request.operation = 'GetBucket', request.operation = 'ListBuckets'}",
  ],
  [
    "-contradiction",
    "Allow group A to read buckets in compartment c where all {target.resource.tag.a.b = 'x', target.resource.tag.a.b = 'y'}",
  ],
  [
    "-contradiction",
    "Allow group A to read buckets in compartment c where all {target.bucket.name = /a*/, target.bucket.name = /*b/}",
  ],
  [
    "-contradiction",
    "Allow group A to read buckets in compartment c where any {all {target.bucket.name = 'a', target.bucket.name = 'b'}, target.bucket.name = 'c'}",
  ],
  ["ocid-without-id", "Allow dynamic-group 'ocid1.dynamicgroup.oc1..a' to read buckets in compartment c"],
  [
    "unquoted-value",
    "Allow any-user to manage objects in compartment c where all {request.principal.type = 'x', request.principal.compartment.id = ocid1.compartment.oc1..a}",
  ],
  [
    "-unquoted-value",
    "Allow any-user to manage objects in compartment c where request.principal.id = target.agent.id",
  ],
  ["anybody", "Allow any-group to read buckets in compartment c where target.bucket.name = 'x'"],
  ["-anybody", "Deny any-user to read buckets in compartment c"],
  [
    "any-for-all",
    "Allow group A to manage objects in compartment c where any {target.object.name = 'x', request.permission = 'OBJECT_READ'}",
  ],
  [
    "-any-for-all",
    "Allow group A to manage volumes in compartment c where any {request.permission = 'VOLUME_CREATE', target.resource.tag.a.b = 'x'}",
  ],
  ["variable-never-applies", "Allow group A to manage users in tenancy where target.bucket.name = 'x'"],
  [
    "variable-never-applies",
    "Allow group A to {SECRET_BUNDLE_READ} in compartment c where target.object.name = 'x'",
  ],
  ["-variable-never-applies", "Allow group A to use vaults in compartment c where target.secret.name = 'x'"],
  [
    "never-requested",
    "Allow group A to read buckets in compartment c where request.operation = 'DeleteBucket'",
  ],
  [
    "-never-requested",
    "Allow group A to read buckets in compartment c where request.permission != 'BUCKET_DELETE'",
  ],
  ["deny-never-fires", "Deny group 'Default'/Administrators to read buckets in tenancy"],
  ["-deny-never-fires", "Deny group Administrators, B to read buckets in tenancy"],
  [
    "time-format",
    "Allow group A to read buckets in compartment c where request.utc-timestamp.month-of-year = 'June'",
  ],
  [
    "time-format",
    "Allow group A to read buckets in compartment c where request.utc-timestamp.time-of-day between '9am' and '5pm'",
  ],
  [
    "-time-format",
    "Allow group A to read buckets in compartment c where request.utc-timestamp.time-of-day between '09:00' and '2:01:00Z'",
  ],
  ["unknown-variable", "Allow group A to read buckets in compartment c where request.principle.id = 'x'"],
  [
    "unknown-permission",
    "Allow group A to manage buckets in compartment c where request.permission = 'BUCKET_REED'",
  ],
  ["ocid-kind", "Allow group A to read buckets in compartment id ocid1.vault.oc1..a"],
  ["ocid-kind", "Allow group A to use keys in compartment c where target.key.id = 'ocid1.vault.oc1.iad.a'"],
  ["escalation", "Allow any-user to manage dynamic-groups in tenancy"],
  ["outside-decision", "Admit group A of tenancy T to read buckets in tenancy"],
];

describe("statements", () => {
  test.each(CASES)("%s: %s", (code, text) => {
    if (code.startsWith("-")) expect(codes(ofStatement(text))).not.toContain(code.slice(1));
    else expect(codes(ofStatement(text))).toContain(code);
  });

  test("a misspelt word has its nearest", () => {
    const message = (text: string): string =>
      ofStatement(text)
        .map((f) => f.message)
        .join("\n");
    expect(message("Allow group A to read secret-bundels in compartment c")).toContain(
      'did you mean "secret-bundles"',
    );
    expect(message("Allow group A to {SECRET_BUNDEL_READ} in compartment c")).toContain(
      'did you mean "SECRET_BUNDLE_READ"',
    );
    expect(message("Allow group A to read buckets in compartment c where target.buckt.name = 'x'")).toContain(
      'did you mean "target.bucket.name"',
    );
    expect(
      message("Allow group A to read buckets in compartment c where request.operation = 'GetBuckt'"),
    ).toContain('did you mean "GetBucket"');
  });

  test("duplicate and shadowed statements", () => {
    const among = (...texts: string[]): string[][] =>
      lintStatements(texts).map((f) => codes(f).filter((c) => c === "duplicate" || c === "shadowed"));
    expect(
      among(
        "Allow group A to read buckets in compartment c",
        "allow GROUP a to READ buckets IN compartment c // again",
      ),
    ).toEqual([[], ["duplicate"]]);
    expect(
      among(
        "Allow group A to read buckets in compartment c:d",
        "Allow group A, B to use object-family in compartment c",
      ),
    ).toEqual([["shadowed"], []]);
    expect(
      among(
        "Allow group A to {BUCKET_READ} in compartment c where target.bucket.name = 'x'",
        "Allow any-user to manage all-resources in tenancy",
      ),
    ).toEqual([["shadowed"], []]);
    expect(
      among(
        "Allow group A to read buckets in compartment c",
        "Allow group A to use buckets in compartment c where target.bucket.name = 'x'",
      ),
    ).toEqual([[], []]);
    expect(
      among(
        "Allow group A, B to read buckets in compartment c",
        "Allow group A to use buckets in compartment c",
      ),
    ).toEqual([[], []]);
    expect(
      among(
        "Allow group A to read buckets in compartment c",
        "Deny group A to inspect buckets in compartment c",
      ),
    ).toEqual([[], []]);
    expect(
      among("Allow group A to read foo in compartment c", "Allow group A to read foo in tenancy"),
    ).toEqual([["shadowed"], []]);
  });

  test("a text that does not parse is a finding", () => {
    expect(lintStatements(["nonsense"])).toEqual([
      [expect.objectContaining({ code: "syntax", severity: "error", column: 1 })],
    ]);
    expect(lintRules(["nonsense"])).toEqual([[expect.objectContaining({ code: "syntax" })]]);
  });
});

describe("matching rules", () => {
  test.each([
    [
      "rule-unsatisfiable",
      "ALL {resource.type = 'fnfunc', any {resource.type = 'cluster', resource.type = 'instance'}}",
    ],
    ["rule-unsatisfiable", "ALL {instance.id = 'x', instance.id != 'X'}"],
    ["-rule-unsatisfiable", "ANY {instance.id = 'x', instance.id = 'y'}"],
    ["rule-every-instance", "ALL {instance.compartment.id != ''}"],
    ["rule-every-instance", "ANY {instance.id = 'ocid1.instance.oc1..a', resource.type = 'instance'}"],
    [
      "-rule-every-instance",
      "ALL {resource.type = 'fnfunc', resource.compartment.id = 'ocid1.compartment.oc1..a'}",
    ],
    ["rule-whole-compartment", "ANY {instance.compartment.id = 'ocid1.compartment.oc1..a'}"],
    [
      "-rule-whole-compartment",
      "ALL {instance.compartment.id = 'ocid1.compartment.oc1..a', tag.a.b.value = 'x'}",
    ],
    ["rule-not-ocid", "ALL {instance.compartment.id = 'ocid1.instance.oc1..a'}"],
    ["rule-unknown-variable", "ALL {instance.compartement.id = 'x'}"],
  ])("%s: %s", (code, text) => {
    if (code.startsWith("-")) expect(codes(ofRule(text))).not.toContain(code.slice(1));
    else expect(codes(ofRule(text))).toContain(code);
  });
});

describe("tenancies", () => {
  const found = (statements: string[], change: Partial<Tenancy> = {}): string[] =>
    codes(lintTenancy(tenancyWith(statements, change)));

  test("names that do not resolve, and those of another domain", () => {
    expect(found(["Allow group Gone to read buckets in compartment app"])).toContain("unresolved-name");
    expect(found(["Allow group Ops to read buckets in compartment gone"])).toContain("unresolved-name");
    const [other] = lintTenancy(
      tenancyWith(["Allow group Staff/Dev to read buckets in compartment app"]),
    ).filter((f) => f.code === "other-domain");
    expect(other).toMatchObject({
      severity: "error",
      where: "policy 0 statement 0",
      message: expect.stringContaining("It exists in Default"),
    });
    expect(found(["Allow group Ops to read buckets in compartment app"])).toEqual([]);
  });

  test("deny where it is not enabled", () => {
    expect(found(["Deny group Ops to read buckets in compartment app"], { denyEnabled: false })).toContain(
      "deny-not-enabled",
    );
    expect(found(["Deny group Ops to read buckets in compartment app"])).toEqual([]);
  });

  test("limits", () => {
    const texts = (n: number): string[] =>
      Array.from(
        { length: n },
        (_, i) => `Allow group Ops to read buckets in compartment app where target.bucket.name = '${i}'`,
      );
    expect(found(texts(50))).toEqual([]);
    expect(found(texts(51))).toEqual(["limit"]);
    const policies = (n: number, each: number) => ({
      policies: Array.from({ length: n }, () => ({ statements: texts(each) })),
    });
    expect(found([], policies(101, 1))).toContain("limit");
    expect(found([], policies(10, 50))).not.toContain("limit");
    expect(found([], policies(11, 50))).toContain("limit");
    const groups = (n: number, rule: string) => ({
      dynamicGroups: Array.from({ length: n }, (_, i) => ({
        id: `d${i}`,
        name: `d${i}`,
        matchingRule: rule,
      })),
    });
    expect(found([], groups(51, "tag.a.b.value"))).toEqual(["limit"]);
    expect(found([], groups(5, "instance.id = 'ocid1.instance.oc1..a'"))).toEqual([]);
    expect(found([], groups(6, "instance.id = 'ocid1.instance.oc1..a'"))).toEqual(["limit"]);
  });
});
