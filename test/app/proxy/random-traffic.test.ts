/** Whatever connections send and however they end, nothing of them stays. */

import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { gaugesOf } from "../../support/gauges.ts";
import { head, VM } from "../../support/proxy.ts";
import { type ProxyProcess, startProxyProcess } from "../../support/proxy-process.ts";
import { conversation, converse, type Entrances } from "../../support/random-traffic.ts";
import { raw } from "../../support/raw.ts";
import { type SmallOci, startSmallOci } from "../../support/small-oci/index.ts";

let oci: SmallOci;
let proxy: ProxyProcess;
let at: Entrances;
const get = head(`GET /core/20160918/instances/${VM}`);
beforeAll(async () => {
  oci = await startSmallOci();
  oci.remember = false;
  const content = Buffer.alloc(3_000_000, "x");
  oci.respond = ({ target }, res) => void res.end(target.includes("/big/") ? content : "{}");
  proxy = await startProxyProcess(oci, { upstream: { connectionsPerHost: 4 }, limits: { requests: 16 } });
  at = {
    port: Number(new URL(proxy.url).port),
    socketPath: `${proxy.dir}/app.sock`,
    token: () => proxy.token("app"),
  };
});
afterAll(async () => {
  expect(await proxy.end()).toBe(0);
  await oci.close();
});

it("nothing is under way when the connections are gone", async () => {
  expect((await raw({ path: at.socketPath }, get, { timeoutMs: 15_000 })).status).toBe(200);
  await delay(100);
  const restDescriptors = proxy.descriptors();
  await fc.assert(
    fc.asyncProperty(fc.array(conversation, { minLength: 5, maxLength: 25 }), async (conversations) => {
      await Promise.all(conversations.map((one) => converse(at, one)));
      await expect
        .poll(() => gaugesOf(proxy.adminUrl), { timeout: 5000 })
        .toMatchObject({ inFlight: 0, connections: 0, unauthenticated: 0, bufferedBytes: 0 });
      expect((await raw({ path: at.socketPath }, get, { timeoutMs: 15_000 })).status).toBe(200);
    }),
    { numRuns: 25, interruptAfterTimeLimit: 20_000, endOnFailure: true },
  );
  expect((await fetch(`${proxy.adminUrl}/ready`)).status).toBe(200);
  // Four connections to each of two services, and the admin listener's own.
  expect(proxy.descriptors()).toBeLessThanOrEqual(restDescriptors + 10);
});
