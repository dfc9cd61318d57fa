import { expect, test } from "vitest";
import { covers } from "../../../document/rules/covers.ts";
import { implies } from "../../../document/rules/implies.ts";
import { compilePolicy } from "../../../document/rules/policy.ts";

const metrics = {
  operations: ["monitoring.PostMetricData"],
  where: { "body.metricData.*.namespace": "app" },
};
const objects = {
  operations: ["objectstorage.GetObject"],
  where: { "path.objectName": { prefix: "daily/" } },
};
const get = (objectName: string) => ({
  operation: "objectstorage.GetObject",
  params: { namespaceName: "ns", bucketName: "b", objectName },
});

test.each([
  [
    "an empty list of metrics",
    metrics,
    { operation: "monitoring.PostMetricData", body: { metricData: [] } },
    false,
  ],
  ["no body", metrics, { operation: "monitoring.PostMetricData" }, false],
  [
    "metrics",
    metrics,
    { operation: "monitoring.PostMetricData", body: { metricData: [{ namespace: "app" }] } },
    true,
  ],
  ["a name that leads out of the prefix", objects, get("daily/../x"), false],
  ["a name within the prefix", objects, get("daily/x y"), true],
  [
    "a name that leads out of the bucket, though names are free",
    { operations: ["objectstorage.GetObject"] },
    get("a/../b"),
    false,
  ],
])("%s is decided as by the proxy", (_, rule, call, expected) => {
  expect(covers(rule, call)).toBe(expected);
});

test.each([
  ["the same", { "path.a": "x" }, { "path.a": "x" }, true],
  ["one of several", { "path.a": "x" }, { "path.a": { oneOf: ["x", "y"] } }, true],
  ["a longer prefix", { "path.a": { prefix: "x/y" } }, { "path.a": { prefix: "x/" } }, true],
  ["a name that leads out of the prefix", { "path.a": "x/../y" }, { "path.a": { prefix: "x/" } }, false],
  ["no condition", {}, { "path.a": "x" }, false],
  [
    "what is left out",
    { "query.a": { absent: true } as const },
    { "query.a": { absent: true } as const },
    true,
  ],
  ["what may be there, what is left out", {}, { "query.a": { absent: true } as const }, false],
  ["a value, what is left out", { "query.a": "x" }, { "query.a": { absent: true } as const }, false],
  ["what is left out, a value", { "query.a": { absent: true } as const }, { "query.a": "x" }, false],
  ["one condition more", { "path.a": "x", "path.b": "y" }, { "path.a": "x" }, true],
])("a rule implies another: %s", (_, narrow, wide, expected) => {
  expect(implies("objectstorage.GetObject", narrow, wide)).toBe(expected);
});

test("a rule that lets a member of the body through implies none that holds it back", () => {
  const wide = { "path.instanceId": "i" };
  const narrow = { ...wide, "body.timeScheduled": { prefix: "2026" } };
  expect(implies("core.InstanceAction", narrow, wide)).toBe(false);
  expect(implies("core.InstanceAction", wide, wide)).toBe(true);
});

test("a client that cannot be used does not take the others down", () => {
  const { clients, unusable } = compilePolicy({
    clients: {
      good: { allow: [{ grant: "objects", ...objects }] },
      misspelt: { allow: [{ grant: "raw x", operations: ["objectstorage.GetObjct"] }] },
      broken: { allow: [{ operations: "all" }] },
      "../x": { allow: [] },
    },
  });
  expect([...clients.keys()]).toEqual(["good"]);
  expect(unusable.get("misspelt")).toBe(
    "rule 1 (raw x): there is no operation objectstorage.GetObjct; did you mean objectstorage.GetObject?",
  );
  expect([...unusable.keys()]).toEqual(["misspelt", "broken", "../x"]);
});
