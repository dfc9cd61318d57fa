/**
 * Figures of the signing proxy (`npm run bench -- proxy`). The upstream verifies every signature; baselines are
 * measured in the same run, and each figure comes of five runs.
 *
 * `BENCH_RUNS` (5), `BENCH_SECONDS` (3) and `BENCH_REQUESTS` (1000000, for what may not grow) make it shorter.
 * @module
 */
import { VM } from "../test/support/proxy.ts";
import { type ProxyProcess, startProxyProcess } from "../test/support/proxy-process.ts";
import type { SmallOci } from "../test/support/small-oci/index.ts";
import { download, load, opensslSignaturesPerCpuS, upload } from "./proxy/load.ts";
import { cpuS, type Helper, peakBytes, startHelper } from "./proxy/processes.ts";

/** One figure; `value` is the median of `runs`, `ratio` the median of value ÷ baseline, run by run. */
export interface Figure {
  figure: string;
  value: number;
  unit: string;
  baseline?: number;
  ratio?: number;
  runs: number[];
  /** What the ratio, or else the value, should be. */
  goal?: string;
}

const RUNS = Number(process.env["BENCH_RUNS"] ?? 5);
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 3);
const REQUESTS = Number(process.env["BENCH_REQUESTS"] ?? 1_000_000);
const GIB = 1024 ** 3;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const round = (value: number): number => Number(value.toPrecision(4));

/** A figure from its runs, with a baseline measured beside each of them. */
const figure = (
  name: string,
  unit: string,
  runs: readonly number[],
  baselines?: readonly number[],
  goal?: string,
): Figure => ({
  figure: name,
  value: round(median(runs)),
  unit,
  ...(baselines && {
    baseline: round(median(baselines)),
    ratio: round(median(runs.map((run, i) => run / baselines[i]!))),
  }),
  runs: runs.map(round),
  ...(goal !== undefined && { goal }),
});

/** Does something `RUNS` times, one after the other. */
const repeat = async <T>(work: () => Promise<T>): Promise<T[]> => {
  const results: T[] = [];
  for (let i = 0; i < RUNS; i += 1) results.push(await work());
  return results;
};

type Upstream = Helper<Pick<SmallOci, "metadataUrl" | "tlsPort" | "ca">>;

const target = `/core/20160918/instances/${VM}`;
const objects = "/objectstorage/n/ns/b/exports/o/daily";

/** Requests/s and CPU, against the naive build and openssl. */
const throughput = async (proxy: ProxyProcess, naiveUrl: string): Promise<Figure[]> => {
  const url = `${proxy.url}${target}`;
  const headers = { "x-api-key": proxy.token("app") };
  const one = async () => {
    const opensslPerS = opensslSignaturesPerCpuS();
    const naive = await load(`${naiveUrl}${target}`, { unique: true, seconds: SECONDS });
    const before = cpuS(proxy.child.pid!);
    const unique = await load(url, { headers, unique: true, seconds: SECONDS });
    const cpuPerRequestUs = ((cpuS(proxy.child.pid!) - before) / unique.requests) * 1e6;
    const repeated = await load(url, { headers, seconds: SECONDS });
    const failures = naive.failures + unique.failures + repeated.failures;
    if (failures > 0) throw new Error(`${failures} requests failed: the figures would mean nothing`);
    return { opensslUs: 1e6 / opensslPerS, naive, unique, cpuPerRequestUs, repeated };
  };
  const runs = await repeat(one);
  const naive = runs.map((r) => r.naive.requestsPerS);
  return [
    figure(
      "proxy: CPU of a unique signed request ÷ CPU of one RSA-2048 signature",
      "µs",
      runs.map((r) => r.cpuPerRequestUs),
      runs.map((r) => r.opensslUs),
      "≤ 1.5",
    ),
    figure(
      "proxy: requests/s, unique targets ÷ the naive build",
      "1/s",
      runs.map((r) => r.unique.requestsPerS),
      naive,
      "≥ 6",
    ),
    figure(
      "proxy: requests/s, repeated targets ÷ the naive build",
      "1/s",
      runs.map((r) => r.repeated.requestsPerS),
      naive,
      "≥ 13",
    ),
  ];
};

/** p99 at 70 % of the maximum, against the same rate without a proxy. */
const latency = async (proxy: ProxyProcess, directUrl: string, maximumPerS: number): Promise<Figure> => {
  const rate = maximumPerS * 0.7;
  const runs = await repeat(async () => {
    const direct = await load(`${directUrl}/unsigned`, { rate, unique: true, seconds: SECONDS });
    const headers = { "x-api-key": proxy.token("app") };
    const through = await load(`${proxy.url}${target}`, { headers, rate, unique: true, seconds: SECONDS });
    return { direct: direct.p99Ms, through: through.p99Ms };
  });
  return figure(
    "proxy: p99 at 70 % of the maximum, above no proxy",
    "ms",
    runs.map((r) => r.through - r.direct),
    undefined,
    "≤ 15",
  );
};

/** 1 GB up and down against a plain pipe, and the memory that takes. */
const bodies = async (proxy: ProxyProcess, pipeUrl: string): Promise<Figure[]> => {
  const headers = { "x-api-key": proxy.token("app") };
  const peakBefore = peakBytes(proxy.child.pid!);
  const runs = await repeat(async () => ({
    pipeUp: await upload(`${pipeUrl}/unsigned/x`, {}, GIB),
    up: await upload(`${proxy.url}${objects}/x`, headers, GIB),
    pipeDown: await download(`${pipeUrl}/unsigned/big/${GIB}`, {}),
    down: await download(`${proxy.url}${objects}/big/${GIB}`, headers),
  }));
  const mb = (bytes: number): number => bytes / 1e6;
  return [
    figure(
      "proxy: upload of 1 GiB ÷ the same through a plain pipe",
      "MB/s",
      runs.map((r) => mb(r.up)),
      runs.map((r) => mb(r.pipeUp)),
      "≥ 0.8",
    ),
    figure(
      "proxy: download of 1 GiB ÷ the same through a plain pipe",
      "MB/s",
      runs.map((r) => mb(r.down)),
      runs.map((r) => mb(r.pipeDown)),
      "≥ 0.8",
    ),
    figure(
      "proxy: memory that bodies of 1 GiB add",
      "MB",
      [mb(peakBytes(proxy.child.pid!) - peakBefore)],
      undefined,
      "≤ 32",
    ),
  ];
};

/** 60 refreshes of the token while 100 callers go on. */
const refreshes = async (upstream: Upstream, oci: SmallOci): Promise<Figure> => {
  await upstream.ask({ set: { lifetimeS: 2 } });
  const proxy = await startProxyProcess(oci);
  const headers = { "x-api-key": proxy.token("app") };
  const { federation: before } = await upstream.ask<{ federation: number }>({});
  let failures = 0;
  for (;;) {
    const some = await load(`${proxy.url}${target}`, {
      headers,
      unique: true,
      seconds: 5,
      connections: 100,
      rate: 500,
    });
    failures += some.failures;
    const { federation } = await upstream.ask<{ federation: number }>({});
    if (federation - before >= 60) break;
  }
  await proxy.end();
  await upstream.ask({ set: { lifetimeS: 1200 } });
  return figure(
    "proxy: failed requests of 100 callers during 60 refreshes",
    "requests",
    [failures],
    undefined,
    "0",
  );
};

/** Descriptors and memory after many requests, against those after 10,000. */
const growth = async (proxy: ProxyProcess): Promise<Figure[]> => {
  const headers = { "x-api-key": proxy.token("app") };
  const state = () => ({ descriptors: proxy.descriptors(), residentMb: proxy.residentBytes() / 1e6 });
  let requests = 0;
  let early: ReturnType<typeof state> | undefined;
  while (requests < REQUESTS) {
    requests += (await load(`${proxy.url}${target}`, { headers, seconds: 2 })).requests;
    if (!early && requests >= 10_000) early = state();
  }
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const late = state();
  return [
    figure(
      `proxy: descriptors after ${REQUESTS} requests ÷ after 10000`,
      "descriptors",
      [late.descriptors],
      [early!.descriptors],
      "≤ 1",
    ),
    figure(
      `proxy: resident memory after ${REQUESTS} requests ÷ after 10000`,
      "MB",
      [late.residentMb],
      [early!.residentMb],
      "≤ 1.2",
    ),
  ];
};

/**
 * Measures everything.
 * @param report called with each figure as soon as it is there
 */
export const run = async (report: (figure: Figure) => void = () => undefined): Promise<Figure[]> => {
  const figures: Figure[] = [];
  const add = (...some: Figure[]): void => {
    figures.push(...some);
    for (const one of some) report(one);
  };
  const upstream: Upstream = await startHelper("upstream.ts");
  const oci = upstream.first as SmallOci;
  const naive = await startHelper<{ port: number }>("naive.ts", upstream.first);
  const pipe = await startHelper<{ port: number }>("pipe.ts", upstream.first);
  const starts = await repeat(async () => {
    const one = await startProxyProcess(oci);
    await one.end();
    return one.readyMs / 1000;
  });
  add(figure("proxy: time from start to ready", "s", starts, undefined, "< 1"));
  const proxy = await startProxyProcess(oci);
  try {
    // Without a proxy: the same server, spoken to directly by its own name.
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    const directUrl = `https://127.0.0.1:${upstream.first.tlsPort}`;
    const rates = await throughput(proxy, `http://127.0.0.1:${naive.first.port}`);
    add(...rates);
    add(await latency(proxy, directUrl, rates[1]!.value));
    add(...(await bodies(proxy, `http://127.0.0.1:${pipe.first.port}`)));
    add(await refreshes(upstream, oci));
    add(...(await growth(proxy)));
  } finally {
    await proxy.end();
    for (const { child } of [naive, pipe, upstream]) child.removeAllListeners("exit").kill();
  }
  return figures;
};
