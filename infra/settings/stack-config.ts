import * as pulumi from "@pulumi/pulumi";

/** The stack's whole configuration, and which of it is kept encrypted. */
export interface StackConfig {
  config: Readonly<Record<string, string>>;
  isSecret: (key: string) => boolean;
}

/**
 * Configuration of the running stack. `isConfigSecret` is exported by Pulumi's runtime and left out of its types;
 * no public call says whether a key is secret.
 */
export const stackConfig = (): StackConfig => ({
  config: pulumi.runtime.allConfig(),
  isSecret: (pulumi.runtime as unknown as { isConfigSecret(key: string): boolean }).isConfigSecret,
});
