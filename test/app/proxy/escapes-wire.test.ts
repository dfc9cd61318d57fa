/**
 * Requests meant to be read differently by the proxy and by what is behind it, in how they are framed and headed:
 * beside a request that is granted, another one is hidden, or the granted one says that it is another.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AttackBytes, attack, noneIsSigned } from "../../support/attack.ts";
import { head, SECRET, startTestProxy, type TestProxy, VM } from "../../support/proxy.ts";
import { raw } from "../../support/raw.ts";

const granted = `/secrets/20190301/secretbundles/${SECRET}`;
const update = `/core/20160918/instances/${VM}`;
const hidden = `/secrets/20190301/secretbundles/${SECRET.replace("secret", "decoyy")}`;
const second = head(`GET ${hidden}`);

let t: TestProxy;
beforeAll(async () => {
  t = await startTestProxy({ timeouts: { headersMs: 1000, bodyMs: 1500, stallMs: 1500 } });
  await t.proxy.ready();
});
afterAll(() => t.close());

/** Headers beside a granted GET: refused, or at least not passed on. */
const refusedHeaders: readonly string[] = [
  "X-Original-Path: /x",
  "X-Original-Host: x",
  "X-Original-Method: DELETE",
  "X-HTTP-Path-Override: /x",
  "X-HTTP-Method_Override: DELETE",
  "X-Method: DELETE",
  "X-HTTP-Verb: DELETE",
  "X-Rewrite-Path: /x",
  "X-Path: /x",
  "X-Url: /x",
  "X-Uri: /x",
  "X-HTTP-Host: x",
  "X-Override-Url: /x",
  "Method: DELETE",
  "HTTP-Method: DELETE",
  "Destination: /x",
  "X-Forward-For: 127.0.0.1",
  "X-Forwarded: for=127.0.0.1",
  "X-Forwarded-Server: x",
  "X-Forwarded-Port: 443",
  "X-Forwarded-Uri: /x",
  "Forwarded-For: 127.0.0.1",
  "X-Envoy-Original-Path: /x",
  "X-Remote-Addr: 127.0.0.1",
  "X-Remote-IP: 127.0.0.1",
  "X-Originating-IP: 127.0.0.1",
  "CF-Connecting-IP: 127.0.0.1",
  "Client-IP: 127.0.0.1",
  "WL-Proxy-Client-IP: 127.0.0.1",
  "x_real_ip: 127.0.0.1",
  "Proxy_Authorization: Basic x",
  "x_cross_tenancy_request: x",
  "opc_delegation_token: x",
  "opc_request_id: x",
  "Content_Encoding: gzip",
  "Content_Type: text/plain",
  "x_content_sha256: x",
  "x_date: x",
  "Expect_: 100-continue\r\nExpect: 100-continue, x",
  "If-Match: a\r\nIf-Match: b",
  "opc-meta-a: b\r\nopc-meta-a: c",
  "OPC-META-A: b\r\nopc-meta-a: c",
  "User-Agent: a\r\nuser-agent: b",
  "X-Api-Key: a\r\nx-api-key: b",
  "Connection: close\r\nConnection: x",
  "Origin: https://console.oracle.com",
  "Origin:",
  "Sec-Fetch-Site: same-origin",
  "Transfer-Encoding:chunked\r\nTransfer-Encoding: x",
  "Transfer-Encoding: \x0bchunked",
  "Transfer-Encoding: chunked\x0b",
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: chunked;q=1",
  "Transfer-Encoding:",
  "Transfer-Encoding: CHUNKED, chunked",
  "Content-Length : 0",
  "Content-Length\t: 0",
  "Content-Length: 1e1",
  "Content-Length: 0,0",
  "Content-Length: \xef\xbc\x90",
  "Content-Length: 00000000000000000000000005",
  "X: y\r\n\x00: z",
  "X\r\n Y: z",
  "X: y\r\n\r: z",
  "(x): y",
  "x/y: z",
  "\xef\xbc\xb8: y",
  "X: y\x7fz\x08",
  `${"X-Many: y\r\nX-More".repeat(1)}: ${"z".repeat(16_400)}`,
  Array.from({ length: 2000 }, (_, i) => `X-${i}: y`).join("\r\n"),
];

/** Headers that a granted request may have, and the service must not see. */
const silent: readonly string[] = [
  "X-Custom: y",
  "X-Tenant: other",
  "opc-internal-user: root",
  "opc-tenant-id: other",
  "opc-compartment-id: other",
  "x-amz-date: now",
  "Referer: http://x",
  "DNT: 1",
  "Max-Forwards: 1",
  "Pragma: no-cache",
  "From: x@y",
  "traceparent: 00-1-1-01",
  "Early-Data: 1",
  "Priority: u=1",
  "X-Auth-Token: keyless_x",
  "Sec-Fetch-Mode: cors",
  "Proxy-Foo: x",
  "Connection: x-b\r\nX-B: y",
  "Upgrade: HTTP/2.0",
  "Connection: upgrade\r\nSec-WebSocket-Key: x\r\nUpgrade: websocket",
  "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
  "Connection: Upgrade\r\nUpgrade: TLS/1.0",
  "Connection: user-agent\r\nUser-Agent: y",
];

/** Bytes that hold a second request, where one server might see it and another not. */
const PUT = (...headers: string[]) => head(`PUT ${update}`, ...headers);
const smuggled: readonly AttackBytes[] = [
  `${PUT("Transfer-Encoding: chunked")}2;a="\r\n{}\r\n0\r\n\r\n${second}`,
  `${PUT("Transfer-Encoding: chunked")}2;${"a".repeat(20_000)}\r\n{}\r\n0\r\n\r\n${second}`,
  `${PUT("Transfer-Encoding: chunked")}2 \r\n{}\r\n0\r\n\r\n${second}`,
  `${PUT("Transfer-Encoding: chunked")} 2\r\n{}\r\n0\r\n\r\n${second}`,
  `${PUT("Transfer-Encoding: chunked")}+2\r\n{}\r\n0\r\n\r\n${second}`,
  `${PUT("Transfer-Encoding: chunked")}2\r\n{}XX0\r\n\r\n${second}`,
  `${PUT("Transfer-Encoding: chunked")}2\r\n{}\r0\r\n\r\n${second}`,
  `${PUT("Transfer-Encoding: chunked")}2\r\r\n{}\r\n0\r\n\r\n${second}`,
  `${PUT("Transfer-Encoding: chunked")}2\r{}\r\n0\r\n\r\n${second}`,
  `${PUT("Transfer-Encoding: chunked")}00000000000000000002\r\n{}\r\n0\r\n\r\n${second}`,
  `${PUT("Transfer-Encoding: chunked")}10000000000000002\r\n{}\r\n0\r\n\r\n${second}`,
  `${PUT("Transfer-Encoding: chunked")}2\r\n{}\r\n0\r\nContent-Length: 500\r\n\r\n${second}`,
  `${PUT("Transfer-Encoding: chunked")}2\r\n{}\r\n0\r\nHost: evil\r\nAuthorization: x\r\n\r\n${second}`,
  `${PUT("Transfer-Encoding: chunked")}2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n${second}`,
  `${PUT("Transfer-Encoding: chunked")}2\r\n{}\r\n0\r\n: x\r\n\r\n${second}`,
  `${PUT("Transfer-Encoding: chunked", "Trailer: X-Method")}2\r\n{}\r\n0\r\nX-Method-Override: DELETE\r\n\r\n${second}`,
  `${PUT("Transfer-Encoding: chunked")}0\r\n${second}`,
  `${PUT("Content-Length: 2", "Transfer-Encoding : chunked")}{}${second}`,
  `${PUT("Content-Length: 2\rTransfer-Encoding: chunked")}{}${second}`,
  `${PUT("Content-Length: 2", " Transfer-Encoding: chunked")}{}${second}`,
  `${PUT("Content-Length: 2", "Transfer-Encoding: identity")}{}${second}`,
  `${PUT("Content-Length: 2", "content-length: 80")}{}${second}`,
  `${PUT("Content-Length: 0")}${second}`,
  `${PUT("Connection: Content-Length", "Content-Length: 2")}{}${second}`,
  `${PUT("Connection: Transfer-Encoding", "Transfer-Encoding: chunked")}2\r\n{}\r\n0\r\n\r\n${second}`,
  `PUT ${update} HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n2\r\n{}\r\n0\r\n\r\n${second}`,
  `GET ${granted} HTTP/1.0\r\nHost: localhost\r\nContent-Length: ${second.length}\r\nConnection: keep-alive\r\n\r\n${second}`,
  `${head(`HEAD ${granted}`, `Content-Length: ${second.length}`)}${second}`,
  `${head(`DELETE ${granted}`, `Content-Length: ${second.length}`)}${second}`,
  `${head(`GET ${granted}`, "Expect: 100-continue", `Content-Length: ${second.length}`)}${second}`,
  `${PUT("Expect: 100-continue", "Content-Length: 2")}{}${second}`,
  `${head(`PUT /objectstorage/n/ns/b/salaries/o/x`, "Expect: 100-continue", `Content-Length: ${second.length}`)}${second}`,
  `${head(`GET ${granted}`, "Upgrade: h2c", "Connection: Upgrade")}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${second}`,
  `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${second}`,
  `CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n${second}`,
  `CONNECT ${granted} HTTP/1.1\r\nHost: localhost\r\n\r\n${second}`,
  `OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n${second}`,
  `\0${second}`,
  `\r\n\r\n\r\n${second}`,
  [Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05]), second],
  `GET ${granted}\r\n${second}`,
  `GET ${granted} HTTP/1.1\r\r\nHost: localhost\r\n\r\n${second}`,
  `GET ${granted} HTTP/1.1\r\nHost: localhost\r\n\r${second}`,
  `GET ${granted} HTTP/1.1\nHost: localhost\nX: y\n\n${second}`,
  `GET ${granted} HTTP/1.1\r\nHost: localhost\r\nX: y\n\n${second}`,
  `GET ${granted}\x0bHTTP/1.1\r\nHost: localhost\r\n\r\n${second}`,
  `GET ${granted}%0d%0a HTTP/1.1\r\nHost: localhost\r\n\r\n${second}`,
  `GET ${granted}?x=%0d%0aGET%20${hidden} HTTP/1.1\r\nHost: localhost\r\n\r\n${second}`,
];

/** Request lines. */
const lines: readonly string[] = [
  `GET http://localhost:80${granted} HTTP/1.1`,
  `GET HTTP://LOCALHOST${granted} HTTP/1.1`,
  `GET https:${granted} HTTP/1.1`,
  `GET http:${granted} HTTP/1.1`,
  `GET http:/${granted} HTTP/1.1`,
  `GET ///${granted} HTTP/1.1`,
  `GET /\\${granted} HTTP/1.1`,
  `GET \\${granted} HTTP/1.1`,
  `GET localhost${granted} HTTP/1.1`,
  `GET localhost:80 HTTP/1.1`,
  `GET :80${granted} HTTP/1.1`,
  `GET ?${granted} HTTP/1.1`,
  `GET #${granted} HTTP/1.1`,
  `GET /.${granted} HTTP/1.1`,
  `GET /..${granted} HTTP/1.1`,
  `GET /;${granted} HTTP/1.1`,
  `GET ${granted}; HTTP/1.1`,
  `GET ${granted} http/1.1`,
  `GET ${granted} HTTP/1.2`,
  `GET ${granted} HTTP/1.10`,
  `GET ${granted} HTTP/01.1`,
  `GET ${granted} HTTP/3.0`,
  `GET ${granted} HTTPS/1.1`,
  `GET ${granted} ICE/1.0`,
  `SOURCE ${granted} ICE/1.0`,
  `GET ${granted}  HTTP/1.1 x`,
  `GET ${granted}\0 HTTP/1.1`,
  `GET\0 ${granted} HTTP/1.1`,
  `\x01GET ${granted} HTTP/1.1`,
  `GETGET ${granted} HTTP/1.1`,
  `G ${granted} HTTP/1.1`,
  `PATCH ${granted} HTTP/1.1`,
  `POST ${granted} HTTP/1.1`,
  `M-SEARCH ${granted} HTTP/1.1`,
  `PURGE ${granted} HTTP/1.1`,
  `COPY ${granted} HTTP/1.1`,
  `LINK ${granted} HTTP/1.1`,
  `REPORT ${granted} HTTP/1.1`,
  `GET ${granted}/${"a".repeat(17_000)} HTTP/1.1`,
  `GET ${"/a".repeat(4000)} HTTP/1.1`,
  `GET /${"%2525".repeat(1000)} HTTP/1.1`,
];

const count = refusedHeaders.length + smuggled.length + lines.length + silent.length;
it(`has at least 150 attempts (${count})`, () => expect(count).toBeGreaterThanOrEqual(150));

describe("none is signed:", () => {
  it("headers", () =>
    noneIsSigned(
      t,
      refusedHeaders.map((h) => {
        const body = /content.length|transfer.encoding/i.test(h) ? "hello" : "";
        return `GET ${granted} HTTP/1.1\r\nHost: localhost\r\n${h}\r\n\r\n${body}`;
      }),
    ));

  it("request lines", () =>
    noneIsSigned(
      t,
      lines.map((line) => `${line}\r\nHost: localhost\r\n\r\n`),
    ));

  it("requests hidden behind a request", async () => {
    for (const bytes of smuggled) {
      const { signed } = await attack(t, [bytes]);
      const wrong = signed.filter((s) => ![`GET ${granted.slice(8)}`, `PUT ${update.slice(5)}`].includes(s));
      expect(wrong, JSON.stringify(bytes).slice(0, 300)).toEqual([]);
      for (const seen of t.oci.seen) {
        expect(seen.wrong).toBeUndefined();
        expect(seen.body.toString()).toMatch(/^(\{\})?$/);
        expect(JSON.stringify(seen.headers)).not.toMatch(/evil|override|trailer/i);
      }
    }
  });

  it("Host names at the loopback port, with the client's token", async () => {
    const token = t.token("app");
    const hosts = [
      "localhost",
      "127.0.0.1",
      `127.0.0.1:${t.port + 1}`,
      `127.0.0.1:${t.port}0`,
      `127.0.0.1:0${t.port}`,
      `127.0.0.1:+${t.port}`,
      `127.0.0.1:${t.port}/`,
      `127.0.0.1:${t.port}.`,
      `127.0.0.1.:${t.port}`,
      `localhost.:${t.port}`,
      `127.1:${t.port}`,
      `127.0.0.01:${t.port}`,
      `0x7f000001:${t.port}`,
      `2130706433:${t.port}`,
      `0.0.0.0:${t.port}`,
      `[::ffff:127.0.0.1]:${t.port}`,
      `[0:0:0:0:0:0:0:1]:${t.port}`,
      `::1:${t.port}`,
      `user@127.0.0.1:${t.port}`,
      `127.0.0.1:${t.port}@evil.example`,
      `evil.example:${t.port}`,
      `localhost.evil.example:${t.port}`,
      `127.0.0.1.nip.io:${t.port}`,
      `127.0.0.1:${t.port}, evil.example`,
      `127.0.0.1:${t.port} evil.example`,
      `127.0.0.1:${t.port}\r\nHost: 127.0.0.1:${t.port}`,
      `http://127.0.0.1:${t.port}`,
      `evil.example#127.0.0.1:${t.port}`,
      `127.0.0.1:${t.port}:80`,
      "169.254.169.254",
      "evil.example",
      `\xef\xbd\x8cocalhost:${t.port}`,
      "",
    ];
    await noneIsSigned(
      t,
      hosts.map((host) => `GET ${granted} HTTP/1.1\r\nHost: ${host}\r\nX-Api-Key: ${token}\r\n\r\n`),
      { port: t.port },
    );
  });

  it("tokens where none is looked for, and of others", async () => {
    const token = t.token("app");
    const theirs = t.token("other");
    const at = (line: string, ...headers: string[]) =>
      `${line} HTTP/1.1\r\nHost: 127.0.0.1:${t.port}\r\n${headers.map((h) => `${h}\r\n`).join("")}\r\n`;
    await noneIsSigned(
      t,
      [
        at(`GET ${granted}?access_token=${token}`),
        at(`GET ${granted}?token=${token}&api_key=${token}&authorization=Bearer%20${token}`),
        at(`GET ${granted}`, `X-Auth-Token: ${token}`),
        at(`GET ${granted}`, `Api-Key: ${token}`),
        at(`GET ${granted}`, `X_Api_Key: ${token}`),
        at(`GET ${granted}`, `Authentication: Bearer ${token}`),
        at(`GET ${granted}`, `Proxy-Authorization: Bearer ${token}`),
        at(`GET ${granted}`, `Cookie: Authorization=${token}; x-api-key=${token}`),
        at(`GET ${granted}`, `Authorization: Basic ${Buffer.from(`${token}:`).toString("base64")}`),
        at(`GET ${granted}`, `Authorization: Token ${token}`),
        at(`GET ${granted}`, `Authorization: Bearer ${token}, Bearer ${theirs}`),
        at(`GET ${granted}`, `Authorization: Bearer\x0b${token}`),
        at(`GET ${granted}`, `Authorization: Bearer "${token}"`),
        at(`GET ${granted}`, `Authorization: Bearer ${Buffer.from(token).toString("base64")}`),
        at(`GET ${granted}`, `Authorization: Bearer ${theirs}`),
        at(`GET ${granted}`, `X-Api-Key: ${theirs}`),
        at(`GET ${granted}`, `Authorization: Bearer ${theirs}`, `X-Api-Key: ${token}`),
        at(`GET ${granted}`, `X-Api-Key: ${theirs}`, `X-Client: app`),
        at(`GET ${granted}`, `X-Api-Key: ${token}x`),
        at(`GET ${granted}`, `X-Api-Key: x${token}`),
        at(`GET ${granted}`, `X-Api-Key: keyless_`),
        at(`GET http://${token}@127.0.0.1:${t.port}${granted}`),
      ],
      { port: t.port },
    );
  });

  it("requests that come slowly and never end", async () => {
    const slow = (bytes: string, step: number): AttackBytes => [
      bytes.slice(0, step),
      ...Array.from({ length: 12 }, (_, i) => [200, bytes.slice(step + i, step + i + 1)]).flat(),
    ];
    const { signed, statuses } = await attack(t, [
      slow(`GET ${granted} HTTP/1.1\r\nHost: localhost\r\nX-Slow: ${"a".repeat(50)}`, 60),
      slow(`${PUT("Content-Length: 40")}${"{".repeat(30)}`, PUT("Content-Length: 40").length),
      slow(
        `${PUT("Transfer-Encoding: chunked")}${"1\r\n{\r\n".repeat(10)}`,
        PUT("Transfer-Encoding: chunked").length,
      ),
      slow("\r\n".repeat(50), 2),
    ]);
    expect(signed).toEqual([]);
    expect(statuses.every((s) => s === 0 || s === 408)).toBe(true);
  });
});

it("headers that no service knows stay behind", async () => {
  for (const lines of silent) {
    const { statuses } = await attack(t, [`GET ${granted} HTTP/1.1\r\nHost: localhost\r\n${lines}\r\n\r\n`]);
    expect(statuses, lines).toEqual([200]);
    const name = lines.split("\r\n").at(-1)!.split(":")[0]!.toLowerCase();
    expect(t.oci.seen[0]!.headers[name], lines).toBeUndefined();
  }
});

it("requests that were sent ahead are answered in order, and forgotten when the caller goes away", async () => {
  const four = Array.from({ length: 4 }, (_, i) => head(`GET ${granted}?stage=S${i}`)).join("");
  const { text } = await raw(t.socket("app"), four, { settleMs: 500 });
  expect(text.match(/HTTP\/1.1 200/g)).toHaveLength(4);
  expect(t.oci.seen.slice(-4).map((s) => s.target.slice(-2))).toEqual(["S0", "S1", "S2", "S3"]);
  t.oci.respond = () => undefined;
  t.oci.seen.length = 0;
  await Promise.all(
    Array.from({ length: 20 }, () =>
      raw(t.socket("app"), head(`GET ${granted}`).repeat(10), { timeoutMs: 300 }),
    ),
  );
  t.oci.respond = undefined;
  expect(t.oci.seen.length).toBeGreaterThan(0);
  expect(t.oci.seen.length).toBeLessThanOrEqual(20);
  await expect
    .poll(async () => (await fetch(`${t.proxy.adminUrl}/metrics`)).text(), { timeout: 5000 })
    .toMatch(/keyless_proxy_requests_in_flight 0\n/);
});

it("too many requests ahead end the connection", async () => {
  t.oci.respond = () => undefined;
  const { text } = await raw(t.socket("app"), head(`GET ${granted}`).repeat(100), { timeoutMs: 1000 });
  t.oci.respond = undefined;
  expect(text).toBe("");
  expect((await attack(t, [head(`GET ${granted}`)])).statuses).toEqual([200]);
});
