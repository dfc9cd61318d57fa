import { z } from "zod";
import { existing, setting } from "./setting.ts";

/** Settings of the key that signs the document in the instance's metadata. */
export const signingSettings = {
  signDocument: setting({
    schema: z.boolean().default(true),
    as: "boolean",
    says: "Signs the document in the instance's metadata with a key of the vault, so that whoever may update the instance cannot become it. Without, there is a finding.",
    allowed: "true or false",
    default: "true",
    example: "false",
    change: "replaces the instance",
  }),
  signingVaultId: existing(
    "vault of the signing key",
    "vault",
    "the secret's; a new signing key is made in it",
    "replaces the instance",
  ),
  signingKeyId: existing(
    "key (RSA) of the signing key's vault",
    "key",
    "a new one (RSA, 3072 bits)",
    "replaces the instance",
  ),
};
