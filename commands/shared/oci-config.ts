/**
 * Credentials as OCI's own tools find them: `OCI_*` variables, else a profile of `~/.oci/config`. Works in a
 * tenancy, and against the local OCI after `. env.sh` (its proxy and certificate authority come by environment).
 * @module
 */
import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { createSecureContext, rootCertificates } from "node:tls";
import { EnvHttpProxyAgent } from "undici";
import { realmDomain } from "../../infra/region.ts";
import { type ClientOptions, type OciClient, ociClient } from "../../oci/client.ts";
import { federate, isFederated } from "./oci-federation.ts";
import { ConfigError } from "./stack-config.ts";

/** Credentials of the caller, with tenancy and region. */
export interface OciConfig {
  tenancyId: string;
  /** Region identifier: `us-ashburn-1`. */
  region: string;
  keyId: string;
  privateKey: KeyObject;
}

const first = (env: NodeJS.ProcessEnv, ...names: string[]): string | undefined =>
  names.map((name) => env[name]).find((value) => value !== undefined && value !== "");

/** Members of one profile of an INI file; DEFAULT's stand where the profile says nothing. */
const readProfile = (text: string, profile: string): Record<string, string> | undefined => {
  const sections = new Map<string, Record<string, string>>();
  let current: Record<string, string> | undefined;
  for (const line of text.split(/\r?\n/).map((l) => l.trim())) {
    const name = /^\[(.+)\]$/.exec(line)?.[1];
    if (name) {
      current = sections.get(name) ?? {};
      sections.set(name, current);
      continue;
    }
    const pair = /^([^#;=\s][^=]*?)\s*=\s*(.*)$/.exec(line);
    if (pair && current) current[pair[1]!] = pair[2]!;
  }
  const found = sections.get(profile);
  return found && { ...sections.get("DEFAULT"), ...found };
};

const readKey = (pem: string, passphrase: string | undefined, from: string): KeyObject => {
  try {
    return createPrivateKey({ key: pem, ...(passphrase && { passphrase }) });
  } catch {
    throw new ConfigError(`${from} is no private key that can be read; allowed: PEM, with its pass phrase`);
  }
};

const readText = (file: string, what: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new ConfigError(`${what} is ${file}, which cannot be read`);
  }
};

const tokenTenancy = (token: string): string | undefined => {
  try {
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    return (claims as { tenant?: string }).tenant;
  } catch {
    return undefined;
  }
};

const fromVariables = (env: NodeJS.ProcessEnv): OciConfig | undefined => {
  const [tenancyId, userId] = [
    first(env, "OCI_TENANCY_OCID", "OCI_CLI_TENANCY"),
    first(env, "OCI_USER_OCID", "OCI_CLI_USER"),
  ];
  const fingerprint = first(env, "OCI_FINGERPRINT", "OCI_CLI_FINGERPRINT");
  const region = first(env, "OCI_REGION", "OCI_CLI_REGION");
  const file = first(env, "OCI_PRIVATE_KEY_PATH", "OCI_CLI_KEY_FILE");
  const pem =
    first(env, "OCI_PRIVATE_KEY", "OCI_CLI_KEY_CONTENT") ?? (file && readText(file, "OCI_PRIVATE_KEY_PATH"));
  if (!tenancyId || !userId || !fingerprint || !region || !pem) return undefined;
  const passphrase = first(env, "OCI_PRIVATE_KEY_PASSWORD", "OCI_CLI_PASSPHRASE");
  return {
    tenancyId,
    region,
    keyId: `${tenancyId}/${userId}/${fingerprint}`,
    privateKey: readKey(pem, passphrase, "OCI_PRIVATE_KEY"),
  };
};

/** A path of the configuration file: `~` is home, a relative one is beside the file. */
const pathIn = (file: string, path: string): string => {
  const full = path.replace(/^~(?=\/)/, homedir());
  return isAbsolute(full) ? full : join(dirname(file), full);
};

const fromFile = (file: string, profile: string, env: NodeJS.ProcessEnv): OciConfig => {
  const text = readText(file, "OCI's configuration file");
  const found = readProfile(text, profile);
  if (!found) throw new ConfigError(`${file}: there is no profile ${profile}`);
  const need = (name: string): string => {
    const value = found[name];
    if (!value) throw new ConfigError(`${file}, profile ${profile}: there is no ${name}`);
    return value;
  };
  const keyFile = pathIn(file, need("key_file"));
  const privateKey = readKey(readText(keyFile, "key_file"), found["pass_phrase"], keyFile);
  const region = first(env, "OCI_REGION", "OCI_CLI_REGION") ?? need("region");
  const tokenFile = found["security_token_file"];
  if (!tokenFile) {
    const tenancyId = need("tenancy");
    return { tenancyId, region, keyId: `${tenancyId}/${need("user")}/${need("fingerprint")}`, privateKey };
  }
  const token = readText(pathIn(file, tokenFile), "security_token_file").trim();
  return {
    tenancyId: found["tenancy"] ?? tokenTenancy(token) ?? need("tenancy"),
    region,
    keyId: `ST$${token}`,
    privateKey,
  };
};

/**
 * Reads the credentials.
 * @param profile of the configuration file, whatever the variables say; they go first when it is absent
 * @throws ConfigError saying what is missing and where it was looked for
 */
export const readOciConfig = async (
  env: NodeJS.ProcessEnv = process.env,
  profile?: string,
): Promise<OciConfig> => {
  const file = first(env, "OCI_CONFIG_FILE", "OCI_CLI_CONFIG_FILE") ?? join(homedir(), ".oci", "config");
  if (profile !== undefined) return fromFile(file, profile, env);
  if (isFederated(env)) {
    const [tenancyId, region] = [first(env, "OCI_TENANCY_OCID"), first(env, "OCI_REGION")];
    if (!tenancyId || !region)
      throw new ConfigError(
        "OCI_AUTH is WorkloadIdentityFederation: OCI_TENANCY_OCID and OCI_REGION are needed too",
      );
    return { tenancyId, region, ...(await federate(env)) };
  }
  const variables = fromVariables(env);
  if (variables) return variables;
  return fromFile(file, first(env, "OCI_CONFIG_PROFILE", "OCI_CLI_PROFILE") ?? "DEFAULT", env);
};

/**
 * A client with these credentials, through the environment's proxy where it names one.
 * @param options.onPause standard error when absent: a command that waits says for what
 */
export const clientWith = (
  config: OciConfig,
  env: NodeJS.ProcessEnv = process.env,
  options: Pick<ClientOptions, "retry" | "onPause"> = {},
): { client: OciClient; close(): Promise<void> } => {
  const caFile = first(env, "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "custom_cert_location");
  const ca = caFile ? [...rootCertificates, readText(caFile, "SSL_CERT_FILE")] : undefined;
  // Made once: reading all authorities again takes longer than the rest of a connection's handshake.
  const tls = ca ? { secureContext: createSecureContext({ ca }) } : {};
  const dispatcher = new EnvHttpProxyAgent({
    ...(first(env, "HTTPS_PROXY", "https_proxy") && {
      httpsProxy: first(env, "HTTPS_PROXY", "https_proxy")!,
    }),
    connect: tls,
    requestTls: tls,
  });
  const client = ociClient({
    apiKey: { keyId: config.keyId, privateKey: config.privateKey },
    regionId: config.region,
    realmDomain: realmDomain(config.tenancyId),
    dispatcher,
    onPause: (line) => console.error(`  ${line}`),
    ...options,
  });
  return { client, close: () => dispatcher.close() };
};
