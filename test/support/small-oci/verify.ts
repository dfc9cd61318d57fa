/** Verifies what arrives signed: the token, the signature by its key, the date and the body's digest. @module */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import {
  EMPTY_BODY_SHA256,
  MAX_CLOCK_SKEW_MS,
  parseAuthorization,
  requiredHeaders,
  signingString,
} from "../../../oci/signature.ts";

/** A request as it arrived. */
export interface ArrivedRequest {
  method: string;
  target: string;
  headers: IncomingHttpHeaders;
  /** Undefined for bodies that are not signed. */
  body: Buffer | undefined;
}

const keys = new Map<string, { key: KeyObject; expiresMs: number }>();

const keyOf = (token: string): { key: KeyObject; expiresMs: number } => {
  let known = keys.get(token);
  if (!known) {
    const claims = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());
    known = {
      key: createPublicKey({ key: JSON.parse(claims.jwk), format: "jwk" }),
      expiresMs: claims.exp * 1000,
    };
    keys.set(token, known);
  }
  return known;
};

/** Checks a signature with a key found by its id. Returns what is wrong, or undefined. */
export const wrongWith = (
  arrived: ArrivedRequest,
  findKey: (keyId: string) => KeyObject | string,
): string | undefined => {
  const header = arrived.headers.authorization;
  if (!header) return "no Authorization";
  const parsed = parseAuthorization(header);
  const found = findKey(parsed.keyId);
  if (typeof found === "string") return found;
  const names = parsed.headers.map((name) => (name === "x-date" ? "date" : name));
  const missing = requiredHeaders(arrived.method, arrived.body !== undefined).find((n) => !names.includes(n));
  if (missing) return `${missing} is not signed`;
  const dateMs = Date.parse(String(arrived.headers["x-date"] ?? arrived.headers.date));
  if (!(Math.abs(dateMs - Date.now()) < MAX_CLOCK_SKEW_MS)) return "the date is off";
  const text = signingString(parsed.headers, arrived);
  if (!verify("sha256", Buffer.from(text, "latin1"), found, Buffer.from(parsed.signature, "base64"))) {
    return "the signature does not verify";
  }
  const digest = arrived.headers["x-content-sha256"];
  if (arrived.body === undefined || digest === undefined) return undefined;
  const actual = arrived.body.length
    ? createHash("sha256").update(arrived.body).digest("base64")
    : EMPTY_BODY_SHA256;
  return actual === digest ? undefined : "the digest is not the body's";
};

/** As `wrongWith`, for service calls signed under a security token. */
export const wrongWithToken = (arrived: ArrivedRequest): string | undefined =>
  wrongWith(arrived, (keyId) => {
    if (!keyId.startsWith("ST$")) return "the key id is no security token";
    const { key, expiresMs } = keyOf(keyId.slice(3));
    return expiresMs > Date.now() ? key : "the token has expired";
  });
