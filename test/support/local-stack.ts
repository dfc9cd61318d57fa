/** The real program on a local OCI, by the embedded engine. @module */
import { resolve } from "node:path";
import { localDeployerStatements } from "../../commands/local/deployer.ts";
import { readStackConfig } from "../../commands/shared/stack-config.ts";
import { EmbeddedEngine } from "../../engine/engine.ts";
import { clientAs } from "../../local/client.ts";
import type { LocalOptions } from "../../local/index.ts";
import { startTestOci } from "./local-oci.ts";

/** The committed local configuration. */
export const localConfig = (): Record<string, string> =>
  readStackConfig(resolve(import.meta.dirname, "../../Pulumi.local.yaml"));

/** A local OCI, the deployer's client, and an engine for the program with some settings changed. */
export const localStack = async (options: LocalOptions = {}) => {
  const local = await startTestOci({
    workload: true,
    deployerStatements: localDeployerStatements(),
    ...options,
  });
  const client = clientAs(local.deployer, local.addresses, local.cloud.realm.domain);
  const engine = (config: Record<string, string> = {}, secretKeys: string[] = []) =>
    new EmbeddedEngine({
      client,
      regionId: local.deployer.region,
      project: "keyless",
      stack: "local",
      config: { ...localConfig(), ...config },
      secretKeys,
      program: async () => (await import("../../infra/index.ts")).default(),
    });
  return { local, client, engine };
};
