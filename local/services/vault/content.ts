/** Content of secrets: given or generated. @module */
import { generateKeyPairSync, randomBytes, randomInt } from "node:crypto";
import { z } from "zod";
import { invalidParameter } from "../../errors.ts";
import { base64Text } from "../support/body.ts";

/** Largest content of one version, decoded (docs: service limits, 25 KB). */
const MAX_CONTENT_BYTES = 25 * 1024;

/** Names of secrets and of their versions (docs: CreateSecretDetails). */
export const nameText = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,255}$/, "takes letters, numbers, hyphens, underscores and periods only");

/** `secretContent` of a create or an update. */
export const secretContent = z.object({
  contentType: z.literal("BASE64"),
  content: base64Text(MAX_CONTENT_BYTES).optional(),
  name: nameText.optional(),
  stage: z.enum(["CURRENT", "PENDING"]).optional(),
});

const secretTemplate = z.string().max(MAX_CONTENT_BYTES).optional();

/** `secretGenerationContext`. */
export const generationContext = z.discriminatedUnion("generationType", [
  z.object({
    generationType: z.literal("PASSPHRASE"),
    generationTemplate: z.enum(["SECRETS_DEFAULT_PASSWORD", "DBAAS_DEFAULT_PASSWORD"]),
    passphraseLength: z.number().int().min(1).max(256).optional(),
    secretTemplate,
  }),
  z.object({
    generationType: z.literal("BYTES"),
    generationTemplate: z.enum(["BYTES_512", "BYTES_1024"]),
    secretTemplate,
  }),
  z.object({
    generationType: z.literal("SSH_KEY"),
    generationTemplate: z.enum(["RSA_2048", "RSA_3072", "RSA_4096"]),
    secretTemplate,
  }),
]);

type Generation = z.output<typeof generationContext>;

/** Character classes of each passphrase template and its length when none is asked for; lengths unverified. */
const PASSPHRASES = {
  SECRETS_DEFAULT_PASSWORD: {
    classes: [
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
      "abcdefghijklmnopqrstuvwxyz",
      "0123456789",
      "!@#%^*()_+-={}[]|:;,.?~",
    ],
    length: 32,
    min: 8,
  },
  DBAAS_DEFAULT_PASSWORD: {
    classes: ["ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789", "#_-"],
    length: 30,
    min: 12,
  },
} as const;

const oneOf = (characters: string): string => characters[randomInt(characters.length)]!;

const passphrase = (template: keyof typeof PASSPHRASES, asked: number | undefined): string => {
  const { classes, length: usual, min } = PASSPHRASES[template];
  const length = asked ?? usual;
  if (length < min)
    throw invalidParameter(
      `secretGenerationContext.passphraseLength: ${template} takes at least ${min}, not ${length}`,
    );
  const all = classes.join("");
  // One of each class, a letter in gateway, the rest at random places.
  const rest = [
    ...classes.slice(1).map(oneOf),
    ...Array.from({ length: length - classes.length }, () => oneOf(all)),
  ];
  for (let i = rest.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [rest[i], rest[j]] = [rest[j]!, rest[i]!];
  }
  return oneOf(classes[0]) + rest.join("");
};

const substitute = (template: string | undefined, plain: string, values: Record<string, string>): string =>
  template === undefined
    ? plain
    : Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`%${name}%`, value), template);

/** Generates content as a context asks for; base64. */
export const generateContent = (context: Generation): string => {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const { secretTemplate: template } = context;
  if (context.generationType === "PASSPHRASE") {
    const value = passphrase(context.generationTemplate, context.passphraseLength);
    return base64(substitute(template, value, { GENERATED_PASSPHRASE: value }));
  }
  if (context.generationType === "BYTES") {
    // The template's number counts bits: 64 and 128 bytes (unverified).
    const bytes = randomBytes(context.generationTemplate === "BYTES_512" ? 64 : 128);
    return template === undefined
      ? bytes.toString("base64")
      : base64(substitute(template, "", { GENERATED_BYTES: bytes.toString("base64") }));
  }
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: Number(context.generationTemplate.slice(4)),
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const values = { GENERATED_PUBLIC_KEY: publicKey, GENERATED_PRIVATE_KEY: privateKey };
  const escaped = Object.fromEntries(
    Object.entries(values).map(([name, pem]) => [name, JSON.stringify(pem).slice(1, -1)]),
  );
  return base64(substitute(template, JSON.stringify({ publicKey, privateKey }), escaped));
};
