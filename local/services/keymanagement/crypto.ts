/**
 * Operations with AES keys: encrypt, decrypt, generate data encryption keys; on the crypto host of the vault.
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import type { KmsCryptoClient, models } from "oci-keymanagement";
import { z } from "zod";
import { invalidParameter } from "../../errors.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call } from "../../service.ts";
import type { KeyVersion } from "../../state/key-version.ts";
import { base64Text, details, readBody } from "../support/body.ts";
import { type Owned, requireState } from "../support/resources.ts";
import { keyVersionsOf, usableVersion, versionTag } from "./key-versions.ts";
import { keyNamed, keyTarget } from "./vault-keys.ts";

/** Largest plaintext of one call (docs: Encrypt). */
const MAX_PLAINTEXT_BYTES = 4096;
const TAG_BYTES = 8;
const IV_BYTES = 12;
const AUTH_BYTES = 16;

const common = {
  keyId: z.string(),
  keyVersionId: z.string().optional(),
  associatedData: z.record(z.string(), z.string()).optional(),
  encryptionAlgorithm: z
    .literal("AES_256_GCM", "must be AES_256_GCM: other algorithms are not served here")
    .optional(),
};
const encryptDetails = details<models.EncryptDataDetails>()({
  ...common,
  plaintext: base64Text(MAX_PLAINTEXT_BYTES),
});
const decryptDetails = details<models.DecryptDataDetails>()({
  ...common,
  ciphertext: base64Text(2 * MAX_PLAINTEXT_BYTES),
});
const generateDetails = details<models.GenerateKeyDetails>()({
  keyId: z.string(),
  includePlaintextKey: z.boolean(),
  associatedData: z.record(z.string(), z.string()).optional(),
  keyShape: z.object({
    algorithm: z.literal("AES"),
    length: z.union([z.literal(16), z.literal(24), z.literal(32)]),
  }),
});

const usable = (call: Call, keyId: string): Owned<"key"> => {
  const key = keyNamed(call, keyId);
  requireState(key, "ENABLED");
  if (key.model.keyShape.algorithm !== "AES")
    throw invalidParameter(`keyId: ${keyId} is not a symmetric key`);
  return key;
};

const associated = (data: Record<string, string> | undefined): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(data ?? {}).sort()));

/** Key version, initialisation vector, authentication tag and ciphertext, as one base64 text. */
const seal = (version: KeyVersion, plaintext: Buffer, data: Record<string, string> | undefined): string => {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", version.material, iv);
  cipher.setAAD(associated(data));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([versionTag(version), iv, cipher.getAuthTag(), body]).toString("base64");
};

/** 400: whatever is wrong with a ciphertext. Text unverified. */
const unreadable = () => invalidParameter("ciphertext: was not made by this key with this associated data");

const open = (key: Owned<"key">, text: string, data: Record<string, string> | undefined) => {
  const sealed = Buffer.from(text, "base64");
  const at = [TAG_BYTES, TAG_BYTES + IV_BYTES, TAG_BYTES + IV_BYTES + AUTH_BYTES] as const;
  const version = keyVersionsOf(key).find((v) => versionTag(v).equals(sealed.subarray(0, at[0])));
  if (!version || sealed.length < at[2]) throw unreadable();
  try {
    const decipher = createDecipheriv("aes-256-gcm", version.material, sealed.subarray(at[0], at[1]));
    decipher.setAAD(associated(data));
    decipher.setAuthTag(sealed.subarray(at[1], at[2]));
    return { version, plaintext: Buffer.concat([decipher.update(sealed.subarray(at[2])), decipher.final()]) };
  } catch {
    throw unreadable();
  }
};

const checksum = (plaintext: Buffer): string => `${crc32(plaintext)}`;

/** The handlers of encryption. */
export const crypto = {
  Encrypt: {
    target: (call) => keyTarget(call, keyNamed(call, readBody(call, encryptDetails).keyId)),
    run: (call) => {
      const body = readBody(call, encryptDetails);
      const key = usable(call, body.keyId);
      const version = usableVersion(call, key, body.keyVersionId);
      return {
        body: {
          ciphertext: seal(version, Buffer.from(body.plaintext, "base64"), body.associatedData),
          keyId: key.id,
          keyVersionId: version.id,
          encryptionAlgorithm: "AES_256_GCM",
        },
      };
    },
  },
  Decrypt: {
    target: (call) => keyTarget(call, keyNamed(call, readBody(call, decryptDetails).keyId)),
    run: (call) => {
      const body = readBody(call, decryptDetails);
      const key = usable(call, body.keyId);
      const { version, plaintext } = open(key, body.ciphertext, body.associatedData);
      usableVersion(call, key, version.id);
      return {
        body: {
          plaintext: plaintext.toString("base64"),
          plaintextChecksum: checksum(plaintext),
          keyId: key.id,
          keyVersionId: version.id,
          encryptionAlgorithm: "AES_256_GCM",
        },
      };
    },
  },
  GenerateDataEncryptionKey: {
    target: (call) => {
      const { keyId, includePlaintextKey } = readBody(call, generateDetails);
      return keyTarget(call, keyNamed(call, keyId), {
        "request.includePlainTextKey": `${includePlaintextKey}`,
      });
    },
    run: (call) => {
      const body = readBody(call, generateDetails);
      const key = usable(call, body.keyId);
      const plaintext = randomBytes(body.keyShape.length);
      return {
        body: {
          ciphertext: seal(usableVersion(call, key, undefined), plaintext, body.associatedData),
          ...(body.includePlaintextKey && {
            plaintext: plaintext.toString("base64"),
            plaintextChecksum: checksum(plaintext),
          }),
        },
      };
    },
  },
} satisfies Handlers<KmsCryptoClient>;
