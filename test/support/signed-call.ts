/** Signed calls to a local OCI, without an SDK between. */
import { createHash, createPrivateKey, sign } from "node:crypto";
import type { ApiIdentity } from "../../local/bootstrap.ts";
import type { LocalOci } from "../../local/index.ts";
import type { Region } from "../../local/state/region.ts";
import { formatAuthorization, requiredHeaders, signingString } from "../../oci/signature.ts";

/** A response, its body parsed where it is JSON. */
export interface SignedResponse {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every operation
  body: any;
  text: string;
}

/** How a call differs from the usual. */
export interface SignedCallOptions {
  body?: unknown;
  /** Sent as they are; signed only where OCI demands it. */
  headers?: Record<string, string>;
  as?: ApiIdentity;
  region?: Region;
  /** URL to send to in place of the service's. */
  url?: string;
  bodySigned?: boolean;
}

/** Signs one request to a service's plain listener, without sending it. Its headers are all there are. */
export const signedRequest = (
  oci: LocalOci,
  service: string,
  method: string,
  target: string,
  options: SignedCallOptions = {},
): { url: string; headers: Record<string, string>; bytes: Buffer } => {
  const identity = options.as ?? oci.administrator;
  const base = options.url ?? oci.overrides.urlOf(service, options.region ?? oci.cloud.regions[0]);
  const url = new URL(base);
  const raw = options.body;
  const body =
    raw === undefined || Buffer.isBuffer(raw) || typeof raw === "string" ? raw : JSON.stringify(raw);
  const bodySigned = options.bodySigned ?? !Buffer.isBuffer(body);
  const names = requiredHeaders(method, bodySigned).map((n) => (n === "date" ? "x-date" : n));
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body ?? "");
  const headers: Record<string, string> = {
    host: url.host,
    "x-date": new Date(oci.cloud.clock.now()).toUTCString(),
    ...(names.includes("x-content-sha256") && {
      "content-type": "application/json",
      "content-length": String(bytes.length),
      "x-content-sha256": createHash("sha256").update(bytes).digest("base64"),
    }),
    ...options.headers,
  };
  const text = signingString(names, { method, target, headers });
  const key = createPrivateKey(identity.privateKeyPem);
  const keyId = `${identity.tenancyId}/${identity.userId}/${identity.fingerprint}`;
  const signature = sign("sha256", Buffer.from(text), key).toString("base64");
  const authorization = formatAuthorization(keyId, names, signature);
  return { url: `${url.origin}${target}`, headers: { ...headers, authorization }, bytes };
};

/** Signs and sends one request to a service's plain listener; the administrator's unless `as` says otherwise. */
export const signedCall = async (
  oci: LocalOci,
  service: string,
  method: string,
  target: string,
  options: SignedCallOptions = {},
): Promise<SignedResponse> => {
  const { url, headers, bytes } = signedRequest(oci, service, method, target, options);
  const { host: _host, "content-length": _length, ...sent } = headers;
  const response = await fetch(url, {
    method,
    headers: sent,
    ...(options.body !== undefined && method !== "GET" && method !== "HEAD" && { body: bytes }),
  });
  const content = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") && content !== "";
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(content) : undefined,
    text: content,
  };
};
