/** Clients that people use, as they are: curl, Python, and what log and metrics agents do. */
import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LOG, SOME_COMPARTMENT, startTestProxy, type TestProxy, VM } from "../../support/proxy.ts";
import { skipUnless } from "../../support/skip.ts";
import type { SeenRequest } from "../../support/small-oci/index.ts";

const hasPython = spawnSync("python3", ["--version"]).status === 0;

let t: TestProxy;
beforeAll(async () => {
  t = await startTestProxy();
  await t.proxy.ready();
});
afterAll(() => t.close());
beforeEach(() => {
  t.oci.seen.length = 0;
  t.oci.respond = respond;
});

const zeros = (size: number) => Buffer.alloc(size, "z");

/** As Object Storage: the last part of `…/big/<size>` says how much, ranges are cut, redirects redirect. */
const respond = (seen: SeenRequest, res: ServerResponse): void => {
  const size = /\/big\/(\d+)$/.exec(seen.target)?.[1];
  if (size) res.end(zeros(Number(size)));
  else if (seen.target.endsWith("/redirect"))
    res.writeHead(302, { location: "http://elsewhere.example/" }).end();
  else if (seen.headers.range) res.writeHead(206, { "content-range": "bytes 0-3/11" }).end('{"ok');
  else res.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}');
};

const run = (program: string, args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = execFile(program, args, { timeout: 30_000, maxBuffer: 1e8 }, (error, stdout, stderr) =>
      error ? reject(new Error(`${error.message}\n${stderr}`)) : resolve(stdout),
    );
    child.stdin!.on("error", () => undefined).end("text");
  });

skipUnless(hasPython, "python3 is not on PATH").it(
  "Python: http.client by port and socket, requests",
  { timeout: 60_000 },
  async () => {
    const script = join(import.meta.dirname, "clients.py");
    const { path } = t.socket("app") as { path: string };
    const out = JSON.parse(await run("python3", [script, String(t.port), t.token("app"), path, VM, LOG]));
    const plain = {
      get: 200,
      head: true,
      upload: 200,
      chunked: 200,
      after: 200,
      refused: 403,
      gzip: 200,
      download: createHash("sha256").update(zeros(4_194_304)).digest("hex"),
      range: 206,
      "kept alive": true,
    };
    expect(out["http.client, port"]).toEqual(plain);
    expect(out["http.client, socket"]).toEqual(plain);
    if (out.requests) {
      expect(out.requests).toEqual({
        get: 200,
        json: { ok: true },
        upload: 200,
        chunked: 200,
        "chunks that are signed": 200,
        expect: 200,
        redirect: 302,
        query: 200,
        "object name": 200,
        stream: 4_194_304,
      });
    }
    expect(t.oci.seen.filter((s) => s.wrong)).toEqual([]);
  },
);

describe("curl", () => {
  const objects = () => `http://127.0.0.1:${t.port}/objectstorage/n/ns/b/exports/o/daily`;
  const curl = (...args: string[]) =>
    run("curl", ["-sS", "-o", "-", "-w", "\n%{http_code}", "-H", `X-Api-Key: ${t.token("app")}`, ...args]);
  const status = (out: string) => out.slice(out.lastIndexOf("\n") + 1);
  const file = join(import.meta.dirname, "escapes.test.ts");

  it.each<[string, string[], string]>([
    ["-T", ["-T", file], "200"],
    ["-T with Expect", ["-T", file, "-H", "Expect: 100-continue"], "200"],
    ["-T without Expect", ["-T", file, "-H", "Expect:"], "200"],
    ["--data-binary with PUT", ["-X", "PUT", "--data-binary", `@${file}`], "200"],
    ["-T - (in chunks)", ["-T", "-"], "200"],
    ["-I", ["-I"], "200"],
    ["-r", ["-r", "0-3"], "206"],
    ["--compressed", ["--compressed"], "200"],
    ["--http1.0", ["--http1.0"], "200"],
    ["--http2 (offers h2c)", ["--http2"], "200"],
    ["--http2-prior-knowledge", ["--http2-prior-knowledge"], "000"],
    ["-x, as a forward proxy", ["-x", `http://127.0.0.1:9`, "--noproxy", "*"], "200"],
  ])("%s", async (_, args, expected) => {
    const out = await curl(...args, `${objects()}/x`).catch((error: Error) => `${error.message}\n000`);
    expect(status(out), out).toBe(expected);
    if (expected === "200") expect(t.oci.seen[0]!.wrong).toBeUndefined();
    else if (expected !== "206") expect(t.oci.seen).toEqual([]);
  });

  it("is no way out when the proxy is taken for a forward proxy", async () => {
    const out = await curl(
      "-x",
      `http://127.0.0.1:${t.port}`,
      "http://iaas.xx-test-1.cloud.example/20160918/instances/x",
    ).catch((error: Error) => `${error.message}\n000`);
    expect(status(out)).toMatch(/^4/);
    const tunnel = await curl(
      "-p",
      "-x",
      `http://127.0.0.1:${t.port}`,
      "http://iaas.xx-test-1.cloud.example/",
    ).catch((error: Error) => error.message);
    expect(tunnel).toMatch(/CONNECT/);
    expect(t.oci.seen).toEqual([]);
  });

  it("keeps a connection for several requests, and sends the next one at once", async () => {
    const url = `${objects()}/x`;
    const out = await curl(url, url, url, "-w", "%{num_connects} ");
    expect(out.match(/(\d) /g)!.join("")).toBe("1 0 0 ");
  });
});

describe("an agent's HTTP output", () => {
  /** One connection, kept; batches compressed or not, as Fluent Bit's and Vector's `http` outputs send them. */
  const push = (
    agent: Agent,
    target: string,
    body: Buffer,
    headers: Record<string, string>,
  ): Promise<number> =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        {
          agent,
          host: "127.0.0.1",
          port: t.port,
          method: "POST",
          path: target,
          headers: {
            authorization: `Bearer ${t.token("app")}`,
            "content-length": body.length,
            "user-agent": "Fluent-Bit",
            ...headers,
          },
        },
        (response) => response.resume().on("end", () => resolve(response.statusCode!)),
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  const logs = `/loggingingestion/20200831/logs/${LOG}/actions/push`;
  const batch = Buffer.from(JSON.stringify({ specversion: "1.0", logEntryBatches: [{ entries: [] }] }));

  it("sends batches on one connection, plain and compressed", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 20; i += 1) {
      const zipped = i % 2 === 1;
      const headers = { "content-type": "application/json", ...(zipped && { "content-encoding": "gzip" }) };
      expect(await push(agent, logs, zipped ? gzipSync(batch) : batch, headers)).toBe(200);
    }
    agent.destroy();
    expect(t.oci.seen).toHaveLength(20);
    for (const seen of t.oci.seen) expect(seen.wrong).toBeUndefined();
    expect(t.oci.seen[1]!.headers["content-encoding"]).toBe("gzip");
  });

  it("may send what a grant is about compressed, and is refused another namespace", async () => {
    const metric = Buffer.from(
      JSON.stringify({ metricData: [{ namespace: "app", compartmentId: SOME_COMPARTMENT }] }),
    );
    const agent = new Agent({ keepAlive: true });
    const type = { "content-type": "application/json" };
    expect(await push(agent, "/monitoring/20180401/metrics", metric, type)).toBe(200);
    const gzip = { ...type, "content-encoding": "gzip" };
    expect(await push(agent, "/monitoring/20180401/metrics", gzipSync(metric), gzip)).toBe(200);
    const others = gzipSync(metric.toString().replace('"app"', '"oci_vcn"'));
    expect(await push(agent, "/monitoring/20180401/metrics", others, gzip)).toBe(403);
    agent.destroy();
  });
});
