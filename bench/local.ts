/**
 * Figures of the local OCI (`npm run bench -- local`): signed requests through authentication and authorisation
 * with 50 statements, memory, time to ready. `BENCH_RUNS` (5) and `BENCH_SECONDS` (3) make it shorter.
 * @module
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { signedHeaders } from "../test/support/raw-request.ts";
import { type Figure, figureOf } from "./figure.ts";
import type { Measured, Used } from "./local/server.ts";

const RUNS = Number(process.env["BENCH_RUNS"] ?? 5);
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 3);
const MEMORY_BEFORE = 10_000;
const MEMORY_AFTER = 100_000;

const message = async <T>(child: ChildProcess): Promise<T> => (await once(child, "message"))[0] as T;

/** A server in a process of its own. */
class Server {
  readonly #child: ChildProcess;
  readonly measured: Promise<Measured>;

  constructor() {
    const execArgv = ["--expose-gc", "--import", "tsx"];
    this.#child = fork(new URL("local/server.ts", import.meta.url), { execArgv });
    this.measured = message<Measured>(this.#child);
  }

  async used(): Promise<Used> {
    this.#child.send("used");
    return message<Used>(this.#child);
  }

  close(): void {
    this.#child.disconnect();
  }
}

/** Number of requests that one of the server's listeners responds to with 200. */
const load = async (url: string, measured: Measured): Promise<number> => {
  const { user, target } = measured;
  // Signed once: a signature costs the client several times what checking it costs the server.
  const { host: _, ...headers } = signedHeaders(
    measured.guardedUrl,
    { method: "GET", target },
    { keyId: `${user.tenancyId}/${user.userId}/${user.fingerprint}`, privateKeyPem: user.privateKeyPem },
  );
  const result = await autocannon({
    url: `${url}${target}`,
    connections: 10,
    duration: SECONDS,
    headers: { ...headers, host: new URL(measured.guardedUrl).host },
  });
  if (result.non2xx || result.errors) {
    throw new Error(
      `${result.non2xx} requests were refused and ${result.errors} failed: nothing was measured`,
    );
  }
  return result.requests.total;
};

/** Requests per second of the server's processor time: what other programs do on the machine does not matter. */
const perCpuS = async (server: Server, url: string): Promise<number> => {
  const measured = await server.measured;
  const before = await server.used();
  const requests = await load(url, measured);
  return requests / ((await server.used()).cpuS - before.cpuS);
};

/** Time from the start of `npm run local` until it is ready, in ms. */
const startMs = async (): Promise<number> => {
  const dir = mkdtempSync(join(tmpdir(), "keyless-bench-"));
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const before = performance.now();
  const child = spawn("npm", ["run", "-s", "local", "--", "--dir", dir], {
    cwd,
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(child.stdout, "data");
  const ms = performance.now() - before;
  process.kill(-child.pid!, "SIGTERM");
  await once(child, "exit");
  rmSync(dir, { recursive: true, force: true });
  return ms;
};

/** Measures, one figure after the other. */
export const run = async function* (): AsyncIterable<Figure> {
  const server = new Server();
  const { guardedUrl, openUrl } = await server.measured;
  await perCpuS(server, openUrl);
  await perCpuS(server, guardedUrl);
  const guarded: number[] = [];
  const open: number[] = [];
  for (let i = 0; i < RUNS; i += 1) {
    open.push(await perCpuS(server, openUrl));
    guarded.push(await perCpuS(server, guardedUrl));
  }
  yield figureOf("signed requests, authenticated and authorised, ÷ neither", "requests/CPU s", guarded, open);
  server.close();

  const fresh = new Server();
  const measured = await fresh.measured;
  let sent = 0;
  const usedAfter = async (requests: number): Promise<Used> => {
    while (sent < requests) sent += await load(measured.guardedUrl, measured);
    return fresh.used();
  };
  const early = await usedAfter(MEMORY_BEFORE);
  const late = await usedAfter(MEMORY_AFTER);
  const name = `after ${MEMORY_AFTER} requests ÷ after ${MEMORY_BEFORE}`;
  yield figureOf(`heap in use ${name}`, "MiB", [late.heapMiB], [early.heapMiB]);
  yield figureOf(`resident memory ${name}`, "MiB", [late.rssMiB], [early.rssMiB]);
  fresh.close();

  const starts: number[] = [];
  for (let i = 0; i < RUNS; i += 1) starts.push(await startMs());
  yield figureOf("npm run local until ready", "ms", starts);
};
