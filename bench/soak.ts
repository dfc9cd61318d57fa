/**
 * Limits of growth (`npm run bench -- soak`): descriptors and memory of the proxy after 1,000,000 requests as
 * after 10,000. Reads with unique and repeated targets, uploads, refusals, new connections in each round, and
 * callers that go away in the middle; the upstream verifies every signature.
 *
 * `BENCH_REQUESTS` (1000000) makes it shorter.
 * @module
 */
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { VM } from "../test/support/proxy.ts";
import { type ProxyProcess, startProxyProcess } from "../test/support/proxy-process.ts";
import type { SmallOci } from "../test/support/small-oci/index.ts";
import { type Figure, figureOf } from "./figure.ts";
import { load } from "./proxy/load.ts";
import { startHelper } from "./proxy/processes.ts";

const REQUESTS = Number(process.env["BENCH_REQUESTS"] ?? 1_000_000);
const EARLY = Math.min(10_000, REQUESTS / 2);

interface ProcessState {
  descriptors: number;
  residentMb: number;
  heapMb: number;
}

/** Idle connections to services are kept for 20 s at most; what is open after that stays open. */
const REST_MS = 23_000;

/** The proxy's own figures, when it has rested. */
const stateOf = async (proxy: ProxyProcess): Promise<ProcessState> => {
  await delay(REST_MS);
  const metrics = await (await fetch(`${proxy.adminUrl}/metrics`)).text();
  const heap = /^nodejs_heap_size_used_bytes (\S+)/m.exec(metrics)![1];
  return {
    descriptors: proxy.descriptors(),
    residentMb: proxy.residentBytes() / 1e6,
    heapMb: Number(heap) / 1e6,
  };
};

/** Callers that send a request and go away before its response. */
const breakOff = (socket: string, count: number): Promise<unknown> =>
  Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<void>((resolve) => {
          const caller = connect(socket, () => {
            caller.write(`GET /core/20160918/instances/${VM} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
            setTimeout(() => caller.destroy(), 2);
          });
          caller.on("error", () => undefined).on("close", () => resolve());
        }),
    ),
  );

/** One round of everything. Gives the number of requests; refusals apart, none may fail. */
const round = async (proxy: ProxyProcess, seconds: number): Promise<number> => {
  const headers = { "x-api-key": proxy.token("app") };
  const url = `${proxy.url}/core/20160918/instances/${VM}`;
  const object = `${proxy.url}/objectstorage/n/ns/b/exports/o/daily/x`;
  const good = [
    await load(url, { headers, unique: true, seconds }),
    await load(url, { headers, seconds: 4 * seconds }),
    await load(object, { headers, bodyBytes: 1024, seconds }),
  ];
  const failures = good.reduce((sum, { failures }) => sum + failures, 0);
  if (failures > 0) throw new Error(`${failures} requests failed`);
  const refused = await load(`${url}x`, { headers, seconds: 2 * seconds });
  await breakOff(`${proxy.dir}/app.sock`, 50);
  return [...good, refused].reduce((sum, { requests }) => sum + requests, 50);
};

/** Sends them all; progress goes to standard error. */
export const run = async (): Promise<Figure[]> => {
  const upstream = await startHelper<Pick<SmallOci, "metadataUrl" | "tlsPort" | "ca">>("upstream.ts");
  const proxy = await startProxyProcess(upstream.first);
  try {
    let requests = 0;
    while (requests < EARLY) requests += await round(proxy, 1);
    const earlyRequests = requests;
    const early = await stateOf(proxy);
    while (requests < REQUESTS) {
      requests += await round(proxy, 2);
      process.stderr.write(`${requests} requests, ${(proxy.residentBytes() / 1e6).toFixed(0)} MB\n`);
    }
    const late = await stateOf(proxy);
    const figure = (what: string, unit: string, value: (state: ProcessState) => number): Figure =>
      figureOf(
        `proxy: ${what} after ${requests} requests ÷ after ${earlyRequests}`,
        unit,
        [value(late)],
        [value(early)],
      );
    return [
      figure("open descriptors", "descriptors", (s) => s.descriptors),
      figure("resident memory", "MB", (s) => s.residentMb),
      figure("JavaScript heap", "MB", (s) => s.heapMb),
    ];
  } finally {
    await proxy.end();
    upstream.child.removeAllListeners("exit").kill();
  }
};
