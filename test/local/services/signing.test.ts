/** Signatures by vault keys, and versions of keys, through Oracle's SDK. */
import { constants, createHash, verify } from "node:crypto";
import { KmsCryptoClient, KmsManagementClient, KmsVaultClient } from "oci-keymanagement";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";

const compartmentId = WELL_KNOWN.compartments.app;
const message = Buffer.from("what is signed");
let oci: LocalOci;
let keys: KmsManagementClient;
let crypto: KmsCryptoClient;
let strangers: KmsCryptoClient;

const newKey = async (algorithm: string, length: number): Promise<string> => {
  const keyShape = { algorithm: algorithm as never, length };
  return (await keys.createKey({ createKeyDetails: { compartmentId, displayName: algorithm, keyShape } })).key
    .id;
};

const sign = async (keyId: string, signingAlgorithm: string, more: object = {}, by = crypto) =>
  (
    await by.sign({
      signDataDetails: {
        keyId,
        message: message.toString("base64"),
        signingAlgorithm: signingAlgorithm as never,
        ...more,
      },
    })
  ).signedData;

const isValid = async (
  { keyId, keyVersionId, signature, signingAlgorithm }: Awaited<ReturnType<typeof sign>>,
  more: object = {},
): Promise<boolean> => {
  const signed = { keyId, keyVersionId, signature, signingAlgorithm: signingAlgorithm as never };
  const verifyDataDetails = { ...signed, message: message.toString("base64"), ...more };
  return (await crypto.verify({ verifyDataDetails })).verifiedData.isSignatureValid;
};

const publicKeyOf = async (keyId: string, keyVersionId: string): Promise<string | undefined> =>
  (await keys.getKeyVersion({ keyId, keyVersionId })).keyVersion.publicKey;

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 0 },
    deployerStatements: ["Allow group Deployers to {KEY_VERIFY} in compartment app"],
  });
  const vaults = sdkClient(oci, KmsVaultClient, "keymanagement");
  const createVaultDetails = { compartmentId, displayName: "v", vaultType: "DEFAULT" as never };
  const { vault } = await vaults.createVault({ createVaultDetails });
  keys = sdkClient(oci, KmsManagementClient, "", oci.administrator, vault.managementEndpoint);
  crypto = sdkClient(oci, KmsCryptoClient, "", oci.administrator, vault.cryptoEndpoint);
  strangers = sdkClient(oci, KmsCryptoClient, "", oci.deployer, vault.cryptoEndpoint);
});
afterAll(() => oci.close());

describe("signatures", () => {
  test("are valid for the message, the key and the algorithm, and for no other", async () => {
    const rsa = await newKey("RSA", 256);
    const made = await sign(rsa, "SHA_256_RSA_PKCS_PSS");
    expect(await isValid(made)).toBe(true);
    expect(await isValid(made, { message: Buffer.from("other").toString("base64") })).toBe(false);
    expect(await isValid(made, { signingAlgorithm: "SHA_256_RSA_PKCS1_V1_5" })).toBe(false);
    expect(await isValid(made, { signature: Buffer.from("nonsense").toString("base64") })).toBe(false);
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    const key = { key: (await publicKeyOf(rsa, made.keyVersionId))!, ...padding };
    expect(verify("sha256", message, key, Buffer.from(made.signature, "base64"))).toBe(true);
  });

  test("of a digest are those of its message", async () => {
    const rsa = await newKey("RSA", 256);
    const digest = createHash("sha384").update(message).digest("base64");
    const ofDigest = { message: digest, messageType: "DIGEST" };
    const made = await sign(rsa, "SHA_384_RSA_PKCS1_V1_5", ofDigest);
    expect(made.signature).toBe((await sign(rsa, "SHA_384_RSA_PKCS1_V1_5")).signature);
    expect(await isValid(made)).toBe(true);
    expect(await isValid(made, ofDigest)).toBe(true);
    expect((await refusal(sign(rsa, "SHA_512_RSA_PKCS1_V1_5", ofDigest)))[2]).toContain("64 bytes");
  });

  test.each([
    ["ECDSA_SHA_256", 32, "NIST_P256"],
    ["ECDSA_SHA_384", 48, "NIST_P384"],
    ["ECDSA_SHA_512", 66, "NIST_P521"],
  ])("%s", async (algorithm, length, curveId) => {
    const keyId = await newKey("ECDSA", length);
    expect((await keys.getKey({ keyId })).key.keyShape).toEqual({ algorithm: "ECDSA", length, curveId });
    const made = await sign(keyId, algorithm);
    expect(await isValid(made)).toBe(true);
    const key = (await publicKeyOf(keyId, made.keyVersionId))!;
    const hash = `sha${algorithm.slice(-3)}`;
    expect(verify(hash, message, key, Buffer.from(made.signature, "base64"))).toBe(true);
  });

  test("need an algorithm for the key's type, a key of the vault, and the permission", async () => {
    const aes = await newKey("AES", 32);
    const ecdsa = await newKey("ECDSA", 32);
    expect((await refusal(sign(ecdsa, "SHA_256_RSA_PKCS_PSS")))[2]).toContain("ECDSA");
    expect((await refusal(sign(aes, "ECDSA_SHA_256")))[2]).toContain("AES");
    expect((await refusal(sign(ecdsa, "MD5")))[2]).toContain("ECDSA_SHA_256");
    expect((await refusal(sign(ecdsa, "ECDSA_SHA_256", { message: "a" })))[2]).toContain("base64");
    // Terraform's own example signs a message without its padding.
    expect(
      await isValid(await sign(ecdsa, "ECDSA_SHA_256", { message: "message" }), { message: "message=" }),
    ).toBe(true);
    expect((await refusal(sign(ecdsa, "ECDSA_SHA_256", {}, strangers)))[0]).toBe(404);
    const { signature, keyVersionId } = await sign(ecdsa, "ECDSA_SHA_256");
    const verifyDataDetails = {
      keyId: ecdsa,
      keyVersionId,
      signature,
      message: message.toString("base64"),
      signingAlgorithm: "ECDSA_SHA_256" as never,
    };
    expect((await strangers.verify({ verifyDataDetails })).verifiedData.isSignatureValid).toBe(true);
  });
});

describe("versions of a key", () => {
  test("an older one verifies what it signed; its deletion is scheduled and cancelled; the current one stays", async () => {
    const keyId = await newKey("ECDSA", 32);
    const old = await sign(keyId, "ECDSA_SHA_256");
    const { keyVersion: current } = await keys.createKeyVersion({ keyId });
    expect(current.publicKey).toContain("BEGIN PUBLIC KEY");
    expect(current.publicKey).not.toBe(await publicKeyOf(keyId, old.keyVersionId));
    expect((await sign(keyId, "ECDSA_SHA_256")).keyVersionId).toBe(current.id);
    expect(await isValid(old)).toBe(true);
    expect(await isValid(old, { keyVersionId: current.id })).toBe(false);
    const at = { keyId, keyVersionId: old.keyVersionId };
    const scheduling = { scheduleKeyVersionDeletionDetails: {} };
    const ofCurrent = { ...at, keyVersionId: current.id, ...scheduling };
    expect((await refusal(keys.scheduleKeyVersionDeletion(ofCurrent)))[0]).toBe(409);
    const { keyVersion: doomed } = await keys.scheduleKeyVersionDeletion({ ...at, ...scheduling });
    expect(doomed.lifecycleState).toBe("PENDING_DELETION");
    expect((await refusal(isValid(old)))[1]).toBe("IncorrectState");
    await keys.cancelKeyVersionDeletion(at);
    expect(await isValid(old)).toBe(true);
  });

  test("a symmetric key has no public key", async () => {
    const keyId = await newKey("AES", 32);
    const { key } = await keys.getKey({ keyId });
    expect(await publicKeyOf(keyId, key.currentKeyVersion)).toBeUndefined();
  });
});
