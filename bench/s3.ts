/**
 * Figures of the proxy's endpoint for S3 (`npm run bench -- s3`), in front of a local OCI that verifies every signature,
 * against `rclone serve s3` in front of rclone's backend for OCI at the same one. Each figure comes of five runs; closed
 * loops are driven by wrk, with signatures that were made before.
 *
 * Goals: GET and PUT of 1 KiB at least 3 times as many per second; 1 GiB in parts, 8 at once, up and down at least 1.5
 * times as fast; CPU of a GET of 1 KiB at most 1.3 of the same object's through the native endpoint; 64 parts of 64 MiB
 * at once within 150 MiB above rest.
 *
 * `BENCH_RUNS` (5), `BENCH_SECONDS` (3), `BENCH_MIB` (1024, the large object) and `BENCH_PART_MIB` (64, each of the 64
 * parts) make it shorter, `BENCH_ONLY` (small, cpu, large, memory) measures some.
 * @module
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Allow } from "../document/schema.ts";
import { type ProxyProcess, startProxyProcess } from "../test/support/proxy-process.ts";
import { type Figure, figureOf } from "./figure.ts";
import { hasWrk } from "./proxy/load.ts";
import { cpuS, type Helper, peakBytes, startHelper } from "./proxy/processes.ts";
import type { BenchOci } from "./s3/oci.ts";
import { lackingRclone, startRclone } from "./s3/rclone.ts";
import { atOnce, loop, type S3Server, send, sign } from "./s3/requests.ts";

const RUNS = Number(process.env["BENCH_RUNS"] ?? 5);
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 3);
const MIB = 1024 ** 2;
const LARGE_BYTES = Number(process.env["BENCH_MIB"] ?? 1024) * MIB;
const PART_BYTES = Number(process.env["BENCH_PART_MIB"] ?? 64) * MIB;
const ONLY = process.env["BENCH_ONLY"]?.split(",");
const isWanted = (part: "small" | "cpu" | "large" | "memory"): boolean => ONLY?.includes(part) ?? true;

const BUCKET = "exports";
/** Parts of the large object. */
const PIECE_BYTES = 16 * MIB;
const PIECES_AT_ONCE = 8;
const UPLOADS = 64;
/** Names that small objects are put under. */
const NAMES = 64;
const small = Buffer.alloc(1024, "x");

const repeat = async <T>(work: () => Promise<T>): Promise<T[]> => {
  const results: T[] = [];
  for (let i = 0; i < RUNS; i += 1) results.push(await work());
  return results;
};

/** A client that may do everything with the bucket. */
const clients = (namespace: string): Record<string, { allow: Allow[] }> => ({
  app: {
    allow: [
      {
        grant: "bench",
        operations: [
          ...["GetObject", "HeadObject", "PutObject", "DeleteObject", "ListObjects", "CreateMultipartUpload"],
          ...["UploadPart", "CommitMultipartUpload", "AbortMultipartUpload", "ListMultipartUploadParts"],
        ].map((name) => `objectstorage.${name}`),
        where: { "path.namespaceName": namespace, "path.bucketName": BUCKET },
      },
    ],
  },
});

/** A proxy of its own, and its endpoint for S3. */
const startDoor = async (oci: BenchOci): Promise<{ proxy: ProxyProcess; door: S3Server }> => {
  const proxy = await startProxyProcess(oci, { clients: clients(oci.namespace) });
  const response = await fetch(`${proxy.url}/s3/credentials`, {
    headers: { authorization: proxy.token("app") },
  });
  const keys = (await response.json()) as Record<string, string>;
  const key = {
    accessKeyId: keys["AccessKeyId"]!,
    secretAccessKey: keys["SecretAccessKey"]!,
    sessionToken: keys["SessionToken"]!,
    expiresMs: undefined,
  };
  return { proxy, door: { url: keys["Endpoint"]!, key } };
};

const TOKEN = "x-amz-security-token";
const signedFor = (server: S3Server, method: string, path: string, body?: Buffer) =>
  sign(server, method, path, server.key.sessionToken ? { [TOKEN]: server.key.sessionToken } : {}, body);

const getSmall = (server: S3Server, seconds = SECONDS) =>
  loop(server.url, [signedFor(server, "GET", `/${BUCKET}/small`)], seconds);
const putSmall = (server: S3Server) => {
  const requests = Array.from({ length: NAMES }, (_, i) =>
    signedFor(server, "PUT", `/${BUCKET}/put/${i}`, small),
  );
  return loop(server.url, requests, SECONDS, small);
};

/** GET and PUT of 1 KiB per second. */
const rates = async (door: S3Server, other: S3Server): Promise<Figure[]> => {
  for (const server of [door, other]) await getSmall(server);
  const runs = await repeat(async () => ({
    otherGet: await getSmall(other),
    get: await getSmall(door),
    otherPut: await putSmall(other),
    put: await putSmall(door),
  }));
  const name = (what: string): string => `s3: ${what} of 1 KiB per s ÷ rclone serve s3`;
  return [
    figureOf(
      name("GET"),
      "1/s",
      runs.map((r) => r.get.perS),
      runs.map((r) => r.otherGet.perS),
    ),
    figureOf(
      name("PUT"),
      "1/s",
      runs.map((r) => r.put.perS),
      runs.map((r) => r.otherPut.perS),
    ),
  ];
};

/** The processor time of the proxy for a GET of 1 KiB, against the native endpoint. */
const cpu = async (proxy: ProxyProcess, door: S3Server, namespace: string): Promise<Figure> => {
  const path = `/objectstorage/n/${namespace}/b/${BUCKET}/o/small`;
  const headers = { Host: new URL(proxy.url).host, "x-api-key": proxy.token("app") };
  const native = (seconds = SECONDS) => loop(proxy.url, [{ method: "GET", path, headers }], seconds);
  const usOf = async (work: () => Promise<{ requests: number }>): Promise<number> => {
    const before = cpuS(proxy.child.pid!);
    const { requests } = await work();
    return ((cpuS(proxy.child.pid!) - before) / requests) * 1e6;
  };
  await native(SECONDS * 2);
  await getSmall(door, SECONDS * 2);
  const runs = await repeat(async () => ({
    native: await usOf(native),
    s3: await usOf(() => getSmall(door)),
  }));
  return figureOf(
    "s3: CPU of a GET of 1 KiB ÷ the same object through the native endpoint",
    "µs",
    runs.map((r) => r.s3),
    runs.map((r) => r.native),
  );
};

const piece = Buffer.alloc(PIECE_BYTES, "y");
const COUNT = Math.max(1, Math.round(LARGE_BYTES / PIECE_BYTES));

/** Begins an upload in parts; gives its id. */
const begin = async (server: S3Server, path: string): Promise<string> => {
  const { text } = await send(server, signedFor(server, "POST", `${path}?uploads=`), Buffer.alloc(0));
  const id = /<UploadId>([^<]+)</.exec(text)?.[1];
  if (!id) throw new Error(`no upload began: ${text.slice(0, 300)}`);
  return encodeURIComponent(id);
};

const mbPerS = async (work: () => Promise<void>): Promise<number> => {
  const startedMs = performance.now();
  await work();
  return (COUNT * PIECE_BYTES) / 1e6 / ((performance.now() - startedMs) / 1000);
};

const uploadLarge = async (server: S3Server): Promise<void> => {
  const path = `/${BUCKET}/large`;
  const id = await begin(server, path);
  const etags: string[] = [];
  await atOnce(COUNT, PIECES_AT_ONCE, async (i) => {
    const target = `${path}?partNumber=${i + 1}&uploadId=${id}`;
    etags[i] = (await send(server, signedFor(server, "PUT", target, piece), piece)).etag;
  });
  const parts = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
  const body = Buffer.from(`<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`);
  await send(server, signedFor(server, "POST", `${path}?uploadId=${id}`, body), body);
};

const downloadLarge = (server: S3Server): Promise<void> =>
  atOnce(COUNT, PIECES_AT_ONCE, async (i) => {
    const one = signedFor(server, "GET", `/${BUCKET}/large`);
    const range = `bytes=${i * PIECE_BYTES}-${(i + 1) * PIECE_BYTES - 1}`;
    const { lengthBytes } = await send(server, { ...one, headers: { ...one.headers, range } });
    if (lengthBytes !== PIECE_BYTES) throw new Error(`${range} had ${lengthBytes} bytes`);
  });

/** A large object up in parts and down in ranges. */
const large = async (door: S3Server, other: S3Server): Promise<Figure[]> => {
  const runs = await repeat(async () => ({
    otherUp: await mbPerS(() => uploadLarge(other)),
    otherDown: await mbPerS(() => downloadLarge(other)),
    up: await mbPerS(() => uploadLarge(door)),
    down: await mbPerS(() => downloadLarge(door)),
  }));
  const name = (what: string): string =>
    `s3: ${what} of ${(COUNT * PIECE_BYTES) / MIB} MiB, ${PIECES_AT_ONCE} parts at once ÷ rclone serve s3`;
  return [
    figureOf(
      name("upload"),
      "MB/s",
      runs.map((r) => r.up),
      runs.map((r) => r.otherUp),
    ),
    figureOf(
      name("download"),
      "MB/s",
      runs.map((r) => r.down),
      runs.map((r) => r.otherDown),
    ),
  ];
};

/** Memory of a proxy of its own while many parts go up at once, above rest. */
const memory = async (oci: BenchOci): Promise<Figure> => {
  const part = Buffer.alloc(PART_BYTES, "z");
  const runs = await repeat(async () => {
    const { proxy, door } = await startDoor(oci);
    try {
      const path = `/${BUCKET}/memory`;
      // The first request loads what it needs.
      await send(door, signedFor(door, "PUT", `/${BUCKET}/small`, small), small);
      const id = await begin(door, path);
      const pid = proxy.child.pid!;
      writeFileSync(`/proc/${pid}/clear_refs`, "5");
      const rest = proxy.residentBytes();
      await atOnce(UPLOADS, UPLOADS, async (i) => {
        await send(door, signedFor(door, "PUT", `${path}?partNumber=${i + 1}&uploadId=${id}`, part), part);
      });
      const mib = (peakBytes(pid) - rest) / MIB;
      await send(door, signedFor(door, "DELETE", `${path}?uploadId=${id}`));
      return mib;
    } finally {
      await proxy.end();
    }
  });
  const name = `s3: memory of ${UPLOADS} parts of ${PART_BYTES / MIB} MiB at once, above rest`;
  return figureOf(name, "MiB", runs);
};

/** Measures everything; figures come as soon as they are there. */
export async function* run(): AsyncGenerator<Figure> {
  if (!hasWrk) {
    console.error("s3: skipped: wrk is not on PATH");
    return;
  }
  const lacking = lackingRclone();
  if (lacking) console.error(`s3: without the figures against rclone: ${lacking}`);
  const helper: Helper<BenchOci> = await startHelper(fileURLToPath(new URL("./s3/oci.ts", import.meta.url)));
  const oci = helper.first;
  const { proxy, door } = await startDoor(oci);
  const other = lacking ? undefined : await startRclone(oci, BUCKET);
  try {
    await send(door, signedFor(door, "PUT", `/${BUCKET}/small`, small), small);
    if (isWanted("small") && other) yield* await rates(door, other);
    if (isWanted("cpu")) yield await cpu(proxy, door, oci.namespace);
    if (isWanted("large") && other) yield* await large(door, other);
    if (isWanted("memory")) yield await memory(oci);
  } finally {
    await other?.end();
    await proxy.end();
    helper.child.removeAllListeners("exit");
    helper.child.disconnect();
  }
}
