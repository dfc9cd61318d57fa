import { describe, expect, test } from "vitest";
import { reach, type Tenancy, whoCan } from "../../../iam/index.ts";

const tenancy: Tenancy = {
  tenancy: "ocid1.tenancy.oc1..t",
  dynamicGroups: [
    { id: "ocid1.dynamicgroup.oc1..later", name: "later", matchingRule: "", unknownRule: true },
    {
      id: "ocid1.dynamicgroup.oc1..now",
      name: "now",
      matchingRule: "instance.id = 'ocid1.instance.oc1..i'",
    },
  ],
  policies: [
    {
      statements: [
        "Allow dynamic-group later to read buckets in tenancy",
        "Allow dynamic-group now to read log-groups in tenancy",
      ],
    },
  ],
};
const instance = { type: "instance", id: "ocid1.instance.oc1..i" } as const;

describe("what a plan does not know yet", () => {
  test("a rule: whether an instance is a member is what its rights depend on", () => {
    const lines = reach(tenancy, instance);
    const bucket = lines.find((line) => line.permissions.includes("BUCKET_READ"));
    expect(bucket).toMatchObject({ statements: [{ policy: 0, statement: 0 }] });
    expect(bucket!.dependsOn?.join()).toContain("later");
    const logs = lines.find((line) => line.permissions.includes("LOG_GROUP_READ"));
    expect(logs!.dependsOn).toBeUndefined();
  });

  test("a statement: whoever may do something may do so if it says so", () => {
    const withUnknown = {
      ...tenancy,
      policies: [{ statements: ["?"], unknownStatements: [0] }],
    };
    const lines = whoCan(withUnknown, { operation: "GetBucket" });
    expect(JSON.stringify(lines)).toContain("known after apply");
    expect(JSON.stringify(lines)).not.toContain('"decision":"allow"');
  });
});
