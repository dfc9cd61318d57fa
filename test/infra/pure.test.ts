import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { accessSchema } from "../../access/index.ts";
import { parseMatchingRule, printMatchingRule } from "../../iam/index.ts";
import { instanceMetadata, keylessDocument } from "../../infra/document.ts";
import { matchingRule } from "../../infra/matching-rule.ts";
import { secretName, stackSuffix } from "../../infra/names.ts";
import { objectStorageUrl } from "../../infra/region.ts";
import { SettingsError } from "../../infra/settings/error.ts";
import { userData } from "../../infra/user-data.ts";
import { checkMetadata } from "../../local/services/core/instance-model.ts";
import { METADATA_LIMIT_BYTES, metadataSizeBytes } from "../../oci/instance-metadata.ts";
import { nearestWord } from "../../oci/nearest.ts";
import { ids } from "../access/support/universe.ts";
import { ocid } from "./support/run-program.ts";

test("matching rules are canonical, on one line, values quoted", () => {
  const instanceId = ocid("instance", "one");
  const compartmentId = ocid("compartment", "work");
  const rules = [
    matchingRule({ by: "instance", instanceId }),
    matchingRule({ by: "tag", compartmentId, namespace: "ns", key: "role", value: "app v1" }),
    matchingRule({ by: "compartment", compartmentId }),
  ];
  expect(rules).toEqual([
    `All {instance.id = '${instanceId}'}`,
    `All {instance.compartment.id = '${compartmentId}', tag.ns.role.value = 'app v1'}`,
    `All {instance.compartment.id = '${compartmentId}'}`,
  ]);
  for (const rule of rules) {
    const parsed = parseMatchingRule(rule);
    expect(parsed.ok && printMatchingRule(parsed.rule).toLowerCase()).toBe(rule.toLowerCase());
  }
});

test("names that must be free in the tenancy tell stacks apart and stay the same", () => {
  const suffix = stackSuffix("keyless", "dev", "ocid1.compartment.oc1..a");
  expect(suffix).toBe("b4a3dc");
  expect(stackSuffix("keyless", "prod", "ocid1.compartment.oc1..a")).not.toBe(suffix);
  expect(stackSuffix("keyless", "dev", "ocid1.compartment.oc1..b")).not.toBe(suffix);
});

test("a secret's name follows the bucket, which is new with every deployment", () => {
  expect(secretName("keyless-dev", "decoy", "ocid1.bucket.oc1.iad.aaaaBCDEFGH2")).toBe(
    "keyless-dev-decoy-bcdefgh2",
  );
});

test.each([
  ["oc1", "us-ashburn-1", "https://objectstorage.us-ashburn-1.oraclecloud.com"],
  ["oc2", "us-luke-1", "https://objectstorage.us-luke-1.oraclegovcloud.com"],
  ["oc4", "uk-gov-london-1", "https://objectstorage.uk-gov-london-1.oraclegovcloud.uk"],
  ["oc8", "ap-chiyoda-1", "https://objectstorage.ap-chiyoda-1.oraclecloud8.com"],
  ["oc19", "eu-madrid-2", "https://objectstorage.eu-madrid-2.oraclecloud.eu"],
])("Object Storage of realm %s", (realm, region, url) => {
  expect(objectStorageUrl(region, `ocid1.tenancy.${realm}..aaaa`)).toBe(url);
});

test.each([
  ["vaultid", "vaultId"],
  ["vualtId", "vaultId"],
  ["acess", "access"],
  ["memory", "memoryGb"],
  ["xyz", undefined],
])("the name nearest to %s", (name, expected) => {
  expect(nearestWord(name, ["vaultId", "keyId", "access", "memoryGb"])).toBe(expected);
});

test("sizes are counted in bytes of JSON, of both parts together", () => {
  expect(metadataSizeBytes({ a: "é", bc: "x" })).toBe(Buffer.byteLength('{"a":"é","bc":"x"}'));
  expect(metadataSizeBytes({ a: 'x"' }, { b: 1 })).toBe('{"a":"x\\""}{"b":1}'.length);
  expect(metadataSizeBytes({})).toBe(0);
});

test("metadata that the program accepts is accepted at launch too", () => {
  const accepted = (count: number): boolean => {
    const instance = Array.from({ length: count }, (_, i) => ({ bucket: `bucket-${i}`, access: "read" }));
    const document = keylessDocument({
      access: accessSchema.parse({ instance }),
      ids,
      bundle: { url: "https://example.com/bundle", sha256: "a".repeat(64) },
      deadlineS: 600,
    });
    try {
      const { user_data, keyless } = instanceMetadata(userData("unsigned"), document);
      checkMetadata({ user_data, keyless }, undefined);
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
      return false;
    }
  };
  const counts = Array.from({ length: 60 }, (_, i) => i);
  expect(counts.filter(accepted).at(-1)).toBeGreaterThan(20);
  expect(accepted(59)).toBe(false);
});

test("user_data is a cloud-config, and leaves half of the metadata to the document", () => {
  const text = gunzipSync(Buffer.from(userData("unsigned"), "base64")).toString("utf8");
  expect(text.startsWith("#cloud-config\n")).toBe(true);
  expect(userData("unsigned").length).toBeLessThan(METADATA_LIMIT_BYTES / 2);
});
