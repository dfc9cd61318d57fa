/**
 * Security tokens of instances: signed by the auth service, verified by every service.
 * Claims as in tokens that docs.oracle.com and public samples show.
 * @module
 */
import {
  createHash,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from "node:crypto";
import { notAuthenticated } from "../errors.ts";
import type { KeyPair } from "../gateway/keys.ts";
import type { Caller } from "../service.ts";
import type { State } from "../state/state.ts";
import { isJsonObject, type JsonObject } from "../state/wire.ts";

const ISSUER = "authService.oracle.com";
const MAX_CACHED = 1000;

/** The claims of a token about its instance. */
export interface InstanceClaims {
  instance: string;
  compartment: string;
  tenancy: string;
  /** SHA-1 or SHA-256 fingerprint of the leaf certificate, as the keyId gave it. */
  fingerprint: string;
  /** The session key that requests are signed with. */
  publicKey: KeyObject;
  /** OCIDs of dynamic groups, where membership is bound at issue. */
  groups?: readonly string[];
}

interface Payload {
  iss: string;
  aud: string;
  sub: string;
  exp: number;
  iat: number;
  jwk: string;
  ptype: string;
  ttype: string;
  "opc-compartment": string;
  "opc-tenant": string;
  "opc-groups"?: string[];
}

interface Verified {
  caller: Extract<Caller, { type: "instance" }>;
  publicKey: KeyObject;
  expS: number;
  iatS: number;
}

/** Verifies security tokens. */
export interface TokenVerifier {
  /** @throws ServiceError 401 unless the token is the auth service's, is valid now, and its instance exists */
  verify(token: string): { caller: Verified["caller"]; publicKey: KeyObject };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

const kidOf = (key: KeyObject): string =>
  `asw_${createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex")
    .slice(0, 16)}`;

/** Makes the token for the response to a federation request. */
export const issueToken = (cloud: State, keys: KeyPair, claims: InstanceClaims): string => {
  const kid = kidOf(keys.publicKey);
  const iat = Math.floor(cloud.clock.now() / 1000);
  const { n, e } = claims.publicKey.export({ format: "jwk" });
  const payload = {
    sub: claims.instance,
    "opc-certtype": "instance",
    iss: ISSUER,
    fprint: claims.fingerprint,
    ptype: "instance",
    aud: "oci",
    ttype: "x509",
    "opc-instance": claims.instance,
    "opc-compartment": claims.compartment,
    "opc-tenant": claims.tenancy,
    tenant: claims.tenancy,
    iat,
    exp: iat + cloud.settings.tokenLifetimeS,
    jti: randomUUID(),
    jwk: JSON.stringify({ kid: claims.instance, n, e, kty: "RSA", alg: "RS256", use: "sig" }),
    ...(claims.groups && { "opc-groups": claims.groups }),
  };
  const text = `${encode({ kid, alg: "RS256" })}.${encode(payload)}`;
  return `${text}.${sign("sha256", Buffer.from(text), keys.privateKey).toString("base64url")}`;
};

const parse = (part: string | undefined): JsonObject => {
  const value: unknown = JSON.parse(Buffer.from(part ?? "", "base64url").toString("utf8"));
  if (!isJsonObject(value)) throw notAuthenticated();
  return value;
};

/** Reads a token and checks its signature, algorithm and issuer; throws anything when one is wrong. */
const read = (cloud: State, publicKey: KeyObject, token: string): Verified => {
  const parts = token.split(".");
  const [head, body, signature] = parts;
  const canonical = Buffer.from(signature ?? "", "base64url");
  const header = parse(head);
  if (
    parts.length !== 3 ||
    header["alg"] !== "RS256" ||
    header["crit"] !== undefined ||
    canonical.toString("base64url") !== signature ||
    !verify("sha256", Buffer.from(`${head}.${body}`), publicKey, canonical)
  ) {
    throw notAuthenticated();
  }
  // The signature is verified: these are claims that `issueToken` has written.
  const claims = parse(body) as unknown as Payload;
  const known =
    claims.iss === ISSUER &&
    claims.aud === "oci" &&
    claims.ttype === "x509" &&
    claims.ptype === "instance" &&
    claims["opc-tenant"] === cloud.tenancy.id;
  if (!known || !Number.isFinite(claims.exp) || !Number.isFinite(claims.iat)) throw notAuthenticated();
  return {
    caller: {
      type: "instance",
      id: claims.sub,
      compartment: claims["opc-compartment"],
      ...(claims["opc-groups"] && { groups: claims["opc-groups"] }),
    },
    publicKey: createPublicKey({ key: JSON.parse(claims.jwk) as JsonWebKey, format: "jwk" }),
    expS: claims.exp,
    iatS: claims.iat,
  };
};

/** A verifier that remembers the tokens it has seen; validity and the instance are looked at each time. */
export const tokenVerifier = (cloud: State, keys: Promise<KeyPair>): TokenVerifier => {
  const seen = new Map<string, Verified>();
  // Before there is a key there is no token either.
  let publicKey: KeyObject | undefined;
  keys.then(
    (made) => {
      publicKey = made.publicKey;
    },
    () => {},
  );
  return {
    verify: (token) => {
      let verified = seen.get(token);
      if (!verified) {
        if (!publicKey) throw notAuthenticated();
        try {
          verified = read(cloud, publicKey, token);
        } catch {
          throw notAuthenticated();
        }
        if (seen.size >= MAX_CACHED) seen.delete(seen.keys().next().value!);
        seen.set(token, verified);
      }
      const nowS = cloud.clock.now() / 1000;
      const instance = cloud.store.get(verified.caller.id);
      const gone = instance?.type !== "instance" || instance.model.lifecycleState === "TERMINATED";
      if (gone || nowS >= verified.expS || nowS < verified.iatS - 300) {
        seen.delete(token);
        throw notAuthenticated();
      }
      return verified;
    },
  };
};
