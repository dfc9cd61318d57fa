/**
 * The auth service's `POST /v1/x509`: a leaf certificate for a security token. The token's claims about its
 * instance come from the certificate, never from the caller.
 * @module
 */
import { createHash, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { invalidParameter, methodNotAllowed, notAuthenticated } from "../errors.ts";
import { withColons } from "../gateway/api-keys.ts";
import { checkSignature, readAuthorization, singleHeaders } from "../gateway/authenticate.ts";
import { parseJson, readSignedBody } from "../gateway/body.ts";
import type { Authority, KeyPair } from "../gateway/keys.ts";
import type { Reply } from "../service.ts";
import type { State } from "../state/state.ts";
import type { JsonObject } from "../state/wire.ts";
import { issueToken } from "./tokens.ts";

/**
 * Responds to a federation request. @throws ServiceError 401 for whatever is wrong with certificate or
 * signature
 */
export type Federation = (request: IncomingMessage, proceed: () => void) => Promise<Reply>;

/** Headers that must be signed. Go and Python do not sign `host` here. */
const SIGNED = ["date", "(request-target)", "content-length", "content-type", "x-content-sha256"];

const KEY_ID = /^([^/]+)\/fed-x509(-sha256)?\/([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})+)$/;

const derOf = (body: JsonObject, member: string, value = body[member]): Buffer => {
  if (typeof value !== "string" || !value) throw invalidParameter(`${member} must be a string`);
  const bare = value.replace(/-----[A-Z ]+-----/g, "").replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(bare)) throw invalidParameter(`${member} must be base64`);
  return Buffer.from(bare, "base64");
};

const certificateOf = (der: Buffer): X509Certificate => {
  try {
    return new X509Certificate(der);
  } catch {
    throw notAuthenticated();
  }
};

/** The values of the subject's OUs: one a line in node's form of a subject, each escaped as in RFC 4514. */
const unitsOf = (certificate: X509Certificate): string[] =>
  certificate.subject.split("\n").flatMap((line) => (line.startsWith("OU=") ? [line.slice(3)] : []));

/** The one value with a prefix. Undefined when there is none or more than one. */
const unit = (units: readonly string[], prefix: string): string | undefined => {
  const found = units.filter((u) => u.startsWith(prefix));
  return found.length === 1 ? found[0]!.slice(prefix.length) : undefined;
};

const sessionKeyOf = (der: Buffer): KeyObject => {
  try {
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    if (key.asymmetricKeyType === "rsa" && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048) return key;
  } catch {
    // Refused below.
  }
  throw invalidParameter("publicKey must be an RSA public key of at least 2048 bits");
};

const isLeafOf = (authority: Authority, certificate: X509Certificate, nowMs: number): boolean => {
  const from = Date.parse(certificate.validFrom);
  const until = Date.parse(certificate.validTo);
  const issuer = new X509Certificate(authority.pem);
  try {
    return (
      !certificate.ca &&
      from <= nowMs &&
      nowMs < until &&
      certificate.checkIssued(issuer) &&
      certificate.verify(authority.keys.publicKey)
    );
  } catch {
    return false;
  }
};

/**
 * The federation endpoint.
 * @param groupsOf the dynamic groups of an instance, for tokens that carry them
 */
export const federation =
  (
    cloud: State,
    authority: Promise<Authority>,
    tokenKeys: Promise<KeyPair>,
    groupsOf: (instance: { id: string; compartment: string }) => string[],
  ): Federation =>
  async (request, proceed) => {
    if (request.method !== "POST") throw methodNotAllowed();
    const headers = singleHeaders(request);
    const nowMs = cloud.clock.now();
    const authorization = readAuthorization(headers, nowMs, SIGNED);
    const [, tenancy, sha256, fingerprint] = KEY_ID.exec(authorization.keyId) ?? [];
    if (!fingerprint) throw notAuthenticated();
    proceed();
    const raw = await readSignedBody(request, headers["x-content-sha256"]);
    const body = parseJson(raw);
    const certificate = certificateOf(derOf(body, "certificate"));
    const intermediates = body["intermediateCertificates"] ?? [];
    if (!Array.isArray(intermediates)) throw invalidParameter("intermediateCertificates must be an array");
    for (const one of intermediates) certificateOf(derOf(body, "intermediateCertificates", one));
    if (!isLeafOf(await authority, certificate, nowMs)) throw notAuthenticated();
    const actual = withColons(
      createHash(sha256 ? "sha256" : "sha1")
        .update(certificate.raw)
        .digest("hex"),
    );
    const units = unitsOf(certificate);
    const instanceId = unit(units, "opc-instance:");
    const compartment = unit(units, "opc-compartment:");
    const issuedTo = unit(units, "opc-tenant:") ?? unit(units, "opc-identity:");
    const kind = unit(units, "opc-certtype:");
    if (!instanceId || !compartment || issuedTo !== tenancy || issuedTo !== cloud.tenancy.id) {
      throw notAuthenticated();
    }
    if (kind !== "instance" || actual !== fingerprint.toLowerCase()) throw notAuthenticated();
    checkSignature(request, headers, authorization, certificate.publicKey);
    const instance = cloud.store.get(instanceId);
    if (instance?.type !== "instance" || instance.model.lifecycleState === "TERMINATED")
      throw notAuthenticated();
    if (body["purpose"] !== undefined && body["purpose"] !== "DEFAULT") {
      throw invalidParameter("purpose must be DEFAULT");
    }
    const token = issueToken(cloud, await tokenKeys, {
      instance: instanceId,
      compartment,
      tenancy: issuedTo,
      fingerprint,
      publicKey: sessionKeyOf(derOf(body, "publicKey")),
      ...(cloud.settings.membershipBoundAt === "issue" && {
        groups: groupsOf({ id: instanceId, compartment }),
      }),
    });
    return { body: { token } };
  };
