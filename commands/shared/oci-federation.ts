/**
 * Credentials without keys in a pipeline: the pipeline's own token is exchanged for one of OCI's, signed for with
 * a key that lives as long as the process. By the variables of the provider's `WorkloadIdentityFederation`.
 * @module
 */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseBody } from "../../oci/attempt.ts";
import { connectionFailure } from "../../oci/errors.ts";
import { DEFAULT_POLICY, effortWords, type RetryPolicy, retried, retryAfterMs } from "../../oci/retry.ts";
import { ConfigError } from "./stack-config.ts";

/** True when the environment asks for federation. */
export const isFederated = (env: NodeJS.ProcessEnv): boolean =>
  env["OCI_AUTH"] === "WorkloadIdentityFederation";

const need = (env: NodeJS.ProcessEnv, name: string): string => {
  const value = env[name];
  if (!value) throw new ConfigError(`OCI_AUTH is WorkloadIdentityFederation, and there is no ${name}`);
  return value;
};

const urlIn = (env: NodeJS.ProcessEnv, name: string): URL => {
  const text = need(env, name);
  if (!URL.canParse(text)) throw new ConfigError(`${name} is ${text}; allowed: a URL (https://…)`);
  return new URL(text);
};

/** The token in a file. @throws ConfigError when there is none */
const tokenIn = (file: string): string => {
  let token = "";
  try {
    token = readFileSync(file, "utf8").trim();
  } catch {}
  if (!token)
    throw new ConfigError(
      `OCI_WORKLOAD_IDENTITY_TOKEN_PATH is ${file}, and there is no token in it that can be read`,
    );
  return token;
};

/**
 * A response (429 or 5xx) after which the domain may be asked again: another exchange only makes another
 * token.
 */
class Busy extends Error {
  readonly afterMs: number | undefined;
  constructor({ status, headers }: Response) {
    super(String(status));
    this.afterMs = retryAfterMs(headers.get("retry-after"));
  }
}

/** Sends a request, again where the domain is busy, fails or cannot be reached. */
const post = (
  url: URL,
  init: RequestInit,
  retry: Partial<RetryPolicy>,
): Promise<{ status: number; text: string }> =>
  retried({
    policy: { ...DEFAULT_POLICY, ...retry },
    attempt: async (signal) => {
      const response = await fetch(url, { ...init, signal });
      if (response.status >= 500 || response.status === 429) throw new Busy(response);
      return { status: response.status, text: await response.text() };
    },
    again: async (error) => {
      if (error instanceof Busy) return { afterMs: error.afterMs };
      const isLate = (error as Error).name === "TimeoutError";
      return isLate || connectionFailure(error)?.transient ? {} : undefined;
    },
    final: (error, effort) =>
      new Error(
        `${url.host} does not answer the token exchange: ${connectionFailure(error)?.says ?? (error as Error).message} (POST ${url.pathname}; ${effortWords(effort)})`,
      ),
  });

/**
 * Exchanges the token (docs.oracle.com, "Exchanging a JSON Web Token for a UPST": grant type token-exchange, the
 * session's public key beside the token). The same request as the provider's, by the same variables.
 * @param retry where it differs from every client's
 * @throws ConfigError for what is missing, Error when the identity domain refuses; neither shows a token
 */
export const federate = async (
  env: NodeJS.ProcessEnv,
  retry: Partial<RetryPolicy> = {},
): Promise<{ keyId: string; privateKey: KeyObject }> => {
  const domain = urlIn(env, "OCI_TOKEN_EXCHANGE_DOMAIN_URL");
  const client = `${need(env, "OCI_TOKEN_EXCHANGE_CLIENT_ID")}:${need(env, "OCI_TOKEN_EXCHANGE_CLIENT_SECRET")}`;
  const subject = tokenIn(need(env, "OCI_WORKLOAD_IDENTITY_TOKEN_PATH"));
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const body = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    requested_token_type: env["OCI_TOKEN_EXCHANGE_REQUESTED_TOKEN_TYPE"] || "urn:oci:token-type:oci-upst",
    public_key: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    subject_token: subject,
    subject_token_type: env["OCI_TOKEN_EXCHANGE_SUBJECT_TOKEN_TYPE"] || "jwt",
  });
  const headers = {
    authorization: `Basic ${Buffer.from(client).toString("base64")}`,
    "content-type": "application/x-www-form-urlencoded",
  };
  const url = new URL("/oauth2/v1/token", domain);
  const response = await post(url, { method: "POST", headers, body, redirect: "error" }, retry);
  if (response.status >= 300)
    throw new Error(`${domain.host} refused the token exchange: ${response.status}`);
  const { token } = parseBody(response.text) as { token?: string };
  if (!token) throw new Error(`${domain.host} answered the token exchange without a token`);
  return { keyId: `ST$${token}`, privateKey };
};
