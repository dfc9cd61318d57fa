/** A stack that was deployed before documents were signed is updated in place; its instance is replaced, once. */
import { expect, test, vi } from "vitest";
import { beforeSigning } from "./support/before-signing.ts";
import { minimal, ocid, only, type ProgramRun, results, runProgram } from "./support/run-program.ts";

vi.mock("../../infra/bundle.ts", () => ({
  buildBundle: async () => ({ path: "/x", content: "// app\n", sha256: "ab".repeat(32) }),
}));

const stacks: Readonly<Record<string, Record<string, string>>> = {
  "everything new": {},
  "an existing vault and key": {
    "keyless:vaultId": ocid("vault", "mine"),
    "keyless:keyId": ocid("key", "mine"),
  },
  "existing secrets": {
    "keyless:secretId": ocid("vaultsecret", "mine"),
    "keyless:decoyId": ocid("vaultsecret", "beside"),
  },
  "selection by a tag": { "keyless:selection": "tag" },
};

/** The instance as the version before left it: its document is not signed. */
const deployed = (metadata: object) => ({
  ...results,
  getInstances: () => ({
    instances: [{ id: ocid("instance", "own"), freeformTags: { "keyless-stack": "keyless/dev" } }],
  }),
  getInstance: () => ({ metadata }),
});
const left = deployed({
  user_data: "aGk=",
  keyless: JSON.stringify({ version: 1, bundle: {}, check: {} }),
});

const idsOf = (run: ProgramRun): Record<string, string> =>
  Object.fromEntries(run.resources.map((r) => [`${r.type} ${r.name}`, r.id.slice(-8)]));

/** A group's rule by OCID names the new instance, in place; nothing else of a resource that stays is another one. */
test.each(Object.keys(beforeSigning))(
  "%s: one instance is replaced, a key and a signature are new",
  async (name) => {
    const before = beforeSigning[name]!;
    const now = idsOf(await runProgram({ ...minimal, ...stacks[name] }, { results: left }));
    expect(Object.keys(before).filter((resource) => now[resource] !== before[resource])).toEqual([
      "oci:Core/instance:Instance machine-instance",
    ]);
    // Later versions add resources of their own.
    expect(Object.keys(now).filter((resource) => !(resource in before))).toEqual(
      expect.arrayContaining(["oci:Kms/key:Key signer-key", "oci:Kms/sign:Sign signer-signature"]),
    );
  },
);

test("it is replaced once: with the new document in its metadata nothing more changes", async () => {
  const first = await runProgram(minimal, { results: left });
  const { metadata } = only(first, "Instance").inputs as { metadata: Record<string, string> };
  const again = await runProgram(minimal, { results: deployed(metadata) });
  expect(again.resources.map((r) => r.inputs)).toEqual(first.resources.map((r) => r.inputs));
});

test("without signing the instance is replaced too, for its launcher, and no key is made", async () => {
  const before = beforeSigning["everything new"]!;
  const now = idsOf(await runProgram({ ...minimal, "keyless:signDocument": "false" }, { results: left }));
  expect(Object.keys(now).filter((resource) => resource.includes("signer"))).toEqual([]);
  expect(Object.keys(before).filter((resource) => now[resource] !== before[resource])).toEqual([
    "oci:Core/instance:Instance machine-instance",
  ]);
});
