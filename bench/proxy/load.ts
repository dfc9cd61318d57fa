/** Load: closed loop for the maximum, open loop for latency. @module */
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import autocannon from "autocannon";

/** The result of a load. */
export interface Load {
  requestsPerS: number;
  /** Number of responses that were not 200, and of connections that broke. */
  failures: number;
  requests: number;
}

/** The result of a load at a rate. */
export interface LoadAtRate extends Load {
  p99Ms: number;
}

/** The requests of a load. */
export interface LoadOptions {
  headers?: Record<string, string>;
  /** True when every request has another target. */
  unique?: boolean;
  /** Bytes of a body, sent with PUT; without it, GETs are sent. */
  bodyBytes?: number;
  seconds: number;
  connections?: number;
}

const CONNECTIONS = 32;
let unique = 0;

/** True when wrk is here (Debian's package): it takes a tenth of the processor time that autocannon takes. */
export const hasWrk: boolean = spawnSync("wrk", ["-v"]).error === undefined;

const run = promisify(execFile);

const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);

/** A closed loop by wrk. */
const loadByWrk = async (url: string, options: LoadOptions): Promise<Load> => {
  const dir = mkdtempSync(join(tmpdir(), "keyless-wrk-"));
  unique += 1;
  const { bodyBytes } = options;
  const method = bodyBytes === undefined ? "GET" : "PUT";
  const script = [
    ...(bodyBytes === undefined ? [] : [`wrk.body = string.rep("x", ${bodyBytes})`]),
    "local n = 0",
    "request = function()",
    "  n = n + 1",
    `  return wrk.format("${method}", wrk.path${options.unique ? ` .. "?n=${unique}x" .. n` : ""})`,
    "end",
  ];
  try {
    writeFileSync(join(dir, "load.lua"), script.join("\n"));
    const headers = Object.entries(options.headers ?? {}).flatMap(([name, value]) => [
      "-H",
      `${name}: ${value}`,
    ]);
    const { stdout } = await run("wrk", [
      "--threads=1",
      `--connections=${options.connections ?? CONNECTIONS}`,
      `--duration=${options.seconds}s`,
      ...headers,
      `--script=${join(dir, "load.lua")}`,
      url,
    ]);
    const [, connect = 0, read = 0, write = 0, timeout = 0] =
      /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.map(Number) ?? [];
    return {
      requests: number(stdout, /(\d+) requests in/),
      requestsPerS: number(stdout, /Requests\/sec:\s+([\d.]+)/),
      failures: number(stdout, /Non-2xx or 3xx responses: (\d+)/) + connect + read + write + timeout,
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
};

/** A loop by autocannon; open when it has a rate. */
const loadByAutocannon = async (url: string, options: LoadOptions, rate?: number): Promise<LoadAtRate> => {
  const { bodyBytes } = options;
  const result = await autocannon({
    url,
    connections: options.connections ?? CONNECTIONS,
    duration: options.seconds,
    ...(options.headers && { headers: options.headers }),
    ...(bodyBytes !== undefined && { method: "PUT", body: Buffer.alloc(bodyBytes, "x") }),
    ...(rate !== undefined && { overallRate: Math.round(rate) }),
    ...(options.unique && {
      requests: [
        {
          setupRequest: (one: { path?: string }) => {
            unique += 1;
            return { ...one, path: `${new URL(url).pathname}?n=${unique}` };
          },
        },
      ],
    }),
  });
  return {
    requestsPerS: result.requests.total / result.duration,
    p99Ms: result.latency.p99,
    failures: result.non2xx + result.errors,
    requests: result.requests.total,
  };
};

/** Sends requests for a time, each connection the next one as soon as it has its response. */
export const load = (url: string, options: LoadOptions): Promise<Load> =>
  hasWrk ? loadByWrk(url, options) : loadByAutocannon(url, options);

/** Sends so many requests per second for a time, whether or not their responses come. */
export const loadAtRate = (url: string, options: LoadOptions & { rate: number }): Promise<LoadAtRate> =>
  loadByAutocannon(url, options, options.rate);

/** Uploads zeros; gives bytes/s. */
export const upload = (url: string, headers: Record<string, string>, sizeBytes: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const piece = Buffer.alloc(256 * 1024);
    const outgoing = request(url, { method: "PUT", headers: { ...headers, "content-length": sizeBytes } });
    outgoing.on("response", (response) => {
      response.resume();
      response.on("end", () =>
        response.statusCode === 200
          ? resolve(sizeBytes / ((performance.now() - startedMs) / 1000))
          : reject(new Error(`the upload was answered ${response.statusCode}`)),
      );
    });
    outgoing.on("error", reject);
    let leftBytes = sizeBytes;
    const more = (): void => {
      while (leftBytes > 0) {
        const part = leftBytes < piece.length ? piece.subarray(0, leftBytes) : piece;
        leftBytes -= part.length;
        if (!outgoing.write(part)) {
          outgoing.once("drain", more);
          return;
        }
      }
      outgoing.end();
    };
    more();
  });

/** Downloads and throws away; gives bytes/s. */
export const download = (url: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const startedMs = performance.now();
    request(url, { headers }, (response) => {
      let sizeBytes = 0;
      response.on("data", (chunk: Buffer) => {
        sizeBytes += chunk.length;
      });
      response.on("error", reject);
      response.on("end", () =>
        response.statusCode === 200
          ? resolve(sizeBytes / ((performance.now() - startedMs) / 1000))
          : reject(new Error(`the download was answered ${response.statusCode}`)),
      );
    })
      .on("error", reject)
      .end();
  });

/** RSA-2048 signatures that one CPU makes in a second of its own time, by `openssl speed`. */
export const opensslSignaturesPerCpuS = (): number => {
  const text = execFileSync("openssl", ["speed", "-seconds", "1", "-mr", "rsa2048"], {
    stdio: ["ignore", "pipe", "ignore"],
  }).toString();
  const perS = Number(/^\+F2:\d+:2048:([\d.]+):/m.exec(text)?.[1]);
  if (!(perS > 0)) throw new Error("openssl speed rsa2048 gave no figure");
  return perS;
};
