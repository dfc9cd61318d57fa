/** What verify reads: the stack it is about, the credentials it calls with. */
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readOciConfig } from "../../commands/shared/oci-config.ts";
import { federate } from "../../commands/shared/oci-federation.ts";
import { findStack } from "../../commands/shared/stack.ts";
import { verdictWithinS } from "../../commands/shared/verdict/await.ts";

const folder = mkdtempSync(join(tmpdir(), "keyless-verify-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const INSTANCE = "ocid1.instance.oc1.iad.aaaa";
describe("the stack", () => {
  it("is the kept run, with its own credentials, unless another one is named", async () => {
    const runFile = join(folder, "run.json");
    const localOci = { proxyUrl: "http://127.0.0.1:9", caFile: "/ca.pem", ociConfig: "/oci-config" };
    writeFileSync(runFile, JSON.stringify({ localOci, instance: { ocid: INSTANCE } }));
    const found = await findStack({ runFile });
    expect(found.instanceId).toBe(INSTANCE);
    expect(found.env).toMatchObject({ HTTPS_PROXY: "http://127.0.0.1:9", OCI_CONFIG_FILE: "/oci-config" });
    expect(Object.keys(found.env).filter((n) => n.startsWith("OCI_"))).toEqual([
      "OCI_CONFIG_FILE",
      "OCI_CONFIG_PROFILE",
    ]);
    expect((await findStack({ runFile, instance: "ocid1.instance.oc1.iad.cccc" })).from).toBe("--instance");
    await expect(findStack({ runFile: join(folder, "none"), stack: "nowhere" })).rejects.toThrow(
      "--instance OCID",
    );
  });
});

describe("the time-out", () => {
  it("follows what the deployed check waits; without a document it is 10 minutes", () => {
    const bundle = { url: "https://example.com/b", sha256: "a".repeat(64) };
    const document = { version: 1, bundle, check: { secretId: "s", deadlineS: 4500, probes: [] } };
    expect(verdictWithinS(JSON.stringify(document))).toBe(5400);
    expect(verdictWithinS(undefined)).toBe(600);
    expect(verdictWithinS("{}")).toBe(600);
  });
});

describe("credentials", () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const keyFile = join(folder, "key.pem");
  writeFileSync(keyFile, pem);
  const file = join(folder, "config");
  writeFileSync(
    file,
    `[DEFAULT]\ntenancy=ocid1.tenancy.oc1..t\nregion = us-ashburn-1\nkey_file=key.pem\nuser=u\nfingerprint=f\n[SESSION]\nsecurity_token_file=${folder}/token\n`,
  );
  writeFileSync(join(folder, "token"), "aaa.bbb.ccc\n");

  it("come from variables, else from a profile, with a session's token where it has one", async () => {
    const variables = {
      OCI_TENANCY_OCID: "ocid1.tenancy.oc1..v",
      OCI_USER_OCID: "u",
      OCI_FINGERPRINT: "f",
      OCI_REGION: "us-phoenix-1",
      OCI_PRIVATE_KEY: pem,
      OCI_CONFIG_FILE: file,
    };
    expect((await readOciConfig(variables)).keyId).toBe("ocid1.tenancy.oc1..v/u/f");
    expect(await readOciConfig({ OCI_CONFIG_FILE: file })).toMatchObject({
      keyId: "ocid1.tenancy.oc1..t/u/f",
      region: "us-ashburn-1",
    });
    expect(await readOciConfig({ OCI_CONFIG_FILE: file, OCI_CLI_PROFILE: "SESSION" })).toMatchObject({
      keyId: "ST$aaa.bbb.ccc",
      tenancyId: "ocid1.tenancy.oc1..t",
    });
    await expect(readOciConfig({ OCI_CONFIG_FILE: file, OCI_CLI_PROFILE: "NONE" })).rejects.toThrow(
      "no profile NONE",
    );
    await expect(readOciConfig({ OCI_AUTH: "WorkloadIdentityFederation" })).rejects.toThrow(
      "OCI_TENANCY_OCID",
    );
  });
});

describe("workload identity federation", () => {
  const responses: { status: number; body: string }[] = [];
  const asked: { url: string; authorization: string; form: URLSearchParams }[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (piece) => {
      text += piece;
    });
    request.on("end", () => {
      const { url = "", headers } = request;
      asked.push({ url, authorization: headers.authorization ?? "", form: new URLSearchParams(text) });
      const { status, body } = responses.shift()!;
      response.writeHead(status, { "content-type": "application/json" }).end(body);
    });
  });
  let env: Record<string, string>;
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const jwt = join(folder, "workload.jwt");
    writeFileSync(jwt, "the.pipelines.token\n");
    env = {
      OCI_AUTH: "WorkloadIdentityFederation",
      OCI_TENANCY_OCID: "ocid1.tenancy.oc1..t",
      OCI_REGION: "us-ashburn-1",
      OCI_TOKEN_EXCHANGE_DOMAIN_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      OCI_TOKEN_EXCHANGE_CLIENT_ID: "client",
      OCI_TOKEN_EXCHANGE_CLIENT_SECRET: "the-clients-secret",
      OCI_WORKLOAD_IDENTITY_TOKEN_PATH: jwt,
    };
  });
  afterAll(() => void server.close());

  it("exchanges the pipeline's token as the provider does, also when the domain fails at first", async () => {
    responses.push({ status: 503, body: "" }, { status: 200, body: JSON.stringify({ token: "x.y.z" }) });
    const { keyId, privateKey } = await federate(env, { firstPauseMs: 1 });
    expect(keyId).toBe("ST$x.y.z");
    const { url, authorization, form } = asked.at(-1)!;
    expect(url).toBe("/oauth2/v1/token");
    expect(Buffer.from(authorization.replace("Basic ", ""), "base64").toString()).toBe(
      "client:the-clients-secret",
    );
    const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" }).toString("base64");
    expect(Object.fromEntries(form)).toEqual({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      requested_token_type: "urn:oci:token-type:oci-upst",
      public_key: publicKey,
      subject_token: "the.pipelines.token",
      subject_token_type: "jwt",
    });
  });

  it("shows neither token nor secret when it is refused", async () => {
    responses.push({ status: 401, body: '{"error":"the.pipelines.token"}' });
    const error = (await federate(env, { firstPauseMs: 1 }).catch((e: unknown) => e)) as Error;
    expect(error.message).toMatch(/^127\.0\.0\.1:\d+ refused the token exchange: 401$/);
    const none = { ...env, OCI_WORKLOAD_IDENTITY_TOKEN_PATH: "/nonexistent" };
    await expect(federate(none, { firstPauseMs: 1 })).rejects.toThrow(
      "OCI_WORKLOAD_IDENTITY_TOKEN_PATH is /nonexistent",
    );
  });
});
