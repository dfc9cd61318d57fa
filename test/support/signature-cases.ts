/**
 * Metadata texts with what must come of their signature, for everything that verifies one: the app's own function and
 * the launcher, which can import nothing. @module
 */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { canonicalJson } from "../../document/digest.ts";
import type { Trust } from "../../document/signature.ts";

const pair = () => generateKeyPairSync("rsa", { modulusLength: 2048 });
const own = pair();

/** What the instance of the cases trusts. */
export const trust: Trust = {
  stack: "keyless/dev",
  publicKey: own.publicKey.export({ type: "spki", format: "pem" }).toString(),
};

/** One text, and the reason for which it is refused; undefined where it is taken. */
export interface SignatureCase {
  what: string;
  text: string;
  refusal: string | undefined;
}

/** Signs a document as the vault does, with any spelling of the message. */
const signed = (
  document: object,
  over: { key?: typeof own; stack?: unknown; sequence?: unknown; purpose?: string } = {},
): object => {
  const { key = own, stack = trust.stack, sequence = 5, purpose = "keyless document 1" } = over;
  const digest = createHash("sha256").update(canonicalJson(document)).digest("hex");
  const message = Buffer.from(JSON.stringify([purpose, stack, sequence, digest]));
  const value = sign("sha256", message, key.privateKey).toString("base64");
  return { ...document, signature: { stack, sequence, value } };
};
type WithSignature = { signature: Record<string, unknown> & { value: string } };

const document = { version: 1, check: { probes: [], deadlineS: 0.5 }, name: "é \u2028 \ud83d\ude00" };
const good = signed(document) as typeof document & WithSignature;
const withSignature = (signature: unknown) => JSON.stringify({ ...document, signature });
const turned = Object.fromEntries(Object.entries(good).reverse());

const NOT_SIGNED = "it is not signed";
const NO_OBJECT = "it is no JSON object";
const FORM = "its signature has another form";
const NOT_OURS = "its signature is not one of the stack's key: somebody altered or made it";
const UNWRITABLE = "it cannot be written as JSON";
const longStack = "x".repeat(300);

const rows: readonly (readonly [string, string, string | undefined])[] = [
  ["a signed document", JSON.stringify(good), undefined],
  ["another spelling of it", JSON.stringify(turned, null, 3), undefined],
  ["a sequence of 0", JSON.stringify(signed(document, { sequence: 0 })), undefined],
  ["text that is no JSON", "{", NO_OBJECT],
  ["an empty text", "", NO_OBJECT],
  ["null", "null", NO_OBJECT],
  ["a number", "3", NO_OBJECT],
  ["a string", '"signed"', NO_OBJECT],
  ["an array", "[]", NOT_SIGNED],
  ["no signature", JSON.stringify(document), NOT_SIGNED],
  ["a signature of null", withSignature(null), NOT_SIGNED],
  ["a signature that is a text", withSignature(good.signature.value), NOT_SIGNED],
  ["an empty signature", withSignature({}), FORM],
  ["a member more in the signature", withSignature({ ...good.signature, more: 1 }), FORM],
  ["no sequence", withSignature({ ...good.signature, sequence: undefined }), FORM],
  ["a sequence that is a text", JSON.stringify(signed(document, { sequence: "5" })), FORM],
  ["a negative sequence", JSON.stringify(signed(document, { sequence: -1 })), FORM],
  ["a broken sequence", JSON.stringify(signed(document, { sequence: 5.5 })), FORM],
  ["a sequence that is not exact", JSON.stringify(signed(document, { sequence: 2 ** 53 })), FORM],
  ["a stack that is no text", JSON.stringify(signed(document, { stack: ["keyless/dev"] })), FORM],
  [
    "a value with white space",
    withSignature({ ...good.signature, value: `${good.signature.value}\n` }),
    FORM,
  ],
  ["a value in base64url", withSignature({ ...good.signature, value: "-_-_" }), FORM],
  ["a value with bits to spare", withSignature({ ...good.signature, value: "AB==" }), FORM],
  ["a value that is cut", withSignature({ ...good.signature, value: "AAA" }), FORM],
  [
    "another stack's",
    JSON.stringify(signed(document, { stack: "keyless/prod" })),
    "it is for the stack keyless/prod, not for keyless/dev",
  ],
  [
    "a stack with a long name",
    JSON.stringify(signed(document, { stack: longStack })),
    `it is for the stack ${longStack.slice(0, 100)}, not for keyless/dev`,
  ],
  ["another key's", JSON.stringify(signed(document, { key: pair() })), NOT_OURS],
  ["another purpose's", JSON.stringify(signed(document, { purpose: "keyless document 2" })), NOT_OURS],
  ["another sequence than the signed one", withSignature({ ...good.signature, sequence: 6 }), NOT_OURS],
  ["a changed member", JSON.stringify({ ...good, version: 2 }), NOT_OURS],
  ["a member more", JSON.stringify({ ...good, more: null }), NOT_OURS],
  ["a member less", JSON.stringify({ ...good, name: undefined }), NOT_OURS],
  ["a member named __proto__", JSON.stringify(good).replace(/^{/, '{"__proto__":{"a":1},'), NOT_OURS],
  ["a number that JSON has not", JSON.stringify(good).replace("0.5", "1e400"), UNWRITABLE],
  [
    "nesting deeper than the stack",
    JSON.stringify(good).replace("0.5", `${"[".repeat(20_000)}${"]".repeat(20_000)}`),
    UNWRITABLE,
  ],
];

export const signatureCases: readonly SignatureCase[] = rows.map(([what, text, refusal]) => ({
  what,
  text,
  refusal,
}));
