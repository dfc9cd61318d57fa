import { describe, expect, test } from "vitest";
import type { Request, Tenancy, VariableValue } from "../../iam/index.ts";
import { ANN, decided } from "./fixture.ts";

/** What a condition says of variables: Ann reads a bucket in app. */
const when = (
  condition: string,
  variables: Record<string, VariableValue> = {},
  request: Partial<Request> = {},
  change: Partial<Tenancy> = {},
): string =>
  decided(
    [`Allow any-user to manage all-resources in tenancy where ${condition}`],
    { variables, ...request },
    change,
  );

const TAG = "target.resource.tag.ns.key";
const GROUP_TAG = "request.principal.group.tag.ns.key";
const unknown = { unknown: true } as const;

describe("variables that do not apply (docs: Conditions, a declined request)", () => {
  test.each([
    "= 'x'",
    "!= 'x'",
    "in ('x')",
    "not in ('x')",
    "= /*/",
    "before '2022-01-01Z'",
    "between '1:00' and '2:00'",
    "= request.operation",
    "!= request.principal.id",
  ])("target.x %s is false", (rest) => {
    expect(when(`target.x ${rest}`)).toBe("deny");
    expect(when(`target.x ${rest}`, { "target.x": null })).toBe("deny");
    expect(when(`target.x ${rest}`, { "target.x": [] })).toBe("deny");
  });

  test("on the right side too", () => {
    expect(when("request.principal.id = target.x")).toBe("deny");
    expect(when("request.principal.id != target.x")).toBe("deny");
    expect(when("request.principal.id in (target.x)")).toBe("deny");
    expect(when("request.principal.id not in (target.x)")).toBe("deny");
    expect(when(`request.principal.id in (target.x, '${ANN.id}')`)).toBe("allow");
    expect(when("sets-intersect(request.principal.id, (target.x))")).toBe("deny");
  });

  test("presence and absence", () => {
    expect(when("target.x")).toBe("deny");
    expect(when("!target.x")).toBe("allow");
    expect(when("not target.x")).toBe("allow");
    expect(when("target.x", { "target.x": "1" })).toBe("allow");
    expect(when("!target.x", { "target.x": "1" })).toBe("deny");
  });
});

describe("comparison", () => {
  test("ignores case on both sides (docs: Conditions)", () => {
    expect(when("TARGET.Bucket.Name = 'LOGS'", { "target.bucket.NAME": "logs" })).toBe("allow");
    expect(when("target.bucket.name = /LO*/", { "target.bucket.name": "logs" })).toBe("allow");
    expect(when("target.bucket.name in ('LoGs')", { "target.bucket.name": "lOgS" })).toBe("allow");
  });

  test.each([
    ["/hr*/", ["hr", "hr-1"], ["xhr", "h"]],
    ["/*hr/", ["hr", "1-hr"], ["hrx"]],
    ["/*hr*/", ["hr", "xhrx", "hrx", "xhr"], ["h-r"]],
    ["/*/", ["x"], []],
    ["/a.*/", ["a.b"], ["axb"]],
  ])("pattern %s (docs: Conditions)", (pattern, matching, others) => {
    for (const name of matching) {
      expect(when(`target.bucket.name = ${pattern}`, { "target.bucket.name": name }), name).toBe("allow");
      expect(when(`target.bucket.name != ${pattern}`, { "target.bucket.name": name }), name).toBe("deny");
    }
    for (const name of others) {
      expect(when(`target.bucket.name = ${pattern}`, { "target.bucket.name": name }), name).toBe("deny");
      expect(when(`target.bucket.name != ${pattern}`, { "target.bucket.name": name }), name).toBe("allow");
    }
  });

  test("a star in plain quotes is literal, but for target.object.name and '*' for tags (docs: Support for Wildcards)", () => {
    expect(when("target.bucket.name = 'a*'", { "target.bucket.name": "ab" })).toBe("deny");
    expect(when("target.bucket.name = 'a*'", { "target.bucket.name": "a*" })).toBe("allow");
    expect(when("target.bucket.name = '*'", { "target.bucket.name": "ab" })).toBe("deny");
    expect(when("target.object.name = 'prod/*'", { "target.object.name": "prod/a" })).toBe("allow");
    expect(when("target.object.name = 'prod/*'", { "target.object.name": "test/a" })).toBe("deny");
    expect(when("target.object.name = '*.pdf'", { "target.object.name": "a.pdf" })).toBe("allow");
    for (const any of ["'*'", "/*/"]) {
      expect(when(`${TAG} = ${any}`, { [TAG]: "x" })).toBe("allow");
      expect(when(`${TAG} = ${any}`)).toBe("deny");
    }
    expect(when(`${TAG} = 'x*'`, { [TAG]: "xy" })).toBe("deny");
  });

  test("any is one of them, all is every one, nested (docs: Conditions)", () => {
    const variables = { "target.a": "1", "target.b": "2" };
    expect(when("any {target.a = 'x', target.b = '2'}", variables)).toBe("allow");
    expect(when("any {target.a = 'x', target.b = 'x'}", variables)).toBe("deny");
    expect(when("all {target.a = '1', target.b = '2'}", variables)).toBe("allow");
    expect(when("all {target.a = '1', target.b = 'x'}", variables)).toBe("deny");
    expect(when("all {target.a = '1', any {target.b = 'x', target.b = '2'}}", variables)).toBe("allow");
  });
});

describe("several values (docs: Using Tags to Manage Access, Supported Operators)", () => {
  const both = { [GROUP_TAG]: ["sample", "other"] };

  test("= is true if any value matches, != if none does", () => {
    expect(when(`${GROUP_TAG} = 'Sample'`, both)).toBe("allow");
    expect(when(`${GROUP_TAG} = 'x'`, both)).toBe("deny");
    expect(when(`${GROUP_TAG} != 'sample'`, both)).toBe("deny");
    expect(when(`${GROUP_TAG} != 'x'`, both)).toBe("allow");
    expect(when(`${GROUP_TAG} != /*ple/`, both)).toBe("deny");
  });

  test("in: any value is any member; not in: none is", () => {
    expect(when(`${GROUP_TAG} in ('x', 'other')`, both)).toBe("allow");
    expect(when(`${GROUP_TAG} in (/*x/, /sam*/)`, both)).toBe("allow");
    expect(when(`${GROUP_TAG} in ('x')`, both)).toBe("deny");
    expect(when(`${GROUP_TAG} not in ('x', 'y')`, both)).toBe("allow");
    expect(when(`${GROUP_TAG} not in ('x', 'sample')`, both)).toBe("deny");
  });

  test("variable = variable: some value matches; !=: neither side is a subset of the other", () => {
    const sides = (target: string[]) => ({ ...both, [TAG]: target });
    expect(when(`${GROUP_TAG} = ${TAG}`, sides(["x", "other"]))).toBe("allow");
    expect(when(`${GROUP_TAG} = ${TAG}`, sides(["x"]))).toBe("deny");
    expect(when(`${GROUP_TAG} != ${TAG}`, sides(["x"]))).toBe("allow");
    expect(when(`${GROUP_TAG} != ${TAG}`, sides(["x", "other"]))).toBe("allow");
    expect(when(`${GROUP_TAG} != ${TAG}`, sides(["other"]))).toBe("deny");
    expect(when(`${GROUP_TAG} != ${TAG}`, sides(["other", "sample", "x"]))).toBe("deny");
  });

  test("a variable in a list: subset either way, or another member", () => {
    const sides = (target: string[]) => ({ ...both, [TAG]: target });
    expect(when(`${GROUP_TAG} in (${TAG})`, sides(["other"]))).toBe("allow");
    expect(when(`${GROUP_TAG} in (${TAG})`, sides(["other", "x", "sample"]))).toBe("allow");
    expect(when(`${GROUP_TAG} in (${TAG})`, sides(["x", "other"]))).toBe("deny");
    expect(when(`${GROUP_TAG} in (${TAG}, 'sample')`, sides(["x", "other"]))).toBe("allow");
    expect(when(`${GROUP_TAG} not in (${TAG}, 'y')`, sides(["x", "other"]))).toBe("allow");
    expect(when(`${GROUP_TAG} not in (${TAG}, 'y')`, sides(["other"]))).toBe("deny");
  });

  test("set functions (published by Oracle's landing zones)", () => {
    expect(when(`sets-intersect(${GROUP_TAG}, ('x', 'OTHER'))`, both)).toBe("allow");
    expect(when(`sets-intersect(${GROUP_TAG}, 'x')`, both)).toBe("deny");
    expect(when(`sets-intersect(${GROUP_TAG}, ${TAG})`, { ...both, [TAG]: ["other"] })).toBe("allow");
    expect(when(`sets-equal(${GROUP_TAG}, ('other', 'sample'))`, both)).toBe("allow");
    expect(when(`sets-equal(${GROUP_TAG}, ('other'))`, both)).toBe("deny");
    expect(when(`sets-equal(${GROUP_TAG}, ('other', 'sample', 'x'))`, both)).toBe("deny");
    expect(when(`sets-equal(${GROUP_TAG}, ${TAG})`, { ...both, [TAG]: ["other"] })).toBe("deny");
  });
});

describe("time (docs: Restricting Access to Resources Based on Time Frame)", () => {
  const at = (time: string, condition: string): string => when(condition, {}, { time });

  test("before and after, with seconds, minutes, or a date alone", () => {
    for (const form of ["2022-01-01T00:00:00Z", "2022-01-01T00:00Z", "2022-01-01Z", "2022-01-01"]) {
      expect(at("2021-12-31T23:59:59Z", `request.utc-timestamp before '${form}'`)).toBe("allow");
      expect(at("2022-01-01T00:00:00Z", `request.utc-timestamp before '${form}'`)).toBe("deny");
      expect(at("2022-01-01T00:00:00Z", `request.utc-timestamp after '${form}'`)).toBe("deny");
      expect(at("2022-01-01T00:00:01Z", `request.utc-timestamp after '${form}'`)).toBe("allow");
    }
    expect(at("2022-01-01T01:00:00+02:00", "request.utc-timestamp before '2022-01-01Z'")).toBe("allow");
    expect(at("2022-01-01T00:00:00Z", "request.utc-timestamp before 'soon'")).toBe("deny");
    expect(at("2022-03-01T00:00:00Z", "request.utc-timestamp after '2022-02-30Z'")).toBe("deny");
  });

  test("month, day and weekday, in UTC", () => {
    expect(at("2026-06-01T00:00:00Z", "request.utc-timestamp.month-of-year in ('6', '7', '8')")).toBe(
      "allow",
    );
    expect(at("2026-05-31T23:59:59Z", "request.utc-timestamp.month-of-year in ('6', '7', '8')")).toBe("deny");
    expect(at("2026-05-01T12:00:00Z", "request.utc-timestamp.day-of-month = '1'")).toBe("allow");
    expect(at("2026-05-02T12:00:00Z", "request.utc-timestamp.day-of-month = '1'")).toBe("deny");
    expect(at("2026-01-31T12:00:00Z", "request.utc-timestamp.day-of-week in ('monday', 'Saturday')")).toBe(
      "allow",
    );
    expect(at("2026-02-01T00:00:00Z", "request.utc-timestamp.day-of-week in ('monday', 'Saturday')")).toBe(
      "deny",
    );
  });

  test("time of day, also over midnight; both ends count", () => {
    const night = "request.utc-timestamp.time-of-day between '17:00:00Z' and '01:00:00Z'";
    const day = "request.utc-timestamp.time-of-day between '01:00:00Z' and '17:00'";
    const cases: [string, string, string][] = [
      ["16:59:59", "deny", "allow"],
      ["17:00:00", "allow", "allow"],
      ["23:59:59", "allow", "deny"],
      ["00:00:00", "allow", "deny"],
      ["01:00:00", "allow", "allow"],
      ["01:00:01", "deny", "allow"],
      ["12:00:00", "deny", "allow"],
    ];
    for (const [time, atNight, atDay] of cases) {
      expect(at(`2026-01-31T${time}Z`, night), time).toBe(atNight);
      expect(at(`2026-01-31T${time}Z`, day), time).toBe(atDay);
    }
  });

  test("between dates", () => {
    const week = "request.utc-timestamp between '2026-01-01Z' and '2026-01-08Z'";
    expect(at("2026-01-05T00:00:00Z", week)).toBe("allow");
    expect(at("2026-01-09T00:00:00Z", week)).toBe("deny");
    expect(at("2025-12-31T00:00:00Z", week)).toBe("deny");
  });

  test("a time or region that is not said is not known", () => {
    expect(when("request.utc-timestamp before '2022-01-01Z'")).toBe("unknown");
    expect(when("request.utc-timestamp.time-of-day between '1:00' and '2:00'")).toBe("unknown");
    expect(when("request.region = 'iad'")).toBe("unknown");
    expect(when("request.region = 'IAD'", {}, { region: "iad" })).toBe("allow");
    expect(when("request.region != 'iad'", {}, { region: "fra" })).toBe("allow");
  });
});

describe("values that are not known before deployment", () => {
  test.each([
    ["target.x = 'a'", "unknown"],
    ["target.x != 'a'", "unknown"],
    ["target.x in ('a')", "unknown"],
    ["target.x not in ('a')", "unknown"],
    ["target.x = target.y", "unknown"],
    ["target.y != target.x", "unknown"],
    ["target.y in (target.x)", "unknown"],
    ["target.y not in (target.x)", "unknown"],
    ["sets-intersect(target.x, ('a'))", "unknown"],
    ["sets-equal(target.x, ('a'))", "unknown"],
    ["target.x before '2022-01-01Z'", "unknown"],
    ["target.x", "unknown"],
    ["!target.x", "unknown"],
    ["any {target.x = 'a', target.y = 'b'}", "allow"],
    ["all {target.x = 'a', target.y = 'b'}", "unknown"],
    ["all {target.x = 'a', target.y = 'c'}", "deny"],
    ["any {target.x = 'a', target.y = 'c'}", "unknown"],
  ])("%s is %s", (condition, wanted) => {
    expect(when(condition, { "target.x": unknown, "target.y": "b" })).toBe(wanted);
  });

  test("a value that is known beside it decides where it can", () => {
    const some = { "target.x": ["a", unknown] };
    expect(when("target.x = 'a'", some)).toBe("allow");
    expect(when("target.x != 'a'", some)).toBe("deny");
    expect(when("target.x = 'b'", some)).toBe("unknown");
    expect(when("target.x != 'b'", some)).toBe("unknown");
    expect(when("target.x", some)).toBe("allow");
    expect(when("sets-intersect(target.x, 'a')", some)).toBe("allow");
  });
});
