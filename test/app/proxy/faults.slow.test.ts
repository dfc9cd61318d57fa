import { readFileSync, statSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ProxySettingsInput } from "../../../app/proxy/settings.ts";
import { head, startTestProxy, type TestProxy, VM } from "../../support/proxy.ts";
import { raw } from "../../support/raw.ts";
import { type SmallOci, startSmallOci } from "../../support/small-oci/index.ts";

let oci: SmallOci;
let t: TestProxy | undefined;
beforeAll(async () => {
  oci = await startSmallOci();
});
afterAll(() => oci.close());
/** The proxy that the tests of a block share. */
const shared = (settings: ProxySettingsInput): void => {
  let own: TestProxy;
  beforeAll(async () => {
    own = await startTestProxy(settings, undefined, oci);
    await own.proxy.ready();
  });
  beforeEach(async () => {
    // Lines of the test before are written a moment later.
    await delay(100);
    t = own;
    seenLines = own.audit().length;
  });
  afterEach(() => {
    t = undefined;
  });
  afterAll(() => own.close());
};
let seenLines = 0;
afterEach(async () => {
  await t?.close();
  t = undefined;
  seenLines = 0;
  Object.assign(oci, { onRequest: undefined, respond: undefined, onFederation: undefined, lifetimeS: 1200 });
});

const start = async (settings: ProxySettingsInput = {}): Promise<TestProxy> => {
  t = await startTestProxy(settings, undefined, oci);
  await t.proxy.ready().catch(() => undefined);
  return t;
};
const get = (headers: string[] = []) =>
  raw(t!.socket("app"), head(`GET /core/20160918/instances/${VM}`, ...headers), { timeoutMs: 8000 });
const put = (length: number) =>
  head("PUT /objectstorage/n/ns/b/exports/o/daily/x", `Content-Length: ${length}`);
/** Lines are written a moment after the response. */
const lines = async () => {
  await expect.poll(() => t!.audit().length, { timeout: 3000 }).toBeGreaterThan(seenLines);
  await delay(50);
  return t!.audit().slice(seenLines);
};

describe("a fault of the service", () => {
  shared({ upstream: { headersMs: 1000, bodyMs: 1000 } });

  it.each<[string, (oci: SmallOci) => void, number, RegExp]>([
    [
      "reset",
      (o) => {
        o.onRequest = (req) => {
          req.socket.destroy();
          return true;
        };
      },
      502,
      /connection to iaas\.xx-test-1\.cloud\.example failed/,
    ],
    [
      "half a response's head",
      (o) => {
        o.onRequest = (req) => {
          req.socket.end("HTTP/1.1 200 OK\r\nContent-");
          return true;
        };
      },
      502,
      /iaas/,
    ],
    [
      "no HTTP",
      (o) => {
        o.onRequest = (req) => {
          req.socket.end("SSH-2.0-OpenSSH\r\n\r\n");
          return true;
        };
      },
      502,
      /not HTTP/,
    ],
    [
      "an endless head",
      (o) => {
        o.onRequest = (req) => {
          req.socket.end(`HTTP/1.1 200 OK\r\nX: ${"a".repeat(100_000)}\r\n\r\n`);
          return true;
        };
      },
      502,
      /not HTTP/,
    ],
    [
      "silence",
      (o) => {
        o.onRequest = () => true;
      },
      504,
      /in time/,
    ],
  ])("%s: one clear status, one audit line", async (_, fault, status, text) => {
    fault(oci);
    const response = await get();
    expect(response.status, response.text).toBe(status);
    expect(response.body).toMatch(text);
    const audit = await lines();
    expect(audit).toHaveLength(1);
    expect(audit[0]).toMatchObject({ decision: "failed", status, client: "app", operation: "GetInstance" });
    oci.onRequest = undefined;
    expect((await get()).status).toBe(200);
  });

  it("a response that breaks off cuts the caller's, rather than end it as if it were whole", async () => {
    oci.onRequest = (req, res) => {
      res.writeHead(200, { "content-length": "1000" });
      res.write("half");
      setTimeout(() => req.socket.destroy(), 50);
      return true;
    };
    const response = await get();
    expect(response.status).toBe(200);
    expect(response.body).toBe("half");
    expect(await lines()).toMatchObject([
      { decision: "failed", code: "UpstreamFailed", status: 200, bytesOut: 4 },
    ]);
  });

  it("a response that stops coming is given up", async () => {
    oci.onRequest = (_, res) => {
      res.writeHead(200, { "content-length": "1000" });
      res.write("half");
      return true;
    };
    expect((await get()).body).toBe("half");
    expect(await lines()).toMatchObject([{ decision: "failed", code: "UpstreamTimeout" }]);
  });

  it("an early response to an upload reaches the caller", async () => {
    oci.onRequest = (_, res) => {
      res.writeHead(404, { "content-length": "2", connection: "close" }).end("{}");
      return true;
    };
    const piece = Buffer.alloc(256 * 1024);
    const response = await raw(t!.socket("app"), [put(piece.length * 40), ...Array(8).fill(piece)], {
      timeoutMs: 3000,
    });
    expect([404, 502]).toContain(response.status);
    expect((await lines())[0]).toMatchObject({ operation: "PutObject" });
  });
});

describe("a fault of the way there", () => {
  let silent: Server;
  beforeAll(async () => {
    silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => silent.close());

  const withToken = async (change: (t: TestProxy) => void) => {
    await start({ upstream: { connectMs: 500 } });
    change(t!);
    return get();
  };

  it("nobody listens", async () => {
    t = await startTestProxy(
      { upstream: { connectTo: "127.0.0.1:1" }, timeouts: { identityMs: 2000 } },
      undefined,
      oci,
    );
    const response = await get();
    expect(response.status).toBe(503);
    expect(response.headers["retry-after"]).toBe("5");
    expect(response.body).toMatch(/auth\.xx-test-1\.cloud\.example\/v1\/x509: .*ECONNREFUSED/);
  });

  it("somebody listens and says nothing", async () => {
    const port = (silent.address() as AddressInfo).port;
    t = await startTestProxy(
      { upstream: { connectTo: `127.0.0.1:${port}`, connectMs: 300 }, timeouts: { identityMs: 2000 } },
      undefined,
      oci,
    );
    expect((await get()).status).toBe(503);
  });

  it("the certificate is another authority's", async () => {
    const other = await startSmallOci();
    t = await startTestProxy({ upstream: { connectTo: `127.0.0.1:${other.tlsPort}` } }, undefined, oci);
    const response = await get();
    await other.close();
    expect(response.status).toBe(503);
    expect(response.body).toMatch(/signature|certificate|SELF_SIGNED|CERT/i);
  });

  it("names cannot be resolved", async () => {
    t = await startTestProxy({ upstream: { connectTo: "no-such-host.invalid:443" } }, undefined, oci);
    const response = await get();
    expect(response.status).toBe(503);
    expect(response.body).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });

  it("the metadata service is not there", async () => {
    t = await startTestProxy(
      { metadata: { baseUrl: "http://127.0.0.1:1/opc/v2" }, timeouts: { identityMs: 3000 } },
      undefined,
      oci,
    );
    const response = await get();
    expect(response.status).toBe(503);
    expect(JSON.parse(response.body)).toMatchObject({ code: "NoIdentity" });
  });

  it("everything recovers by itself", async () => {
    oci.onFederation = (res) => {
      res.writeHead(503).end();
      return true;
    };
    const response = await withToken(() => undefined);
    expect(response.status).toBe(503);
    expect(response.body).toContain("with 503");
    oci.onFederation = undefined;
    await expect.poll(async () => (await get()).status, { timeout: 5000, interval: 200 }).toBe(200);
  });
});

describe("a token that is no longer accepted", () => {
  it("is replaced once, and the request tried again", async () => {
    await start();
    let refused = 0;
    oci.onRequest = (_, res) => {
      refused += 1;
      if (refused > 1) return false;
      res.writeHead(401, { "content-type": "application/json" }).end('{"code":"NotAuthenticated"}');
      return true;
    };
    const before = oci.counts.federation;
    expect((await get()).status).toBe(200);
    expect(oci.counts.federation).toBe(before + 1);
    expect(await lines()).toHaveLength(1);
  });

  it("is not asked for again and again when the service goes on refusing", async () => {
    await start();
    oci.onRequest = (_, res) => {
      res.writeHead(401, { "content-type": "application/json" }).end('{"code":"NotAuthenticated"}');
      return true;
    };
    const before = oci.counts.federation;
    for (let i = 0; i < 5; i += 1) {
      const response = await get();
      expect(response.status).toBe(401);
      expect(response.body).toContain('{"code":"NotAuthenticated"}');
    }
    expect(oci.counts.federation).toBe(before + 1);
  });
});

describe("too much at once", () => {
  shared({
    limits: { requests: 4, bufferedBodyBytes: 1000, bufferedTotalBytes: 1500 },
    timeouts: { bodyMs: 1000, stallMs: 1000 },
  });

  it("is answered 503 with Retry-After, and what is under way is finished", async () => {
    const waiting: (() => void)[] = [];
    oci.respond = (_, res) => void waiting.push(() => res.end("{}"));
    const first = Array.from({ length: 4 }, () => get());
    await expect.poll(() => waiting.length).toBe(4);
    const more = await Promise.all(Array.from({ length: 4 }, () => get()));
    for (const response of more) {
      expect(response.status).toBe(503);
      expect(response.headers["retry-after"]).toBe("1");
    }
    for (const response of waiting) response();
    expect((await Promise.all(first)).map((a) => a.status)).toEqual([200, 200, 200, 200]);
    oci.respond = undefined;
    expect((await get()).status).toBe(200);
  });

  it("of buffered bodies is refused before memory grows, and given back", async () => {
    const update = head(`PUT /core/20160918/instances/${VM}`, "Content-Length: 900");
    const slow = raw(t!.socket("app"), [update, "x".repeat(800), 500, "x".repeat(100)]);
    await delay(150);
    expect((await raw(t!.socket("app"), [update, "x".repeat(900)])).status).toBe(503);
    expect((await slow).status).toBe(200);
    expect((await raw(t!.socket("app"), [update, "x".repeat(900)])).status).toBe(200);
    const metrics = await (await fetch(`${t!.proxy.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/keyless_proxy_buffered_bytes 0\n/);
  });

  it("of time for a body is answered 408", async () => {
    const response = await raw(t!.socket("app"), [
      head(`PUT /core/20160918/instances/${VM}`, "Content-Length: 9"),
      "x",
    ]);
    expect(response.status).toBe(408);
  });

  it("of time without a byte of an upload ends it", async () => {
    await raw(t!.socket("app"), [put(1000), "x"], { timeoutMs: 2000 });
    expect((await lines()).at(-1)).toMatchObject({
      operation: "PutObject",
      decision: "failed",
      code: "CallerGone",
    });
  });
});

it.each([
  ["in a body that is read", head(`PUT /core/20160918/instances/${VM}`, "Transfer-Encoding: chunked"), 400],
  ["in an upload", put(5).replace("Content-Length: 5", "Transfer-Encoding: chunked"), 400],
  ["in a request's head", "GET /", 400],
])("what is no HTTP %s gives one response and one audit line", async (_, bytes, status) => {
  await start();
  const response = await raw(t!.socket("app"), [bytes, "zz\r\n\0\0\r\n\r\n"]);
  expect(response.status).toBe(status);
  const audit = await lines();
  expect(audit).toHaveLength(1);
  expect(audit[0]).toMatchObject({ client: "app", decision: "refused", status });
  const metrics = await (await fetch(`${t!.proxy.adminUrl}/metrics`)).text();
  expect(metrics).toContain(`client="app"`);
  expect(metrics).toContain(`decision="refused",status="${status}"} 1`);
});

describe("audit lines that cannot be written", () => {
  it("stop requests by default, and health says why", async () => {
    await start({ audit: { to: "/dev/full" } });
    await get();
    await delay(50);
    const response = await get();
    expect(response.status).toBe(503);
    expect(response.body).toContain("/dev/full: ENOSPC");
    const ready = await fetch(`${t!.proxy.adminUrl}/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ problems: { audit: /ENOSPC/ } as never });
    expect(t!.logged.filter((m) => m.includes("ENOSPC"))).toHaveLength(1);
  });

  it("or do not, by a setting", async () => {
    await start({ audit: { to: "/dev/full", onFailure: "continue" } });
    await get();
    await delay(50);
    expect((await get()).status).toBe(200);
  });
});

describe("health", () => {
  it("tells start, life, readiness and metrics apart", async () => {
    await start();
    await get();
    const at = (path: string, init?: RequestInit) => fetch(`${t!.proxy.adminUrl}${path}`, init);
    for (const path of ["/startup", "/live", "/ready"]) expect((await at(path)).status, path).toBe(200);
    expect((await at("/nothing")).status).toBe(404);
    expect((await at("/live", { method: "POST" })).status).toBe(405);
    expect((await at("/ready", { headers: { origin: "http://x" } })).status).toBe(403);
    const metrics = await (await at("/metrics")).text();
    expect(metrics).toContain(
      'keyless_proxy_requests_total{client="app",service="core",decision="allowed",status="200"} 1',
    );
    for (const name of [
      "keyless_token_age_seconds",
      "keyless_token_refreshes_total 1",
      "keyless_proxy_signing_seconds_count 1",
      "keyless_proxy_request_seconds_bucket",
      "keyless_proxy_signing_queue 0",
    ]) {
      expect(metrics).toContain(name);
    }
  });

  it("is not ready without a token", async () => {
    oci.onFederation = (res) => {
      res.writeHead(503).end();
      return true;
    };
    await start();
    const response = await fetch(`${t!.proxy.adminUrl}/ready`);
    expect(response.status).toBe(503);
    expect(JSON.stringify(await response.json())).toContain("with 503");
  });
});

describe("sockets and tokens", () => {
  it("are for one user, and tokens change", async () => {
    await start({ tokens: { rotateS: 1, overlapS: 1 } });
    expect(statSync(`${t!.dir}/app.sock`).mode & 0o777).toBe(0o600);
    expect(statSync(`${t!.dir}/app.token`).mode & 0o777).toBe(0o600);
    expect(statSync(t!.dir).mode & 0o777).toBe(0o711);
    const first = t!.token("app");
    const call = (token: string) =>
      raw(
        { port: t!.port },
        `GET /core/20160918/instances/${VM} HTTP/1.1\r\nHost: localhost:${t!.port}\r\nX-Api-Key: ${token}\r\n\r\n`,
      );
    await expect.poll(() => t!.token("app"), { timeout: 3000 }).not.toBe(first);
    expect((await call(first)).status, "the one before, for the overlap").toBe(200);
    await delay(2200);
    expect((await call(first)).status).toBe(401);
    expect((await call(t!.token("app"))).status).toBe(200);
  });

  it("are gone when the proxy has ended, and a new one takes what is left over", async () => {
    await start();
    const { dir } = t!;
    const before = readFileSync(`${dir}/app.token`, "utf8");
    const second = await startTestProxy({ sockets: { dir }, tokens: { dir } }, undefined, oci);
    await second.proxy.ready();
    const response = await raw(
      { port: second.port },
      `GET /core/20160918/instances/${VM} HTTP/1.1\r\nHost: localhost:${second.port}\r\nX-Api-Key: ${before}\r\n\r\n`,
    );
    expect(response.status, "the token of the proxy before").toBe(200);
    await t!.proxy.close();
    expect((await raw({ path: `${dir}/app.sock` }, head(`GET /core/20160918/instances/${VM}`))).status).toBe(
      200,
    );
    // The proxy before may still be answering: both take the same token until it is due for another.
    expect(readFileSync(`${dir}/app.token`, "utf8")).toBe(before);
    await second.close();
    expect(() => statSync(`${dir}/app.sock`)).toThrow();
    expect(() => statSync(`${dir}/app.token`)).toThrow();
  });
});
