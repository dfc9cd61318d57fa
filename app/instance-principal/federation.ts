/**
 * The auth service's exchange of a leaf certificate for a security token (`POST /v1/x509`), signed with the
 * leaf's key. Body, key id and signed headers as oci-common's X509FederationClient sends them.
 * @module
 */
import { createHash, type KeyObject } from "node:crypto";
import type { Dispatcher } from "undici";
import { retryAfterMs } from "../../oci/retry.ts";
import { formatAuthorization, signingString } from "../../oci/signature.ts";
import { type CallResponse, call } from "./call.ts";
import type { Leaf } from "./certificate.ts";
import { clockOffsetMs, sayClock, significantOffsetMs } from "./clock.ts";
import { PrincipalError, reason } from "./errors.ts";
import { rsaSha256 } from "./signer.ts";
import { readToken } from "./token.ts";

/** A token and how long it can be used. */
export interface ExchangedToken {
  token: string;
  /** Time from the start of the exchange until the token's expiry, in ms by the server's own clock. */
  remainingMs: number;
  /** Server's clock minus this machine's; undefined when the response had no Date. */
  offsetMs: number | undefined;
}

/** The values that the exchange needs. */
export interface ExchangeRequest {
  /** `https://auth.<region>.<realm domain>` */
  endpoint: string;
  leaf: Leaf;
  publicKey: KeyObject;
  dispatcher?: Dispatcher | undefined;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

const SIGNED = [
  "date",
  "(request-target)",
  "host",
  "content-type",
  "content-length",
  "x-content-sha256",
] as const;
const TARGET = "/v1/x509";

const withoutArmour = (pem: string): string => pem.replace(/-----[^-]+-----|\s+/g, "");

const signedHeaders = async (leaf: Leaf, host: string, body: string): Promise<Record<string, string>> => {
  const headers: Record<string, string> = {
    date: new Date().toUTCString(),
    host,
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "x-content-sha256": createHash("sha256").update(body).digest("base64"),
  };
  const text = signingString(SIGNED, { method: "POST", target: TARGET, headers });
  const keyId = `${leaf.tenancyId}/fed-x509/${leaf.sha1Fingerprint}`;
  const signature = await rsaSha256(text, leaf.privateKey);
  return { ...headers, authorization: formatAuthorization(keyId, SIGNED, signature) };
};

const refusal = (url: string, response: CallResponse): PrincipalError => {
  let said = "";
  try {
    const { code, message } = JSON.parse(response.text) as { code?: string; message?: string };
    said = ` ${code ?? ""}: ${message ?? ""}`;
  } catch {
    // Not OCI's error form: the status says enough.
  }
  const refused = response.status >= 400 && response.status < 500 && response.status !== 429;
  const wait = retryAfterMs(response.headers["retry-after"]);
  return new PrincipalError(
    refused ? "refused" : "federation",
    `The auth service answered POST ${url} with ${response.status}${said}${sayClock(clockOffsetMs(response))}`,
    wait === undefined ? {} : { retryAfterMs: wait },
  );
};

/**
 * Asks for a token for a session key.
 * @throws PrincipalError `federation` when there is no usable response, `refused` on a 4xx; the message names
 *   the clock's offset where it is worth naming
 */
export const exchangeToken = async (asked: ExchangeRequest): Promise<ExchangedToken> => {
  const url = `${asked.endpoint}${TARGET}`;
  const body = JSON.stringify({
    certificate: asked.leaf.certificate,
    purpose: "DEFAULT",
    publicKey: withoutArmour(asked.publicKey.export({ type: "spki", format: "pem" }) as string),
    intermediateCertificates: asked.leaf.intermediates,
  });
  const headers = await signedHeaders(asked.leaf, new URL(url).host, body);
  const { dispatcher, timeoutMs, signal } = asked;
  const response = await call({ url, method: "POST", headers, body, dispatcher, timeoutMs, signal }).catch(
    (error) => {
      throw new PrincipalError(
        "federation",
        `The auth service did not answer POST ${url}: ${reason(error)}`,
        {
          cause: error,
        },
      );
    },
  );
  if (response.status !== 200) throw refusal(url, response);
  let token: unknown;
  try {
    token = (JSON.parse(response.text) as { token?: unknown }).token;
  } catch {
    throw new PrincipalError(
      "federation",
      `The auth service answered POST ${url} with something that is not JSON`,
    );
  }
  const claims = readToken(token, asked.publicKey);
  const offsetMs = clockOffsetMs(response);
  const serverNowMs = response.startedMs + significantOffsetMs(offsetMs);
  const remainingMs = claims.expiresAtS * 1000 - serverNowMs;
  if (remainingMs <= 0)
    throw new PrincipalError("federation", "The auth service's token has expired already");
  return { token: token as string, remainingMs, offsetMs };
};
