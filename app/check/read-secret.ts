/** One try at the secret, as an application would read it: oci-common and oci-secrets, nothing configured. @module */
import { InstancePrincipalsAuthenticationDetailsProviderBuilder } from "oci-common";
import { SecretsClient } from "oci-secrets";

/** The authentication provider of one try: instance principals. */
export type Provider = Awaited<
  ReturnType<InstanceType<typeof InstancePrincipalsAuthenticationDetailsProviderBuilder>["build"]>
>;

/** The outcome of one try. */
export type Attempt =
  | {
      outcome: "read";
      provider: Provider;
      value: Buffer;
      versionNumber: number;
      stages: string[];
    }
  /** The service responded and did not give the secret. */
  | { outcome: "refused"; provider: Provider; status: number; code: string; message: string }
  /** Failed: no security token could be obtained. */
  | { outcome: "no-token"; message: string }
  /** A token was obtained, and the service did not respond. */
  | { outcome: "no-response"; provider: Provider; message: string };

/** Errors of the SDK: a status of the service, or -1 and a message. */
const describe = (error: unknown): { status: number; code: string; message: string } => {
  const e = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  return {
    status: Number(e["statusCode"] ?? 0),
    code: String(e["serviceCode"] ?? ""),
    message: String(e["message"] ?? error).split("\n")[0]!,
  };
};

/** Builds a provider with a token of its own. @throws what the SDK says when none is to be had */
export const newProvider = async (): Promise<Provider> => {
  const provider = await new InstancePrincipalsAuthenticationDetailsProviderBuilder().build();
  await provider.getKeyId();
  return provider;
};

/**
 * Reads the secret's current version by its OCID. A new provider is built for every try: a token may carry
 * the groups of when it was issued, and oci-common keeps its token.
 */
export const readSecret = async (secretId: string): Promise<Attempt> => {
  let provider: Provider;
  try {
    provider = await newProvider();
  } catch (error) {
    return { outcome: "no-token", message: describe(error).message };
  }
  const client = new SecretsClient({ authenticationDetailsProvider: provider });
  try {
    const { secretBundle } = await client.getSecretBundle({ secretId });
    const content = secretBundle.secretBundleContent as { content?: string } | undefined;
    return {
      outcome: "read",
      provider,
      value: Buffer.from(content?.content ?? "", "base64"),
      versionNumber: secretBundle.versionNumber,
      stages: (secretBundle.stages ?? []).map(String),
    };
  } catch (error) {
    const { status, code, message } = describe(error);
    if (status >= 400) return { outcome: "refused", provider, status, code, message };
    return { outcome: "no-response", provider, message };
  } finally {
    client.close();
  }
};

/** The times at which the provider's security token was issued and expires, RFC 3339. */
export const tokenTimes = async (
  provider: Provider,
): Promise<{ issued: string; expires: string } | undefined> => {
  const token = (await provider.getKeyId()).replace(/^ST\$/, "");
  try {
    const claims = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as Record<
      string,
      number
    >;
    const iso = (seconds: number | undefined) => new Date((seconds ?? 0) * 1000).toISOString();
    return { issued: iso(claims["iat"]), expires: iso(claims["exp"]) };
  } catch {
    return undefined;
  }
};
