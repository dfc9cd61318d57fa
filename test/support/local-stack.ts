/** The real program on a local OCI, by the embedded engine. @module */
import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ProxyAgent } from "undici";
import { readStackConfig } from "../../commands/stack-config.ts";
import { EmbeddedEngine } from "../../local/engine/engine.ts";
import { type LocalOci, type LocalOptions, startLocal } from "../../local/index.ts";
import { type OciClient, ociClient } from "../../oci/client.ts";

/** A client that signs as one of the local OCI's users, through its proxy. */
export const clientFor = (local: LocalOci, user = local.deployer): OciClient =>
  ociClient({
    apiKey: {
      keyId: `${user.tenancyId}/${user.userId}/${user.fingerprint}`,
      privateKey: createPrivateKey(user.privateKeyPem),
    },
    regionId: user.region,
    realmDomain: "oraclecloud.com",
    dispatcher: new ProxyAgent({
      uri: local.addresses.proxyUrl,
      requestTls: { ca: readFileSync(local.addresses.caFile, "utf8") },
    }),
  });

/** The committed local configuration. */
export const localConfig = (): Record<string, string> =>
  readStackConfig(resolve(import.meta.dirname, "../../Pulumi.local.yaml"));

/** A local OCI, the deployer's client, and an engine for the program with some settings changed. */
export const localStack = async (options: LocalOptions = {}) => {
  const local = await startLocal(options);
  const client = clientFor(local);
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
