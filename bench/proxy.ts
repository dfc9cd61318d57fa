/**
 * Figures of the signing proxy (`npm run bench -- proxy`). The upstream verifies every signature; baselines are
 * measured in the same run, and each figure comes of five runs.
 *
 * Closed loops are driven by wrk where it is installed, else by autocannon, whose own share of the processor is then in
 * the figures; open loops by autocannon.
 *
 * Goals: CPU of a unique signed request ≤ 1.5 signatures of `openssl speed`; requests/s ≥ 6 times the naive build's
 * with unique targets, ≥ 13 times with repeated ones; p99 at 70 % of the maximum ≤ 15 ms above no proxy; bodies of
 * 1 GiB ≥ 0.8 of a plain pipe, with at most 32 MB more memory; ready in < 1 s; no failed request.
 *
 * `BENCH_RUNS` (5) and `BENCH_SECONDS` (3) make it shorter, `BENCH_ONLY` (start, load, bodies, refreshes) measures
 * some. What may not grow: `soak.ts`.
 * @module
 */

import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { fetch } from "undici";
import { VM } from "../test/support/proxy.ts";
import { type ProxyProcess, startProxyProcess } from "../test/support/proxy-process.ts";
import type { SmallOci } from "../test/support/small-oci/index.ts";
import { type Figure, figureOf } from "./figure.ts";
import { download, hasWrk, load, loadAtRate, opensslSignaturesPerCpuS, upload } from "./proxy/load.ts";
import { digestOf, piecesOf } from "./proxy/pattern.ts";
import { cpuS, type Helper, peakBytes, startHelper } from "./proxy/processes.ts";

const RUNS = Number(process.env["BENCH_RUNS"] ?? 5);
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 3);
const GIB = 1024 ** 3;
const ONLY = process.env["BENCH_ONLY"]?.split(",");

type BenchPart = "start" | "load" | "bodies" | "refreshes";
const isWanted = (part: BenchPart): boolean => ONLY?.includes(part) ?? true;

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
  // Code that has run a few thousand times is compiled; what is measured is the proxy that has been up for a while.
  await load(url, { headers, seconds: SECONDS * 2 });
  await load(`${naiveUrl}${target}`, { seconds: SECONDS });
  const runs = await repeat(one);
  const naive = runs.map((r) => r.naive.requestsPerS);
  return [
    figureOf(
      "proxy: CPU of a unique signed request ÷ CPU of one RSA-2048 signature",
      "µs",
      runs.map((r) => r.cpuPerRequestUs),
      runs.map((r) => r.opensslUs),
    ),
    figureOf(
      "proxy: requests/s, unique targets ÷ the naive build",
      "1/s",
      runs.map((r) => r.unique.requestsPerS),
      naive,
    ),
    figureOf(
      "proxy: requests/s, repeated targets ÷ the naive build",
      "1/s",
      runs.map((r) => r.repeated.requestsPerS),
      naive,
    ),
  ];
};

/** p99 at 70 % of the maximum, against the same rate without a proxy. */
const latency = async (proxy: ProxyProcess, directUrl: string, maximumPerS: number): Promise<Figure> => {
  const rate = maximumPerS * 0.7;
  const runs = await repeat(async () => {
    const direct = await loadAtRate(`${directUrl}/unsigned`, { rate, unique: true, seconds: SECONDS });
    const headers = { "x-api-key": proxy.token("app") };
    const through = await loadAtRate(`${proxy.url}${target}`, {
      headers,
      rate,
      unique: true,
      seconds: SECONDS,
    });
    return { direct: direct.p99Ms, through: through.p99Ms };
  });
  return figureOf(
    "proxy: p99 at 70 % of the maximum, above no proxy",
    "ms",
    runs.map((r) => r.through - r.direct),
  );
};

/** Uploads of 1 KB and 1 MB against a plain pipe, which does not sign. */
const smallBodies = async (proxy: ProxyProcess, pipeUrl: string): Promise<Figure[]> => {
  const headers = { "x-api-key": proxy.token("app") };
  const figures: Figure[] = [];
  for (const [name, bodyBytes] of [
    ["1 KB", 1000],
    ["1 MB", 1_000_000],
  ] as const) {
    const options = { unique: true, bodyBytes, seconds: SECONDS };
    const runs = await repeat(async () => {
      const pipe = await load(`${pipeUrl}/unsigned/x`, options);
      const through = await load(`${proxy.url}${objects}/x`, { ...options, headers });
      if (pipe.failures + through.failures > 0) throw new Error(`uploads of ${name} failed`);
      return { pipe: pipe.requestsPerS, through: through.requestsPerS };
    });
    figures.push(
      figureOf(
        `proxy: uploads/s of ${name}, unique targets ÷ the same through a plain pipe`,
        "1/s",
        runs.map((r) => r.through),
        runs.map((r) => r.pipe),
      ),
    );
  }
  return figures;
};

/** 1 GB up and down against a plain pipe, and the memory that takes. */
const bodies = async (proxy: ProxyProcess, pipeUrl: string): Promise<Figure[]> => {
  const headers = { "x-api-key": proxy.token("app") };
  await load(`${proxy.url}${target}`, { headers, unique: true, seconds: SECONDS });
  const peakBefore = peakBytes(proxy.child.pid!);
  await upload(`${proxy.url}${objects}/x`, headers, GIB / 16);
  await download(`${proxy.url}${objects}/big/${GIB / 16}`, headers);
  const runs = await repeat(async () => ({
    pipeUp: await upload(`${pipeUrl}/unsigned/x`, {}, GIB),
    up: await upload(`${proxy.url}${objects}/x`, headers, GIB),
    pipeDown: await download(`${pipeUrl}/unsigned/big/${GIB}`, {}),
    down: await download(`${proxy.url}${objects}/big/${GIB}`, headers),
  }));
  const changed = await digests(proxy);
  const mb = (bytes: number): number => bytes / 1e6;
  return [
    figureOf(
      "proxy: upload of 1 GiB ÷ the same through a plain pipe",
      "MB/s",
      runs.map((r) => mb(r.up)),
      runs.map((r) => mb(r.pipeUp)),
    ),
    figureOf(
      "proxy: download of 1 GiB ÷ the same through a plain pipe",
      "MB/s",
      runs.map((r) => mb(r.down)),
      runs.map((r) => mb(r.pipeDown)),
    ),
    changed,
    figureOf("proxy: memory that bodies of 1 GiB add", "MB", [mb(peakBytes(proxy.child.pid!) - peakBefore)]),
  ];
};

/** 1 GiB up, its digest verified by the proxy and by the upstream, and down. */
const digests = async (proxy: ProxyProcess): Promise<Figure> => {
  const digest = digestOf(GIB);
  const headers = { "x-api-key": proxy.token("app") };
  const up = await fetch(`${proxy.url}${objects}/hashed`, {
    method: "PUT",
    headers: { ...headers, "content-length": String(GIB), "x-content-sha256": digest },
    body: Readable.from(piecesOf(GIB)),
    duplex: "half",
  });
  const down = await fetch(`${proxy.url}${objects}/pattern/${GIB}`, { headers });
  const hash = createHash("sha256");
  for await (const chunk of down.body!) hash.update(chunk);
  const changed = [await up.text(), hash.digest("base64")].filter((found) => found !== digest).length;
  return { ...figureOf("proxy: bodies of 1 GiB whose digest changed", "bodies", [changed]), spread: 0 };
};

/** 60 refreshes of the token while 100 callers go on. */
const refreshes = async (upstream: Upstream): Promise<Figure> => {
  await upstream.ask({ set: { lifetimeS: 2 } });
  const proxy = await startProxyProcess(upstream.first);
  const headers = { "x-api-key": proxy.token("app") };
  const { federation: before } = await upstream.ask<{ federation: number }>({});
  let failures = 0;
  for (;;) {
    const some = await loadAtRate(`${proxy.url}${target}`, {
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
  const name = "proxy: failed requests of 100 callers during 60 refreshes";
  return { ...figureOf(name, "requests", [failures]), spread: 0 };
};

/** Measures everything; figures come as soon as they are there. */
export async function* run(): AsyncGenerator<Figure> {
  console.error(`closed loops by ${hasWrk ? "wrk" : "autocannon (wrk is not installed)"}`);
  const upstream: Upstream = await startHelper("upstream.ts");
  const oci = upstream.first;
  const naive = await startHelper<{ port: number }>("naive.ts", oci);
  const pipe = await startHelper<{ port: number }>("pipe.ts", oci);
  if (isWanted("start")) {
    const starts = await repeat(async () => {
      const one = await startProxyProcess(oci);
      await one.end();
      return one.readyMs / 1000;
    });
    yield figureOf("proxy: time from start to ready", "s", starts);
  }
  const proxy = await startProxyProcess(oci);
  // Without a proxy: the same server, spoken to directly and not by its own name.
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  try {
    if (isWanted("load")) {
      const rates = await throughput(proxy, `http://127.0.0.1:${naive.first.port}`);
      yield* rates;
      yield await latency(proxy, `https://127.0.0.1:${oci.tlsPort}`, rates[1]!.value);
    }
    if (isWanted("bodies")) {
      const pipeUrl = `http://127.0.0.1:${pipe.first.port}`;
      yield* await smallBodies(proxy, pipeUrl);
      yield* await bodies(proxy, pipeUrl);
    }
    if (isWanted("refreshes")) yield await refreshes(upstream);
  } finally {
    delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    await proxy.end();
    for (const { child } of [naive, pipe, upstream]) child.removeAllListeners("exit").kill();
  }
}
