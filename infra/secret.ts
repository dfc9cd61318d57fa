import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import type { SeenBy } from "../access/index.ts";
import type { Lookups } from "./lookups.ts";
import { secretName } from "./names.ts";
import type { WorkloadTags } from "./tags.ts";
import { reachedEndpoint } from "./vault-wait.ts";

/** Source of a new secret's content. */
export type SecretContent = { from: "passphrase" } | { from: "bytes" } | { from: "given"; content: string };

export interface SecretArgs {
  /** OCID of the compartment in which the secret lies, or is made. */
  compartmentId: string;
  /** Existing vault, key, secret, decoy, as far as there are. */
  existing: Pick<Lookups, "vault" | "keyId" | "secret" | "decoy">;
  content: SecretContent;
  keyProtection: "SOFTWARE" | "HSM";
  /** OCID of the release bucket, which is made anew with each deployment; secrets' names end in it. */
  bucketId: pulumi.Input<string>;
  name: string;
  tags: WorkloadTags;
}

const contentArgs = (content: SecretContent): Partial<oci.vault.SecretArgs> => {
  switch (content.from) {
    case "passphrase":
      return {
        enableAutoGeneration: true,
        secretGenerationContext: {
          generationType: "PASSPHRASE",
          generationTemplate: "SECRETS_DEFAULT_PASSWORD",
          passphraseLength: 32,
        },
      };
    case "bytes":
      return {
        enableAutoGeneration: true,
        secretGenerationContext: { generationType: "BYTES", generationTemplate: "BYTES_512" },
      };
    case "given":
      return {
        enableAutoGeneration: false,
        // The whole object is marked: the provider marks none of it.
        secretContent: pulumi.secret({
          contentType: "BASE64",
          content: Buffer.from(content.content, "utf8").toString("base64"),
        }),
      };
  }
};

/** Vault, key, the secret, and beside it a decoy that nobody is granted; each may be an existing one. */
export class WorkloadSecret extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly seen: SeenBy;
  readonly decoy: { id: pulumi.Output<string>; seen: SeenBy };
  readonly vault: {
    id: pulumi.Output<string>;
    managementEndpoint: pulumi.Output<string>;
    cryptoEndpoint: pulumi.Output<string>;
    seen: SeenBy;
  };
  readonly key: { id: pulumi.Output<string>; managementEndpoint: pulumi.Output<string>; seen: SeenBy };

  constructor(name: string, args: SecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("keyless:index:Secret", name, {}, opts);
    const { existing } = args;
    const parent = { parent: this };
    const common = { compartmentId: args.compartmentId, ...args.tags };

    const vault = existing.vault
      ? undefined
      : new oci.kms.Vault(
          `${name}-vault`,
          { ...common, displayName: `${args.name}-vault`, vaultType: "DEFAULT" },
          parent,
        );
    const place = vault ?? pulumi.output(existing.vault!);
    const managementEndpoint = vault
      ? reachedEndpoint(vault, args.compartmentId, this)
      : place.managementEndpoint;
    this.vault = {
      id: place.id,
      managementEndpoint,
      cryptoEndpoint: place.cryptoEndpoint,
      seen: vault ? "stack" : "deployer",
    };

    const key = existing.keyId
      ? undefined
      : new oci.kms.Key(
          `${name}-key`,
          {
            ...common,
            displayName: `${args.name}-key`,
            keyShape: { algorithm: "AES", length: 32 },
            protectionMode: args.keyProtection,
            managementEndpoint,
          },
          // Chosen once: another mode would be another key, and so another secret.
          { ...parent, ignoreChanges: ["protectionMode"] },
        );
    this.key = {
      id: key?.id ?? pulumi.output(existing.keyId!),
      managementEndpoint,
      seen: key ? "stack" : "deployer",
    };

    const make = (role: "secret" | "decoy", content: SecretContent, description: string) =>
      new oci.vault.Secret(
        `${name}-${role}`,
        {
          ...common,
          ...contentArgs(content),
          description,
          keyId: this.key.id,
          vaultId: this.vault.id,
          secretName: pulumi.output(args.bucketId).apply((id) => secretName(args.name, role, id)),
        },
        // A name is chosen once: a secret that were replaced for its name's sake would lose its content.
        { ...parent, ignoreChanges: ["secretName"], additionalSecretOutputs: ["secretContent"] },
      ).id;

    this.id = existing.secret
      ? pulumi.output(existing.secret.id)
      : make("secret", args.content, "What the workload reads with its instance principal");
    this.seen = existing.secret ? "deployer" : "stack";
    this.decoy = existing.decoy
      ? { id: pulumi.output(existing.decoy.id), seen: "deployer" }
      : {
          id: make(
            "decoy",
            { from: "passphrase" },
            "What the workload must be refused; holds nothing of worth",
          ),
          seen: "stack",
        };
    this.registerOutputs({ id: this.id, decoyId: this.decoy.id, vaultId: this.vault.id, keyId: this.key.id });
  }
}
