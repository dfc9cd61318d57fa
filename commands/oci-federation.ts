/**
 * Credentials without keys in a pipeline: the pipeline's own token is exchanged for one of OCI's, signed for with
 * a key that lives as long as the process. By the variables of the provider's `WorkloadIdentityFederation`.
 * @module
 */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfigError } from "./stack-config.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Whether the environment asks for it. */
export const isFederated = (env: Env): boolean => env["OCI_AUTH"] === "WorkloadIdentityFederation";

const need = (env: Env, name: string): string => {
  const value = env[name];
  if (!value) throw new ConfigError(`OCI_AUTH is WorkloadIdentityFederation, and there is no ${name}`);
  return value;
};

/**
 * Exchanges the token (docs.oracle.com, "Exchange a JWT for a UPST": grant type token-exchange, the session's public
 * key beside the token).
 * @throws ConfigError for what is missing, Error when the identity domain refuses; neither shows a token
 */
export const federate = async (env: Env): Promise<{ keyId: string; privateKey: KeyObject }> => {
  const domain = new URL(need(env, "OCI_TOKEN_EXCHANGE_DOMAIN_URL"));
  const client = `${need(env, "OCI_TOKEN_EXCHANGE_CLIENT_ID")}:${need(env, "OCI_TOKEN_EXCHANGE_CLIENT_SECRET")}`;
  const subject = readFileSync(need(env, "OCI_WORKLOAD_IDENTITY_TOKEN_PATH"), "utf8").trim();
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const answer = await fetch(new URL("/oauth2/v1/token", domain), {
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(client).toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      requested_token_type: "urn:oci:token-type:oci-upst",
      public_key: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
      subject_token: subject,
      subject_token_type: "jwt",
    }),
    redirect: "error",
    signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) throw new Error(`${domain.host} refused the token exchange: ${answer.status}`);
  const { token } = (await answer.json()) as { token?: string };
  if (!token) throw new Error(`${domain.host} answered the token exchange without a token`);
  return { keyId: `ST$${token}`, privateKey };
};
