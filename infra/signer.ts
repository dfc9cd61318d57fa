import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import type { KeylessDocumentInput } from "../document/schema.ts";
import { SIGNING_ALGORITHM, signedMessage, type Trust } from "../document/signature.ts";
import { SIGNING_KEY_BYTES } from "./document.ts";
import { type DocumentsBefore, nextSignature } from "./next-signature.ts";
import { seen } from "./seen.ts";
import type { SigningKeyFacts } from "./signing-lookups.ts";
import type { WorkloadTags } from "./tags.ts";

export interface DocumentSignerArgs {
  /** The stack as the instance knows it: `<project>/<stack>`. */
  stack: string;
  compartmentId: string;
  /** The vault of the key. */
  vault: { managementEndpoint: pulumi.Input<string>; cryptoEndpoint: pulumi.Input<string> };
  /** A key that exists, in place of a new one. */
  existing: SigningKeyFacts | undefined;
  keyProtection: "SOFTWARE" | "HSM";
  documentsBefore: DocumentsBefore;
  name: string;
  tags: WorkloadTags;
}

/** RSA with 3072 bits, for as long as a stack lives; in bytes, as OCI counts. */
const KEY_SHAPE = { algorithm: "RSA", length: SIGNING_KEY_BYTES.own };

/** Placeholder in a preview for a signature that only a deployment makes. */
const IN_PREVIEW = "signed/when/it/gets/deployed";

/** The key that signs the document, and its signatures. Its public half goes into user_data. */
export class DocumentSigner extends pulumi.ComponentResource {
  readonly keyId: pulumi.Output<string>;
  readonly cryptoEndpoint: pulumi.Output<string>;
  /** The party that has seen that the key exists. */
  readonly seen: "stack" | "deployer";
  readonly trust: pulumi.Output<Trust>;
  readonly #name: string;
  readonly #args: DocumentSignerArgs;
  readonly #versionId: pulumi.Output<string>;

  constructor(name: string, args: DocumentSignerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("keyless:index:Signer", name, {}, opts);
    this.#name = name;
    this.#args = args;
    const { existing, stack } = args;
    const managementEndpoint = pulumi.output(args.vault.managementEndpoint);
    const key = existing
      ? undefined
      : new oci.kms.Key(
          `${name}-key`,
          {
            compartmentId: args.compartmentId,
            displayName: `${args.name}-signing-key`,
            keyShape: KEY_SHAPE,
            protectionMode: args.keyProtection,
            managementEndpoint,
            ...args.tags,
          },
          // Chosen once: another mode would be another key, and so another instance.
          { parent: this, ignoreChanges: ["protectionMode"] },
        );
    this.cryptoEndpoint = pulumi.output(args.vault.cryptoEndpoint);
    this.seen = existing ? "deployer" : "stack";
    this.keyId = key?.id ?? pulumi.output(existing!.id);
    this.#versionId = key?.currentKeyVersion ?? pulumi.output(existing!.versionId);
    const publicKey = existing
      ? pulumi.output(existing.publicKey)
      : oci.kms
          .getKeyVersionOutput(
            { keyId: this.keyId, keyVersionId: this.#versionId, managementEndpoint },
            { parent: this },
          )
          .apply((version) =>
            seen(version.publicKey, "keyless:signDocument", "public key of the signing key"),
          );
    this.trust = publicKey.apply((pem) => ({ stack, publicKey: pem }));
    this.registerOutputs({ keyId: this.keyId });
  }

  /**
   * Signs a document. What is deployed already keeps its signature. In a preview nothing is signed: what a pull
   * request proposes must not come out signed, and a value that is not known would make the whole metadata unknown
   * to the provider, which would announce a replacement of the instance.
   */
  sign(document: pulumi.Output<KeylessDocumentInput>): pulumi.Output<KeylessDocumentInput> {
    const { stack, documentsBefore, vault } = this.#args;
    const next = pulumi
      .all([document, this.trust])
      .apply(([plain, trust]) => nextSignature(plain, trust, documentsBefore, Date.now()));
    const message = pulumi
      .all([document, next])
      .apply(([plain, { sequence }]) =>
        Buffer.from(signedMessage(plain, { stack, sequence })).toString("base64"),
      );
    const made = new oci.kms.Sign(
      `${this.#name}-signature`,
      {
        cryptoEndpoint: vault.cryptoEndpoint,
        keyId: this.keyId,
        keyVersionId: this.#versionId,
        // A digest of the document: what it says that is secret is not to be had from it.
        message: pulumi.unsecret(message),
        messageType: "RAW",
        signingAlgorithm: SIGNING_ALGORITHM,
      },
      { parent: this },
    );
    const signature = pulumi.runtime.isDryRun()
      ? next.apply(({ value }) => value ?? IN_PREVIEW)
      : made.signature;
    return pulumi
      .all([document, next, signature])
      .apply(([plain, { sequence }, value]) => ({ ...plain, signature: { stack, sequence, value } }));
  }
}
