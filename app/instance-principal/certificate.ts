/** The instance's leaf certificate: what it says and whether it can be used. @module */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { PrincipalError, reason } from "./errors.ts";

/** A leaf certificate with its key, as the auth service wants to see them. */
export interface Leaf {
  /** Base64 DER without armour and newlines. */
  certificate: string;
  /** The same of each intermediate certificate. */
  intermediates: readonly string[];
  privateKey: KeyObject;
  /** Fingerprint in lower-case hex with colons. */
  sha1Fingerprint: string;
  tenancyId: string;
  instanceId: string | undefined;
  compartmentId: string | undefined;
  /** End of its validity, in ms since 1970. */
  notAfterMs: number;
}

const BLOCK = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;

const blocks = (pem: string): string[] => [...pem.matchAll(BLOCK)].map((m) => m[1]!.replace(/\s+/g, ""));

/**
 * Parts of a subject by their prefix. OCI puts `opc-tenant:<ocid>` and the like into organisational units;
 * Node prints each relative name on a line, several values of one joined by ` + `.
 */
const subjectPart = (subject: string, prefix: string): string | undefined => {
  for (const part of subject.split(/\n| \+ /)) {
    const value = part.slice(part.indexOf("=") + 1);
    if (value.startsWith(prefix)) return value.slice(prefix.length);
  }
  return undefined;
};

/**
 * Reads what the metadata service gives for identity.
 * @param certPem `identity/cert.pem`: the leaf, and perhaps further certificates after it
 * @param keyPem `identity/key.pem`, PKCS#1 or PKCS#8
 * @param intermediatePem `identity/intermediate.pem`, one certificate or several
 * @throws PrincipalError `certificate` when a part cannot be read, the key is another certificate's (as while
 *   the certificate is being rotated), or the subject names no tenancy
 */
export const readLeaf = (certPem: string, keyPem: string, intermediatePem: string): Leaf => {
  const [certificate] = blocks(certPem);
  if (!certificate) throw new PrincipalError("certificate", "identity/cert.pem holds no certificate");
  let x509: X509Certificate;
  let privateKey: KeyObject;
  try {
    x509 = new X509Certificate(Buffer.from(certificate, "base64"));
  } catch (error) {
    throw new PrincipalError("certificate", `identity/cert.pem is not a certificate: ${reason(error)}`);
  }
  try {
    privateKey = createPrivateKey(keyPem);
  } catch {
    throw new PrincipalError("certificate", "identity/key.pem is not a private key");
  }
  if (!x509.checkPrivateKey(privateKey)) {
    throw new PrincipalError("certificate", "identity/key.pem does not belong to identity/cert.pem");
  }
  const tenancyId = subjectPart(x509.subject, "opc-tenant:") ?? subjectPart(x509.subject, "opc-identity:");
  if (!tenancyId) {
    throw new PrincipalError(
      "certificate",
      "the subject of identity/cert.pem has no opc-tenant or opc-identity",
    );
  }
  return {
    certificate,
    intermediates: blocks(intermediatePem),
    privateKey,
    sha1Fingerprint: x509.fingerprint.toLowerCase(),
    tenancyId,
    instanceId: subjectPart(x509.subject, "opc-instance:"),
    compartmentId: subjectPart(x509.subject, "opc-compartment:"),
    notAfterMs: Date.parse(x509.validTo),
  };
};
