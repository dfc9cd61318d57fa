import { describe, expect, test } from "vitest";
import { evaluateMatchingRule, type Principal, parseMatchingRule } from "../../iam/index.ts";

const matches = (text: string, principal: Principal): boolean => {
  const parsed = parseMatchingRule(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return evaluateMatchingRule(parsed.rule, principal);
};

const instance: Principal = {
  type: "instance",
  id: "ocid1.instance.oc1.iad.m",
  compartment: "ocid1.compartment.oc1..c",
  tags: { "Ns.Role": "App" },
};
const func: Principal = {
  type: "resource",
  resourceType: "fnfunc",
  id: "ocid1.fnfunc.oc1..f",
  compartment: "ocid1.compartment.oc1..c",
};

describe("matching rules (docs: Writing Matching Rules to Define Dynamic Groups)", () => {
  test.each([
    ["instance.id = 'OCID1.instance.oc1.iad.M'", true, false],
    ["instance.id != 'ocid1.instance.oc1.iad.m'", false, false],
    ["instance.id != 'x'", true, false],
    ["instance.compartment.id = 'ocid1.compartment.oc1..c'", true, false],
    ["instance.compartment.id != ''", true, false],
    ["resource.type = 'fnfunc'", false, true],
    ["resource.type = 'instance'", true, false],
    ["resource.type != 'instance'", false, true],
    ["resource.id = 'ocid1.fnfunc.oc1..f'", false, true],
    ["resource.id = 'ocid1.instance.oc1.iad.m'", true, false],
    ["resource.compartment.id = 'ocid1.compartment.oc1..c'", true, true],
    ["tag.ns.role.value = 'app'", true, false],
    ["tag.ns.role.value", true, false],
    ["tag.ns.other.value", false, false],
    ["tag.ns.role.value != 'db'", true, false],
    ["tag.ns.other.value != 'db'", false, false],
    ["Any {instance.id = 'x', resource.type = 'fnfunc'}", false, true],
    ["All {instance.id = 'ocid1.instance.oc1.iad.m', instance.compartment.id = 'x'}", false, false],
    [
      "All {resource.compartment.id = 'ocid1.compartment.oc1..c', Any {tag.ns.role.value, resource.type = 'fnfunc'}}",
      true,
      true,
    ],
    ["resource.compartment.name = 'c'", false, false],
  ])("%s", (rule, anInstance, aFunction) => {
    expect(matches(rule, instance)).toBe(anInstance);
    expect(matches(rule, func)).toBe(aFunction);
  });

  test("users and services are in no dynamic group", () => {
    expect(matches("instance.id != 'x'", { type: "user", id: "y" })).toBe(false);
    expect(matches("resource.type != 'x'", { type: "service", name: "y" })).toBe(false);
  });
});
