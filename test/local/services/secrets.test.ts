/** Secrets and their bundles through Oracle's own SDK. */
import { KmsManagementClient, KmsVaultClient, type models as kms } from "oci-keymanagement";
import { type models as bundles, SecretsClient } from "oci-secrets";
import { type models, VaultsClient } from "oci-vault";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { quickly, refusal, sdkClient } from "../../support/sdk.ts";
import { signedCall } from "../../support/signed-call.ts";

const compartmentId = WELL_KNOWN.compartments.app;
const DAY_MS = 86_400_000;
let oci: LocalOci;
let vaults: KmsVaultClient;
let secrets: VaultsClient;
let reader: SecretsClient;
let vault: kms.Vault;
let keys: KmsManagementClient;
let key: kms.Key;

const base64 = (text: string) => Buffer.from(text).toString("base64");
const inDays = (days: number) => new Date(oci.cloud.clock.now() + days * DAY_MS);

const newVault = async (displayName: string) => {
  const created = await vaults.createVault({
    createVaultDetails: { compartmentId, displayName, vaultType: "DEFAULT" as never },
  });
  expect(created.vault.lifecycleState).toBe("CREATING");
  const active = await vaults
    .createWaiters(quickly)
    .forVault({ vaultId: created.vault.id }, "ACTIVE" as never);
  return active!.vault;
};

const newKey = async (on: KmsManagementClient, keyShape: object = { algorithm: "AES", length: 32 }) => {
  const created = await on.createKey({
    createKeyDetails: { compartmentId, displayName: "k", keyShape: keyShape as kms.KeyShape },
  });
  return (await on.createWaiters(quickly).forKey({ keyId: created.key.id }, "ENABLED" as never))!.key;
};

const newSecret = async (secretName: string, more: Partial<models.CreateSecretDetails> = {}) => {
  const { secret } = await secrets.createSecret({
    createSecretDetails: {
      compartmentId,
      vaultId: vault.id,
      keyId: key.id,
      secretName,
      secretContent: { contentType: "BASE64", content: base64("one") } as models.Base64SecretContentDetails,
      ...more,
    },
  });
  return (await secrets
    .createWaiters(undefined as never, quickly)
    .forSecret({ secretId: secret.id }, "ACTIVE" as never))!.secret;
};

const contentOf = async (request: Parameters<SecretsClient["getSecretBundle"]>[0]) => {
  const { secretBundle } = await reader.getSecretBundle(request);
  const { content } = secretBundle.secretBundleContent as bundles.Base64SecretBundleContentDetails;
  return Buffer.from(content!, "base64").toString();
};

const settled = async (secretId: string) => {
  await secrets.createWaiters(undefined as never, quickly).forSecret({ secretId }, "ACTIVE" as never);
};

const newContent = async (secretId: string, text: string, more: object = {}) => {
  const secretContent = { contentType: "BASE64", content: base64(text), ...more } as never;
  const response = await secrets.updateSecret({ secretId, updateSecretDetails: { secretContent } });
  await settled(secretId);
  return response;
};

beforeAll(async () => {
  oci = await startTestOci({ settings: { transitionMs: 5 } });
  vaults = sdkClient(oci, KmsVaultClient, "keymanagement");
  secrets = sdkClient(oci, VaultsClient, "vault");
  reader = sdkClient(oci, SecretsClient, "secrets");
  vault = await newVault("main");
  keys = sdkClient(oci, KmsManagementClient, "", oci.administrator, vault.managementEndpoint);
  key = await newKey(keys);
});
afterAll(() => oci.close());

describe("secrets", () => {
  test("versions and stages: current, previous, deprecated, pending, latest", async () => {
    const { id: secretId } = await newSecret("staged");
    await newContent(secretId, "two");
    await newContent(secretId, "three");
    await newContent(secretId, "four", { stage: "PENDING", name: "next" });
    const { items } = await secrets.listSecretVersions({ secretId });
    expect(items.map((v) => [v.versionNumber, v.stages])).toEqual([
      [4, ["PENDING", "LATEST"]],
      [3, ["CURRENT"]],
      [2, ["PREVIOUS"]],
      [1, ["DEPRECATED"]],
    ]);
    expect(await contentOf({ secretId })).toBe("three");
    expect(await contentOf({ secretId, stage: "LATEST" as never })).toBe("four");
    expect(await contentOf({ secretId, stage: "PREVIOUS" as never })).toBe("two");
    expect(await contentOf({ secretId, versionNumber: 1 })).toBe("one");
    expect(await contentOf({ secretId, secretVersionName: "next" })).toBe("four");
    expect((await refusal(contentOf({ secretId, versionNumber: 9 })))[0]).toBe(404);
    expect((await refusal(contentOf({ secretId, versionNumber: 1, stage: "CURRENT" as never })))[0]).toBe(
      400,
    );
    await secrets.updateSecret({ secretId, updateSecretDetails: { currentVersionNumber: 4 } });
    await settled(secretId);
    expect(await contentOf({ secretId })).toBe("four");
    expect(await contentOf({ secretId, stage: "PREVIOUS" as never })).toBe("three");
    expect((await secrets.getSecret({ secretId })).secret.currentVersionNumber).toBe(4);
    expect(await refusal(newContent(secretId, "five", { name: "next" }))).toEqual([
      400,
      "InvalidParameter",
      "name already exists",
    ]);
    const gone = secrets.scheduleSecretVersionDeletion({
      secretId,
      secretVersionNumber: 4,
      scheduleSecretVersionDeletionDetails: {},
    });
    expect((await refusal(gone))[0]).toBe(409);
    const listed = await reader.listSecretBundleVersions({ secretId });
    expect(listed.items.map((v) => v.versionNumber)).toEqual([4, 3, 2, 1]);
  });

  test("content is shown by bundles and by nothing else", async () => {
    const canary = "canary-5e1f";
    const { id: secretId } = await newSecret("quiet");
    await newContent(secretId, canary);
    const responses = await Promise.all([
      signedCall(oci, "vault", "GET", `/20180608/secrets/${secretId}`),
      signedCall(oci, "vault", "GET", `/20180608/secrets/${secretId}/versions`),
      signedCall(oci, "vault", "GET", `/20180608/secrets?compartmentId=${compartmentId}`),
      signedCall(oci, "secrets", "GET", `/20190301/secretbundles/${secretId}/versions`),
      signedCall(oci, "vault", "PUT", `/20180608/secrets/${secretId}`, {
        body: { secretContent: { contentType: "BASE64", content: base64(canary), name: "bad name" } },
      }),
    ]);
    for (const { text } of responses) expect(text).not.toContain(base64(canary).replace(/=+$/, ""));
    const bundle = await signedCall(oci, "secrets", "GET", `/20190301/secretbundles/${secretId}`);
    expect(bundle.text).toContain(base64(canary));
  });

  test("an ETag guards an update: 412 for another, 200 for its own", async () => {
    const { id: secretId } = await newSecret("guarded");
    const update = (ifMatch: string) =>
      secrets.updateSecret({ secretId, updateSecretDetails: { description: "d" }, ifMatch });
    expect((await refusal(update("nope")))[0]).toBe(412);
    const { etag } = await secrets.getSecret({ secretId });
    expect((await update(etag)).secret.description).toBe("d");
  });

  test("content is generated as asked, and rotated", async () => {
    const generated = async (secretName: string, secretGenerationContext: object) => {
      const secret = await newSecret(secretName, {
        secretContent: undefined as never,
        enableAutoGeneration: true,
        secretGenerationContext: secretGenerationContext as models.PassphraseGenerationContext,
      });
      expect(secret.isAutoGenerationEnabled).toBe(true);
      return secret.id;
    };
    const secretId = await generated("passphrase", {
      generationType: "PASSPHRASE",
      generationTemplate: "SECRETS_DEFAULT_PASSWORD",
      passphraseLength: 40,
    });
    const first = await contentOf({ secretId });
    expect(first).toHaveLength(40);
    await secrets.rotateSecret({ secretId });
    await settled(secretId);
    expect(await contentOf({ secretId })).not.toBe(first);
    expect(await contentOf({ secretId, stage: "PREVIOUS" as never })).toBe(first);
    const bytes = await generated("bytes", { generationType: "BYTES", generationTemplate: "BYTES_512" });
    const response = await signedCall(oci, "secrets", "GET", `/20190301/secretbundles/${bytes}`);
    expect(Buffer.from(response.body.secretBundleContent.content, "base64")).toHaveLength(64);
    const template = await generated("templated", {
      generationType: "PASSPHRASE",
      generationTemplate: "DBAAS_DEFAULT_PASSWORD",
      secretTemplate: '{"user":"me","password":"%GENERATED_PASSPHRASE%"}',
    });
    expect(JSON.parse(await contentOf({ secretId: template })).password).toHaveLength(30);
    const ssh = await generated("ssh", { generationType: "SSH_KEY", generationTemplate: "RSA_2048" });
    expect(JSON.parse(await contentOf({ secretId: ssh })).privateKey).toContain("PRIVATE KEY");
    const nothing = newSecret("nothing", { secretContent: undefined as never });
    expect((await refusal(nothing))[1]).toBe("MissingParameter");
  });

  test("a name stays taken until the secret is deleted; deletion is 1 to 30 days away, and can be cancelled", async () => {
    const { id: secretId } = await newSecret("taken");
    const schedule = (timeOfDeletion?: Date) =>
      secrets.scheduleSecretDeletion({
        secretId,
        scheduleSecretDeletionDetails: { ...(timeOfDeletion && { timeOfDeletion }) },
      });
    expect((await refusal(schedule(inDays(0.5))))[0]).toBe(400);
    expect((await refusal(schedule(inDays(31))))[0]).toBe(400);
    await schedule(inDays(2));
    await secrets
      .createWaiters(undefined as never, quickly)
      .forSecret({ secretId }, "PENDING_DELETION" as never);
    expect((await refusal(newSecret("taken")))[0]).toBe(409);
    expect((await refusal(contentOf({ secretId })))[0]).toBe(404);
    const byName = { secretName: "taken", vaultId: vault.id };
    expect((await refusal(reader.getSecretBundleByName(byName)))[0]).toBe(404);
    await secrets.cancelSecretDeletion({ secretId });
    await settled(secretId);
    expect(await contentOf({ secretId })).toBe("one");
    expect((await reader.getSecretBundleByName(byName)).secretBundle.secretId).toBe(secretId);
    await schedule(inDays(2));
    oci.cloud.clock.offsetMs += 3 * DAY_MS;
    try {
      const deleted = await signedCall(oci, "vault", "GET", `/20180608/secrets/${secretId}`);
      expect(deleted.body.lifecycleState).toBe("DELETED");
      const again = await signedCall(oci, "vault", "POST", "/20180608/secrets", {
        body: {
          compartmentId,
          vaultId: vault.id,
          keyId: key.id,
          secretName: "taken",
          secretContent: { contentType: "BASE64", content: "eA==" },
        },
      });
      expect(again.status).toBe(200);
    } finally {
      oci.cloud.clock.offsetMs -= 3 * DAY_MS;
    }
  });

  test("what a secret needs: a symmetric key of its own vault, base64, a size, a name", async () => {
    const rsa = await newKey(keys, { algorithm: "RSA", length: 256 });
    expect((await refusal(newSecret("a", { keyId: rsa.id })))[2]).toContain("not a symmetric key");
    const other = await newVault("third");
    expect((await refusal(newSecret("b", { vaultId: other.id })))[2]).toContain("not a key of the vault");
    const content = (text: string) => ({ secretContent: { contentType: "BASE64", content: text } as never });
    expect((await refusal(newSecret("c", content("not base64!"))))[2]).toContain("secretContent.content");
    expect((await refusal(newSecret("d", content(base64("x".repeat(26_000))))))[2]).toContain("larger than");
    expect((await refusal(newSecret("e f")))[2]).toContain("secretName");
    const reused = await newSecret("reuse", {
      secretRules: [{ ruleType: "SECRET_REUSE_RULE", isEnforcedOnDeletedSecretVersions: true } as never],
    });
    expect((await refusal(newContent(reused.id, "one")))[0]).toBe(409);
  });

  test("an expired version whose retrieval is blocked is not shown", async () => {
    const { id: secretId } = await newSecret("expiring", {
      secretRules: [
        {
          ruleType: "SECRET_EXPIRY_RULE",
          secretVersionExpiryInterval: "P3D",
          isSecretContentRetrievalBlockedOnExpiry: true,
        } as never,
      ],
    });
    const read = () => signedCall(oci, "secrets", "GET", `/20190301/secretbundles/${secretId}`);
    expect((await read()).status).toBe(200);
    oci.cloud.clock.offsetMs += 4 * DAY_MS;
    expect((await read()).status).toBe(409);
    oci.cloud.clock.offsetMs -= 4 * DAY_MS;
  });

  test("lists: by name, by vault, in pages", async () => {
    const byName = await secrets.listSecrets({ compartmentId, name: "staged", vaultId: vault.id });
    expect(byName.items.map((s) => s.secretName)).toEqual(["staged"]);
    const all: string[] = [];
    const request = { compartmentId, limit: 2, sortBy: "NAME" as never };
    for await (const secret of secrets.listAllSecrets(request)) all.push(secret.secretName);
    expect(all).toEqual([...all].sort());
    expect(all.length).toBeGreaterThan(5);
  });
});
