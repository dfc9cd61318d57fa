/**
 * Signs requests on the thread pool. Headers, their order and their spelling are those of oci-common, so that
 * the Authorization header is the same byte for byte for the same request, key and time.
 * @module
 */
import { type KeyObject, sign } from "node:crypto";
import { formatAuthorization, signingString, signsBody } from "../../oci/signature.ts";

/** A request as it will be sent. */
export interface UnsignedRequest {
  method: string;
  host: string;
  /** Path and query exactly as sent. */
  target: string;
  /** `x-date` as sent: an HTTP date. */
  date: string;
  /** The part of a body that the signature covers; absent when the operation's body is not signed. */
  body?: { type: string; length: number; sha256: string } | undefined;
}

/** The key a signature is made with, and the name under which the server finds its other half. */
export interface SigningKey {
  keyId: string;
  privateKey: KeyObject;
}

const PLAIN = ["x-date", "(request-target)", "host"] as const;
const WITH_BODY = [...PLAIN, "Content-Type", "Content-Length", "x-content-sha256"] as const;
const WITH_BODY_LOWER = WITH_BODY.map((name) => name.toLowerCase());

/** Digest with RSA PKCS#1 v1.5 on the thread pool, base64. */
export const rsaSha256 = (text: string, key: KeyObject): Promise<string> =>
  new Promise((resolve, reject) => {
    sign("sha256", Buffer.from(text, "latin1"), key, (error, signature) => {
      if (error) reject(error);
      else resolve(signature.toString("base64"));
    });
  });

/**
 * The Authorization header for a request.
 * @throws Error when the method's body must be signed and `body` says nothing of it, or the other way round
 */
export const signRequest = async (
  key: SigningKey,
  request: UnsignedRequest,
  bodySigned = true,
): Promise<string> => {
  const withBody = bodySigned && signsBody(request.method);
  if (withBody !== (request.body !== undefined)) {
    throw new Error(`a signature of ${request.method} ${withBody ? "covers a body" : "covers no body"}`);
  }
  const text = signingString(withBody ? WITH_BODY_LOWER : PLAIN, {
    method: request.method,
    target: request.target,
    headers: {
      "x-date": request.date,
      host: request.host,
      ...(request.body && {
        "content-type": request.body.type,
        "content-length": String(request.body.length),
        "x-content-sha256": request.body.sha256,
      }),
    },
  });
  const signature = await rsaSha256(text, key.privateKey);
  return formatAuthorization(key.keyId, withBody ? WITH_BODY : PLAIN, signature);
};
