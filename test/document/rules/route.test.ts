/** Values of paths that are somebody's own text: let through where every server reads the same operation of them. */
import { expect, test } from "vitest";
import { route } from "../../../document/rules/route.ts";
import { parseTarget } from "../../../document/rules/target.ts";

const found = (method: string, target: string) => {
  const match = route(method, parseTarget(target));
  return match && [match.operation.name, Object.values(match.params).at(-1)];
};
const dns = "/dns/20180115/zones";
const model = "/datascience/20190101/models/m/customMetadata";
const artifacts = "/genericartifactscontent/20160918/generic/repositories/r/artifactPaths";

test.each([
  ["GET", `${dns}/0%2F25.2.0.192.in-addr.arpa`, ["GetZone", "0/25.2.0.192.in-addr.arpa"]],
  ["GET", `${dns}/example.com/records`, ["GetZoneRecords", "example.com"]],
  ["GET", `${artifacts}/a%2Fb/versions/1/content`, ["GetGenericArtifactContentByPath", "1"]],
  ["GET", `${model}/a%2Fb/artifact/content`, ["GetModelCustomMetadatumArtifactContent", "a/b"]],
])("%s %s", (method, target, expected) => {
  expect(found(method, target)).toEqual(expected);
});

test.each([
  ["a zone that asks for records where it is decoded first", `${dns}/example.com%2Frecords`],
  ["the same, encoded twice", `${dns}/example.com%252Frecords`],
  ["a domain with a type in it", `${dns}/example.com/records/a%2FTXT`],
  ["an identifier with a slash", "/core/20160918/instances/a%2Factions"],
])("%s is refused", (_, target) => {
  expect(() => found("GET", target)).toThrow(/can be read as a part of another path|has a character that no/);
});
