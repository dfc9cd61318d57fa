import { expect, test } from "vitest";
import { accessSchema } from "../../../access/index.ts";
import { ruleProblems } from "../../../document/rules/problems.ts";
import { ocid } from "../../access/support/universe.ts";

test.each([
  [
    "a misspelt operation",
    "objectstorage.GetObjct",
    {},
    "there is no operation objectstorage.GetObjct; did you mean objectstorage.GetObject?",
  ],
  [
    "an operation in another case",
    "objectstorage.getObject",
    {},
    "there is no operation objectstorage.getObject; did you mean objectstorage.GetObject?",
  ],
  [
    "a misspelt service",
    "objectstore.GetObject",
    {},
    "there is no service objectstore; did you mean objectstorage?",
  ],
  ["a service far from any", "zzz.GetObject", {}, "there is no service zzz: it is none of the 170 of"],
  [
    "a misspelt parameter",
    "objectstorage.GetObject",
    { "path.bucketname": "b" },
    "the path of objectstorage.GetObject has no parameter bucketname; did you mean path.bucketName?",
  ],
  [
    "a parameter of nothing",
    "core.ListVcns",
    { "path.id": "b" },
    "the path of core.ListVcns has no parameter id; it has none",
  ],
  [
    "a body that is passed on unread",
    "objectstorage.PutObject",
    { "body.a": "b" },
    "the body of objectstorage.PutObject is passed on unread, so body.a cannot be checked",
  ],
  [
    "a body where there is none",
    "core.GetInstance",
    { "body.a": "b" },
    "core.GetInstance is GET, which has no body",
  ],
  [
    "another place",
    "core.GetInstance",
    { "header.a": "b" },
    "header.a is not path.<parameter>, query.<name> or body.<member>",
  ],
])("%s is refused, with what is meant", (_, operation, where, message) => {
  const [problem, ...others] = ruleProblems({ operations: [operation], where });
  expect(problem?.message).toContain(message);
  expect(others).toEqual([]);
});

test("the declaration refuses it where it stands", () => {
  const raw = {
    name: "objects",
    statement: "Allow dynamic-group id <group> to {OBJECT_READ} in tenancy",
    compartment: ocid("compartment", "work"),
    operations: ["objectstorage.HeadObject", "objectstorage.GetObjct"],
    where: { "path.bucket": "b" },
  };
  const issues = accessSchema.safeParse({ clients: { a: [{ raw }] } }).error?.issues ?? [];
  expect(issues.map((i) => i.path.join("|"))).toEqual([
    "clients|a|0|raw|operations|1",
    "clients|a|0|raw|where|path.bucket",
  ]);
});
