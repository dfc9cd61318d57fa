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
import { z } from "zod";
import { invalidParameter } from "../../errors.ts";
import type { Call, Handler } from "../../service.ts";
import { base64Text, readBody } from "../support/body.ts";
import { type Owned, requireState } from "../support/resources.ts";
import { keyNamed, keyTarget } from "./crypto.ts";
import { type KeyShape, privateKeyOf, usableVersion } from "./key-versions.ts";

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

const hashes = [
  ["224", 28, "302d300d06096086480165030402040500041c"],
  ["256", 32, "3031300d060960864801650304020105000420"],
  ["384", 48, "3041300d060960864801650304020205000430"],
  ["512", 64, "3051300d060960864801650304020305000440"],
] as const;

/** The signing algorithms of SignDataDetails. The salt of PSS is as long as the digest. */
const SCHEMES: Readonly<Record<string, Scheme>> = Object.fromEntries(
  hashes.flatMap(([bits, digestBytes, prefix]): [string, Scheme][] => {
    const hash = { hash: `sha${bits}`, digestBytes };
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: digestBytes };
    return [
      [`SHA_${bits}_RSA_PKCS_PSS`, { algorithm: "RSA", ...hash, options: pss }],
      [
        `SHA_${bits}_RSA_PKCS1_V1_5`,
        {
          algorithm: "RSA",
          ...hash,
          options: { padding: constants.RSA_PKCS1_PADDING },
          digestInfo: Buffer.from(prefix, "hex"),
        },
      ],
      ...(bits === "224"
        ? []
        : [
            [`ECDSA_SHA_${bits}`, { algorithm: "ECDSA", ...hash, options: { dsaEncoding: "der" } }] as [
              string,
              Scheme,
            ],
          ]),
    ];
  }),
);

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
  signingAlgorithm: z.string().refine((name) => Object.hasOwn(SCHEMES, name), {
    error: `must be one of ${Object.keys(SCHEMES).join(", ")}`,
  }),
};
const signDetails = z.object({ ...common, keyVersionId: z.string().optional() });
const verifyDetails = z.object({
  ...common,
  keyVersionId: z.string(),
  signature: base64Text(MAX_SIGNATURE_BYTES),
});

type Signed = Pick<z.output<typeof signDetails>, "keyId" | "messageType" | "signingAlgorithm" | "message">;

/** Finds a key that may sign or verify now, the scheme that is asked for, and the message. */
const prepare = (call: Call, body: Signed): { key: Owned; scheme: Scheme; message: Buffer } => {
  const key = keyNamed(call, body.keyId);
  requireState(key, "ENABLED");
  const scheme = SCHEMES[body.signingAlgorithm]!;
  const { algorithm } = key.model["keyShape"] as KeyShape;
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
export const signing: Record<string, Handler> = {
  Sign: {
    target: (call) => keyTarget(call, readBody(call, signDetails).keyId),
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
    target: (call) => keyTarget(call, readBody(call, verifyDetails).keyId),
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
};
