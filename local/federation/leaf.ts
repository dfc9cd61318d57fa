/** Leaf certificates of instances: made as OCI makes them, rotated before they end. @module */

import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "../gateway/certificates.ts";
import { type Authority, generateRsa, type KeyPair } from "../gateway/keys.ts";
import { serialNumber } from "../gateway/tls.ts";
import type { State } from "../state/state.ts";

/** Validity of a leaf certificate, in ms. */
const LEAF_LIFETIME_MS = 2 * 3_600_000;
/** Time left below which a leaf is replaced when it is next read, in ms. */
const ROTATE_BEFORE_MS = 3_600_000;

/** The identity that the metadata service serves under `identity/`. */
export interface LeafIdentity {
  certificate: X509Certificate;
  /** PEM. */
  cert: string;
  /** PEM, PKCS#1 as OCI's. */
  key: string;
  /** PEM of the issuing authority. */
  intermediate: string;
}

/** The names of the instance in a leaf certificate. */
export interface LeafSubject {
  instance: string;
  compartment: string;
  tenancy: string;
}

/**
 * Makes a leaf certificate.
 * @param validity start and end, in ms since 1970
 */
export const makeLeaf = async (
  authority: Authority,
  subject: LeafSubject,
  keys: KeyPair,
  validity: { fromMs: number; untilMs: number },
): Promise<X509Certificate> =>
  X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    // Each OU is an RDN of its own: oci-common reads no others.
    subject: [
      { CN: [subject.instance] },
      { OU: ["opc-certtype:instance"] },
      { OU: [`opc-compartment:${subject.compartment}`] },
      { OU: [`opc-instance:${subject.instance}`] },
      { OU: [`opc-tenant:${subject.tenancy}`] },
    ],
    issuer: authority.certificate.subject,
    notBefore: new Date(validity.fromMs),
    notAfter: new Date(validity.untilMs),
    signingAlgorithm: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    publicKey: keys.crypto.publicKey,
    signingKey: authority.keys.crypto.privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
      await AuthorityKeyIdentifierExtension.create(authority.certificate),
    ],
  });

/**
 * The leaf identities of a local OCI's instances: the current one of each, replaced when half of its time is
 * over, key and certificate together.
 */
export const leafIdentities = (
  cloud: State,
  authorityMade: Promise<Authority>,
): ((subject: LeafSubject) => Promise<LeafIdentity>) => {
  const current = new Map<string, Promise<LeafIdentity>>();
  const make = async (subject: LeafSubject): Promise<LeafIdentity> => {
    const [keys, authority] = await Promise.all([generateRsa(), authorityMade]);
    const fromMs = cloud.clock.now() - 60_000;
    const certificate = await makeLeaf(authority, subject, keys, {
      fromMs,
      untilMs: fromMs + LEAF_LIFETIME_MS,
    });
    return {
      certificate,
      cert: `${certificate.toString("pem")}\n`,
      key: keys.privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
      intermediate: authority.pem,
    };
  };
  return async (subject) => {
    const key = `${subject.instance}/${subject.compartment}`;
    const known = await current.get(key);
    const nowMs = cloud.clock.now();
    const { notBefore, notAfter } = known?.certificate ?? {};
    const fresh =
      notBefore && notAfter && notBefore.getTime() <= nowMs && notAfter.getTime() - nowMs > ROTATE_BEFORE_MS;
    if (known && fresh) return known;
    // Another reader may have replaced it while this one waited.
    const other = current.get(key);
    if (other && (await other) !== known) return other;
    const made = make(subject);
    current.set(key, made);
    return made;
  };
};
