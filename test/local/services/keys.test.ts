/** Vaults and keys through Oracle's own SDK. */
import { KmsCryptoClient, KmsManagementClient, KmsVaultClient, type models as kms } from "oci-keymanagement";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { quickly, refusal, sdkClient } from "../../support/sdk.ts";

const compartmentId = WELL_KNOWN.compartments.app;
const DAY_MS = 86_400_000;
let oci: LocalOci;
let vaults: KmsVaultClient;
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

beforeAll(async () => {
  oci = await startTestOci({ settings: { transitionMs: 5 } });
  vaults = sdkClient(oci, KmsVaultClient, "keymanagement");
  vault = await newVault("main");
  keys = sdkClient(oci, KmsManagementClient, "", oci.administrator, vault.managementEndpoint);
  key = await newKey(keys);
});
afterAll(() => oci.close());

describe("vaults and keys", () => {
  test("a key lives on its vault's own host, and on no other", async () => {
    const other = await newVault("other");
    const elsewhere = sdkClient(oci, KmsManagementClient, "", oci.administrator, other.managementEndpoint);
    expect((await keys.getKey({ keyId: key.id })).key.vaultId).toBe(vault.id);
    expect((await refusal(elsewhere.getKey({ keyId: key.id })))[0]).toBe(404);
    const onCrypto = sdkClient(oci, KmsManagementClient, "", oci.administrator, vault.cryptoEndpoint);
    expect((await refusal(onCrypto.getKey({ keyId: key.id })))[0]).toBe(404);
    expect((await elsewhere.listKeys({ compartmentId })).items).toEqual([]);
    expect((await keys.listKeys({ compartmentId })).items).toMatchObject([{ id: key.id, algorithm: "AES" }]);
    expect((await keys.listKeys({ compartmentId, curveId: "NIST_P256" as never })).items).toEqual([]);
  });

  test("hosts are named as OCI names them", async () => {
    const raw = oci.cloud.store.get(vault.id, "vault")!.model;
    expect(raw.managementEndpoint).toMatch(
      /^https:\/\/[a-z0-9]+-management\.kms\.us-ashburn-1\.oraclecloud\.com$/,
    );
    expect(raw.cryptoEndpoint).toMatch(/^https:\/\/[a-z0-9]+-crypto\.kms\.us-ashburn-1\.oraclecloud\.com$/);
  });

  test("deletion: 7 to 30 days, 30 when nothing is said, cancelled, never a key after its vault", async () => {
    const doomed = await newVault("doomed");
    const on = sdkClient(oci, KmsManagementClient, "", oci.administrator, doomed.managementEndpoint);
    const { id: keyId } = await newKey(on);
    const scheduleKey = (timeOfDeletion?: Date) =>
      on.scheduleKeyDeletion({
        keyId,
        scheduleKeyDeletionDetails: { ...(timeOfDeletion && { timeOfDeletion }) },
      });
    const scheduleVault = (timeOfDeletion?: Date) =>
      vaults.scheduleVaultDeletion({
        vaultId: doomed.id,
        scheduleVaultDeletionDetails: { ...(timeOfDeletion && { timeOfDeletion }) },
      });
    expect((await refusal(scheduleKey(inDays(6))))[0]).toBe(400);
    expect((await refusal(scheduleKey(inDays(31))))[0]).toBe(400);
    const { key: scheduled } = await scheduleKey();
    expect(Math.round((Date.parse(String(scheduled.timeOfDeletion)) - oci.cloud.clock.now()) / DAY_MS)).toBe(
      30,
    );
    await on.createWaiters(quickly).forKey({ keyId }, "PENDING_DELETION" as never);
    expect((await refusal(scheduleVault(inDays(10))))[0]).toBe(409);
    await on.cancelKeyDeletion({ keyId });
    await on.createWaiters(quickly).forKey({ keyId }, "ENABLED" as never);
    await scheduleVault(inDays(10));
    expect((await refusal(scheduleKey(inDays(12))))[0]).toBe(409);
    await vaults.createWaiters(quickly).forVault({ vaultId: doomed.id }, "PENDING_DELETION" as never);
    expect((await refusal(scheduleVault(inDays(10))))[1]).toBe("IncorrectState");
    await vaults.cancelVaultDeletion({ vaultId: doomed.id });
    await vaults.createWaiters(quickly).forVault({ vaultId: doomed.id }, "ACTIVE" as never);
  });

  test("keys are rotated, disabled, enabled; shapes are checked; data is sealed and opened", async () => {
    const { keyVersion } = await keys.createKeyVersion({ keyId: key.id });
    expect((await keys.getKey({ keyId: key.id })).key.currentKeyVersion).toBe(keyVersion.id);
    expect((await keys.listKeyVersions({ keyId: key.id })).items).toHaveLength(2);
    expect((await refusal(newKey(keys, { algorithm: "AES", length: 31 })))[2]).toContain("keyShape.length");
    expect((await refusal(newKey(keys, { algorithm: "ROT13", length: 13 })))[2]).toContain(
      "keyShape.algorithm",
    );
    const crypto = sdkClient(oci, KmsCryptoClient, "", oci.administrator, vault.cryptoEndpoint);
    const { encryptedData } = await crypto.encrypt({
      encryptDataDetails: { keyId: key.id, plaintext: base64("hi"), associatedData: { a: "b" } },
    });
    const open = (ciphertext: string, associatedData = { a: "b" }) =>
      crypto.decrypt({ decryptDataDetails: { keyId: key.id, ciphertext, associatedData } });
    expect((await open(encryptedData.ciphertext)).decryptedData.plaintext).toBe(base64("hi"));
    expect((await refusal(open(encryptedData.ciphertext, { a: "c" })))[0]).toBe(400);
    expect((await refusal(open(base64("nonsense"))))[0]).toBe(400);
    const short = await newKey(keys);
    await keys.disableKey({ keyId: short.id });
    await keys.createWaiters(quickly).forKey({ keyId: short.id }, "DISABLED" as never);
    const sealing = crypto.encrypt({ encryptDataDetails: { keyId: short.id, plaintext: base64("x") } });
    expect((await refusal(sealing))[0]).toBe(409);
    await keys.enableKey({ keyId: short.id });
    await keys.createWaiters(quickly).forKey({ keyId: short.id }, "ENABLED" as never);
  });
});
