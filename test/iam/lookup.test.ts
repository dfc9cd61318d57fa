/** What the tables say of an operation or a permission. */
import { expect, test } from "vitest";
import { explainOperation, explainPermission } from "../../iam/index.ts";

test("an operation's permissions, with the types and verbs that grant them", () => {
  expect(explainOperation("secrets.GetSecretBundle")).toMatchObject([
    {
      operation: "GetSecretBundle",
      service: "secrets",
      mode: "all",
      permissions: [{ permission: "SECRET_BUNDLE_READ", grants: [{ type: "secret-bundles", verb: "read" }] }],
    },
  ]);
});

test("a name that several services have is answered for each, ignoring case", () => {
  const found = explainOperation("putmessages");
  expect(found.map((e) => [e.service, e.permissions?.[0]?.permission])).toEqual([
    ["queue", "QUEUE_PRODUCE"],
    ["streaming", "STREAM_PRODUCE"],
  ]);
});

test("a permission's operations", () => {
  const found = explainPermission("queue_consume");
  expect(found?.permission).toBe("QUEUE_CONSUME");
  expect(found?.operations.map((o) => o.operation)).toContain("GetMessages");
  expect(explainPermission("NOBODY_HAS")).toBeUndefined();
});
