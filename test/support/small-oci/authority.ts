/** Certificates for tests: an instance's leaf as OCI issues it, and a server's for any names. @module */
import "reflect-metadata";
import { createPublicKey, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { testKey } from "../test-keys.ts";

x509.cryptoProvider.set(webcrypto as never);

const ALGORITHM = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

/** A certificate and its key, as PEM. */
export interface Issued {
  certificate: string;
  key: string;
}

/** A certificate authority of a test. */
export interface TestAuthority {
  certificate: string;
  issueLeaf(subject: { tenancyId: string; instanceId: string; compartmentId: string }): Promise<Issued>;
  issueServer(names: readonly string[]): Promise<Issued>;
}

const newKeys = async (): Promise<webcrypto.CryptoKeyPair> =>
  (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;

/** The key pair of a name, always the same one. */
const keysOf = async (name: string): Promise<webcrypto.CryptoKeyPair> => {
  const key = testKey(name);
  const { subtle } = webcrypto;
  return {
    privateKey: await subtle.importKey(
      "pkcs8",
      key.export({ type: "pkcs8", format: "der" }),
      ALGORITHM,
      true,
      ["sign"],
    ),
    publicKey: await subtle.importKey(
      "spki",
      createPublicKey(key).export({ type: "spki", format: "der" }),
      ALGORITHM,
      true,
      ["verify"],
    ),
  };
};

const pemOf = async (key: webcrypto.CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");

let serial = 1;

let authorities = 0;

/** A new authority: with another key than those before it in this process. */
export const newAuthority = async (): Promise<TestAuthority> => {
  authorities += 1;
  const keys = await keysOf(`authority-${authorities}`);
  const validity = {
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 2 * 3_600_000),
  };
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=test authority",
    ...validity,
    keys,
    extensions: [new x509.BasicConstraintsExtension(true, 2, true)],
  });
  const issue = async (
    subject: x509.JsonName,
    own: webcrypto.CryptoKeyPair,
    extensions: x509.Extension[],
  ): Promise<Issued> => {
    serial += 1;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial.toString(16).padStart(4, "0"),
      subject,
      issuer: root.subject,
      ...validity,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions,
    });
    return { certificate: certificate.toString("pem"), key: await pemOf(own.privateKey) };
  };
  let leaves = 0;
  return {
    certificate: root.toString("pem"),
    issueLeaf: async ({ tenancyId, instanceId, compartmentId }) => {
      leaves += 1;
      return issue(
        [
          { CN: [instanceId] },
          { OU: ["opc-certtype:instance"] },
          { OU: [`opc-compartment:${compartmentId}`] },
          { OU: [`opc-instance:${instanceId}`] },
          { OU: [`opc-tenant:${tenancyId}`] },
        ],
        // A rotation gives another key.
        leaves === 1 ? await keysOf("leaf") : await newKeys(),
        [],
      );
    },
    issueServer: async (names) =>
      issue([{ CN: ["services"] }], await keysOf("server"), [
        new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns" as const, value }))),
      ]),
  };
};
