/**
 * Random traffic against the proxy (`npm run bench -- traffic`): ten minutes of fuzzed heads and bodies, pipelines,
 * resets and slow readers over 200 connections at once, at the loopback port with and without a token and at a
 * client's socket. It must be alive and ready afterwards, with nothing under way, and with descriptors and memory as
 * after the first minute.
 *
 * `BENCH_MINUTES` (10) makes it shorter, `BENCH_SEED` repeats one.
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { gaugesOf } from "../test/support/gauges.ts";
import { type ProxyProcess, startProxyProcess } from "../test/support/proxy-process.ts";
import { conversation, converse, type Entrances } from "../test/support/random-traffic.ts";
import type { SmallOci } from "../test/support/small-oci/index.ts";
import { type Figure, figureOf } from "./figure.ts";
import { startHelper } from "./proxy/processes.ts";

const MINUTES = Number(process.env["BENCH_MINUTES"] ?? 10);
const SEED = Number(process.env["BENCH_SEED"] ?? Date.now() % 2 ** 31);
const CONNECTIONS = 200;

/** Idle connections to services are kept for 20 s at most; what is open after that stays open. */
const REST_MS = 23_000;

/** Resources in use when all connections are gone. */
export interface Rest {
  descriptors: number;
  residentMb: number;
  inFlight: number;
  connections: number;
  ready: boolean;
}

/**
 * Keeps so many connections open at once, one conversation after the other, for a time.
 * @returns how many conversations there were
 */
export const traffic = async (at: Entrances, seed: number, forMs: number): Promise<number> => {
  const untilMs = performance.now() + forMs;
  let count = 0;
  const one = async (worker: number): Promise<void> => {
    for (let round = 0; performance.now() < untilMs; round += 1) {
      const some = fc.sample(conversation, { seed: seed + worker * 7919 + round * 104_729, numRuns: 20 });
      for (const next of some) {
        await converse(at, next);
        count += 1;
        if (performance.now() > untilMs) break;
      }
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, worker) => one(worker)));
  return count;
};

/** The proxy at rest. */
export const restOf = async (proxy: ProxyProcess, restMs: number): Promise<Rest> => {
  await delay(restMs);
  const { inFlight, connections } = await gaugesOf(proxy.adminUrl);
  return {
    descriptors: proxy.descriptors(),
    residentMb: proxy.residentBytes() / 1e6,
    inFlight,
    connections,
    ready: (await fetch(`${proxy.adminUrl}/ready`)).ok,
  };
};

/** The entrances for a proxy process's callers. */
export const entrancesOf = (proxy: ProxyProcess): Entrances => ({
  port: Number(new URL(proxy.url).port),
  socketPath: `${proxy.dir}/app.sock`,
  token: () => proxy.token("app"),
});

/** Sends it all; progress goes to standard error. */
export const run = async (): Promise<Figure[]> => {
  const upstream = await startHelper<Pick<SmallOci, "metadataUrl" | "tlsPort" | "ca">>("upstream.ts");
  const proxy = await startProxyProcess(upstream.first);
  try {
    const at = entrancesOf(proxy);
    console.error(`seed ${SEED}`);
    let count = await traffic(at, SEED, 60_000);
    const early = await restOf(proxy, REST_MS);
    for (let minute = 1; minute < MINUTES; minute += 1) {
      count += await traffic(at, SEED + minute, 60_000);
      console.error(
        `${minute + 1} min, ${count} connections, ${(proxy.residentBytes() / 1e6).toFixed(0)} MB`,
      );
    }
    const late = await restOf(proxy, REST_MS);
    if (!early.ready || !late.ready) throw new Error("the proxy is not ready any more");
    const after = `after ${MINUTES} min of random traffic`;
    const none = (what: string, value: number): Figure => ({
      ...figureOf(`proxy: ${what} ${after}`, what, [value]),
      spread: 0,
    });
    return [
      none("requests under way", late.inFlight),
      none("open connections of callers", late.connections),
      figureOf(
        `proxy: open descriptors ${after} ÷ after 1 min`,
        "descriptors",
        [late.descriptors],
        [early.descriptors],
      ),
      figureOf(`proxy: resident memory ${after} ÷ after 1 min`, "MB", [late.residentMb], [early.residentMb]),
    ];
  } finally {
    await proxy.end();
    upstream.child.removeAllListeners("exit").kill();
  }
};
