/** Operations with RSA and ECDSA keys: sign and verify; on the crypto host of the vault. @module */
import {
  constants,
  createPublicKey,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
  type SignKeyObjectInput,
  sign,
  verify,
} from "node:crypto";
import type { KmsCryptoClient, models } from "oci-keymanagement";
import { z } from "zod";
import { invalidParameter } from "../../errors.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call } from "../../service.ts";
import type { Wire } from "../../state/wire.ts";
import { base64Text, details, readBody } from "../support/body.ts";
import { type Owned, requireState } from "../support/resources.ts";
import { type KeyShape, privateKeyOf, usableVersion } from "./key-versions.ts";
import { keyNamed, keyTarget } from "./vault-keys.ts";

/** Largest message of one call (docs: Sign). */
const MAX_MESSAGE_BYTES = 4096;

/** Longest signature: RSA with 4096 bits. */
const MAX_SIGNATURE_BYTES = 512;

interface Scheme {
  algorithm: KeyShape["algorithm"];
  hash: string;
  digestBytes: number;
  options: Omit<SignKeyObjectInput, "key">;
  /** DigestInfo of PKCS #1 v1.5 without the digest (RFC 8017, section 9.2). */
  digestInfo?: Buffer;
}

type SigningAlgorithm = Wire<models.SignDataDetails["signingAlgorithm"]>;

/** PSS; its salt is as long as the digest. */
const pss = (bits: number): Scheme => ({
  algorithm: "RSA",
  hash: `sha${bits}`,
  digestBytes: bits / 8,
  options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: bits / 8 },
});

const pkcs1 = (bits: number, digestInfo: string): Scheme => ({
  algorithm: "RSA",
  hash: `sha${bits}`,
  digestBytes: bits / 8,
  options: { padding: constants.RSA_PKCS1_PADDING },
  digestInfo: Buffer.from(digestInfo, "hex"),
});

const ecdsa = (bits: number): Scheme => ({
  algorithm: "ECDSA",
  hash: `sha${bits}`,
  digestBytes: bits / 8,
  options: { dsaEncoding: "der" },
});

const SCHEMES: Readonly<Record<SigningAlgorithm, Scheme>> = {
  SHA_224_RSA_PKCS_PSS: pss(224),
  SHA_224_RSA_PKCS1_V1_5: pkcs1(224, "302d300d06096086480165030402040500041c"),
  SHA_256_RSA_PKCS_PSS: pss(256),
  SHA_256_RSA_PKCS1_V1_5: pkcs1(256, "3031300d060960864801650304020105000420"),
  ECDSA_SHA_256: ecdsa(256),
  SHA_384_RSA_PKCS_PSS: pss(384),
  SHA_384_RSA_PKCS1_V1_5: pkcs1(384, "3041300d060960864801650304020205000430"),
  ECDSA_SHA_384: ecdsa(384),
  SHA_512_RSA_PKCS_PSS: pss(512),
  SHA_512_RSA_PKCS1_V1_5: pkcs1(512, "3051300d060960864801650304020305000440"),
  ECDSA_SHA_512: ecdsa(512),
};

const isSigningAlgorithm = (name: string): name is SigningAlgorithm => Object.hasOwn(SCHEMES, name);

/**
 * A message in base64. The service takes one without the padding at its end: Terraform's own example signs
 * `message`, seven characters.
 */
const messageText = z
  .string()
  .transform((text) => text.padEnd(Math.ceil(text.length / 4) * 4, "="))
  .pipe(base64Text(MAX_MESSAGE_BYTES));

const common = {
  keyId: z.string(),
  message: messageText,
  messageType: z.enum(["RAW", "DIGEST"]).optional(),
  signingAlgorithm: z.string().transform((name, context): SigningAlgorithm => {
    if (isSigningAlgorithm(name)) return name;
    context.addIssue(`must be one of ${Object.keys(SCHEMES).join(", ")}`);
    return z.NEVER;
  }),
};
const signDetails = details<models.SignDataDetails>()({ ...common, keyVersionId: z.string().optional() });
const verifyDetails = details<models.VerifyDataDetails>()({
  ...common,
  keyVersionId: z.string(),
  signature: base64Text(MAX_SIGNATURE_BYTES),
});

type Signed = Pick<z.output<typeof signDetails>, "keyId" | "messageType" | "signingAlgorithm" | "message">;

/** Finds a key that may sign or verify now, the scheme that is asked for, and the message. */
const prepare = (call: Call, body: Signed): { key: Owned<"key">; scheme: Scheme; message: Buffer } => {
  const key = keyNamed(call, body.keyId);
  requireState(key, "ENABLED");
  const scheme = SCHEMES[body.signingAlgorithm];
  const { algorithm } = key.model.keyShape;
  // Text unverified.
  if (scheme.algorithm !== algorithm)
    throw invalidParameter(
      `signingAlgorithm: ${body.signingAlgorithm} is not for a key of type ${algorithm}`,
    );
  const message = Buffer.from(body.message, "base64");
  if (body.messageType !== "DIGEST") return { key, scheme, message };
  if (!scheme.digestInfo)
    throw invalidParameter(`messageType: DIGEST is served here with RSA_PKCS1_V1_5 algorithms only`);
  if (message.length !== scheme.digestBytes)
    throw invalidParameter(
      `message: a digest of ${body.signingAlgorithm} has ${scheme.digestBytes} bytes, not ${message.length}`,
    );
  return { key, scheme, message: Buffer.concat([scheme.digestInfo, message]) };
};

const signed = (scheme: Scheme, privateKey: KeyObject, message: Buffer, ofDigest: boolean): Buffer =>
  ofDigest
    ? privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, message)
    : sign(scheme.hash, message, { key: privateKey, ...scheme.options });

const isValid = (
  scheme: Scheme,
  key: KeyObject,
  message: Buffer,
  signature: Buffer,
  ofDigest: boolean,
): boolean => {
  try {
    return ofDigest
      ? publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature).equals(message)
      : verify(scheme.hash, message, { key, ...scheme.options }, signature);
  } catch {
    return false;
  }
};

/** The handlers of signatures. */
export const signing = {
  Sign: {
    target: (call) => keyTarget(call, keyNamed(call, readBody(call, signDetails).keyId)),
    run: async (call) => {
      const body = readBody(call, signDetails);
      const { key, scheme, message } = prepare(call, body);
      const version = usableVersion(call, key, body.keyVersionId);
      const privateKey = await privateKeyOf(key, version);
      return {
        body: {
          keyId: key.id,
          keyVersionId: version.id,
          signature: signed(scheme, privateKey, message, body.messageType === "DIGEST").toString("base64"),
          signingAlgorithm: body.signingAlgorithm,
        },
      };
    },
  },
  Verify: {
    target: (call) => keyTarget(call, keyNamed(call, readBody(call, verifyDetails).keyId)),
    run: async (call) => {
      const body = readBody(call, verifyDetails);
      const { key, scheme, message } = prepare(call, body);
      const version = usableVersion(call, key, body.keyVersionId);
      const publicKey = createPublicKey(await privateKeyOf(key, version));
      const signature = Buffer.from(body.signature, "base64");
      return {
        body: {
          isSignatureValid: isValid(scheme, publicKey, message, signature, body.messageType === "DIGEST"),
        },
      };
    },
  },
} satisfies Handlers<KmsCryptoClient>;
