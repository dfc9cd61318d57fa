import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  DOCUMENT,
  head,
  LOG,
  SECRET,
  SOME_COMPARTMENT,
  startTestProxy,
  type TestProxy,
  VM,
} from "../../support/proxy.ts";
import { raw } from "../../support/raw.ts";
import { INSTANCE } from "../../support/small-oci/index.ts";

let t: TestProxy;
beforeAll(async () => {
  t = await startTestProxy({ limits: { bufferedBodyBytes: 4096 } });
  await t.proxy.ready();
});
afterAll(() => t.close());
beforeEach(() => {
  t.oci.seen.length = 0;
  t.oci.onRequest = undefined;
  t.oci.respond = undefined;
});

const app = (bytes: string | readonly (string | Buffer | number)[]) => raw(t.socket("app"), bytes);
/** Lines are written a moment after the response. */
const audited = (wanted: object) =>
  expect.poll(() => t.audit().at(-1), { timeout: 3000 }).toMatchObject(wanted);
const metric = (namespace: string) =>
  JSON.stringify({ metricData: [{ namespace, compartmentId: SOME_COMPARTMENT, name: "n", datapoints: [] }] });
const post = (target: string, body: string, ...headers: string[]) =>
  head(`POST ${target}`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers) + body;

describe("what is granted", () => {
  it("is signed and forwarded byte for byte, to the host of the table, realm and region of the instance", async () => {
    const response = await app(
      head(`GET /secrets/20190301/secretbundles/${SECRET}?stage=CURRENT&x=%2f%2F+a`),
    );
    expect(response.status).toBe(200);
    expect(response.body).toBe('{"ok":true}');
    const [seen] = t.oci.seen;
    expect(seen!.wrong).toBeUndefined();
    expect(seen!.target).toBe(`/20190301/secretbundles/${SECRET}?stage=CURRENT&x=%2f%2F+a`);
    expect(seen!.host).toBe("secrets.vaults.xx-test-1.oci.cloud.example");
    expect(seen!.headers.authorization).toMatch(/^Signature version="1",keyId="ST\$/);
  });

  it.each([
    ["core", `GET /core/20160918/instances/${VM}`, "iaas.xx-test-1.cloud.example"],
    ["the instance itself", `GET /core/20160918/instances/${INSTANCE}`, "iaas.xx-test-1.cloud.example"],
    ["a power action", `POST /core/20160918/instances/${VM}?action=SOFTSTOP`, "iaas.xx-test-1.cloud.example"],
    [
      "audit",
      `GET /audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT}&startTime=a&endTime=b`,
      "audit.xx-test-1.cloud.example",
    ],
    [
      "an object",
      "GET /objectstorage/n/ns/b/exports/o/daily/a%20b%2Fc",
      "objectstorage.xx-test-1.cloud.example",
    ],
    [
      "a listing",
      "GET /objectstorage/n/ns/b/exports/o?prefix=daily/",
      "objectstorage.xx-test-1.cloud.example",
    ],
  ])("%s", async (_, line, host) => {
    const response = await app(head(line));
    expect(response.status, response.text).toBe(200);
    expect(t.oci.seen).toHaveLength(1);
    expect(t.oci.seen[0]!).toMatchObject({ host, wrong: undefined });
  });

  it("goes to the host of its own that an operation has", async () => {
    const response = await app(
      post("/monitoring/20180401/metrics", metric("app"), "Content-Type: application/json"),
    );
    expect(response.status, response.text).toBe(200);
    expect(t.oci.seen[0]!).toMatchObject({
      host: "telemetry-ingestion.xx-test-1.cloud.example",
      wrong: undefined,
    });
  });

  it("works with a body in chunks, and says application/json when the caller says nothing", async () => {
    const body = metric("app");
    const response = await app([
      head("POST /monitoring/20180401/metrics", "Transfer-Encoding: chunked"),
      `${body.length.toString(16)}\r\n${body}\r\n`,
      "0\r\n\r\n",
    ]);
    expect(response.status, response.text).toBe(200);
    expect(t.oci.seen[0]!.headers).toMatchObject({
      "content-type": "application/json",
      "content-length": String(body.length),
    });
    expect(t.oci.seen[0]!.headers["transfer-encoding"]).toBeUndefined();
  });

  it("keeps what services need: request and retry ids, conditions, ranges, metadata, page tokens", async () => {
    const kept = [
      "opc-request-id: mine-1",
      "opc-retry-token: r",
      "opc-client-request-id: c",
      "if-match: e",
      "opc-meta-a_b: m",
      "range: bytes=0-1",
      "opc-next-page: p",
    ];
    const response = await app(head("GET /objectstorage/n/ns/b/exports/o/daily/x", ...kept));
    expect(response.status, response.text).toBe(200);
    expect(response.headers["opc-request-id"]).toBe("mine-1/UPSTREAM");
    for (const line of kept) {
      const [name, value] = line.split(": ");
      expect(t.oci.seen[0]!.headers[name!]).toBe(value);
    }
  });

  it("makes a request id when the caller has none, and returns it when the service does not", async () => {
    t.oci.onRequest = (_, res) => {
      res.end("plain");
      return true;
    };
    const response = await app(head(`GET /core/20160918/instances/${VM}`));
    expect(response.headers["opc-request-id"]).toMatch(/^[0-9A-F]{32}$/);
  });

  it("does not follow redirects", async () => {
    t.oci.respond = (_, res) => void res.writeHead(302, { location: "https://elsewhere.example/" }).end();
    expect((await app(head(`GET /core/20160918/instances/${VM}`))).status).toBe(302);
    expect(t.oci.seen).toHaveLength(1);
  });

  it("passes statuses and bodies of errors on, and no cookies or hop-by-hop headers", async () => {
    t.oci.respond = (_, res) => {
      res.writeHead(404, {
        "set-cookie": "a=b",
        connection: "keep-alive, x-hop",
        "x-hop": "1",
        "opc-next-page": "p",
      });
      res.end('{"code":"NotAuthorizedOrNotFound"}');
    };
    const response = await app(head(`GET /core/20160918/instances/${VM}`));
    expect(response.status).toBe(404);
    expect(response.body).toContain("NotAuthorizedOrNotFound");
    expect(response.headers["opc-next-page"]).toBe("p");
    expect(response.text).not.toMatch(/set-cookie|x-hop/i);
  });
});

describe("what callers may not say", () => {
  it.each([
    "Authorization: Signature mine",
    "Proxy-Authorization: Basic x",
    "Proxy-Connection: keep-alive",
    "Date: Thu, 01 Jan 1970 00:00:00 GMT",
    "X-Date: Thu, 01 Jan 1970 00:00:00 GMT",
    "X-Content-SHA256: AAAA",
    "opc-principal: p",
    "opc-obo-token: o",
    "x-cross-tenancy-request: t",
    "Cookie: a=b",
    "Keep-Alive: timeout=5",
    "TE: trailers",
    "Trailer: X-T",
    "X-Api-Key: k",
    "Connection: close, X-Own\r\nX-Own: 1",
  ])("%s does not reach the service", async (line) => {
    const value = line.split(": ").at(-1)!;
    await app(head(`GET /core/20160918/instances/${VM}`, line));
    expect(t.oci.seen).toHaveLength(1);
    const { headers, wrong } = t.oci.seen[0]!;
    expect(wrong).toBeUndefined();
    const name = line.split("\r\n").at(-1)!.split(":")[0]!.toLowerCase();
    expect(headers[name]).not.toBe(value);
  });
});

describe("refusals", () => {
  it("name the grant that would allow it, and are told in the audit", async () => {
    const response = await app(head("GET /objectstorage/n/ns/b/salaries/o/daily/x"));
    expect(response.status).toBe(403);
    expect(JSON.parse(response.body)).toMatchObject({ code: "NotGranted" });
    expect(response.body).toContain('path.bucketName must be \\"exports\\", found \\"salaries\\"');
    expect(JSON.parse(response.body).message).toContain(
      '{ bucket: salaries, access: read, prefix: daily/x }, or the wider prefix "daily/"',
    );
    await audited({
      client: "app",
      service: "objectstorage",
      operation: "GetObject",
      resource: { bucketName: "salaries" },
      decision: "refused",
      status: 403,
      code: "NotGranted",
    });
    expect(t.oci.seen).toHaveLength(0);
  });

  it("name the service that is meant by one that is none", async () => {
    const response = await app(head("GET /s3/bucket"));
    expect(response.status).toBe(404);
    expect(response.body).toContain("did you mean /objectstorage/");
    const compute = await app(head(`GET /compute/20160918/instances/${VM}`));
    expect(compute.body).toContain(`did you mean /core/20160918/instances/${VM}?`);
  });

  it("include the listing of compartments, which no policy takes from an instance", async () => {
    const response = await app(head(`GET /identity/20160918/compartments?compartmentId=${SOME_COMPARTMENT}`));
    expect(response.status).toBe(403);
    expect(response.body).toContain("identity.ListCompartments");
  });

  it.each([
    [
      "metrics of another namespace",
      () => post("/monitoring/20180401/metrics", metric("oci_vcn")),
      403,
      /body.metricData.\*.namespace must be/,
    ],
    [
      "one wrong element among right ones",
      () => {
        const { metricData } = JSON.parse(metric("app"));
        return post(
          "/monitoring/20180401/metrics",
          JSON.stringify({ metricData: [...metricData, { ...metricData[0], namespace: "x" }] }),
        );
      },
      403,
      /found .*x/,
    ],
    ["a body that is not JSON", () => post("/monitoring/20180401/metrics", "namespace=app"), 400, /not JSON/],
    [
      "a member twice",
      () => post("/monitoring/20180401/metrics", '{"metricData":[],"metricData":[]}'),
      400,
      /twice/,
    ],
    [
      "a body in another coding than gzip",
      () => post("/monitoring/20180401/metrics", metric("app"), "Content-Encoding: br"),
      415,
      /Content-Encoding is .*br.*write gzip, or none/,
    ],
    [
      "a form, which is what curl -d says",
      () =>
        post(
          "/monitoring/20180401/metrics",
          metric("app"),
          "Content-Type: application/x-www-form-urlencoded",
        ),
      415,
      /application\/x-www-form-urlencoded.*curl -d.*Content-Type: application\/json/,
    ],
    [
      "a form where no grant is about the body",
      () =>
        post(
          `/loggingingestion/20200831/logs/${LOG}/actions/push`,
          "{}",
          "Content-Type: application/x-www-form-urlencoded",
        ),
      415,
      /takes JSON.*curl -d.*Content-Type: application\/json/,
    ],
    [
      "a body where the method has none",
      () => `${head(`GET /core/20160918/instances/${VM}`, "Content-Length: 2")}{}`,
      400,
      /no body/,
    ],
    [
      "a browser's request",
      () => head(`GET /core/20160918/instances/${VM}`, "Origin: http://localhost"),
      403,
      /browser/,
    ],
    [
      "a forwarded request",
      () => head(`GET /core/20160918/instances/${VM}`, "X-Forwarded-For: 10.0.0.1"),
      403,
      /another proxy/,
    ],
    ["no Host", () => `GET /core/20160918/instances/${VM} HTTP/1.1\r\n\r\n`, 400, /no Host/],
    [
      "another expectation",
      () => head(`GET /core/20160918/instances/${VM}`, "Expect: more"),
      417,
      /100-continue/,
    ],
    ["what each vault serves itself", () => head("GET /keymanagement/20180608/keys/k"), 403, /./],
  ])("%s", async (_, bytes, status, text) => {
    const response = await app(bytes());
    expect(response.status, response.text).toBe(status);
    expect(response.body).toMatch(text);
    expect(response.headers["opc-request-id"]).toMatch(/^[0-9A-F]{32}$/);
    expect(t.oci.seen).toHaveLength(0);
  });
});

describe("bodies", () => {
  const put = (length: number, ...headers: string[]) =>
    head("PUT /objectstorage/n/ns/b/exports/o/daily/big", `Content-Length: ${length}`, ...headers);

  it("stream to Object Storage unsigned, with their length", async () => {
    const piece = Buffer.alloc(64 * 1024, 7);
    const response = await app([put(piece.length * 3), piece, 20, piece, piece]);
    expect(response.status).toBe(200);
    expect(t.oci.seen[0]!).toMatchObject({ wrong: undefined, bodyBytes: piece.length * 3 });
    await audited({
      bytesIn: piece.length * 3,
      decision: "allowed",
      grant: "bucket exports write",
      status: 200,
    });
  });

  it("in chunks are held in memory there, up to the limit, and sent with their length", async () => {
    const target = "PUT /objectstorage/n/ns/b/exports/o/daily/big";
    const chunked = head(target, "Transfer-Encoding: chunked", "Content-Type: text/plain");
    const answer = await app([chunked, "3\r\nabc\r\n", 20, "2\r\nde\r\n", "0\r\n\r\n"]);
    expect(answer.status, answer.text).toBe(200);
    expect(t.oci.seen[0]!).toMatchObject({ wrong: undefined, bodyBytes: 5 });
    expect(t.oci.seen[0]!.body.toString()).toBe("abcde");
    expect(t.oci.seen[0]!.headers).toMatchObject({ "content-length": "5", "content-type": "text/plain" });
    expect(t.oci.seen[0]!.headers["transfer-encoding"]).toBeUndefined();
    const long = await app([chunked, `1388\r\n${"x".repeat(5000)}\r\n0\r\n\r\n`]);
    expect(long.status).toBe(413);
    expect(long.body).toContain("has no Content-Length");
    const digest = await app([
      head(
        target,
        "Transfer-Encoding: chunked",
        `x-content-sha256: ${createHash("sha256").update("x").digest("base64")}`,
      ),
      "1\r\ny\r\n0\r\n\r\n",
    ]);
    expect(digest.status).toBe(400);
    const cut = await app([head(target, "Transfer-Encoding: chunked"), "5\r\nabc\r\n0\r\n\r\n"]);
    expect(cut.status).toBe(400);
    const neither = await app(head(target));
    expect(neither.status).toBe(411);
    expect(t.oci.seen).toHaveLength(1);
    await expect
      .poll(async () => (await fetch(`${t.proxy.adminUrl}/metrics`)).text())
      .toMatch(/buffered_bytes 0\n/);
  });

  it("are compared with the caller's digest, which the service then gets", async () => {
    const piece = Buffer.from("content");
    const digest = createHash("sha256").update(piece).digest("base64");
    const good = await app([put(piece.length, `x-content-sha256: ${digest}`), piece]);
    expect(good.status).toBe(200);
    expect(t.oci.seen[0]!.headers["x-content-sha256"]).toBe(digest);
    const bad = await app([put(piece.length, `x-content-sha256: ${digest}`), Buffer.from("CONTENT")]);
    expect(bad.status, bad.text).toBe(400);
    expect(bad.body).toContain("SHA-256");
    expect(t.oci.seen).toHaveLength(1);
  });

  it("beyond the limit are refused before they are sent, or streamed with a digest", async () => {
    const body = Buffer.alloc(5000, "x");
    const target = `PUT /core/20160918/instances/${VM}`;
    const long = await app(head(target, `Content-Length: ${body.length}`, "Expect: 100-continue"));
    expect(long.status).toBe(413);
    expect(long.text).not.toContain("100 Continue");
    const chunked = await app([
      head(target, "Transfer-Encoding: chunked"),
      "1388\r\n",
      body,
      "\r\n0\r\n\r\n",
    ]);
    expect(chunked.status).toBe(413);
    expect(t.oci.seen).toHaveLength(0);
    const digest = createHash("sha256").update(body).digest("base64");
    const signed = await app([
      head(target, `Content-Length: ${body.length}`, `x-content-sha256: ${digest}`),
      body,
    ]);
    expect(signed.status, signed.text).toBe(200);
    expect(t.oci.seen[0]!).toMatchObject({ wrong: undefined, bodyBytes: 5000 });
    const other = await app([
      head(target, `Content-Length: ${body.length}`, `x-content-sha256: ${digest}`),
      Buffer.alloc(5000, "y"),
    ]);
    expect(other.status, other.text).toBe(400);
    expect(t.oci.seen).toHaveLength(1);
  });

  it("are asked for only when the request is allowed", async () => {
    const refused = await app(
      head("PUT /objectstorage/n/ns/b/salaries/o/x", "Content-Length: 53687091200", "Expect: 100-continue"),
    );
    expect(refused.status).toBe(403);
    expect(refused.text).not.toContain("100 Continue");
    const allowed = await app([put(3, "Expect: 100-continue"), 100, "abc"]);
    expect(allowed.text).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200/);
  });

  it("tell a caller who is still sending why it was refused", async () => {
    const piece = Buffer.alloc(1024 * 1024);
    const response = await app([
      head("PUT /objectstorage/n/ns/b/salaries/o/x", "Content-Length: 53687091200"),
      piece,
      piece,
    ]);
    expect(response.status).toBe(403);
    expect(response.headers["connection"]).toBe("close");
  });

  it("that are small and refused leave the connection open", async () => {
    const update = "PUT /objectstorage/n/ns/b/salaries/o/x";
    const granted = head(`HEAD /objectstorage/n/ns/b/exports/o/daily/x`);
    const { text } = await raw(t.socket("app"), [`${head(update, "Content-Length: 5")}hello${granted}`], {
      settleMs: 300,
    });
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 403", "HTTP/1.1 200"]);
    expect(text).toMatch(/content-length: 11\r\n[\s\S]*\r\n\r\n$/);
  });

  it("are cancelled upstream when the caller goes away", async () => {
    let closed = false;
    t.oci.onRequest = (req) => {
      req.on("close", () => {
        closed = true;
      });
      req.resume();
      return true;
    };
    await raw(t.socket("app"), [put(1000), "abc"], { timeoutMs: 150 });
    await delay(100);
    expect(closed).toBe(true);
    await audited({ decision: "failed", code: "CallerGone" });
  });
});

describe("callers", () => {
  const local = (request: string) =>
    raw({ port: t.port }, request.replace("Host: localhost", `Host: localhost:${t.port}`));
  const line = `GET /core/20160918/instances/${VM}`;

  it("are known by a token at the loopback port, in either header", async () => {
    expect((await local(head(line, `Authorization: Bearer ${t.token("app")}`))).status).toBe(200);
    expect((await local(head(line, `X-Api-Key: ${t.token("app")}`))).status).toBe(200);
    for (const { headers } of t.oci.seen) {
      expect(JSON.stringify(headers)).not.toContain(t.token("app"));
    }
  });

  it.each([
    ["none", () => []],
    ["a wrong one", () => [`Authorization: Bearer keyless_${"A".repeat(43)}`]],
    ["an empty one", () => ["Authorization: Bearer "]],
    ["two", () => [`Authorization: Bearer ${t.token("app")}`, `X-Api-Key: ${t.token("app")}`]],
  ])("are refused there with %s", async (_, headers) => {
    const response = await local(head(line, ...headers()));
    expect([400, 401]).toContain(response.status);
    expect(t.oci.seen).toHaveLength(0);
  });

  it("have their own grants only", async () => {
    expect((await local(head(line, `Authorization: Bearer ${t.token("other")}`))).status).toBe(403);
    expect((await raw(t.socket("other"), head(line))).status).toBe(403);
    expect((await raw(t.socket("other"), head(line, `Authorization: Bearer ${t.token("app")}`))).status).toBe(
      403,
    );
    expect((await raw(t.socket("other"), head("GET /objectstorage/n/ns/b/other/o/x"))).status).toBe(200);
  });
});

describe("a changed document", () => {
  it("is in force at once, on connections that are open", async () => {
    const one = raw(
      t.socket("other"),
      [
        head("GET /objectstorage/n/ns/b/other/o/x"),
        300,
        head("GET /objectstorage/n/ns/b/other/o/x", "Connection: close"),
      ],
      { settleMs: 600 },
    );
    await delay(150);
    await t.proxy.update({ clients: { ...DOCUMENT.clients, other: { allow: [] } } });
    const { text } = await one;
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 403"]);
  });

  it("brings and takes clients", async () => {
    const { other: _, ...rest } = DOCUMENT.clients;
    await t.proxy.update({ clients: { ...rest, third: DOCUMENT.clients["other"]! } });
    expect((await raw(t.socket("third"), head("GET /objectstorage/n/ns/b/other/o/x"))).status).toBe(200);
    expect(
      (await raw(t.socket("other"), head("GET /objectstorage/n/ns/b/other/o/x"), { timeoutMs: 300 })).status,
    ).toBe(0);
    await t.proxy.update(DOCUMENT);
    expect((await raw(t.socket("other"), head("GET /objectstorage/n/ns/b/other/o/x"))).status).toBe(200);
  });

  it("takes nobody else down when a client of it cannot be used, and everything wrong is told", async () => {
    const unusable = {
      allow: [
        {
          grant: "g",
          operations: ["core.Nothing", "core.GetInstance"],
          where: { "path.bucketName": "b", header: "x" },
        },
      ],
    };
    await t.proxy.update({ clients: { ...DOCUMENT.clients, "../app": { allow: [] }, other: unusable } });
    expect((await app(head(`GET /core/20160918/instances/${VM}`))).status).toBe(200);
    const refused = await raw(t.socket("other"), head("GET /objectstorage/n/ns/b/other/o/x"));
    expect(refused.status).toBe(503);
    const told = /there is no operation core.Nothing.*no parameter bucketName.*header is not path/;
    expect(refused.body).toMatch(told);
    expect(t.logged.join("\n")).toMatch(told);
    const ready = await (await fetch(`${t.proxy.adminUrl}/ready`)).json();
    expect(ready).toMatchObject({ ready: true, unusable: { other: expect.stringMatching(told) } });
    expect(Object.keys((ready as { unusable: object }).unusable)).toContain("../app");
    await t.proxy.update(DOCUMENT);
  });
});

it("tells nothing secret in the audit", async () => {
  await app(head(`GET /objectstorage/p/very-secret-token/n/ns/b/exports/o/x?token=very-secret`));
  await app(head(`GET /audit/20190901/auditEvents?compartmentId=${SOME_COMPARTMENT}&page=very-secret`));
  await app(post(`/loggingingestion/20200831/logs/${LOG}/actions/push`, '{"a":"very-secret"}'));
  await audited({ operation: "PutLogs" });
  const text = JSON.stringify(t.audit());
  expect(text).not.toContain("very-secret");
  expect(text).not.toContain(t.token("app"));
  expect(text).not.toMatch(/ST\$|Signature/);
  expect(t.audit().at(-2)).toMatchObject({
    operation: "ListEvents",
    resource: { compartmentId: SOME_COMPARTMENT },
  });
});
