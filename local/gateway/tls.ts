/** TLS certificates of OCI's host names, made when a name is asked for. @module */
import { randomBytes } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "./certificates.ts";
import type { Keys } from "./keys.ts";

const DAY_MS = 86_400_000;
/**
 * Validity of a certificate in days. Clients on Apple's systems refuse server certificates that are valid for
 * longer.
 */
const VALID_DAYS = 397;

/** A serial number: 16 bytes, positive. */
export const serialNumber = (): string => `00${randomBytes(16).toString("hex")}`;

const certificateFor = async (keys: Keys, host: string): Promise<string> => {
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [host.slice(0, 64)] }],
    issuer: keys.tls.certificate.subject,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + VALID_DAYS * DAY_MS),
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    publicKey: keys.server.crypto.publicKey,
    signingKey: keys.tls.keys.crypto.privateKey,
    extensions: [
      new SubjectAlternativeNameExtension(
        host === "localhost"
          ? [
              { type: "dns", value: "localhost" },
              { type: "ip", value: "127.0.0.1" },
            ]
          : [{ type: "dns", value: host }],
      ),
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      await AuthorityKeyIdentifierExtension.create(keys.tls.certificate),
    ],
  });
  return certificate.toString("pem");
};

/**
 * Secure contexts by host name, each made once.
 * @param serves true for a host name that is served; others are refused, so that the cache is bounded
 */
export const secureContexts = (
  keys: Keys,
  serves: (host: string) => boolean,
): ((host: string) => Promise<SecureContext>) => {
  const contexts = new Map<string, Promise<SecureContext>>();
  return (name) => {
    const host = name.toLowerCase();
    if (host !== "localhost" && !serves(host)) {
      return Promise.reject(new RangeError("not a host name that the local OCI serves"));
    }
    let context = contexts.get(host);
    if (!context) {
      context = certificateFor(keys, host).then((cert) =>
        createSecureContext({
          key: keys.server.privatePem,
          cert: `${cert}\n${keys.tls.pem}`,
          minVersion: "TLSv1.2",
        }),
      );
      contexts.set(host, context);
    }
    return context;
  };
};
