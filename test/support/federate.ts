/** Federation by hand: what an honest client sends to `/v1/x509`, every part of it replaceable. */
import { createHash, X509Certificate } from "node:crypto";
import type { LocalOci } from "../../local/index.ts";
import { type RawRequest, type RawResponse, type Signing, send, signedHeaders } from "./raw-request.ts";
import { nextKeyPair } from "./test-keys.ts";

/** A session key, and the leaf identity of an instance. */
export interface Federating {
  cert: string;
  key: string;
  intermediate: string;
  session: { publicKey: string; privateKey: string };
}

const colons = (hex: string): string => hex.match(/../g)!.join(":");

/** The three forms of fingerprint that SDKs send in the keyId. */
export const keyIdForms = (tenancy: string, cert: string): Record<"typescript" | "go" | "python", string> => {
  const { raw } = new X509Certificate(cert);
  const hash = (name: string): string => colons(createHash(name).update(raw).digest("hex"));
  return {
    typescript: `${tenancy}/fed-x509/${hash("sha1")}`,
    go: `${tenancy}/fed-x509-sha256/${hash("sha256")}`,
    python: `${tenancy}/fed-x509/${hash("sha1").toUpperCase()}`,
  };
};

/** A session key: another one than those of the last sessions. */
export const newSession = (): Federating["session"] => {
  const { publicKey, privateKey } = nextKeyPair();
  return {
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
};

/** Reads an instance's identity from its metadata service, with a new session key. */
export const readIdentity = async (metadataUrl: string): Promise<Federating> => {
  const read = async (name: string): Promise<string> => {
    const response = await fetch(`${metadataUrl}/identity/${name}`, {
      headers: { authorization: "Bearer Oracle" },
    });
    return response.text();
  };
  const [cert, key, intermediate] = [
    await read("cert.pem"),
    await read("key.pem"),
    await read("intermediate.pem"),
  ];
  return { cert, key, intermediate, session: newSession() };
};

/** PEM without armour and newlines. */
export const bare = (pem: string): string => pem.replace(/-----[A-Z ]+-----|\s/g, "");

const SIGNED = ["date", "(request-target)", "content-length", "content-type", "x-content-sha256"];

/** Sends a federation request; `changes` replaces members of its body, `signing` parts of its signature. */
export const federateInstance = (
  oci: LocalOci,
  identity: Federating,
  { changes = {}, signing = {} }: { changes?: Record<string, unknown>; signing?: Partial<Signing> } = {},
): Promise<RawResponse> => {
  const url = oci.overrides.urlOf("auth", oci.cloud.regions[0]);
  const body = JSON.stringify({
    certificate: bare(identity.cert),
    publicKey: bare(identity.session.publicKey),
    intermediateCertificates: [bare(identity.intermediate)],
    purpose: "DEFAULT",
    ...changes,
  });
  const raw: Omit<RawRequest, "headers"> = { method: "POST", target: "/v1/x509", body };
  const headers = signedHeaders(url, raw, {
    keyId: keyIdForms(oci.cloud.tenancy.id, identity.cert).typescript,
    privateKeyPem: identity.key,
    names: SIGNED,
    nowMs: oci.cloud.clock.now(),
    ...signing,
  });
  return send(url, { ...raw, headers });
};

/** How an instance signs with a token. */
export const asInstance = (token: string, identity: Federating): Signing => ({
  keyId: `ST$${token}`,
  privateKeyPem: identity.session.privateKey,
});
