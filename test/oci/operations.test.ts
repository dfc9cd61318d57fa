import { expect, test } from "vitest";
import { matchOperation } from "../../oci/operations/index.ts";

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
