import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  compile,
  explainCode,
  type Finding,
  findingCodes,
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
import { CASES } from "./lint-cases.ts";

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

/** What a fix begins with: what is to be done. */
const IMPERATIVE = /^(Write|Add|Take|Put|Grant|Name|Keep|Compare|Correct|Use|Enable|Merge)\b/;

describe("each code says what to do about it", () => {
  test.each(findingCodes)("%s", (code) => {
    const { explanation, fix, before, after } = explainCode(code)!;
    expect(explanation).toMatch(/^[A-Z'`a-z].{20,}\.$/s);
    expect(fix).toMatch(IMPERATIVE);
    expect(fix).toMatch(/\.$/);
    expect(before).not.toBe("");
    expect(after).not.toBe("");
    expect(after).not.toBe(before);
  });

  test("that the linter can report", () => {
    const registered = [...statementRules, ...matchingRuleRules].map((r) => r.code);
    const folder = new URL("../../iam/lint/", import.meta.url);
    const written = ["lint.ts", "repeated.ts", "tenancy.ts"]
      .map((name) => readFileSync(new URL(name, folder), "utf8"))
      .flatMap((source) => [...source.matchAll(/code: "([a-z-]+)"|error\(\s*"([a-z-]+)"|"(other-[a-z]+)"/g)])
      .map((m) => m[1] ?? m[2] ?? m[3]!);
    expect([...new Set([...registered, ...written])].sort()).toEqual([...findingCodes].sort());
  });
});

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
    ["rule-unsatisfiable", "ALL {resource.type = 'fnfunc', instance.compartment.id = 'x'}"],
    ["rule-unsatisfiable", "ALL {instance.id = 'x', resource.type != 'instance'}"],
    ["-rule-unsatisfiable", "ALL {resource.type = 'instance', instance.compartment.id = 'x'}"],
    ["-rule-unsatisfiable", "ANY {resource.type = 'fnfunc', instance.compartment.id = 'x'}"],
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

  test("a dynamic group that is called a group, and the reverse", () => {
    const said = (statement: string, change: Partial<Tenancy> = {}): string[] =>
      lintTenancy(tenancyWith([statement], change))
        .filter((f) => f.severity === "error")
        .map((f) => `${f.code}: ${f.message}`);
    expect(said("Allow group readers to read buckets in compartment app")).toEqual([
      "other-kind: The group readers specified in the policy statement does not exist under current compartment hierarchy. readers is a dynamic group: write dynamic-group",
    ]);
    expect(said("Allow dynamic-group Ops, readers to read buckets in compartment app")).toEqual([
      expect.stringMatching(/^other-kind: .* Ops is a group: write group$/),
    ]);
    expect(said("Allow group 'Default'/'READERS' to read buckets in compartment app")).toEqual([
      expect.stringMatching(/READERS is a dynamic group: write dynamic-group$/),
    ]);
    // The same name, spelled right and in the other kind's domain only.
    const dynamicGroups = [
      { id: "ocid1.dynamicgroup.oc1..s", name: "robots", domain: "Staff", matchingRule: "tag.a.b.value" },
    ];
    expect(said("Allow group robots to read buckets in compartment app", { dynamicGroups })).toEqual([
      expect.stringMatching(
        /robots is a dynamic group of the domain Staff: write dynamic-group 'Staff'\/'robots'$/,
      ),
    ]);
    const { problems } = compile(tenancyWith(["Allow group readers to read buckets in compartment app"]));
    expect(problems[0]).toContain("readers is a dynamic group: write dynamic-group");
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
