/** Half a minute of what `npm run bench -- traffic` does for ten. */
import { expect, it } from "vitest";
import { entrancesOf, restOf, traffic } from "../../../bench/traffic.ts";
import { startProxyProcess } from "../../support/proxy-process.ts";
import { startSmallOci } from "../../support/small-oci/index.ts";

const SEED = 20_261_126;

it("leaves the proxy alive and ready, with nothing under way", async () => {
  const oci = await startSmallOci();
  oci.remember = false;
  const content = Buffer.alloc(3_000_000, "x");
  oci.respond = ({ target }, res) => void res.end(target.includes("/big/") ? content : "{}");
  const proxy = await startProxyProcess(oci);
  try {
    await traffic(entrancesOf(proxy), SEED, 8000);
    const early = await restOf(proxy, 23_000);
    await traffic(entrancesOf(proxy), SEED + 1, 20_000);
    const late = await restOf(proxy, 23_000);
    expect(late).toMatchObject({ inFlight: 0, connections: 0, ready: true });
    expect(late.descriptors).toBeLessThanOrEqual(early.descriptors + 5);
    expect(late.residentMb).toBeLessThan(early.residentMb * 1.3 + 30);
  } finally {
    expect(await proxy.end()).toBe(0);
    await oci.close();
  }
});
