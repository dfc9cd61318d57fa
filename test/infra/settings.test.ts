import { expect, test } from "vitest";
import { grantKinds } from "../../access/index.ts";
import { readSettings, SettingsError } from "../../infra/settings/settings.ts";
import { ocid } from "./support/run-program.ts";

const needed = {
  "oci:region": "us-ashburn-1",
  "oci:tenancyOcid": ocid("tenancy", "root"),
  "keyless:compartmentId": ocid("compartment", "main"),
};

const read = (
  config: Record<string, string>,
  options: { secret?: string[]; env?: Record<string, string> } = {},
) =>
  readSettings({
    config,
    isSecret: (key) => (options.secret ?? []).includes(key),
    project: "keyless",
    stack: "dev",
    env: options.env ?? {},
  });

const problems = (config: Record<string, string>, secret: string[] = []): string[] => {
  try {
    read(config, { secret });
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.map((p) => `${p.setting}: ${p.message}`);
    throw error;
  }
  return [];
};

test("everything that is wrong is said at once, with what was found and what is allowed", () => {
  expect(
    problems({
      "keyless:vaultid": "x",
      "keyless:ocpus": "many",
      "keyless:memoryGb": "0",
      "keyless:ephemeral": "yes",
      "keyless:shape": "big",
      "keyless:nsgIds": "ocid1.networksecuritygroup.oc1.iad.x",
      "keyless:frobnicate": "1",
    }),
  ).toEqual([
    "keyless:vaultid: no such setting; did you mean keyless:vaultId?",
    "keyless:frobnicate: no such setting; the settings are listed in docs/settings.md",
    "keyless:tenancyId: found nothing; allowed: the tenancy's OCID",
    "keyless:compartmentId: found nothing; allowed: a compartment's (or the tenancy's) OCID",
    'keyless:nsgIds: found "ocid1.networksecuritygroup.oc1.iad.x", not a structured value (set it in the stack\'s YAML, or with --path); allowed: a list of at most 5 OCIDs that begin with `ocid1.networksecuritygroup.`',
    'keyless:shape: found "big"; allowed: a shape\'s name',
    'keyless:ocpus: found "many", not a number; allowed: a number from 1 to 512',
    'keyless:memoryGb: found "0"; allowed: a number from 1 to 4096',
    'keyless:ephemeral: found "yes", not true or false; allowed: true or false',
    "oci:region: found nothing; allowed: a region identifier, as us-ashburn-1 (or in OCI_REGION)",
  ]);
});

test("a secret in clear is refused, and its value is never shown", () => {
  const clear = problems({ ...needed, "keyless:secretContent": "hunter2-in-clear" });
  expect(clear).toEqual([
    "keyless:secretContent: found in clear in the configuration; allowed only encrypted: `pulumi config set --secret`",
  ]);
  const long = "canary".repeat(6000);
  const tooLong = problems({ ...needed, "keyless:secretContent": long }, ["keyless:secretContent"]);
  expect(tooLong).toHaveLength(1);
  expect(tooLong[0]).toContain("found a value that is not shown");
  expect(tooLong[0]).not.toContain("canary");
});

test.each([
  ["a key without its vault", { keyId: ocid("key", "a") }, "keyless:keyId: found without keyless:vaultId"],
  [
    "a secret beside a vault",
    { secretId: ocid("vaultsecret", "a"), vaultId: ocid("vault", "a") },
    "keyless:vaultId: found beside keyless:secretId",
  ],
  [
    "the secret as its own decoy",
    { secretId: ocid("vaultsecret", "a"), decoyId: ocid("vaultsecret", "a") },
    "keyless:decoyId: found the same OCID as keyless:secretId",
  ],
  ["no content to give", { secretSource: "given" }, "keyless:secretContent: found nothing"],
  ["an ephemeral stack with a vault of its own", { ephemeral: "true" }, "keyless:vaultId: found nothing"],
  [
    "an ephemeral stack with a signing key of its own",
    { ephemeral: "true", vaultId: ocid("vault", "a"), keyId: ocid("key", "a") },
    "keyless:signingKeyId: found nothing",
  ],
  [
    "a signing key without its vault",
    { signingKeyId: ocid("key", "a") },
    "keyless:signingKeyId: found without keyless:signingVaultId",
  ],
  [
    "a signing key that is not used",
    { signDocument: "false", signingVaultId: ocid("vault", "a"), signingKeyId: ocid("key", "a") },
    "keyless:signingKeyId: found beside keyless:signDocument: false",
  ],
  ["another type of OCID", { subnetId: ocid("vcn", "a") }, "keyless:subnetId: found"],
  ["an OCID with blanks", { vaultId: `${ocid("vault", "a")} ` }, "keyless:vaultId: found"],
])("%s is refused", (_, settings, message) => {
  const config = Object.fromEntries(Object.entries(settings).map(([k, v]) => [`keyless:${k}`, v]));
  expect(problems({ ...needed, ...config }).some((p) => p.startsWith(message))).toBe(true);
});

test("what is wrong in the declaration of access is named by its place", () => {
  const access = {
    instance: [{ bukket: "reports" }, { bucket: "reports", access: "erase" }],
    clients: { "Bad Name": [{ metrics: "app" }], agent: [{ metrics: "oci_computeagent" }] },
  };
  const found = problems({ ...needed, "keyless:access": JSON.stringify(access) });
  expect(found.map((p) => p.split(":").slice(0, 2).join(":"))).toEqual([
    "keyless:access.instance.0",
    "keyless:access.instance.1.access",
    "keyless:access.clients.Bad Name",
    "keyless:access.clients.agent.0.metrics",
  ]);
  expect(found[0]).toContain(`a grant has one of ${grantKinds.map((kind) => kind.key).join(", ")}`);
});

test("the tenancy and the region come from the environment where the stack says nothing", () => {
  const env = { OCI_TENANCY_OCID: ocid("tenancy", "env"), OCI_REGION: "eu-frankfurt-1" };
  const settings = read({ "keyless:compartmentId": ocid("compartment", "main") }, { env });
  expect([settings.tenancyId, settings.region]).toEqual([ocid("tenancy", "env"), "eu-frankfurt-1"]);
});

test("compartments of network, security and workload are the one for all unless they are set", () => {
  const { compartments } = read({ ...needed, "keyless:securityCompartmentId": ocid("compartment", "sec") });
  const main = ocid("compartment", "main");
  expect(compartments).toEqual({ network: main, security: ocid("compartment", "sec"), workload: main });
});
