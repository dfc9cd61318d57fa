/**
 * Credentials without keys in a pipeline: the pipeline's own token is exchanged for one of OCI's, signed for with
 * a key that lives as long as the process. By the variables of the provider's `WorkloadIdentityFederation`.
 * @module
 */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigError } from "./stack-config.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Whether the environment asks for it. */
export const isFederated = (env: Env): boolean => env["OCI_AUTH"] === "WorkloadIdentityFederation";

const need = (env: Env, name: string): string => {
  const value = env[name];
  if (!value) throw new ConfigError(`OCI_AUTH is WorkloadIdentityFederation, and there is no ${name}`);
  return value;
};

const TRIES = 3;
const FIRST_PAUSE_MS = 1_000;

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

/** Asks again where the domain fails or cannot be reached, as the provider does: three times in all. */
const post = async (url: URL, init: RequestInit, pauseMs: number): Promise<Response> => {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) }).catch(
      (error: Error) => error,
    );
    if (answer instanceof Response && answer.status < 500) return answer;
    const what = answer instanceof Response ? answer.status : answer.message;
    if (tries === TRIES) throw new Error(`${url.host} does not answer the token exchange: ${what}`);
    await sleep(pauseMs * 2 ** (tries - 1));
  }
};

/**
 * Exchanges the token (docs.oracle.com, "Exchanging a JSON Web Token for a UPST": grant type token-exchange, the
 * session's public key beside the token). The same request as the provider's, by the same variables.
 * @param pauseMs before the second try
 * @throws ConfigError for what is missing, Error when the identity domain refuses; neither shows a token
 */
export const federate = async (
  env: Env,
  pauseMs = FIRST_PAUSE_MS,
): Promise<{ keyId: string; privateKey: KeyObject }> => {
  const domain = new URL(need(env, "OCI_TOKEN_EXCHANGE_DOMAIN_URL"));
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
  const answer = await post(url, { method: "POST", headers, body, redirect: "error" }, pauseMs);
  if (!answer.ok) throw new Error(`${domain.host} refused the token exchange: ${answer.status}`);
  const { token } = (await answer.json()) as { token?: string };
  if (!token) throw new Error(`${domain.host} answered the token exchange without a token`);
  return { keyId: `ST$${token}`, privateKey };
};
