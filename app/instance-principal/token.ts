/** The security token: a JWT whose claims are read, not verified (services do that). @module */
import { createPublicKey, type KeyObject } from "node:crypto";
import { PrincipalError } from "./errors.ts";

/** The token's claims. */
export interface TokenClaims {
  /** s since 1970, on the auth service's clock. */
  issuedAtS: number | undefined;
  expiresAtS: number;
}

const claimsOf = (token: string): Record<string, unknown> | undefined => {
  const parts = token.split(".");
  if (parts.length !== 3 || /["\s]/.test(token)) return undefined;
  try {
    return JSON.parse(Buffer.from(parts[1]!, "base64url").toString("utf8")) as Record<string, unknown>;
  } catch {
    return undefined;
  }
};

/** True when the token's `jwk` claim (a JSON string) is this key, or there is none to compare. */
const isFor = (claims: Record<string, unknown>, publicKey: KeyObject): boolean => {
  if (claims["jwk"] === undefined) return true;
  try {
    const jwk = typeof claims["jwk"] === "string" ? JSON.parse(claims["jwk"]) : claims["jwk"];
    return createPublicKey({ key: jwk, format: "jwk" }).equals(publicKey);
  } catch {
    return false;
  }
};

/**
 * Reads a token's times and makes sure that it is for the session key it was asked for: a token with another
 * key would make every signature wrong.
 * @throws PrincipalError `federation` when it is no JWT, has no `exp`, or carries another key
 */
export const readToken = (token: unknown, publicKey: KeyObject): TokenClaims => {
  const claims = typeof token === "string" ? claimsOf(token) : undefined;
  if (!claims) throw new PrincipalError("federation", "The auth service's response holds no security token");
  if (typeof claims["exp"] !== "number") {
    throw new PrincipalError("federation", "The auth service's token has no time of expiry");
  }
  if (!isFor(claims, publicKey)) {
    throw new PrincipalError("federation", "The auth service's token carries another session key");
  }
  return {
    issuedAtS: typeof claims["iat"] === "number" ? claims["iat"] : undefined,
    expiresAtS: claims["exp"],
  };
};
