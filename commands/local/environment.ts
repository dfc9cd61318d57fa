/**
 * The environment that points unmodified clients at a local OCI: OCI's SDKs and CLI, the Terraform and Pulumi
 * providers, curl. Which client reads what was observed with each of them.
 * @module
 */
import type { ApiIdentity } from "../../local/bootstrap.ts";

/** Inputs of the environment. */
export interface EnvironmentInput {
  proxyUrl: string;
  caFile: string;
  configFile: string;
  identity: ApiIdentity;
}

const NO_PROXY = "127.0.0.1,localhost";

/**
 * Variables by name. `HTTP_PROXY` is left alone: metadata calls would go to the proxy.
 */
export const clientVariables = (input: EnvironmentInput): Record<string, string> => {
  const { proxyUrl, caFile, configFile, identity } = input;
  return {
    // Python prefers lower case, Go upper case.
    HTTPS_PROXY: proxyUrl,
    https_proxy: proxyUrl,
    // Overwritten: an inherited entry for oraclecloud.com would lead past the proxy without a word.
    NO_PROXY,
    no_proxy: NO_PROXY,
    REQUESTS_CA_BUNDLE: caFile,
    OCI_CLI_CERT_BUNDLE: caFile,
    SSL_CERT_FILE: caFile,
    CURL_CA_BUNDLE: caFile,
    custom_cert_location: caFile,
    NODE_EXTRA_CA_CERTS: caFile,
    NODE_USE_ENV_PROXY: "1",
    OCI_CONFIG_FILE: configFile,
    OCI_CLI_CONFIG_FILE: configFile,
    OCI_TENANCY_OCID: identity.tenancyId,
    OCI_USER_OCID: identity.userId,
    OCI_FINGERPRINT: identity.fingerprint,
    OCI_REGION: identity.region,
    OCI_PRIVATE_KEY: identity.privateKeyPem.trimEnd(),
    // Without it each identity write opens minutes in which the provider retries every 404.
    OCI_GO_SDK_EC_CONFIG: "file,/nonexistent-dir/ec",
  };
};

const quoted = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`;

/** URL of a module for older versions of Node, which need help to read the proxy's variable. */
const NODE_PROXY = new URL("../../local/clients/node-proxy.mjs", import.meta.url).href;

/** A shell script that exports the variables, and adds to `NODE_OPTIONS`. */
export const clientEnvironment = (input: EnvironmentInput): string =>
  [
    "# Points OCI clients at the local OCI:  . env.sh",
    ...Object.entries(clientVariables(input)).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `export NODE_OPTIONS=${quoted(`--import=${NODE_PROXY}`)}"\${NODE_OPTIONS:+ $NODE_OPTIONS}"`,
    "",
  ].join("\n");
