/** What becomes of requests under way when a proxy ends. */
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { head, startTestProxy, type TestProxy, VM } from "../../support/proxy.ts";
import { raw } from "../../support/raw.ts";
import { type SmallOci, startSmallOci } from "../../support/small-oci/index.ts";

let oci: SmallOci;
let t: TestProxy;
beforeAll(async () => {
  oci = await startSmallOci();
});
afterAll(() => oci.close());
afterEach(async () => {
  await t.close();
  oci.onRequest = undefined;
});

const get = head(`GET /core/20160918/instances/${VM}`);

it("those that last too long are cut off, and told in the audit", async () => {
  t = await startTestProxy(
    { upstream: { connectionsPerHost: 1 }, timeouts: { drainMs: 200 } },
    undefined,
    oci,
  );
  await t.proxy.ready();
  let arrived = 0;
  oci.onRequest = () => {
    arrived += 1;
    return true;
  };
  const upload = head("PUT /objectstorage/n/ns/b/exports/o/daily/x", "Content-Length: 9");
  // One is being answered, one waits for its connection, one is being sent.
  const responses = [
    raw(t.socket("app"), get),
    raw(t.socket("app"), get),
    raw(t.socket("app"), [upload, "x"]),
  ];
  await expect.poll(() => arrived).toBe(2);
  await expect
    .poll(async () => (await (await fetch(`${t.proxy.adminUrl}/metrics`)).text()).includes("in_flight 3\n"))
    .toBe(true);
  await t.proxy.close();
  for (const response of responses) expect((await response).status).toBe(0);
  expect(t.audit()).toMatchObject(Array(3).fill({ decision: "failed", code: "CallerGone" }));
});

it("one that comes on an open connection gets its whole response, and the connection ends", async () => {
  t = await startTestProxy({}, undefined, oci);
  await t.proxy.ready();
  oci.onRequest = (req) => {
    req.socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: a\r\nETag: b\r\n\r\n{}");
    return true;
  };
  const socket = connect((t.socket("app") as { path: string }).path);
  let text = "";
  socket.on("data", (piece) => {
    text += piece.toString("latin1");
  });
  const ended = new Promise((done) => socket.once("close", done));
  await new Promise((done) => socket.once("connect", done));
  // Accepted before the proxy stops doing so.
  await delay(50);
  const closing = t.proxy.close();
  socket.write(get);
  await Promise.all([closing, ended]);
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(text).toContain("etag: a\r\netag: b\r\n");
  expect(text).toMatch(/\r\nconnection: close\r\n/i);
});
