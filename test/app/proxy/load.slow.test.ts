import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startCallers } from "../../support/callers.ts";
import { VM } from "../../support/proxy.ts";
import { startProxyProcess } from "../../support/proxy-process.ts";
import { type SmallOci, startSmallOci } from "../../support/small-oci/index.ts";

let oci: SmallOci;
beforeAll(async () => {
  oci = await startSmallOci();
  oci.remember = false;
});
afterAll(() => oci.close());
beforeEach(() => {
  Object.assign(oci, { lifetimeS: 1200, onFederation: undefined, respond: undefined });
});

const target = (n: number) => `/core/20160918/instances/${VM}?n=${n}`;

describe("under load", () => {
  it("SIGTERM cuts no request", async () => {
    oci.respond = (_, res) => void setTimeout(() => res.end('{"ok":true}'), 20);
    const proxy = await startProxyProcess(oci);
    const callers = startCallers(50, `${proxy.dir}/app.sock`, target);
    await expect.poll(() => callers.tally.ok, { timeout: 10_000 }).toBeGreaterThan(200);
    const code = await proxy.end();
    const tally = await callers.stop();
    expect(code).toBe(0);
    expect(tally.cut).toEqual([]);
    expect([...tally.statuses]).toEqual([]);
    expect(tally.unreachable).toBe(50);
  });

  it("refreshes of the token fail no request, and descriptors do not grow", async () => {
    oci.lifetimeS = 2;
    const before = oci.counts.federation;
    const proxy = await startProxyProcess(oci);
    const callers = startCallers(100, `${proxy.dir}/app.sock`, target, 20);
    await delay(2000);
    const descriptors = proxy.descriptors();
    await expect.poll(() => oci.counts.federation - before, { timeout: 30_000 }).toBeGreaterThanOrEqual(5);
    const tally = await callers.stop();
    expect(proxy.descriptors()).toBeLessThanOrEqual(descriptors + 20);
    expect(await proxy.end()).toBe(0);
    expect(tally.cut).toEqual([]);
    expect([...tally.statuses]).toEqual([]);
    expect(tally.ok).toBeGreaterThan(500);
  });

  it("an auth service that is down and back before the token expires fails no request", async () => {
    oci.lifetimeS = 10;
    const proxy = await startProxyProcess(oci);
    const before = oci.counts.federation;
    const callers = startCallers(20, `${proxy.dir}/app.sock`, target, 20);
    // Down for two tries, not for a time: on a busy computer a time can outlast the token.
    let refused = 0;
    oci.onFederation = (res) => {
      if (refused === 2) return false;
      refused += 1;
      res.writeHead(503).end();
      return true;
    };
    await expect.poll(() => oci.counts.federation - before, { timeout: 20_000 }).toBeGreaterThan(2);
    await delay(1000);
    const tally = await callers.stop();
    await proxy.end();
    expect(refused).toBe(2);
    expect(tally.cut).toEqual([]);
    expect([...tally.statuses]).toEqual([]);
  });
});
