/** The ways in that software already has: its form of credential, its Host header, its offers of other protocols. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { noneIsSigned } from "../../support/attack.ts";
import { head, SECRET, SOME_COMPARTMENT, startTestProxy, type TestProxy, VM } from "../../support/proxy.ts";
import { raw } from "../../support/raw.ts";

let t: TestProxy;
beforeAll(async () => {
  t = await startTestProxy();
  await t.proxy.ready();
});
afterAll(() => t.close());
beforeEach(() => {
  t.oci.seen.length = 0;
});

const line = `GET /core/20160918/instances/${VM}`;
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const atPort = (...headers: string[]) =>
  raw({ port: t.port }, head(line, ...headers).replace("Host: localhost", `Host: localhost:${t.port}`));

describe("user and password", () => {
  it.each(["Basic", "basic", "BASIC"])("%s: the client's name and its token", async (scheme) => {
    const answer = await atPort(`Authorization: ${scheme} ${base64(`app:${t.token("app")}`)}`);
    expect(answer.status, answer.text).toBe(200);
    expect(t.oci.seen[0]!.wrong).toBeUndefined();
    expect(JSON.stringify(t.oci.seen[0]!.headers)).not.toContain(base64(`app:${t.token("app")}`));
    await expect.poll(() => t.audit().at(-1)).toMatchObject({ client: "app", decision: "allowed" });
  });

  it.each([
    [
      "another client's name",
      () => `Basic ${base64(`other:${t.token("app")}`)}`,
      /user name.*must be the client's name/,
    ],
    ["no pair", () => `Basic ${base64("app")}`, /not the base64 of client:token/],
    ["no base64", () => `Basic app:${t.token("app")}`, /not the base64 of client:token/],
    [
      "another scheme",
      () => 'Digest username="app"',
      /found the scheme Digest.*Authorization: Bearer <token>/,
    ],
    [
      "a signature of its own",
      () => 'Signature version="1"',
      /found the scheme Signature.*signs the request itself/,
    ],
    ["AWS's signature", () => "AWS4-HMAC-SHA256 Credential=x", /found the scheme AWS4-HMAC-SHA256/],
    ["a token that is nobody's", () => "Bearer x", /read the client's token file again/],
  ])("%s is refused, and what to write is said", async (_, value, text) => {
    const answer = await atPort(`Authorization: ${value()}`);
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toBe('Bearer, Basic realm="keyless"');
    expect(JSON.parse(answer.body).message).toMatch(text);
    expect(answer.text).not.toContain(t.token("app"));
    expect(t.oci.seen).toEqual([]);
  });

  it("no credential is refused with the forms that are accepted", async () => {
    const { body } = await atPort();
    expect(body).toMatch(/Bearer <token>.*Basic <base64 of client:token>.*X-Api-Key/);
  });
});

describe("the Host header at a client's socket", () => {
  it.each([
    "[::1]",
    "unix",
    "%2Frun%2Fkeyless-proxy%2Fapp.sock",
    "/run/keyless-proxy/app.sock",
    "evil.example",
    "a:b",
    "",
  ])("may be %j", async (host) => {
    const answer = await raw(t.socket("app"), `${line} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect(answer.status, answer.text).toBe(200);
    expect(t.oci.seen[0]).toMatchObject({ host: "iaas.xx-test-1.cloud.example", wrong: undefined });
  });

  it("is still checked at the loopback port, with a client's token", async () => {
    const answer = await raw(
      { port: t.port },
      `${line} HTTP/1.1\r\nHost: evil.example:${t.port}\r\nX-Api-Key: ${t.token("app")}\r\n\r\n`,
    );
    expect(answer.status).toBe(421);
    expect(answer.body).toMatch(/evil\.example:\d+.*another server.*localhost:\d+/);
    expect(t.oci.seen).toEqual([]);
  });
});

describe("another protocol that is offered", () => {
  const offers = [
    [
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c",
      "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
    ],
    ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: x"],
    ["Connection: keep-alive, Upgrade", "Upgrade: TLS/1.2, h2c"],
    ["Upgrade: h2c"],
  ];
  it.each(offers)("is ignored, and the connection ends behind it: %s %s", async (...headers) => {
    const { text } = await raw(t.socket("app"), [head(line, ...headers) + head(line), 200, head(line)]);
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 200"]);
    expect(text).toMatch(/connection: close/i);
    expect(t.oci.seen).toHaveLength(1);
    const { headers: seen, wrong } = t.oci.seen[0]!;
    expect(wrong).toBeUndefined();
    expect(Object.keys(seen).join()).not.toMatch(/upgrade|http2|websocket/);
    expect(seen.connection ?? "").not.toMatch(/upgrade/i);
  });

  it("lets no part of what is behind it be read as a request", async () => {
    const forbidden = head(line.replace(VM, `${VM}x`));
    const cut = head(`PUT /core/20160918/instances/${VM}`, `Content-Length: ${head(line).length}`);
    for (const offer of offers) {
      for (const behind of [cut, forbidden, "G", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]) {
        t.oci.seen.length = 0;
        await raw(t.socket("app"), [head(line, ...offer) + behind, 50, head(line)], { settleMs: 100 });
        expect(t.oci.seen.map((s) => s.method)).toEqual(["GET"]);
      }
    }
  });

  const sent = offers.flatMap((headers) => [true, false].map((apart) => ({ apart, headers })));
  it.each(sent)("and a body with it is not lost: $headers, apart: $apart", async ({ apart, headers }) => {
    const body = JSON.stringify({
      metricData: [{ namespace: "app", compartmentId: SOME_COMPARTMENT, name: "n" }],
    });
    const { status, text } = await raw(t.socket("app"), [
      head(
        "POST /monitoring/20180401/metrics",
        `Content-Length: ${body.length}`,
        "Content-Type: application/json",
        ...headers,
      ),
      ...(apart ? [50] : []),
      body,
    ]);
    expect(status, text).toBe(200);
    expect(t.oci.seen[0]).toMatchObject({ wrong: undefined, bodyBytes: body.length });
  });
});

describe("a Host header that names a service", () => {
  const bundle = `/20190301/secretbundles/${SECRET}`;
  const at = (host: string, line: string, ...headers: string[]) =>
    `${[`${line} HTTP/1.1`, `Host: ${host}`, ...headers].join("\r\n")}\r\n\r\n`;
  const OBJECTSTORAGE = "objectstorage.xx-test-1.cloud.example";

  it.each([
    [OBJECTSTORAGE, "GET /n/ns/b/exports/o/daily/x"],
    [OBJECTSTORAGE, "PUT /n/ns/b/exports/o/daily/x"],
    ["OBJECTSTORAGE.xx-test-1.CLOUD.example:8480", "GET /n/ns/b/exports/o?prefix=daily/"],
    ["objectstorage.xx-test-1.oci.cloud.example", "GET /n/ns/b/exports/o/daily/a%2Fb"],
    ["secrets.vaults.xx-test-1.oci.cloud.example", `GET ${bundle}?stage=CURRENT`],
    ["iaas.xx-test-1.cloud.example", `GET /20160918/instances/${VM}`],
  ])("%s: %s is that service's, at the socket and at the port", async (host, line) => {
    const [, target] = line.split(" ");
    for (const answer of [
      await raw(t.socket("app"), at(host, line, "Content-Length: 0")),
      await raw({ port: t.port }, at(host, line, "Content-Length: 0", `X-Api-Key: ${t.token("app")}`)),
    ]) {
      expect(answer.status, answer.text).toBe(200);
      const seen = t.oci.seen.pop()!;
      expect(seen).toMatchObject({ target, wrong: undefined });
      expect(host.toLowerCase()).toContain(seen.host.split(".")[0]);
    }
  });

  it("never makes a path that begins with a service another request than it says", async () => {
    const object = "/n/ns/b/exports/o/daily/x";
    await noneIsSigned(t, [
      ...[OBJECTSTORAGE, "iaas.xx-test-1.cloud.example"].flatMap((host) => [
        at(host, `GET /secrets${bundle}`),
        at(host, `GET ${bundle}`),
        at(host, `GET /objectstorage${object}`),
        at(host, "GET /"),
        at(host, "GET *"),
        at(host, `GET http://${host}${object}`),
        at(host, `GET //${object}`),
        at(host, `GET /../objectstorage${object}`),
      ]),
      at(OBJECTSTORAGE, "GET /n/ns/b/salaries/o/daily/x"),
      at(OBJECTSTORAGE, "GET /n/ns/b/exports/o/daily/%2e%2e/x"),
      at(OBJECTSTORAGE, "GET /p/token/n/ns/b/exports/o/daily/x"),
      at("secrets.vaults.xx-test-1.oci.cloud.example", `GET ${object}`),
      ...[
        "objectstorage.yy-test-1.cloud.example",
        "objectstorage.xx-test-1.cloud.example.evil.example",
        "objectstorage.xx-test-1.oraclecloud.com",
        "evil.xx-test-1.cloud.example",
        "ns.objectstorage.xx-test-1.cloud.example.",
        "objectstorage.xx-test-1.cloud.example.",
        "objectstorage.xx-test-1.cloud.example@evil.example",
        "aaaa-management.kms.xx-test-1.oci.cloud.example",
        "objectstorage.xx-test-1.cloud.example, localhost",
      ].flatMap((host) => [at(host, `GET ${object}`)]),
      at("objectstorage.yy-test-1.cloud.example", `GET /objectstorage${object}`),
      at(`${OBJECTSTORAGE}\r\nHost: localhost`, `GET ${object}`),
      at("localhost", `GET ${object}`),
      at("[::1]", `GET ${object}`),
    ]);
  });

  it("is refused at the port without a client's token, and with the region that the instance has", async () => {
    const line = "GET /n/ns/b/exports/o/daily/x";
    expect((await raw({ port: t.port }, at(OBJECTSTORAGE, line))).status).toBe(401);
    const other = await raw(t.socket("app"), at("objectstorage.yy-test-1.cloud.example", line));
    expect(other.status).toBe(421);
    expect(other.body).toContain("no service's host of the instance's region, xx-test-1.cloud.example");
  });
});

describe("a mistake is answered with what to write", () => {
  const app = (line: string, ...headers: string[]) => raw(t.socket("app"), head(line, ...headers));

  it.each([
    [
      "another version",
      `GET /core/20170918/instances/${VM}`,
      "the version of this API is 20160918, not 20170918: write /core/20160918/…",
    ],
    [
      "no version",
      `GET /core/instances/${VM}`,
      "the version of this API is 20160918, which is missing: write /core/20160918/…",
    ],
    [
      "another method",
      `PATCH /core/20160918/instances/${VM}`,
      "it has this path with GET, POST, PUT, DELETE",
    ],
    [
      "a misspelt path",
      `GET /core/20160918/instance/${VM}`,
      "did you mean GET /core/20160918/instances/{instanceId} (GetInstance)?",
    ],
    [
      "a misspelt path without its version",
      `GET /core/instanses/${VM}`,
      "did you mean GET /core/20160918/instances/{instanceId} (GetInstance)?",
    ],
  ])("%s", async (_, line, message) => {
    const answer = await app(line);
    expect(answer.status, answer.text).toBe(404);
    const { code, message: said } = JSON.parse(Buffer.from(answer.body, "latin1").toString());
    expect(code).toBe("UnknownOperation");
    expect(said).toContain(message);
    expect(said).not.toContain(VM);
    expect(t.oci.seen).toEqual([]);
    await expect
      .poll(() => t.audit().at(-1))
      .toMatchObject({ decision: "refused", code: "UnknownOperation", status: 404 });
  });

  it("a path that is near nothing, however long, is refused quickly", async () => {
    const startedMs = performance.now();
    for (const path of [
      "/a".repeat(4000),
      `/20160918/${"x".repeat(9000)}`,
      "/x",
      `/${"20160918/".repeat(900)}x`,
    ]) {
      expect((await app(`GET /core${path}`)).status).toBe(404);
    }
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });

  it.each([
    ["at the socket", () => t.socket("app")],
    ["at the port", () => ({ port: t.port })],
  ])("a whole address, as for a forward proxy, %s", async (_, where) => {
    for (const target of [
      "http://objectstorage.xx-test-1.cloud.example/n/ns",
      "HTTP://example.org/",
      "ftp://x/y",
    ]) {
      const answer = await raw(where(), `GET ${target} HTTP/1.1\r\nHost: example.org\r\n\r\n`);
      expect(answer.status).toBe(400);
      expect(answer.body).toContain("this is no forward proxy");
    }
    const tunnel = await raw(where(), "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n");
    expect(tunnel.status).toBe(405);
    expect(tunnel.body).toContain("this is no forward proxy");
    expect(t.oci.seen).toEqual([]);
  });

  it("TLS, in clear text", async () => {
    const hello = Buffer.from("16030100c8010000c40303", "hex");
    for (const bytes of [hello, Buffer.concat([hello, Buffer.alloc(300, 7)])]) {
      const answer = await raw({ port: t.port }, bytes);
      expect(answer.status).toBe(400);
      expect(answer.headers["content-type"]).toBe("text/plain");
      expect(answer.body).toContain("write http:// in place of https://");
    }
    await expect
      .poll(() => t.audit().at(-1))
      .toMatchObject({ decision: "refused", resource: { detail: "TLS" } });
    const { connect } = await import("node:tls");
    const error = await new Promise<Error>((resolve) =>
      connect({ port: t.port, host: "127.0.0.1", rejectUnauthorized: false }).once("error", resolve),
    );
    expect(error).toBeInstanceOf(Error);
  });

  it("what only a raw grant has, with the permission that OCI asks", async () => {
    const answer = await app("GET /objectstorage/n/ns/b/exports");
    expect(answer.status).toBe(403);
    const { message } = JSON.parse(answer.body);
    expect(message).toContain(
      "{BUCKET_READ} in compartment id <compartment> where target.bucket.name = 'exports'",
    );
    expect(message).toContain(
      "operations: [objectstorage.GetBucket], where: { path.namespaceName: ns, path.bucketName: exports }",
    );
  });

  it("another namespace, which no grant of a bucket has", async () => {
    const { body } = await app("GET /objectstorage/n/theirs/b/exports/o/daily/x");
    expect(JSON.parse(body).message).toMatch(/It would need.*{ raw: .*path.namespaceName: theirs/);
  });
});
