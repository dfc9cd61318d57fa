/** A second proxy takes the callers over from the first one: after a release, or an update of Node. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type RunningProxy, startProxy } from "../../../app/proxy/proxy.ts";
import { runProxy } from "../../../app/proxy/run.ts";
import { type ProxySettingsInput, readProxySettings } from "../../../app/proxy/settings.ts";
import type { KeylessDocument } from "../../../document/schema.ts";
import { DOCUMENT, head, startTestProxy, type TestProxy, VM } from "../../support/proxy.ts";
import { raw } from "../../support/raw.ts";
import { type SmallOci, startSmallOci } from "../../support/small-oci/index.ts";

let oci: SmallOci;
let first: TestProxy;
let second: RunningProxy | undefined;
beforeAll(async () => {
  oci = await startSmallOci();
});
afterAll(() => oci.close());
beforeEach(async () => {
  first = await startTestProxy({}, undefined, oci);
  await first.proxy.ready();
});
afterEach(async () => {
  oci.onFederation = undefined;
  await first.close();
  await second?.close();
  second = undefined;
});

const logged: string[] = [];
const startSecond = (takeOverWithinMs: number): Promise<RunningProxy> => {
  const caFile = join(first.dir, "ca-second.pem");
  writeFileSync(caFile, oci.ca);
  const settings = readProxySettings({
    ...{ sockets: { dir: first.dir }, tokens: { dir: first.dir }, loopback: { port: 0 }, admin: { port: 0 } },
    metadata: { baseUrl: oci.metadataUrl },
    audit: { to: join(first.dir, "audit-second.jsonl") },
    upstream: { caFile, connectTo: `127.0.0.1:${oci.tlsPort}` },
  });
  const log = { info: (m: string) => logged.push(m), error: (m: string) => logged.push(m) };
  return startProxy(settings, { current: DOCUMENT }, log, { takeOverWithinMs });
};

const call = async (): Promise<number> =>
  (await raw(first.socket("app"), head(`GET /core/20160918/instances/${VM}`, "Connection: close"))).status;
/** Requests that the first one has answered, once its lines are written. */
const answeredByFirst = async (): Promise<number> => {
  await delay(100);
  return first.audit().length;
};

it("only when it has the instance's identity: until then the first one serves", async () => {
  const held: ServerResponse[] = [];
  oci.onFederation = (response) => held.push(response) > 0;
  let opened = false;
  const starting = startSecond(20_000).then((proxy) => {
    opened = true;
    return proxy;
  });
  await expect.poll(() => held.length).toBe(1);
  expect(await call()).toBe(200);
  expect(await answeredByFirst()).toBe(1);
  expect(opened).toBe(false);
  oci.onFederation = undefined;
  // One that failed is tried again.
  held[0]!.destroy();
  second = await starting;
  expect(second.problems()).toEqual({});
  expect(await call()).toBe(200);
  // It was the second one's.
  expect(await answeredByFirst()).toBe(1);
});

it("never when it gets none: it does not start, and the first one's endpoints are as they were", async () => {
  oci.onFederation = (response) => {
    response.writeHead(400, { "content-type": "application/json" });
    response.end('{"code":"InvalidParameter","message":"no"}');
    return true;
  };
  await expect(startSecond(1_500)).rejects.toThrow(/auth service/);
  expect(await call()).toBe(200);
  expect(await answeredByFirst()).toBe(1);
});

it("leaves what the second one has written of where it listens when the first one ends", async () => {
  const runtimeDir = join(first.dir, "run");
  mkdirSync(runtimeDir);
  const caFile = join(first.dir, "ca-run.pem");
  writeFileSync(caFile, oci.ca);
  const io = {
    document: { proxy: DOCUMENT } as unknown as KeylessDocument,
    subscribe: () => () => undefined,
    runtimeDir,
    settings: {
      ...{ sockets: { dir: runtimeDir }, tokens: { dir: runtimeDir }, loopback: false, admin: false },
      metadata: { baseUrl: oci.metadataUrl },
      audit: { to: join(first.dir, "audit-run.jsonl") },
      upstream: { caFile, connectTo: `127.0.0.1:${oci.tlsPort}` },
    } as ProxySettingsInput,
    log: { info: () => undefined, error: () => undefined },
  };
  const one = await runProxy(io);
  second = await runProxy({ ...io, takesOver: true });
  await one.close();
  expect(existsSync(join(runtimeDir, "proxy.json"))).toBe(true);
  await second.close();
  expect(existsSync(join(runtimeDir, "proxy.json"))).toBe(false);
});
