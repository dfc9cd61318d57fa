/** Settings of clients that travel in the document: entrances, users, tokens, limits and names, changed while it runs. */
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { connect, createServer, type NetConnectOpts } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isLoopback } from "../../../document/client-settings.ts";
import type { ProxyDocument } from "../../../document/schema.ts";
import { noneIsSigned } from "../../support/attack.ts";
import { freePort } from "../../support/free-port.ts";
import { DOCUMENT, head, SECRET, startTestProxy, type TestProxy, VM } from "../../support/proxy.ts";
import { raw } from "../../support/raw.ts";
import { skipUnless } from "../../support/skip.ts";

let t: TestProxy;
beforeAll(async () => {
  t = await startTestProxy({ limits: { bufferedBodyBytes: 4096 } });
  await t.proxy.ready();
});
afterAll(() => t.close());
beforeEach(() => {
  t.oci.seen.length = 0;
});

const rules = (client: string) => (DOCUMENT.clients[client] as { allow: unknown[] }).allow;
/** The usual document, with settings of its clients. */
const withSettings = (settings: Record<string, object>): ProxyDocument => ({
  clients: Object.fromEntries(
    Object.keys(DOCUMENT.clients).map((name) => [name, { allow: rules(name), ...settings[name] }]),
  ),
});
const instance = `GET /core/20160918/instances/${VM}`;
const object = "GET /n/ns/b/exports/o/daily/x";
const bundle = `/20190301/secretbundles/${SECRET}`;
const at = (port: number, line: string, token: string, host = `127.0.0.1:${port}`) =>
  raw({ port }, head(line, `X-Api-Key: ${token}`).replace("Host: localhost", `Host: ${host}`));

describe("an entrance for one service", () => {
  it("is a socket, where whole paths are that service's", async () => {
    await t.proxy.update(withSettings({ app: { listen: [{ service: "objectstorage" }] } }));
    const path = join(t.dir, "objectstorage", "app.sock");
    expect(t.proxy.clients["app"]!.services).toEqual({ objectstorage: path });
    const answer = await raw({ path }, head(object));
    expect(answer.status, answer.text).toBe(200);
    expect(t.oci.seen[0]).toMatchObject({
      host: "objectstorage.xx-test-1.cloud.example",
      target: "/n/ns/b/exports/o/daily/x",
      wrong: undefined,
    });
    await noneIsSigned(
      t,
      [
        head(instance),
        head(`GET /secrets${bundle}`),
        head(`GET ${bundle}`),
        head("GET /objectstorage/n/ns/b/exports/o/daily/x"),
        head("GET /n/ns/b/salaries/o/daily/x"),
        head("GET /n/ns/b/exports/o/daily/%2e%2e/x"),
        head("GET /p/token/n/ns/b/exports/o/daily/x"),
        head(`GET ${bundle}`).replace("Host: localhost", "Host: secrets.vaults.xx-test-1.oci.cloud.example"),
        head(object).replace("Host: localhost", "Host: iaas.xx-test-1.cloud.example"),
        head(object).replace("Host: localhost", "Host: objectstorage.yy-test-1.cloud.example"),
      ],
      { path },
    );
    const named = head(object).replace("Host: localhost", "Host: objectstorage.xx-test-1.cloud.example");
    expect((await raw({ path }, named)).status).toBe(200);
    await t.proxy.update(DOCUMENT);
    expect(existsSync(path)).toBe(false);
    expect((await raw(t.socket("app"), head(instance))).status).toBe(200);
  });

  it("is a port, which takes the tokens of its own clients only", async () => {
    const port = await freePort();
    await t.proxy.update(withSettings({ app: { listen: [{ port, service: "objectstorage" }] } }));
    expect((await at(port, object, t.token("app"))).status).toBe(200);
    expect((await at(port, object, t.token("other"))).status).toBe(401);
    expect((await at(port, object, "keyless_x")).status).toBe(401);
    expect((await at(port, instance, t.token("app"))).status).toBeGreaterThanOrEqual(400);
    expect((await at(port, object, t.token("app"), "evil.example")).status).toBe(421);
    expect((await at(port, object, t.token("app"), `127.0.0.1:${t.port}`)).status).toBe(421);
    expect(t.oci.seen).toHaveLength(1);
    await t.proxy.update(
      withSettings({
        app: { listen: [{ port, service: "objectstorage" }] },
        other: { listen: [{ port, service: "objectstorage" }] },
      }),
    );
    expect((await at(port, "GET /n/ns/b/other/o/x", t.token("other"))).status).toBe(200);
    // The same port for another service: what it was before is gone at once.
    await t.proxy.update(withSettings({ app: { listen: [{ port, service: "core" }] } }));
    await expect
      .poll(async () => (await at(port, `GET /20160918/instances/${VM}`, t.token("app"))).status)
      .toBe(200);
    await t.proxy.update(DOCUMENT);
    expect((await at(port, object, t.token("app"))).status).toBe(0);
  });

  it("that cannot be opened is said once, and disturbs nobody", async () => {
    const busy = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => busy.once("listening", done));
    const { port } = busy.address() as { port: number };
    await t.proxy.update(
      withSettings({
        app: {
          listen: [
            { port, service: "core" },
            { port: t.port, service: "core" },
          ],
        },
      }),
    );
    expect((await raw(t.socket("app"), head(instance))).status).toBe(200);
    busy.close();
    await expect
      .poll(async () => (await at(port, `GET /20160918/instances/${VM}`, t.token("app"))).status)
      .toBe(200);
    await t.proxy.update(DOCUMENT);
  });

  it("for two services is refused to the second client, with the reason", async () => {
    const port = await freePort();
    await t.proxy.update(
      withSettings({
        app: { listen: [{ port, service: "objectstorage" }] },
        other: { listen: [{ port, service: "core" }] },
      }),
    );
    expect(t.logged.join("\n")).toContain(
      `client other: 127.0.0.1 port ${port} is for objectstorage already, and cannot be for core too`,
    );
    expect((await at(port, object, t.token("app"))).status).toBe(200);
    expect((await at(port, object, t.token("other"))).status).toBe(401);
    await t.proxy.update(DOCUMENT);
  });

  it("for a service that is none makes the client unusable, with the reason", async () => {
    await t.proxy.update(withSettings({ other: { listen: [{ service: "objectstorag" }] } }));
    const answer = await raw(t.socket("other"), head(instance));
    expect(answer.status).toBe(503);
    expect(answer.body).toContain("there is no service objectstorag; did you mean objectstorage?");
    await t.proxy.update(DOCUMENT);
  });
});

const bridge = Object.values(networkInterfaces())
  .flat()
  .find((one) => one && one.family === "IPv4" && !isLoopback(one.address))?.address;
skipUnless(bridge !== undefined, "the machine has no address but the loopback").it(
  "an entrance at an address of a bridge is a client's own, and checks Host and token",
  async () => {
    const port = await freePort();
    await t.proxy.update(
      withSettings({ app: { listen: [{ address: bridge, port }], hosts: ["host.docker.internal"] } }),
    );
    const call = async (token: string, host = `${bridge}:${port}`) => {
      const { request } = await import("node:http");
      return new Promise<number>((resolve, reject) =>
        request(
          {
            host: bridge,
            port,
            path: instance.slice(4),
            headers: { host, authorization: `Bearer ${token}` },
          },
          (response) => resolve(response.resume().statusCode!),
        )
          .on("error", reject)
          .end(),
      );
    };
    expect(await call(t.token("app"))).toBe(200);
    expect(await call(t.token("app"), `host.docker.internal:${port}`)).toBe(200);
    expect(await call(t.token("app"), "evil.example")).toBe(421);
    expect(await call(t.token("other"))).toBe(401);
    expect(await call(t.token("other"), `host.docker.internal:${port}`)).toBe(421);
    await t.proxy.update(DOCUMENT);
  },
);

describe("a client's token", () => {
  it("is not replaced by another interval before its time", async () => {
    const first = t.token("app");
    await t.proxy.update(withSettings({ app: { rotateS: 60, overlapS: 0 } }));
    expect(t.token("app")).toBe(first);
    expect((await at(t.port, instance, first)).status).toBe(200);
  });

  it("stays the same with rotation: never, and others are replaced", async () => {
    const p = await startTestProxy(
      { tokens: { rotateS: 1, overlapS: 0 } },
      withSettings({ app: { rotation: "never" } }),
      t.oci,
    );
    try {
      const file = (client: string) => readFileSync(p.proxy.clients[client]!.tokenFile!, "utf8");
      const [app, other] = [file("app"), file("other")];
      await expect.poll(() => file("other"), { timeout: 5000 }).not.toBe(other);
      await delay(1200);
      expect(file("app")).toBe(app);
      expect((await at(p.port, instance, app)).status).toBe(200);
      expect((await at(p.port, instance, other)).status).toBe(401);
      await p.proxy.update(DOCUMENT);
      await expect.poll(() => file("app"), { timeout: 5000 }).not.toBe(app);
    } finally {
      await p.close();
    }
  });
});

it("a client's connections are as many as its settings say, at a socket and at a port", async () => {
  await t.proxy.update(withSettings({ app: { limits: { connections: 2 } } }));
  const token = readFileSync(t.proxy.clients["app"]!.tokenFile!, "utf8");
  const url = new URL(t.proxy.url!);
  const port = { host: url.hostname, port: Number(url.port) };
  for (const [to, host] of [
    [t.socket("app"), "localhost"],
    [port, url.host],
  ] as const) {
    const closed: number[] = [];
    const open = async (n: number) => {
      const socket = connect(to as NetConnectOpts);
      socket.on("close", () => closed.push(n)).on("error", () => undefined);
      socket.write(`${instance} HTTP/1.1\r\nHost: ${host}\r\nX-Api-Key: ${token}\r\n\r\n`);
      await once(socket, "data");
      return socket;
    };
    const sockets = [];
    for (let n = 0; n < 4; n += 1) sockets.push(await open(n));
    await expect.poll(() => closed).toEqual([0, 1]);
    for (const socket of sockets) socket.destroy();
  }
  await t.proxy.update(DOCUMENT);
});

it("a client's limits are its own", async () => {
  await t.proxy.update(withSettings({ app: { limits: { requests: 1, bufferedBodyBytes: 10 } } }));
  let release = (): void => undefined;
  t.oci.respond = (_, res) => {
    release = () => void res.writeHead(200, { "content-length": 0 }).end();
  };
  const held = raw(t.socket("app"), head(instance));
  await expect.poll(() => t.oci.seen.length).toBe(1);
  const more = await raw(t.socket("app"), head(instance));
  expect(more.status).toBe(503);
  expect(more.body).toContain("as many as limits.requests of its settings");
  t.oci.respond = undefined;
  expect((await raw(t.socket("other"), head("GET /objectstorage/n/ns/b/other/o/x"))).status).toBe(200);
  release();
  expect((await held).status).toBe(200);
  const long = await raw(
    t.socket("app"),
    `${head(`PUT ${instance.slice(4)}`, "Content-Length: 11")}${"x".repeat(11)}`,
  );
  expect(long.status).toBe(413);
  await t.proxy.update(DOCUMENT);
  expect(
    (await raw(t.socket("app"), `${head(`PUT ${instance.slice(4)}`, "Content-Length: 11")}${"x".repeat(11)}`))
      .status,
  ).toBe(200);
});

it("a client's further Host names are its own", async () => {
  await t.proxy.update(withSettings({ app: { hosts: ["proxy.internal", "exact.internal:99"] } }));
  expect((await at(t.port, instance, t.token("app"), "proxy.internal:1234")).status).toBe(200);
  expect((await at(t.port, instance, t.token("app"), "PROXY.internal")).status).toBe(200);
  expect((await at(t.port, instance, t.token("app"), "exact.internal:99")).status).toBe(200);
  expect((await at(t.port, instance, t.token("app"), "exact.internal")).status).toBe(421);
  expect((await at(t.port, instance, t.token("app"), "x.proxy.internal")).status).toBe(421);
  expect((await at(t.port, instance, t.token("other"), "proxy.internal")).status).toBe(421);
  expect((await at(t.port, instance, "keyless_x", "proxy.internal")).status).toBe(421);
  await t.proxy.update(DOCUMENT);
  expect((await at(t.port, instance, t.token("app"), "proxy.internal")).status).toBe(421);
});
