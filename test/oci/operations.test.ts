import { expect, test } from "vitest";
import { beyondSdk } from "../../oci/operations/beyond-sdk.ts";
import {
  decodePermissions,
  encodeOperations,
  encodePermissions,
  operationsReader,
} from "../../oci/operations/encoding.ts";
import {
  allOperations,
  findOperation,
  findOperations,
  matchOperation,
  type OperationPermissions,
  services,
} from "../../oci/operations/index.ts";

const bucket = "/n/ns/b/b";
const found = (method: string, path: string): [string, Record<string, string>] | undefined => {
  const match = matchOperation("objectstorage", method, bucket + path);
  if (!match) return undefined;
  const { namespaceName: _, bucketName: __, ...rest } = match.params;
  return [match.operation.name, rest];
};

test.each([
  ["GET", "/o/a", ["GetObject", { objectName: "a" }]],
  ["GET", "/o/a/b", ["GetObject", { objectName: "a/b" }]],
  ["GET", "/o/a%2Fb", ["GetObject", { objectName: "a/b" }]],
  ["GET", "/o//a", ["GetObject", { objectName: "/a" }]],
  ["GET", "/o/a//b/", ["GetObject", { objectName: "a//b/" }]],
  ["GET", "/o", ["ListObjects", {}]],
  ["GET", "/o/", ["ListObjects", {}]],
  ["GET", "/p//zw/F+a=:dir/x", ["GetPreauthenticatedRequest", { parId: "/zw/F+a=:dir/x" }]],
  ["DELETE", "/p/%2Fzw%2FF", ["DeletePreauthenticatedRequest", { parId: "/zw/F" }]],
  ["GET", "/p/", ["ListPreauthenticatedRequests", {}]],
])("%s %s", (method, path, expected) => {
  expect(found(method, path)).toEqual(expected);
});

test("no other parameter is empty or holds a slash", () => {
  expect(matchOperation("core", "GET", "/20160918/instances//x")).toBeUndefined();
  expect(matchOperation("core", "GET", "/20160918/instances/a/b")).toBeUndefined();
  expect(matchOperation("core", "GET", "//20160918/instances/a")).toBeUndefined();
});

test("a path in the middle may hold slashes, where it can be read in one way only", () => {
  const artifact = (path: string) => {
    const at = "/20160918/generic/repositories/r/artifactPaths";
    const match = matchOperation("genericartifactscontent", "GET", `${at}/${path}`);
    return match && [match.operation.name, match.params["artifactPath"], match.params["version"]];
  };
  const content = "GetGenericArtifactContentByPath";
  expect(artifact("a/versions/1/content")).toEqual([content, "a", "1"]);
  expect(artifact("a%2Fb/versions/1/content")).toEqual([content, "a/b", "1"]);
  expect(artifact("a/b/versions/1/content")).toEqual([content, "a/b", "1"]);
  expect(artifact("a/versions/versions/1/content")).toEqual([content, "a/versions", "1"]);
  expect(artifact("versions/1/content")).toBeUndefined();
  const metadata = matchOperation("artifacts", "GET", "/20160918/generic/artifacts/x");
  expect(metadata?.operation.name).toBe("GetGenericArtifact");
});

test("every operation has a key of its own, and no name is taken for another service's", () => {
  const keys = allOperations().map((o) => `${o.service}.${o.name}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect([services.length, keys.length]).toEqual([170, 8162 + beyondSdk.length]);
  for (const name of ["GetWorkRequest", "getinstance", "PutMessages"]) {
    const found = findOperations(name);
    expect(found.length).toBeGreaterThan(1);
    expect(found.map((o) => findOperation(`${o.service}.${name}`))).toEqual(found);
  }
  expect(findOperation("core.GetInstance")?.permissions).toBeDefined();
  expect(findOperation("nosuchservice.GetInstance")).toBeUndefined();
  expect(findOperation("constructor.GetInstance")).toBeUndefined();
  expect(matchOperation("toString", "GET", "/")).toBeUndefined();
});

test("operations are read from the data as they were written", () => {
  const all = allOperations().map(({ permissions: _, ...operation }) => operation);
  const data = encodeOperations("1", all);
  expect(Object.keys(data.services).flatMap(operationsReader(data))).toEqual(all);
});

test.each<OperationPermissions>([
  { mode: "none", always: [] },
  { mode: "any", always: ["A", "B"] },
  { mode: "all", always: ["A", "B"] },
  { mode: "conditional", always: [], when: { "with compartmentId": ["A"] } },
  { mode: "conditional", always: ["A"], when: { nsg: ["B", "C"], "depending on the request": [] } },
])("permissions are read as they were written: %j", (permissions) => {
  expect(decodePermissions(encodePermissions(permissions))).toEqual(permissions);
});
