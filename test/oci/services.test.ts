/** Names that people try for services. */
import { expect, test } from "vitest";
import { serviceHint } from "../../oci/services.ts";

const all = (): boolean => true;

test.each([
  ["iaas", "did you mean computeinstanceagent or core or loadbalancer or workrequests?"],
  ["compute", "did you mean core?"],
  ["VirtualNetwork", "did you mean core?"],
  ["blockstorage", "did you mean core?"],
  ["block-storage", "did you mean core?"],
  ["telemetry", "did you mean monitoring?"],
  ["telemetry-ingestion", "did you mean monitoring?"],
  ["queues", "did you mean queue?"],
  ["stream", "did you mean streaming?"],
  ["objectStorage", "did you mean objectstorage?"],
  ["os", "did you mean objectstorage?"],
  ["kms", "did you mean keymanagement?"],
  ["functoins", "did you mean functions?"],
  ["zzzzz", "docs/services.md lists the 170 there are"],
  ["constructor", "docs/services.md lists the 170 there are"],
  ["x".repeat(100_000), "docs/services.md lists the 170 there are"],
])("%.30s", (word, hint) => {
  expect(serviceHint(word, all)).toBe(hint);
});

test("what the rest of the request fits goes before what it does not", () => {
  expect(serviceHint("iaas", (service) => service === "loadbalancer")).toBe("did you mean loadbalancer?");
});
