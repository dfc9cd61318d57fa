/** The keys and certificates of one local OCI: made once, kept in a folder when there is one. @module */
import { createPrivateKey, createPublicKey, type KeyObject, webcrypto } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "./certificates.ts";

const DAY_MS = 86_400_000;
const EC = { name: "ECDSA", namedCurve: "P-256" };
const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

/** A key pair in the forms that are needed: for @peculiar/x509 and for node:crypto. */
export interface KeyPair {
  crypto: webcrypto.CryptoKeyPair;
  privateKey: KeyObject;
  publicKey: KeyObject;
  privatePem: string;
}

/** A certificate authority: certificate and key. */
export interface Authority {
  certificate: X509Certificate;
  pem: string;
  keys: KeyPair;
}

/** The keys that a local OCI signs with, and those of its two first users. */
export interface Keys {
  /** Signs the TLS certificates of OCI's host names. */
  tls: Authority;
  /** One key behind all of those certificates. */
  server: KeyPair;
  /** Signs instances' leaf certificates. Made in the background, as no client waits for it at the start. */
  instances: Promise<Authority>;
  /** The auth service's: signs security tokens. In the background too. */
  tokens: Promise<KeyPair>;
  deployer: KeyPair;
  administrator: KeyPair;
}

const pemOf = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();

const fromPem = async (pem: string, algorithm: typeof RSA | typeof EC): Promise<KeyPair> => {
  const privateKey = createPrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  const { subtle } = webcrypto;
  return {
    crypto: {
      privateKey: await subtle.importKey(
        "pkcs8",
        privateKey.export({ type: "pkcs8", format: "der" }),
        algorithm,
        true,
        ["sign"],
      ),
      publicKey: await subtle.importKey(
        "spki",
        publicKey.export({ type: "spki", format: "der" }),
        algorithm,
        true,
        ["verify"],
      ),
    },
    privateKey,
    publicKey,
    privatePem: pemOf(privateKey),
  };
};

const generate = async (algorithm: typeof RSA | typeof EC): Promise<KeyPair> => {
  // An asymmetric algorithm gives a pair.
  const pair = (await webcrypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ])) as webcrypto.CryptoKeyPair;
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", pair.privateKey));
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  return {
    crypto: pair,
    privateKey,
    publicKey: createPublicKey(privateKey),
    privatePem: pemOf(privateKey),
  };
};

/** A new RSA-2048 key pair. */
export const generateRsa = (): Promise<KeyPair> => generate(RSA);

const authorityCertificate = async (name: string, keys: KeyPair): Promise<X509Certificate> =>
  X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys: keys.crypto,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 3650 * DAY_MS),
    signingAlgorithm: keys.crypto.privateKey.algorithm.name === "ECDSA" ? { ...EC, hash: "SHA-256" } : RSA,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.crypto.publicKey),
    ],
  });

/** Reads a file of the folder, or makes its content and keeps it there with mode 0600. */
const kept = async (dir: string | undefined, file: string, make: () => Promise<string>): Promise<string> => {
  const path = dir && join(dir, file);
  if (path && existsSync(path)) return readFileSync(path, "utf8");
  const content = await make();
  if (path) writeFileSync(path, content, { mode: 0o600 });
  return content;
};

const keyPair = async (
  dir: string | undefined,
  name: string,
  algorithm: typeof RSA | typeof EC,
): Promise<KeyPair> => {
  let made: KeyPair | undefined;
  const pem = await kept(dir, `${name}.key.pem`, async () => {
    made = await generate(algorithm);
    return made.privatePem;
  });
  return made ?? fromPem(pem, algorithm);
};

const authority = async (
  dir: string | undefined,
  file: string,
  name: string,
  algorithm: typeof RSA | typeof EC,
): Promise<Authority> => {
  const keys = await keyPair(dir, file, algorithm);
  const pem = await kept(
    dir,
    `${file}.pem`,
    async () => `${(await authorityCertificate(name, keys)).toString("pem")}\n`,
  );
  return { certificate: new X509Certificate(pem), pem, keys };
};

/**
 * The keys of a local OCI.
 * @param dir folder that keeps them over runs, made with mode 0700; new keys each time without one
 */
export const loadKeys = async (dir?: string): Promise<Keys> => {
  if (dir) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const [tls, server, deployer, administrator] = await Promise.all([
    authority(dir, "ca", "keyless local OCI", EC),
    keyPair(dir, "server", EC),
    keyPair(dir, "deployer", RSA),
    keyPair(dir, "administrator", RSA),
  ]);
  const instances = authority(dir, "instances", "PKISVC Identity Intermediate local", RSA);
  const tokens = keyPair(dir, "tokens", RSA);
  // Whoever needs them meets the failure; nobody may.
  instances.catch(() => {});
  tokens.catch(() => {});
  return { tls, server, instances, tokens, deployer, administrator };
};
