/** Load: closed loop for the maximum, open loop for latency. @module */
import { execFileSync } from "node:child_process";
import { request } from "node:http";
import autocannon from "autocannon";

/** What a load gave. */
export interface Load {
  requestsPerS: number;
  p50Ms: number;
  p99Ms: number;
  /** Answers that were not 200, and connections that broke. */
  failures: number;
  requests: number;
}

let unique = 0;

/**
 * Sends requests for a time.
 * @param options.unique every target another one
 * @param options.body sent with PUT; without it, GETs are sent
 * @param options.rate requests/s of an open loop; a closed loop when absent
 */
export const load = async (
  url: string,
  options: {
    headers?: Record<string, string>;
    unique?: boolean;
    body?: Buffer;
    rate?: number;
    seconds: number;
    connections?: number;
  },
): Promise<Load> => {
  const result = await autocannon({
    url,
    connections: options.connections ?? 32,
    duration: options.seconds,
    ...(options.headers && { headers: options.headers }),
    ...(options.body && { method: "PUT", body: options.body }),
    ...(options.rate !== undefined && { overallRate: Math.round(options.rate) }),
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
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failures: result.non2xx + result.errors,
    requests: result.requests.total,
  };
};

/** Uploads zeros; gives bytes/s. */
export const upload = (url: string, headers: Record<string, string>, sizeBytes: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const piece = Buffer.alloc(256 * 1024);
    const outgoing = request(url, { method: "PUT", headers: { ...headers, "content-length": sizeBytes } });
    outgoing.on("response", (answer) => {
      answer.resume();
      answer.on("end", () =>
        answer.statusCode === 200
          ? resolve(sizeBytes / ((performance.now() - startedMs) / 1000))
          : reject(new Error(`the upload was answered ${answer.statusCode}`)),
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
    request(url, { headers }, (answer) => {
      let sizeBytes = 0;
      answer.on("data", (chunk: Buffer) => {
        sizeBytes += chunk.length;
      });
      answer.on("error", reject);
      answer.on("end", () =>
        answer.statusCode === 200
          ? resolve(sizeBytes / ((performance.now() - startedMs) / 1000))
          : reject(new Error(`the download was answered ${answer.statusCode}`)),
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
