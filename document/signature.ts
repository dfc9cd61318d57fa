/**
 * The document's signature: spells the signed message and verifies it. Whoever may update the instance can
 * write the metadata key and cannot sign; `infra/boot/launcher.mjs`, which can import nothing, verifies in
 * the same way before it uses anything of a document.
 * @module
 */
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { z } from "zod";
import { documentSha256 } from "./digest.ts";
import { type KeylessDocumentInput, signatureSchema } from "./schema.ts";

/** The trust that user_data gives an instance: a stack's key, or every document. */
export const trustSchema = z.union([
  z.strictObject({
    /** `<project>/<stack>`. */
    stack: z.string().min(1),
    /** The signing key's public half, PEM (SPKI). */
    publicKey: z.string().min(1),
  }),
  z.strictObject({ unsigned: z.literal(true) }),
]);

/** The key that an instance trusts, and for which stack. */
export type Trust = Exclude<z.infer<typeof trustSchema>, { unsigned: true }>;

/**
 * The vault's algorithm. Of those for RSA keys this one leaves nothing open that a service and a verifier could
 * choose differently (PSS has a salt's length and a mask's hash), and one message has one signature.
 */
export const SIGNING_ALGORITHM = "SHA_256_RSA_PKCS1_V1_5";

/** The document without its signature: the part that is signed. */
const unsigned = (document: object): object => {
  const { signature: _, ...rest } = document as KeylessDocumentInput;
  return rest;
};

/**
 * Spells what is signed: a JSON array, so that no value can pass for two. Its first element keeps signatures that
 * the same key made for other purposes apart. Below the 4096 bytes
 * that a vault signs as they are (docs: SignDataDetails), however long the document is.
 */
export const signedMessage = (
  document: object,
  { stack, sequence }: { stack: string; sequence: number },
): string => JSON.stringify(["keyless document 1", stack, sequence, documentSha256(unsigned(document))]);

/** True when two documents are equal, whatever their signatures. */
export const saysTheSame = (a: object, b: object): boolean =>
  documentSha256(unsigned(a)) === documentSha256(unsigned(b));

/** The key of a PEM. @throws Error for what is no RSA key: the algorithm is for those alone */
const rsaKey = (pem: string): KeyObject => {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== "rsa") throw new Error(`a key of type ${key.asymmetricKeyType}, not rsa`);
  return key;
};

/**
 * The reason why an instance refuses a document; undefined when it is signed for this instance. The sequence
 * that the instance has accepted before is not known here: a document that is put back (replay) is found by
 * the instance alone.
 */
export const signatureProblem = (document: unknown, trust: Trust): string | undefined => {
  if (typeof document !== "object" || document === null) return "it is no JSON object";
  const { signature } = document as KeylessDocumentInput;
  if (typeof signature !== "object" || signature === null) return "it is not signed";
  const parsed = signatureSchema.safeParse(signature);
  if (!parsed.success) return "its signature has another form";
  const { stack, sequence, value } = parsed.data;
  if (stack !== trust.stack) return `it is for the stack ${stack.slice(0, 100)}, not for ${trust.stack}`;
  let message: string;
  try {
    message = signedMessage(document, { stack, sequence });
  } catch {
    // A number that JSON does not have (1e400 reads as Infinity), or nesting deeper than the stack.
    return "it cannot be written as JSON";
  }
  const key = rsaKey(trust.publicKey);
  const good = verify("sha256", Buffer.from(message), key, Buffer.from(value, "base64"));
  return good ? undefined : "its signature is not one of the stack's key: somebody altered or made it";
};
