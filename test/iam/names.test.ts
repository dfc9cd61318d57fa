import { expect, test } from "vitest";
import { parseStatement, printStatement, resolveNames } from "../../iam/index.ts";
import { APP, PROD, ROOT, tenancyWith } from "./fixture.ts";

const resolve = (text: string, attachedTo?: string): { line: string; errors: string[] } => {
  const parsed = parseStatement(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const { statement, errors } = resolveNames(parsed.statement, tenancyWith([]), attachedTo);
  return { line: printStatement(statement), errors };
};

const gone = (name: string): string =>
  `Compartment {${name}} does not exist or is not part of the policy compartment subtree`;

test("names become OCIDs when a policy is written", () => {
  expect(resolve("Allow group ops, Staff/Ops to read buckets in compartment App:PROD")).toEqual({
    line: `Allow group id ocid1.group.oc1..ops, id ocid1.group.oc1..staffops to read buckets in compartment id ${PROD}`,
    errors: [],
  });
  expect(resolve("Allow dynamic-group 'Default'/readers to read buckets in tenancy").line).toBe(
    "Allow dynamic-group id ocid1.dynamicgroup.oc1..readers to read buckets in tenancy",
  );
});

test("a bare compartment is a direct child of the policy's, or that compartment itself (docs: Locations)", () => {
  expect(resolve("Allow group Ops to read buckets in compartment app", ROOT).errors).toEqual([]);
  expect(resolve("Allow group Ops to read buckets in compartment app", APP).errors).toEqual([]);
  expect(resolve("Allow group Ops to read buckets in compartment prod", APP).errors).toEqual([]);
  expect(resolve("Allow group Ops to read buckets in compartment prod", ROOT).errors).toEqual([gone("prod")]);
  expect(resolve("Allow group Ops to read buckets in compartment app:prod", APP).errors).toEqual([
    gone("app:prod"),
  ]);
});

test("only the subtree that the policy is attached to (docs: Policy attachment)", () => {
  expect(resolve("Allow group Ops to read buckets in tenancy", APP).errors).toEqual([gone("tenancy")]);
  expect(resolve(`Allow group Ops to read buckets in compartment id ${APP}`, PROD).errors).toEqual([
    gone(APP),
  ]);
  expect(resolve(`Allow group Ops to read buckets in compartment id ${PROD}`, APP).errors).toEqual([]);
  expect(
    resolve("Allow group Ops to read buckets in compartment id ocid1.compartment.oc1..x").errors,
  ).toEqual([gone("ocid1.compartment.oc1..x")]);
});

test("unknown groups answer as OCI does; OCIDs are not looked up", () => {
  expect(resolve("Allow dynamic-group writers to read buckets in tenancy").errors).toEqual([
    "The dynamic_group writers specified in the policy statement does not exist under current compartment hierarchy.",
  ]);
  expect(resolve("Allow group Staff/Dev to read buckets in tenancy").errors).toEqual([
    "The group Staff/Dev specified in the policy statement does not exist under current compartment hierarchy.",
  ]);
  expect(resolve("Allow group id ocid1.group.oc1..gone to read buckets in tenancy").errors).toEqual([]);
});

test("names of another tenancy are left alone", () => {
  expect(resolve("Admit group Theirs of tenancy T to read buckets in compartment app").errors).toEqual([]);
  expect(resolve("Endorse group Ops to read buckets in compartment x of tenancy T").errors).toEqual([]);
  expect(resolve("Define tenancy T as ocid1.tenancy.oc1..x").errors).toEqual([]);
});
