import { describe, expect, test } from "vitest";
import { compile } from "../../iam/index.ts";
import { ADMIN, ANN, ask, decided, tenancyWith } from "./fixture.ts";

const allow = (what: string): string => `Allow group Ops to ${what} in tenancy`;

describe("deny", () => {
  const everything = allow("manage all-resources");
  const left = (
    deny: string,
    asked = ["BUCKET_INSPECT", "BUCKET_READ", "BUCKET_UPDATE", "BUCKET_DELETE"],
  ): string[] => asked.filter((p) => decided([everything, deny], { permissions: [p] }) === "allow");

  test("beats allow, and names the statement (docs: Deny policies)", () => {
    expect(ask([everything, "Deny group Ops to {BUCKET_READ} in tenancy"])).toMatchObject({
      decision: "deny",
      denied: [{ policy: 0, statement: 1 }],
      missing: [],
    });
  });

  test("verbs turn round: inspect takes all, manage only what it adds (docs: Deny policies)", () => {
    expect(left("Deny group Ops to inspect buckets in tenancy")).toEqual([]);
    expect(left("Deny group Ops to read buckets in tenancy")).toEqual(["BUCKET_INSPECT"]);
    expect(left("Deny group Ops to use buckets in tenancy")).toEqual(["BUCKET_INSPECT", "BUCKET_READ"]);
    expect(left("Deny group Ops to manage buckets in tenancy")).toEqual([
      "BUCKET_INSPECT",
      "BUCKET_READ",
      "BUCKET_UPDATE",
    ]);
    expect(
      left("Deny group Ops to manage object-family in tenancy", [
        "OBJECT_CREATE",
        "OBJECT_READ",
        "BUCKET_CREATE",
      ]),
    ).toEqual(["OBJECT_READ"]);
    expect(
      left("Deny group Ops to inspect all-resources in tenancy", ["BUCKET_READ", "NEVER_HEARD_OF"]),
    ).toEqual([]);
  });

  test("a named permission is exact (docs: Deny policies)", () => {
    expect(left("Deny group Ops to {BUCKET_UPDATE} in tenancy")).toEqual([
      "BUCKET_INSPECT",
      "BUCKET_READ",
      "BUCKET_DELETE",
    ]);
  });

  test("a permission under two verbs counts for the lesser one (undocumented)", () => {
    expect(left("Deny group Ops to manage secrets in tenancy", ["SECRET_ROTATE", "SECRET_CREATE"])).toEqual([
      "SECRET_ROTATE",
    ]);
    expect(left("Deny group Ops to use secrets in tenancy", ["SECRET_ROTATE", "SECRET_READ"])).toEqual([
      "SECRET_READ",
    ]);
  });

  test("the Administrators of Default are exempt, those of other domains not (docs: Deny policies)", () => {
    const statements = [
      "Allow any-user to manage all-resources in tenancy",
      "Deny any-user to inspect all-resources in tenancy",
    ];
    expect(decided(statements, { principal: ADMIN })).toBe("allow");
    expect(decided(statements, { principal: ANN })).toBe("deny");
    const elsewhere = {
      groups: [
        {
          id: "ocid1.group.oc1..x",
          name: "Administrators",
          domain: "Staff",
          members: ["ocid1.user.oc1..admin"],
        },
      ],
    };
    expect(decided(statements, { principal: ADMIN }, elsewhere)).toBe("deny");
  });

  test("there is no implicit superuser", () => {
    expect(decided([], { principal: ADMIN })).toBe("deny");
  });

  test("has no effect where it is not enabled, and that is said (docs: Deny policies)", () => {
    const statements = [everything, "Deny group Ops to inspect buckets in tenancy"];
    expect(decided(statements, {}, { denyEnabled: false })).toBe("allow");
    expect(compile(tenancyWith(statements, { denyEnabled: false })).problems.join()).toContain("not enabled");
  });

  test("a condition whose variable does not apply does not deny (inferred from docs: Conditions)", () => {
    const deny = "Deny group Ops to inspect buckets in tenancy where target.bucket.name != 'x'";
    expect(decided([everything, deny])).toBe("allow");
    expect(decided([everything, deny], { variables: { "target.bucket.name": "y" } })).toBe("deny");
  });

  test("denies on target.dynamicgroup.id and .name are not enforced (docs: Known issues for deny policies)", () => {
    const variables = { "target.dynamicgroup.name": "readers", "target.dynamicgroup.id": "x" };
    for (const v of ["name = 'readers'", "id = 'x'"]) {
      const where = `where target.dynamicgroup.${v}`;
      expect(
        decided([everything, `Deny group Ops to manage dynamic-groups in tenancy ${where}`], {
          permissions: ["DYNAMIC_GROUP_DELETE"],
          variables,
        }),
      ).toBe("allow");
      expect(
        decided([`Allow group Ops to manage dynamic-groups in tenancy ${where}`], {
          permissions: ["DYNAMIC_GROUP_DELETE"],
          variables,
        }),
      ).toBe("allow");
    }
  });

  test("an unknown deny never becomes allow", () => {
    const variables = { "target.bucket.name": { unknown: true } } as const;
    expect(
      decided([everything, "Deny group Ops to inspect buckets in tenancy where target.bucket.name = 'x'"], {
        variables,
      }),
    ).toBe("unknown");
    expect(
      decided([everything, "Deny group Ops to inspect buckets in tenancy where target.bucket.name != 'x'"], {
        variables,
      }),
    ).toBe("unknown");
    expect(
      decided(["Deny group Ops to inspect buckets in tenancy where target.bucket.name = 'x'"], { variables }),
    ).toBe("deny");
    expect(
      decided([everything, "Deny group Ops to use all-resources in tenancy"], {
        permissions: ["NEVER_HEARD_OF"],
      }),
    ).toBe("unknown");
  });
});
