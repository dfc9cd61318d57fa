/** Certificates for tokens, tokens for requests: what is honest works, what is not does not. */
import { createHash, generateKeyPairSync, X509Certificate } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeLeaf } from "../../../local/federation/leaf.ts";
import { type Authority, generateRsa, type KeyPair, loadKeys } from "../../../local/gateway/keys.ts";
import type { LocalOci } from "../../../local/index.ts";
import {
  asInstance,
  bare,
  type Federating,
  federateInstance,
  keyIdForms,
  newSession,
  readIdentity,
} from "../../support/federate.ts";
import { addInstance } from "../../support/instance.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { asUser, callSigned, send, signedHeaders } from "../../support/raw-request.ts";

let oci: LocalOci;
let machine: Awaited<ReturnType<typeof addInstance>>;
let identity: Federating;
let leafKey: KeyPair;
let foreign: Authority;
const list = () => ({
  method: "GET",
  target: `/20160918/compartments?compartmentId=${oci.cloud.tenancy.id}`,
});
const url = () => oci.overrides.urlOf("identity", oci.cloud.regions[0]);

beforeAll(async () => {
  oci = await startTestOci({ settings: { transitionMs: 0 } });
  machine = await addInstance(oci);
  identity = await readIdentity(machine.metadataUrl);
  leafKey = await generateRsa();
  foreign = await (await loadKeys()).instances;
});
afterAll(() => oci.close());
beforeEach(() => {
  oci.cloud.clock.offsetMs = 0;
});

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());
const tokenOf = async (
  ...args: Parameters<typeof federateInstance> extends [unknown, ...infer R] ? R : never
) => {
  const response = await federateInstance(oci, ...args);
  expect(response.status).toBe(200);
  return JSON.parse(response.text).token as string;
};

describe("the leaf certificate", () => {
  test("names the instance as OCI does, each unit an RDN of its own", () => {
    const leaf = new X509Certificate(identity.cert);
    expect(leaf.subject.split("\n")).toEqual([
      `CN=${machine.id}`,
      "OU=opc-certtype:instance",
      `OU=opc-compartment:${machine.compartmentId}`,
      `OU=opc-instance:${machine.id}`,
      `OU=opc-tenant:${oci.cloud.tenancy.id}`,
    ]);
    expect(leaf.verify(new X509Certificate(identity.intermediate).publicKey)).toBe(true);
    expect(leaf.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(identity.key).toContain("BEGIN RSA PRIVATE KEY");
  });

  test("is another, with another key, when half of its two hours are over", async () => {
    oci.cloud.clock.offsetMs = 50 * 60_000;
    expect((await readIdentity(machine.metadataUrl)).cert).toBe(identity.cert);
    oci.cloud.clock.offsetMs = 70 * 60_000;
    const rotated = await readIdentity(machine.metadataUrl);
    expect(rotated.cert).not.toBe(identity.cert);
    expect(rotated.key).not.toBe(identity.key);
    expect((await federateInstance(oci, rotated)).status).toBe(200);
  });
});

describe("a token", () => {
  test("is given for every SDK's form of the fingerprint", async () => {
    for (const keyId of Object.values(keyIdForms(oci.cloud.tenancy.id, identity.cert))) {
      expect((await federateInstance(oci, identity, { signing: { keyId } })).status).toBe(200);
    }
  });

  test("says what the certificate says", async () => {
    const token = await tokenOf(identity);
    expect(JSON.parse(Buffer.from(token.split(".")[0]!, "base64url").toString())).toMatchObject({
      alg: "RS256",
      kid: expect.stringMatching(/^asw_/),
    });
    const claims = claimsOf(token);
    expect(claims).toMatchObject({
      sub: machine.id,
      "opc-certtype": "instance",
      iss: "authService.oracle.com",
      ptype: "instance",
      aud: "oci",
      ttype: "x509",
      "opc-instance": machine.id,
      "opc-compartment": machine.compartmentId,
      "opc-tenant": oci.cloud.tenancy.id,
      tenant: oci.cloud.tenancy.id,
    });
    expect(claims.exp - claims.iat).toBe(1200);
    expect(JSON.parse(claims.jwk)).toMatchObject({ kty: "RSA", e: "AQAB" });
  });

  test("signs requests with the session's key, until it ends", async () => {
    const token = await tokenOf(identity);
    expect((await callSigned(url(), list(), asInstance(token, identity))).status).toBe(200);
    oci.cloud.clock.offsetMs = 1199_000;
    const nowMs = oci.cloud.clock.now();
    expect((await callSigned(url(), list(), { ...asInstance(token, identity), nowMs })).status).toBe(200);
    oci.cloud.clock.offsetMs = 1201_000;
    const after = { ...asInstance(token, identity), nowMs: oci.cloud.clock.now() };
    expect((await callSigned(url(), list(), after)).status).toBe(401);
  });

  test("is worth nothing with another key, with a changed claim, algorithm or signature", async () => {
    const token = await tokenOf(identity);
    const [head, body, signature] = token.split(".") as [string, string, string];
    const b64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = claimsOf(token);
    const stolen = { ...identity, session: newSession() };
    const { n, e } = (await generateRsa()).publicKey.export({ format: "jwk" });
    const forgeries: [string, Federating][] = [
      [token, stolen],
      [token, { ...identity, session: { ...identity.session, privateKey: identity.key } }],
      [`${head}.${b64({ ...claims, sub: `${claims.sub}z` })}.${signature}`, identity],
      [`${head}.${b64({ ...claims, exp: claims.exp + 3600 })}.${signature}`, identity],
      [`${head}.${b64({ ...claims, jwk: JSON.stringify({ kty: "RSA", n, e }) })}.${signature}`, identity],
      [`${b64({ alg: "none" })}.${body}.`, identity],
      [`${b64({ alg: "HS256" })}.${body}.${signature}`, identity],
      [`${head}.${body}.${signature.slice(0, -6)}AAAAAA`, identity],
      [`${token}=`, identity],
      [`${token}.${signature}`, identity],
      [`${head}.${body}`, identity],
      ["", identity],
      ["a.b.c", identity],
    ];
    for (const [forged, who] of forgeries) {
      expect((await callSigned(url(), list(), asInstance(forged, who))).status).toBe(401);
    }
    // The honest one still works: none of the above was refused for another reason.
    expect((await callSigned(url(), list(), asInstance(token, identity))).status).toBe(200);
  });

  test("of a terminated instance is refused, and it gets no other", async () => {
    const other = await addInstance(oci, "terminated");
    const own = await readIdentity(other.metadataUrl);
    const token = await tokenOf(own);
    expect((await callSigned(url(), list(), asInstance(token, own))).status).toBe(200);
    oci.cloud.store.get(other.id)!.model.lifecycleState = "TERMINATED";
    expect((await callSigned(url(), list(), asInstance(token, own))).status).toBe(401);
    expect((await federateInstance(oci, own)).status).toBe(401);
  });
});

describe("no token", () => {
  const subject = () => ({
    instance: machine.id,
    compartment: machine.compartmentId,
    tenancy: oci.cloud.tenancy.id,
  });
  const leafBy = async (
    authority: Authority,
    fromMs = -60_000,
    untilMs = 3_600_000,
    changes = {},
  ): Promise<Federating> => {
    const now = Date.now();
    const leaf = await makeLeaf(authority, { ...subject(), ...changes }, leafKey, {
      fromMs: now + fromMs,
      untilMs: now + untilMs,
    });
    return {
      cert: leaf.toString("pem"),
      key: leafKey.privatePem,
      intermediate: authority.pem,
      session: newSession(),
    };
  };

  test("for a certificate of another authority, even one of the same name", async () => {
    expect((await federateInstance(oci, await leafBy(foreign))).status).toBe(401);
    const mixed = await leafBy(foreign);
    expect((await federateInstance(oci, { ...mixed, intermediate: identity.intermediate })).status).toBe(401);
  });

  test("for the authority's own certificate, or a TLS server's", async () => {
    expect((await federateInstance(oci, { ...identity, cert: identity.intermediate })).status).toBe(401);
  });

  test("with a signature by another key, over another fingerprint, for another tenancy", async () => {
    const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const privateKeyPem = stranger.export({ type: "pkcs8", format: "pem" }).toString();
    expect((await federateInstance(oci, identity, { signing: { privateKeyPem } })).status).toBe(401);
    const { typescript } = keyIdForms(oci.cloud.tenancy.id, identity.cert);
    const other = createHash("sha1").update("x").digest("hex").match(/../g)!.join(":");
    for (const keyId of [
      `${oci.cloud.tenancy.id}/fed-x509/${other}`,
      typescript.replace("fed-x509", "fed-x509-sha256"),
      typescript.replace("tenancy", "compartment"),
      asUser(oci.administrator).keyId,
      "x",
    ]) {
      expect((await federateInstance(oci, identity, { signing: { keyId } })).status).toBe(401);
    }
  });

  test("when the certificate has ended or not begun", async () => {
    for (const hours of [3, -3]) {
      oci.cloud.clock.offsetMs = hours * 3_600_000;
      expect((await federateInstance(oci, identity)).status).toBe(401);
    }
  });

  test("for a body that is not what was signed, or no certificate", async () => {
    for (const certificate of [undefined, 1, "", "!!", bare(identity.session.publicKey), "AAAA"]) {
      const response = await federateInstance(oci, identity, { changes: { certificate } });
      expect([400, 401]).toContain(response.status);
    }
    for (const publicKey of [undefined, "AAAA", bare(identity.cert)]) {
      expect((await federateInstance(oci, identity, { changes: { publicKey } })).status).toBe(400);
    }
    expect(
      (await federateInstance(oci, identity, { changes: { intermediateCertificates: "x" } })).status,
    ).toBe(400);
    const auth = oci.overrides.urlOf("auth", oci.cloud.regions[0]);
    const unsigned = {
      method: "POST",
      target: "/v1/x509",
      body: "{}",
      headers: { host: "x", "content-length": "2" },
    };
    expect((await send(auth, unsigned)).status).toBe(401);
  });
});

test("the federation endpoint is the auth host's only, and takes POST only", async () => {
  const auth = oci.overrides.urlOf("auth", oci.cloud.regions[0]);
  expect(
    (await callSigned(auth, { method: "GET", target: "/v1/x509" }, asUser(oci.administrator))).status,
  ).toBe(405);
  const raw = { method: "POST", target: "/v1/x509", body: "{}" };
  const headers = signedHeaders(url(), raw, asUser(oci.administrator));
  expect((await send(url(), { ...raw, headers })).status).toBe(404);
});
