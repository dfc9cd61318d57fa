/** The files that point clients at a local OCI. @module */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ApiIdentity } from "../../local/bootstrap.ts";
import type { LocalOci } from "../../local/index.ts";
import { clientEnvironment } from "./environment.ts";

/** Writes a file that only its owner may read, whatever its mode was before. */
const writePrivate = (path: string, content: string): void => {
  writeFileSync(path, content, { mode: 0o600 });
  chmodSync(path, 0o600);
};

const profile = (
  name: string,
  { tenancyId, userId, fingerprint, region }: ApiIdentity,
  keyFile: string,
): string =>
  [
    `[${name}]`,
    `user=${userId}`,
    `fingerprint=${fingerprint}`,
    `tenancy=${tenancyId}`,
    `region=${region}`,
    `key_file=${keyFile}`,
    "",
  ].join("\n");

/** Writes a private key; `OCI_API_KEY` at the end tells the CLI that the file is meant to be one. */
const writeKey = (path: string, { privateKeyPem }: ApiIdentity): void =>
  writePrivate(path, `${privateKeyPem.trimEnd()}\nOCI_API_KEY\n`);

/** Writes the addresses: the proxy, each client's plain URL, each instance's metadata service. */
export const writeEndpoints = (dir: string, { addresses, cloud, overrides }: LocalOci): void => {
  const [home] = cloud.regions;
  const document = {
    proxyUrl: addresses.proxyUrl,
    hostOverrides: overrides.byClient(home),
    hostOverridesByRegion: Object.fromEntries(cloud.regions.map((r) => [r.id, overrides.byClient(r)])),
    metadata: Object.fromEntries(cloud.metadata),
  };
  writeFileSync(join(dir, "endpoints.json"), `${JSON.stringify(document, null, 2)}\n`);
};

/** Writes the files that point clients at the local OCI: `oci-config`, keys, `env.sh`, `endpoints.json`. */
export const writeClientFiles = (dir: string, oci: LocalOci): void => {
  const keyFile = join(dir, "api-key.pem");
  const deployerKeyFile = join(dir, "deployer-key.pem");
  writeKey(keyFile, oci.administrator);
  writeKey(deployerKeyFile, oci.deployer);
  const configFile = join(dir, "oci-config");
  writePrivate(
    configFile,
    `${profile("DEFAULT", oci.administrator, keyFile)}\n${profile("DEPLOYER", oci.deployer, deployerKeyFile)}`,
  );
  const { caFile, proxyUrl } = oci.addresses;
  const environment = clientEnvironment({
    proxyUrl,
    caFile,
    configFile,
    identity: oci.administrator,
  });
  writePrivate(join(dir, "env.sh"), environment);
  writeEndpoints(dir, oci);
};
