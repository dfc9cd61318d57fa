/** Requests whose every byte a test decides, and the parts of an honest one to start from. */
import { createHash, createPrivateKey, sign } from "node:crypto";
import { request } from "node:http";
import type { ApiIdentity } from "../../local/bootstrap.ts";
import { formatAuthorization, requiredHeaders, signingString } from "../../oci/signature.ts";

/** One request. */
export interface RawRequest {
  method: string;
  /** Path and query as they are sent. */
  target: string;
  /** Names and values; a list for a header that is sent more than once. */
  headers: Record<string, string | string[]>;
  body?: string | Buffer;
}

/** A response. */
export interface RawResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** Sends a request as it is. */
export const send = (url: string, raw: RawRequest): Promise<RawResponse> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const { method, target: path, headers } = raw;
    const sent = request(
      { hostname, port, method, path, headers, setHost: false, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(raw.body);
  });

/** Who signs, and how the signature differs from an honest one. */
export interface Signing {
  keyId: string;
  privateKeyPem: string;
  /** Signed header names; those that OCI demands when absent. */
  names?: readonly string[];
  nowMs?: number;
}

/** A user's signing. */
export const asUser = ({ tenancyId, userId, fingerprint, privateKeyPem }: ApiIdentity): Signing => ({
  keyId: `${tenancyId}/${userId}/${fingerprint}`,
  privateKeyPem,
});

/** Headers with their signature. */
export type SignedHeaders = Record<string, string> & { authorization: string };

/** The headers of an honest request, signed. */
export const signedHeaders = (
  url: string,
  { method, target, body }: Omit<RawRequest, "headers">,
  { keyId, privateKeyPem, names = requiredHeaders(method), nowMs = Date.now() }: Signing,
): SignedHeaders => {
  const bytes = Buffer.from(body ?? "");
  const date = new Date(nowMs).toUTCString();
  const headers: Record<string, string> = {
    host: new URL(url).host,
    date,
    "x-date": date,
    ...(["POST", "PUT", "PATCH"].includes(method) && {
      "content-type": "application/json",
      "content-length": String(bytes.length),
      "x-content-sha256": createHash("sha256").update(bytes).digest("base64"),
    }),
  };
  const text = signingString(names, { method, target, headers });
  const signature = sign("sha256", Buffer.from(text), createPrivateKey(privateKeyPem)).toString("base64");
  return { ...headers, authorization: formatAuthorization(keyId, names, signature) };
};

/** Signs and sends an honest request. */
export const callSigned = (
  url: string,
  raw: Omit<RawRequest, "headers">,
  signing: Signing,
): Promise<RawResponse> => send(url, { ...raw, headers: signedHeaders(url, raw, signing) });
