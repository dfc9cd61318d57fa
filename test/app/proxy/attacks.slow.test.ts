/** Attacks by whoever is on the machine, and by one client on the others: nothing ends, nothing stays, all are served. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type NetConnectOpts, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { gaugesOf } from "../../support/gauges.ts";
import { head, startTestProxy, type TestProxy, VM } from "../../support/proxy.ts";
import { type ProxyProcess, startProxyProcess } from "../../support/proxy-process.ts";
import { raw } from "../../support/raw.ts";
import { skipUnless } from "../../support/skip.ts";
import { type SmallOci, startSmallOci } from "../../support/small-oci/index.ts";

let oci: SmallOci;
beforeAll(async () => {
  oci = await startSmallOci();
});
afterAll(() => oci.close());
afterEach(() => {
  Object.assign(oci, { onRequest: undefined, respond: undefined });
});

/** A loaded machine takes its time. */
const SLOW = { timeoutMs: 15_000 };
const poll = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 10_000 });

const get = head(`GET /core/20160918/instances/${VM}`);
const big = head("GET /objectstorage/n/ns/b/exports/o/daily/x");

/** Opens connections that nobody reads, writes the bytes to each, and resolves when all are open. */
const open = async (to: NetConnectOpts, count: number, bytes?: string): Promise<Socket[]> => {
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(to);
    socket.on("error", () => undefined);
    socket.pause();
    return socket;
  });
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((done) => {
          socket.once("connect", () => done()).once("close", () => done());
        }),
    ),
  );
  if (bytes !== undefined) for (const socket of sockets) socket.write(bytes);
  return sockets;
};
const end = (sockets: readonly Socket[]): void => {
  for (const socket of sockets) socket.destroy();
};

describe("a proxy that is a process", () => {
  let proxy: ProxyProcess;
  beforeEach(async () => {
    proxy = await startProxyProcess(oci, { limits: { requests: 8 } });
  });
  afterEach(async () => {
    expect(await proxy.end()).toBe(0);
  });

  const places = (): [string, NetConnectOpts, string][] => [
    ["the port", { port: Number(new URL(proxy.url).port), host: "127.0.0.1" }, ""],
    ["a socket", { path: `${proxy.dir}/app.sock` }, ""],
    ["a socket, behind a request", { path: `${proxy.dir}/app.sock` }, get],
    ["the admin listener", { port: Number(new URL(proxy.adminUrl).port), host: "127.0.0.1" }, ""],
    [
      "the admin listener, behind a request",
      { port: Number(new URL(proxy.adminUrl).port), host: "127.0.0.1" },
      get,
    ],
  ];

  it.each([
    "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    head("GET /", "Upgrade: websocket", "Connection: Upgrade"),
    head("PUT /", "Expect: 100-continue", "Content-Length: 9"),
    head("PUT /", "Expect: 200-ok", "Content-Length: 9"),
  ])("lives on when connections that sent %j are reset", async (bytes) => {
    for (const [, to, before] of places()) {
      for (const waitMs of [0, 1, 5]) {
        const sockets = await open(to, 25, before + bytes.repeat(3));
        await delay(waitMs);
        for (const socket of sockets) {
          if ("port" in to) socket.resetAndDestroy();
          else socket.destroy();
        }
      }
    }
    await delay(100);
    expect(proxy.child.exitCode).toBeNull();
    expect((await raw({ path: `${proxy.dir}/app.sock` }, get, SLOW)).status).toBe(200);
    await poll(() => gaugesOf(proxy.adminUrl)).toMatchObject({ inFlight: 0, connections: 0 });
  });

  it.each([
    ["bytes that are no HTTP", `${get}${get}\0\0 nonsense\r\n\r\n`],
    [
      "a bad chunk",
      `${get}${head(`PUT /core/20160918/instances/${VM}`, "Transfer-Encoding: chunked")}zz\r\n`,
    ],
    ["too long a head", `${get}${get}GET /${"x".repeat(20_000)} HTTP/1.1\r\n\r\n`],
    ["HTTP/1.0", `${get}${get}${head("GET /").replace("HTTP/1.1", "HTTP/1.0")}`],
    [
      "HTTP/1.0 that keeps alive",
      `${head(`GET /core/20160918/instances/${VM}`, "Connection: keep-alive").replace("1.1", "1.0").repeat(3)}`,
    ],
    ["a tunnel", `${get}${get}CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n`],
    ["an end", `${head(`GET /core/20160918/instances/${VM}`, "Connection: close")}${get}${get}`],
  ])("has nothing under way after requests and %s", async (_, bytes) => {
    for (let i = 0; i < 8; i += 1) {
      const sockets = await open({ path: `${proxy.dir}/app.sock` }, 2, bytes);
      for (const socket of sockets) socket.resume();
      // Callers that wait for their responses: the proxy closes the connection, or nothing comes any more.
      await Promise.race([Promise.all(sockets.map((s) => once(s, "close"))), delay(i < 6 ? 3000 : 20)]);
      end(sockets);
    }
    await poll(() => gaugesOf(proxy.adminUrl)).toMatchObject({ inFlight: 0, connections: 0 });
    expect((await raw({ path: `${proxy.dir}/app.sock` }, get, SLOW)).status).toBe(200);
    expect((await fetch(`${proxy.adminUrl}/ready`)).status).toBe(200);
  });
});

describe("one client", () => {
  let t: TestProxy;
  afterEach(() => t.close());
  const other = head("GET /objectstorage/n/ns/b/other/o/x");
  const pathOf = (client: string): NetConnectOpts => t.socket(client) as { path: string };

  it("whose responses nobody reads leaves connections to others, and gives its own back", async () => {
    t = await startTestProxy(
      { upstream: { connectionsPerHost: 16, headersMs: 20_000 }, timeouts: { stallMs: 6000 } },
      undefined,
      oci,
    );
    await t.proxy.ready();
    const content = Buffer.alloc(20_000_000, "x");
    let served = 0;
    oci.respond = ({ target }, res) => {
      if (!target.includes("/exports/")) return void res.end("{}");
      served += 1;
      res.end(content);
    };
    const stalled = await open(pathOf("app"), 30, big);
    await poll(() => served).toBeGreaterThanOrEqual(13);
    const startedMs = performance.now();
    expect((await raw(t.socket("other"), other, SLOW)).status).toBe(200);
    expect(performance.now() - startedMs).toBeLessThan(4000);
    // Bytes from its side do not make it a reader.
    const feeding = setInterval(() => {
      for (const socket of stalled) socket.write("G");
    }, 300);
    await expect
      .poll(() => t.audit().filter((l) => l.code === "CallerGone").length, { timeout: 40_000 })
      .toBe(30);
    clearInterval(feeding);
    end(stalled);
    await poll(() => gaugesOf(t.proxy.adminUrl!)).toMatchObject({ inFlight: 0, connections: 0 });
  });

  it("has its share of the requests, and others have theirs", async () => {
    t = await startTestProxy({ limits: { requests: 8 } }, undefined, oci);
    await t.proxy.ready();
    const waiting: (() => void)[] = [];
    oci.respond = ({ target }, res) =>
      target.includes("/b/other/") ? void res.end("{}") : void waiting.push(() => res.end("{}"));
    const responses = Array.from({ length: 10 }, () => raw(t.socket("app"), get, SLOW));
    await poll(() => waiting.length).toBe(7);
    expect((await raw(t.socket("other"), other, SLOW)).status).toBe(200);
    expect((await fetch(`${t.proxy.adminUrl}/ready`)).status).toBe(200);
    for (const finish of waiting) finish();
    const statuses = (await Promise.all(responses)).map((a) => a.status).sort();
    expect(statuses).toEqual([...Array(7).fill(200), 503, 503, 503]);
  });

  it("that takes the last of them makes the proxy unready, and says so", async () => {
    t = await startTestProxy({ limits: { requests: 4 } }, undefined, oci);
    await t.proxy.ready();
    const waiting: (() => void)[] = [];
    oci.respond = (_, res) => void waiting.push(() => res.end("{}"));
    const responses = Array.from({ length: 4 }, () => raw(t.socket("app"), get, SLOW));
    await poll(() => waiting.length).toBe(4);
    const ready = await fetch(`${t.proxy.adminUrl}/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      problems: { requests: expect.stringMatching(/all 4 requests/) },
    });
    for (const finish of waiting) finish();
    await Promise.all(responses);
    await poll(async () => (await fetch(`${t.proxy.adminUrl}/ready`)).status).toBe(200);
  });

  it("that buffers bodies leaves room for others'", async () => {
    t = await startTestProxy(
      { limits: { bufferedBodyBytes: 10_000, bufferedTotalBytes: 20_000 } },
      undefined,
      oci,
    );
    await t.proxy.ready();
    const part = "x".repeat(9000);
    const update = head(`PUT /core/20160918/instances/${VM}`, "Content-Length: 9001");
    const slow = await open(pathOf("app"), 4, update + part);
    await delay(300);
    const { bufferedBytes } = await gaugesOf(t.proxy.adminUrl!);
    expect(bufferedBytes).toBeGreaterThan(0);
    expect(bufferedBytes).toBeLessThan(16_000);
    end(slow);
    await poll(() => gaugesOf(t.proxy.adminUrl!)).toMatchObject({ inFlight: 0, bufferedBytes: 0 });
  });
});

describe("connections without a token", () => {
  let t: TestProxy;
  afterEach(() => t.close());
  const withToken = (): string =>
    head(`GET /core/20160918/instances/${VM}`, `X-Api-Key: ${t.token("app")}`).replace(
      "Host: localhost",
      `Host: 127.0.0.1:${t.port}`,
    );

  it("do not shut the port, however many", async () => {
    // None of them is closed for its age.
    const timeouts = { headersMs: 120_000, credentialMs: 120_000, stallMs: 120_000 };
    t = await startTestProxy({ timeouts }, undefined, oci);
    await t.proxy.ready();
    const idle = await open({ port: t.port, host: "127.0.0.1" }, 2100);
    const startedMs = performance.now();
    expect((await raw({ port: t.port }, withToken(), SLOW)).status).toBe(200);
    // A tenth of that on a machine that does nothing else.
    expect(performance.now() - startedMs).toBeLessThan(5000);
    await poll(async () => (await gaugesOf(t.proxy.adminUrl!)).unauthenticated).toBeLessThanOrEqual(256);
    end(idle);
  });

  // Another user's connections need another user, which only root can be.
  skipUnless(process.platform === "linux" && process.getuid!() === 0, "not Linux, or not root").it(
    "make room for each other, and not those of another user",
    async () => {
      t = await startTestProxy({ limits: { unauthenticated: 20 } }, undefined, oci);
      await t.proxy.ready();
      const [first] = await open({ port: t.port, host: "127.0.0.1" }, 1);
      const flood = `const { connect } = require("net");
        for (let i = 0; i < 60; i += 1) connect(${t.port}, "127.0.0.1").on("error", () => {});
        setTimeout(() => {}, 60_000);`;
      const child = spawn(process.execPath, ["-e", flood], { uid: 65_534, cwd: "/", stdio: "ignore" });
      await poll(async () => {
        const { connections, unauthenticated } = await gaugesOf(t.proxy.adminUrl!);
        return child.exitCode === null && connections === 20 && unauthenticated === 20;
      }).toBe(true);
      const responded = new Promise<string>((done) => first!.once("data", (piece) => done(String(piece))));
      first!.resume();
      first!.write(withToken());
      expect(await responded).toMatch(/^HTTP\/1\.1 200 /);
      child.kill();
      end([first!]);
    },
  );

  it("are closed when none is shown in time, and those with one are kept", async () => {
    t = await startTestProxy({ timeouts: { credentialMs: 1000 } }, undefined, oci);
    await t.proxy.ready();
    const at = { port: t.port, host: "127.0.0.1" };
    const [kept] = await open(at, 1, withToken());
    const idle = await open(at, 20);
    const refused = await open(at, 20, get);
    await poll(() => gaugesOf(t.proxy.adminUrl!)).toMatchObject({
      connections: 1,
      unauthenticated: 0,
    });
    kept!.resume();
    kept!.write(withToken());
    await poll(() => t.audit().filter((l) => l.status === 200).length).toBe(2);
    end([kept!, ...idle, ...refused]);
  });

  it("take no request's place from clients", async () => {
    t = await startTestProxy({ limits: { requests: 4 } }, undefined, oci);
    await t.proxy.ready();
    // Nobody reads what they are answered.
    const flood = await open({ port: t.port, host: "127.0.0.1" }, 20, get.repeat(16));
    const unread = await open(
      { port: t.port, host: "127.0.0.1" },
      20,
      head("PUT /", "Content-Length: 1000000"),
    );
    expect((await raw({ port: t.port }, withToken(), SLOW)).status).toBe(200);
    expect((await raw(t.socket("app"), get, SLOW)).status).toBe(200);
    end([...flood, ...unread]);
  });
});

it("a client's connections are kept to its share, the oldest idle one closed for the next", async () => {
  const t = await startTestProxy({ limits: { connections: 16, unauthenticated: 8 } }, undefined, oci);
  try {
    await t.proxy.ready();
    const one = (client: string, target: string): string =>
      head(`GET ${target}`, `X-Api-Key: ${t.token(client)}`).replace(
        "Host: localhost",
        `Host: 127.0.0.1:${t.port}`,
      );
    const at = { port: t.port, host: "127.0.0.1" };
    const many: Socket[] = [];
    for (let i = 0; i < 24; i += 1) {
      many.push(...(await open(at, 1, one("app", `/core/20160918/instances/${VM}`))));
      await poll(() => t.audit().length).toBe(i + 1);
    }
    expect((await gaugesOf(t.proxy.adminUrl!)).connections).toBe(13);
    expect((await raw(at, one("other", "/objectstorage/n/ns/b/other/o/x"))).status).toBe(200);
    end(many);
  } finally {
    await t.close();
  }
});
