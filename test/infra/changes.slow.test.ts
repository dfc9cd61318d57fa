import { beforeAll, expect, test, vi } from "vitest";
import { type SettingName, settingsTable } from "../../infra/settings/table.ts";
import { minimal, ocid, only, type ProgramRun, runProgram } from "./support/run-program.ts";

vi.mock("../../infra/bundle.ts", () => ({
  buildBundle: async () => ({ path: "/x", content: "// app\n", sha256: "ab".repeat(32) }),
}));

/** A change of each setting: to what, with what else set before and after, and which keys are secret. */
interface SettingChange {
  to: string;
  /** Settings that stand before and after. */
  beside?: Record<string, string>;
  /** Settings that come with the change. */
  and?: Record<string, string>;
  secret?: true;
}

const other = (type: string): string => ocid(type, "other");
const withVault = { vaultId: ocid("vault", "one"), keyId: ocid("key", "one") };
const withSigningKey = { signingVaultId: ocid("vault", "sign"), signingKeyId: ocid("key", "sign") };
const tag = { selection: "tag" };

const changes: Readonly<Record<SettingName, SettingChange>> = {
  tenancyId: { to: other("tenancy") },
  compartmentId: { to: other("compartment") },
  networkCompartmentId: { to: other("compartment") },
  securityCompartmentId: { to: other("compartment") },
  workloadCompartmentId: { to: other("compartment") },
  homeRegion: { to: "eu-frankfurt-1" },
  name: { to: "renamed" },
  vcnCidr: { to: "10.9.0.0/24" },
  subnetId: { to: other("subnet") },
  nsgIds: { to: JSON.stringify([other("networksecuritygroup")]) },
  vaultId: { to: other("vault"), beside: withVault },
  keyId: { to: other("key"), beside: withVault },
  signDocument: { to: "false" },
  signingVaultId: { to: other("vault") },
  signingKeyId: { to: other("key"), beside: withSigningKey },
  keyProtection: { to: "HSM" },
  secretId: { to: other("vaultsecret") },
  decoyId: { to: other("vaultsecret") },
  secretSource: { to: "bytes" },
  secretContent: { to: "a new value", secret: true },
  dynamicGroupId: { to: other("dynamicgroup") },
  identityDomain: { to: "https://idcs-x.identity.oraclecloud.com" },
  selection: { to: "compartment" },
  tagNamespace: { to: "theirs", beside: tag },
  tagKey: { to: "another", beside: tag },
  tagValue: { to: "other", beside: tag },
  tagWaitS: { to: "10", beside: tag },
  availabilityDomain: { to: "2" },
  faultDomain: { to: "FAULT-DOMAIN-2" },
  shape: { to: "VM.Standard.E5.Flex" },
  ocpus: { to: "2" },
  memoryGb: { to: "12" },
  bootVolumeGb: { to: "80" },
  image: { to: "Oracle Linux 10" },
  securityUpdates: { to: "none" },
  encryptInTransit: { to: "false" },
  deleteBeforeReplace: { to: "false" },
  kmsKeyId: { to: ocid("key", "ours") },
  shielded: { to: "AMD_VM", beside: { shape: "VM.Standard.E5.Flex" } },
  releaseVersioning: { to: "true" },
  sshAuthorizedKeys: { to: '["ssh-ed25519 AAAA ops"]' },
  bootScript: { to: "test/infra/support/boot.sh" },
  agentPlugins: { to: '["Bastion"]' },
  ephemeral: { to: "true", beside: { ...withVault, ...withSigningKey } },
  freeformTags: { to: '{"team":"billing"}' },
  definedTags: { to: '{"finance.cost":"42"}' },
  deadlineS: { to: "60" },
  checkEveryS: { to: "300" },
  proveEveryS: { to: "1800" },
  nonce: { to: "ab".repeat(16) },
  access: { to: '{"instance":[{"bucket":"reports","access":"read"}]}' },
  severities: { to: '{"raw-grant":"error"}' },
  assertions: { to: '[{"never":{"permissions":["POLICY_CREATE"]}}]' },
  auditLogId: { to: ocid("log", "audit") },
  auditLogCompartmentId: { to: other("compartment"), beside: { auditLogId: ocid("log", "audit") } },
};

const config = (settings: Record<string, string>): Record<string, string> => ({
  ...minimal,
  ...Object.fromEntries(Object.entries(settings).map(([k, v]) => [`keyless:${k}`, v])),
});

const runWith = (settings: Record<string, string>): Promise<ProgramRun> =>
  runProgram(config(settings), { secretKeys: ["keyless:secretContent"] });

let unchanged: ProgramRun;
beforeAll(async () => {
  unchanged = await runWith({});
});

/** What the program asks for that is not the same as before. */
const difference = (before: ProgramRun, after: ProgramRun): string[] => {
  const texts = (run: ProgramRun) =>
    run.resources.map((r) => `${r.type} ${r.name} ${r.provider ?? ""} ${JSON.stringify(r.inputs)}`);
  const [a, b] = [texts(before), texts(after)];
  return [...a.filter((t) => !b.includes(t)), ...b.filter((t) => !a.includes(t))];
};

/** Settings whose change the program takes to the resources by options of theirs, or only reads or waits for. */
const NO_INPUT = ["assertions", "deleteBeforeReplace", "severities", "tagWaitS"];

test.each(Object.keys(settingsTable) as SettingName[])("a change of %s", async (name) => {
  const { to, beside = {} } = changes[name];
  const before = Object.keys(beside).length > 0 ? await runWith(beside) : unchanged;
  const after = await runWith({ ...beside, [name]: to });
  const replaced = only(before, "Instance").id !== only(after, "Instance").id;
  expect(replaced ? "replaces the instance" : "in place").toBe(settingsTable[name].change);
  if (!NO_INPUT.includes(name)) expect(difference(before, after), "it has an effect").not.toEqual([]);
});

test("only what OCI itself forces, and another signing key, replaces the instance", () => {
  const names = Object.keys(settingsTable) as SettingName[];
  expect(names.filter((n) => settingsTable[n].change === "replaces the instance")).toEqual([
    "subnetId",
    // The signing key is made in the secret's vault, unless it has one of its own.
    "vaultId",
    "secretId",
    "signDocument",
    "signingVaultId",
    "signingKeyId",
    "availabilityDomain",
    "encryptInTransit",
    "shielded",
    "sshAuthorizedKeys",
    "bootScript",
  ]);
});

test("with a signing key of its own, another vault of the secret replaces nothing else", async () => {
  const before = await runWith({ ...withVault, ...withSigningKey });
  const after = await runWith({ ...withVault, ...withSigningKey, vaultId: other("vault") });
  expect(only(after, "Instance").id).toBe(only(before, "Instance").id);
});

test("a new release replaces neither the instance nor anything that holds the secret", async () => {
  vi.resetModules();
  vi.doMock("../../infra/bundle.ts", () => ({
    buildBundle: async () => ({ path: "/x", content: "// newer\n", sha256: "cd".repeat(32) }),
  }));
  const { runProgram: runNewer } = await import("./support/run-program.ts");
  const newer = await runNewer(config({}));
  for (const type of ["Instance", "Vault", "DynamicGroup", "Policy", "Bucket"]) {
    expect(only(newer, type).id, type).toBe(only(unchanged, type).id);
  }
  for (const key of ["secret-key", "signer-key"]) {
    expect(only(newer, "Key", key).id, key).toBe(only(unchanged, "Key", key).id);
  }
  expect(only(newer, "Secret", "secret-secret").id).toBe(only(unchanged, "Secret", "secret-secret").id);
  expect(only(newer, "StorageObject").name).not.toBe(only(unchanged, "StorageObject").name);
  expect(only(newer, "Instance").inputs["metadata"]).not.toEqual(
    only(unchanged, "Instance").inputs["metadata"],
  );
});
