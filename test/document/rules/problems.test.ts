import { expect, test } from "vitest";
import { accessSchema } from "../../../access/index.ts";
import { ruleProblems } from "../../../document/rules/problems.ts";
import type { Constraint } from "../../../document/schema.ts";
import { ocid } from "../../access/support/universe.ts";

/** What is wrong, the operation, the conditions, and what is said. */
type Problem = [what: string, operation: string, where: Record<string, Constraint>, message: string];

test.each<Problem>([
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
  [
    "a service far from any",
    "zzz.GetObject",
    {},
    "there is no service zzz; docs/services.md lists the 170 there are",
  ],
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
    "a header that goes on as the caller writes it",
    "core.UpdateInstance",
    { "header.if-match": "etag" },
    "header.if-match goes on as the caller writes it, whatever a rule says",
  ],
  [
    "a body where there is none",
    "core.GetInstance",
    { "body.a": "b" },
    "core.GetInstance is GET and takes no body",
  ],
  [
    "a parameter of the path at another place",
    "core.GetInstance",
    { "query.instanceId": "b" },
    "the query of core.GetInstance has no parameter instanceId; did you mean path.instanceId?",
  ],
  [
    "a parameter of the query at another place",
    "core.ListVcns",
    { "path.compartmentId": "b" },
    "the path of core.ListVcns has no parameter compartmentId; did you mean query.compartmentId?",
  ],
  [
    "a misspelt parameter of the query",
    "core.ListVcns",
    { "query.compartmentID": "b" },
    "the query of core.ListVcns has no parameter compartmentID; did you mean query.compartmentId?",
  ],
  [
    "a host's label for a service",
    "telemetry.ListMetrics",
    {},
    "there is no service telemetry; did you mean monitoring?",
  ],
  ["a client for a service", "blockstorage.GetVolume", {}, "did you mean core?"],
  ["the plural of a service", "queues.GetQueue", {}, "did you mean queue?"],
  [
    "another service's operation",
    "objectstorage.GetSecretBundle",
    {},
    "there is no operation objectstorage.GetSecretBundle; did you mean secrets.GetSecretBundle?",
  ],
  [
    "another place",
    "core.GetInstance",
    { "cookie.a": "b" },
    "cookie.a is not path.<parameter>, query.<name>, body.<member> or header.<name>",
  ],
  [
    "a header that it does not take",
    "core.GetInstance",
    { "header.a": "b" },
    "core.GetInstance takes no header a",
  ],
  [
    "a header in another case",
    "generativeaiinference.CreateResponse",
    { "header.Opc-Compartment-Id": "b" },
    "did you mean header.opc-compartment-id?",
  ],
  ...[{ prefix: "ocid1." }, "", "a\r\nb: c", "{instance}"].map(
    (value): Problem => [
      `a header of ${JSON.stringify(value)}`,
      "generativeaiinference.CreateResponse",
      { "header.opc-compartment-id": value },
      "header.opc-compartment-id must be one text",
    ],
  ),
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
