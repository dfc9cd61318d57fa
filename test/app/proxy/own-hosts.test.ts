/** Hosts of resources' own: from OCI or from the grant, never from the caller, and only in the realm's domain. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ProxyDocument } from "../../../document/schema.ts";
import { head, startTestProxy, type TestProxy } from "../../support/proxy.ts";
import { raw } from "../../support/raw.ts";

const STREAM = "ocid1.stream.oc99.xxt.aaaaaaaastream";
const KEY = "ocid1.key.oc99.xxt.vault.aaaaaaaakey";
const CRYPTO = "https://abc-crypto.kms.xx-test-1.cloud.example";

const documentWith = (endpoint: string): ProxyDocument => ({
  clients: {
    app: {
      allow: [
        { grant: "streams", operations: ["streaming.GetMessages", "streaming.PutMessages"] },
        { grant: "usage", operations: ["osubusage.ListComputedUsages"] },
        { grant: "any", operations: ["keymanagement.Decrypt"] },
        {
          grant: "key",
          operations: ["keymanagement.Encrypt"],
          where: { "body.keyId": KEY },
          endpoint,
        },
      ],
    },
  },
});

let t: TestProxy;
/** Answers of the resource's Get operation, by OCID. */
const resources: Record<string, unknown> = {};
beforeAll(async () => {
  t = await startTestProxy({}, documentWith(CRYPTO));
  await t.proxy.ready();
  t.oci.onRequest = (req, res) => {
    const id = /^\/20180418\/streams\/([^/]+)$/.exec(req.url!)?.[1];
    if (id === undefined) return false;
    t.oci.seen.push({ host: req.headers.host } as never);
    const found = resources[id];
    res.writeHead(found ? 200 : 404, { "content-type": "application/json" });
    res.end(JSON.stringify(found ?? { code: "NotAuthorizedOrNotFound" }));
    return true;
  };
});
beforeEach(() => {
  t.oci.seen.length = 0;
});
afterAll(() => t.close());

const ask = (line: string, body = "") =>
  raw(t.socket("app"), head(line, ...(body ? [`Content-Length: ${body.length}`] : [])) + body);
const messages = (id: string) => ask(`GET /streaming/20180418/streams/${id}/messages?cursor=c`);
const hosts = () => t.oci.seen.map(({ host }) => host);

describe("a stream's host", () => {
  it("is read once for all that wait for it, and kept", async () => {
    resources[STREAM] = { messagesEndpoint: "https://cell-7.streaming.xx-test-1.oci.cloud.example" };
    const responses = await Promise.all([messages(STREAM), messages(STREAM), messages(STREAM)]);
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
    await messages(STREAM);
    const cell = "cell-7.streaming.xx-test-1.oci.cloud.example";
    expect(hosts()).toEqual(["streaming.xx-test-1.oci.cloud.example", cell, cell, cell, cell]);
    expect(t.oci.seen.slice(1).every(({ wrong }) => wrong === undefined)).toBe(true);
  });

  it.each([
    "https://evil.example",
    "https://cloud.example.evil.example",
    "http://cell-7.streaming.xx-test-1.oci.cloud.example",
    "https://cell-7.streaming.xx-test-1.oci.cloud.example:8443",
  ])("is not %s", async (messagesEndpoint) => {
    const id = `${STREAM}${Math.random().toString(36).slice(2)}`;
    resources[id] = { messagesEndpoint };
    const { status, body: text } = await messages(id);
    expect([status, JSON.parse(text).code]).toEqual([502, "NoEndpoint"]);
    expect(text).toContain("which is no host in cloud.example: nothing is signed for it");
    expect(hosts()).toEqual(["streaming.xx-test-1.oci.cloud.example"]);
  });

  it("is asked for again later, where it could not be read, and says which right is needed", async () => {
    const id = `${STREAM}absent`;
    const [{ status, body: text }] = [await messages(id), await messages(id)];
    expect([status, JSON.parse(text).code]).toEqual([502, "NoEndpoint"]);
    expect(text).toMatch(
      /host of stream .*absent could not be read: streaming.GetStream answered 404: the instance needs/,
    );
    expect(hosts().length).toBe(1);
    await expect
      .poll(() => t.audit().at(-1), { timeout: 3000 })
      .toMatchObject({ decision: "failed", status: 502, code: "NoEndpoint" });
  });

  it("is the one for messages whose body is not signed, too", async () => {
    const { status } = await ask(`POST /streaming/20180418/streams/${STREAM}/messages`, '{"messages":[]}');
    expect(status).toBe(200);
    expect(hosts()).toEqual(["cell-7.streaming.xx-test-1.oci.cloud.example"]);
  });
});

describe("a vault's host", () => {
  const encrypt = (keyId: string) =>
    ask("POST /keymanagement/20180608/encrypt", JSON.stringify({ keyId, plaintext: "eA==" }));

  it("is the grant's", async () => {
    const { status, body: text } = await encrypt(KEY);
    expect(status, text).toBe(200);
    expect(hosts()).toEqual([new URL(CRYPTO).hostname]);
  });

  it("is nobody's where the grant does not say it", async () => {
    const { status, body: text } = await ask("POST /keymanagement/20180608/decrypt", "{}");
    expect([status, JSON.parse(text).code]).toEqual([502, "NoEndpoint"]);
    expect(text).toContain(
      "the grant does not say which: its endpoint is the cryptoEndpoint of keymanagement.GetVault",
    );
    expect(hosts()).toEqual([]);
  });

  it("is not what the grant says where that is outside of the realm", async () => {
    await t.proxy.update(documentWith("https://crypto.evil.example"));
    const { status, body: text } = await encrypt(KEY);
    expect([status, JSON.parse(text).code]).toEqual([502, "NoEndpoint"]);
    expect(text).toContain("the grant's endpoint is");
    expect(hosts()).toEqual([]);
  });
});

it("nothing is signed for a service outside of the realm's domain", async () => {
  const { status, body: text } = await ask(
    "GET /osubusage/oalapp/service/onesubs/proxy/20210501/computedUsages?compartmentId=c",
  );
  expect([status, JSON.parse(text).code]).toEqual([502, "NoEndpoint"]);
  expect(text).toContain("csaap-e.oracle.com");
  expect(hosts()).toEqual([]);
});
