/** Prometheus remote_write: samples become PostMetricData within a grant, or nothing is signed. */
import { compress } from "snappyjs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type WrittenSeries, writeRequest, written } from "../../support/agents.ts";
import { type AttackBytes, noneIsSigned } from "../../support/attack.ts";
import { localWorld, startLocalProxy } from "../../support/local-proxy.ts";
import { head, SOME_COMPARTMENT, startTestProxy, type TestProxy } from "../../support/proxy.ts";

let t: TestProxy;
beforeAll(async () => {
  t = await startTestProxy({
    limits: { bufferedBodyBytes: 400_000 },
    timeouts: { headersMs: 1000, bodyMs: 1500, stallMs: 1500 },
  });
  await t.proxy.ready();
});
afterAll(() => t.close());
beforeEach(() => {
  t.oci.seen.length = 0;
  t.oci.respond = undefined;
});

const PATH = "/prometheus/api/v1/write";
const HEADERS = {
  "content-type": "application/x-protobuf",
  "content-encoding": "snappy",
  "x-prometheus-remote-write-version": "0.1.0",
};

const send = async (body: Buffer, headers: Record<string, string> = {}, path = PATH, client = "app") => {
  const response = await fetch(`http://127.0.0.1:${t.port}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${t.token(client)}`, ...HEADERS, ...headers },
    body: new Uint8Array(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const one = (labels: Record<string, string>, value: number, timeMs = Date.now()): WrittenSeries => ({
  labels,
  samples: [[value, timeMs]],
});
const many = (count: number) =>
  written(Array.from({ length: count }, (_, i) => one({ __name__: `m${i}`, job: "j" }, i)));
const posted = () =>
  t.oci.seen.flatMap((s) => JSON.parse(s.body.toString()).metricData) as {
    namespace: string;
    compartmentId: string;
    name: string;
    dimensions: Record<string, string>;
    datapoints: { timestamp: string; value: number }[];
  }[];

describe("what is granted", () => {
  it("is posted as it came, series by series", async () => {
    const at = Date.now();
    const series = {
      labels: { __name__: "node:load1", instance: "a:9100", job: "node", empty: "" },
      samples: [
        [0.25, at - 15_000],
        [-1e300, at],
      ],
    } as WrittenSeries;
    const { status, text } = await send(written([series, one({ __name__: "up" }, 1, at)]));
    expect([status, text]).toEqual([204, ""]);
    expect(t.oci.seen.map((s) => [s.wrong, `${s.method} ${s.target}`])).toEqual([
      [undefined, "POST /20180401/metrics"],
    ]);
    expect(t.oci.seen[0]!.headers).not.toHaveProperty("content-encoding");
    const place = { namespace: "app", compartmentId: SOME_COMPARTMENT };
    const time = (ms: number) => new Date(ms).toISOString();
    expect(posted()).toEqual([
      {
        ...place,
        name: "node_load1",
        dimensions: { instance: "a:9100", job: "node" },
        datapoints: [
          { timestamp: time(at - 15_000), value: 0.25 },
          { timestamp: time(at), value: -1e300 },
        ],
      },
      {
        ...place,
        name: "up",
        dimensions: { client: "app" },
        datapoints: [{ timestamp: time(at), value: 1 }],
      },
    ]);
  });

  it("is several calls where there are many series, and none where there are only metadata", async () => {
    expect((await send(many(101))).status).toBe(204);
    expect(t.oci.seen).toHaveLength(3);
    await expect.poll(() => t.audit().at(-1)).toMatchObject({ calls: 3, operation: "PostMetricData" });
    expect((await send(written([]))).status).toBe(204);
    expect(t.oci.seen).toHaveLength(3);
  });

  it("leaves out samples without a number, which the audit counts", async () => {
    const { status } = await send(
      written([
        one({ __name__: "a" }, Number.NaN),
        one({ __name__: "b" }, Number.POSITIVE_INFINITY),
        one({ __name__: "c" }, 1),
      ]),
    );
    expect([status, posted().map((m) => m.name)]).toEqual([204, ["c"]]);
    await expect.poll(() => t.audit().at(-1)).toMatchObject({ calls: 1, rejected: 2 });
  });

  it("has labels that are gone through once, not for each of its samples", async () => {
    const long = "x".repeat(300_000);
    const samples = Array.from({ length: 4000 }, (_, i): [number, number] => [i, Date.now()]);
    const startedMs = performance.now();
    const { status } = await send(written([{ labels: { __name__: "a", long }, samples }]));
    expect([status, posted().map((m) => m.datapoints.length)]).toEqual([204, [4000]]);
    expect(posted()[0]!.dimensions["long"]).toHaveLength(512);
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  it("is told what else was left out, by a status that nobody repeats", async () => {
    const wide = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`l${i}`, "x"]));
    const { status, text } = await send(
      written([
        one({ __name__: "old" }, 1, Date.now() - 7_300_000),
        one({ __name__: "wide", ...wide }, 1),
        one({ job: "no name" }, 1),
        one({ __name__: "c" }, 1),
      ]),
    );
    expect([status, posted().map((m) => m.name)]).toEqual([400, ["c"]]);
    expect(text).toMatch(
      /^not taken: 1 \("old"\): its time is more than two hours ago; 1 \("wide"\): .*; 1 \(""\): /,
    );
    await expect
      .poll(() => t.audit().at(-1))
      .toMatchObject({ decision: "allowed", calls: 1, rejected: 3, status: 400 });
  });

  it("is answered as the service answers where a call fails", async () => {
    let calls = 0;
    t.oci.respond = (_, res) => {
      calls += 1;
      res.writeHead(calls === 2 ? 429 : 200, { "retry-after": "3" });
      res.end('{"code":"TooManyRequests","message":"m"}');
    };
    const { status, text, headers } = await send(many(120));
    expect([status, calls, text]).toEqual([429, 2, "OCI answered 429 TooManyRequests: m\n"]);
    expect(headers.get("retry-after")).toBe("3");
  });
});

describe("nothing else is signed", () => {
  const post = (path: string, body: Buffer, headers: Record<string, string> = HEADERS): AttackBytes => [
    head(
      `POST ${path}`,
      `Content-Length: ${body.length}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ),
    body,
  ];
  const good = written([one({ __name__: "a" }, 1)]);

  it("of another namespace or compartment, or by another path", async () => {
    const paths = [
      "/prometheus/other/api/v1/write",
      `/prometheus/${SOME_COMPARTMENT}x/api/v1/write`,
      "/prometheus/ocid1.log.oc99.xxt.a/api/v1/write",
      "/prometheus/api/v1/write?namespace=other",
      "/prometheus/api/v1/read",
      "/prometheus/../monitoring/20180401/metrics",
      "/prometheus/api/v1/write/",
      "/prometheus",
    ];
    await noneIsSigned(
      t,
      paths.map((path) => post(path, good)),
    );
    await noneIsSigned(t, [post(PATH, good)], t.socket("other"));
  });

  it("of version 2.0, which is refused by its name so that the sender falls back", async () => {
    const { status, text } = await send(good, {
      "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
      "x-prometheus-remote-write-version": "2.0.0",
    });
    expect([status, text]).toEqual([415, expect.stringContaining("remote_write 1.0")]);
    const named = { "content-type": "application/x-protobuf;proto=prometheus.WriteRequest" };
    expect((await send(good, named)).status).toBe(204);
  });

  it("of a body that is none, a bomb, or more than may be held", async () => {
    const bomb = (stated: number, ...more: number[]): Buffer => {
      const preamble: number[] = [];
      let left = stated;
      for (; left >= 0x80; left = Math.floor(left / 128)) preamble.push((left % 128) | 0x80);
      return Buffer.from([...preamble, left, ...more]);
    };
    await noneIsSigned(t, [
      ...[
        Buffer.alloc(0),
        Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        bomb(2 ** 32 - 1),
        bomb(399_000, 0, 0),
        bomb(5, 0x01, 0x09),
        bomb(10, 0xf0, 0xff),
        writeRequest([one({ __name__: "a" }, 1)]),
        good.subarray(0, -1),
        Buffer.from(compress(Buffer.alloc(390_000))),
        Buffer.from(compress(Buffer.alloc(500_000))),
        Buffer.from(compress(Buffer.alloc(1000, 0x0b))),
        Buffer.from(compress(Buffer.alloc(100_000, 0x80))),
        written(Array.from({ length: 20_001 }, () => one({ __name__: "a" }, 1))),
      ].map((body) => post(PATH, body)),
      post(PATH, good, { ...HEADERS, "content-encoding": "gzip" }),
      post(PATH, good, { "content-type": HEADERS["content-type"] }),
      post(PATH, good, { ...HEADERS, "content-type": "application/json" }),
    ]);
    await expect
      .poll(async () => (await fetch(`${t.proxy.adminUrl}/metrics`)).text())
      .toMatch(/buffered_bytes 0\n/);
  });
});

it("reaches the metrics of a real local OCI, which counts what it does not take", async () => {
  const world = await localWorld();
  const running = await startLocalProxy(world);
  const { readFileSync } = await import("node:fs");
  const token = readFileSync(running.proxy.clients["app"]!.tokenFile!, "utf8");
  const response = await fetch(`${running.proxy.url}${PATH}`, {
    method: "POST",
    headers: { "x-api-key": token, ...HEADERS },
    body: new Uint8Array(many(2000)),
  });
  expect([response.status, await response.text()]).toEqual([204, ""]);
  await running.close();
  await world.oci.close();
});
