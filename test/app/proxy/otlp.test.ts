/** OTLP's logs and metrics: they become PutLogs and PostMetricData within a grant, or nothing is signed. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { otlpRequest, otlpResponse } from "../../support/agents.ts";
import { type AttackBytes, noneIsSigned } from "../../support/attack.ts";
import {
  DOCUMENT,
  head,
  LOG,
  SOME_COMPARTMENT,
  startTestProxy,
  type TestProxy,
} from "../../support/proxy.ts";

const SECOND = `${LOG}second`;
const OTHER_COMPARTMENT = `${SOME_COMPARTMENT}other`;
const PUSH = `POST /20200831/logs/${LOG}/actions/push`;
const POST = "POST /20180401/metrics";

const metrics = (namespace: string, compartmentId = SOME_COMPARTMENT, where: object = {}) => ({
  grant: `metrics ${namespace}`,
  operations: ["monitoring.PostMetricData"],
  where: {
    "body.metricData.*.namespace": namespace,
    "body.metricData.*.compartmentId": compartmentId,
    ...where,
  },
});

let t: TestProxy;
beforeAll(async () => {
  t = await startTestProxy(
    { limits: { bufferedBodyBytes: 400_000 }, timeouts: { headersMs: 1000, bodyMs: 1500, stallMs: 1500 } },
    {
      clients: {
        ...DOCUMENT.clients,
        two: { allow: [metrics("app"), metrics("web", OTHER_COMPARTMENT)] },
        group: { allow: [metrics("app", SOME_COMPARTMENT, { "body.metricData.*.resourceGroup": "web" })] },
        named: {
          allow: [metrics("app", SOME_COMPARTMENT, { "body.metricData.*.name": { prefix: "good" } })],
        },
        raw: { allow: [{ grant: "raw", operations: ["monitoring.PostMetricData"], where: {} }] },
      },
    } as typeof DOCUMENT,
  );
  await t.proxy.ready();
});
afterAll(() => t.close());
beforeEach(() => {
  t.oci.seen.length = 0;
  t.oci.respond = undefined;
});

const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";

const send = async (
  path: string,
  body: Buffer | string,
  type = PROTOBUF,
  headers: Record<string, string> = {},
  client = "app",
) => {
  const response = await fetch(`http://127.0.0.1:${t.port}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${t.token(client)}`, "content-type": type, ...headers },
    body: new Uint8Array(Buffer.from(body as string)),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    headers: response.headers,
    bytes,
    text: bytes.toString(),
  };
};
const sendMetrics = (message: object, path = "/otlp/v1/metrics", client = "app") =>
  send(path, otlpRequest("metrics", message), PROTOBUF, {}, client);

const attributes = (of: Record<string, string>) =>
  Object.entries(of).map(([key, stringValue]) => ({ key, value: { stringValue } }));
/** Now in ns, as OTLP has it. */
const now = () => `${Date.now()}123456`;
const gauge = (name: string, points: object[]) => ({ name, gauge: { dataPoints: points } });
const ofMetrics = (metrics: object[], resource: Record<string, string> = {}) => ({
  resourceMetrics: [{ resource: { attributes: attributes(resource) }, scopeMetrics: [{ metrics }] }],
});
const many = (count: number) =>
  ofMetrics(Array.from({ length: count }, (_, i) => gauge(`m${i}`, [{ timeUnixNano: now(), asDouble: i }])));

interface Posted {
  namespace: string;
  compartmentId: string;
  resourceGroup?: string;
  name: string;
  dimensions: Record<string, string>;
  metadata?: Record<string, string>;
  datapoints: { timestamp: string; value: number }[];
}
const posted = (): Posted[] => t.oci.seen.flatMap((s) => JSON.parse(s.body.toString()).metricData);
const signed = () => t.oci.seen.map((s) => [s.wrong, `${s.method} ${s.target}`]);
const entries = () =>
  t.oci.seen.flatMap((s) => JSON.parse(s.body.toString()).logEntryBatches) as {
    source: string;
    type: string;
    subject?: string;
    entries: { id: string; data: string; time?: string }[];
  }[];

describe("logs", () => {
  const record = {
    timeUnixNano: "1700000000123456789",
    observedTimeUnixNano: "1700000001000000000",
    severityNumber: 9,
    severityText: "INFO",
    body: { stringValue: 'it\'s "so"' },
    attributes: [
      { key: "n", value: { intValue: "9007199254740993" } },
      { key: "list", value: { arrayValue: { values: [{ boolValue: true }, { doubleValue: 1.5 }] } } },
      { key: "map", value: { kvlistValue: { values: [{ key: "__proto__", value: { stringValue: "x" } }] } } },
    ],
  };
  const request = {
    resourceLogs: [
      {
        resource: { attributes: attributes({ "service.name": "shop", "host.name": "vm1" }) },
        scopeLogs: [{ scope: { name: "lib" }, logRecords: [record, { body: { stringValue: "b" } }] }],
      },
      { scopeLogs: [{ logRecords: [{ observedTimeUnixNano: "1700000001000000000" }] }] },
    ],
  };
  const inProtobuf = otlpRequest("logs", {
    ...request,
    resourceLogs: request.resourceLogs.map((one, i) =>
      i === 0
        ? {
            ...one,
            scopeLogs: [
              {
                scope: { name: "lib" },
                logRecords: [
                  {
                    ...record,
                    traceId: Buffer.from("0102030405060708090a0b0c0d0e0f10", "hex"),
                    spanId: Buffer.from("0102030405060708", "hex"),
                  },
                  { body: { stringValue: "b" } },
                ],
              },
            ],
          }
        : one,
    ),
  });
  const inJson = JSON.stringify(request).replace(
    '"severityNumber":9',
    '"severityNumber":9,"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708"',
  );

  it("are one signed PutLogs call of all records, the same in both encodings, plain or in gzip", async () => {
    for (const [type, body] of [
      [PROTOBUF, inProtobuf],
      [JSON_TYPE, Buffer.from(inJson)],
      ["application/json; charset=utf-8", Buffer.from(inJson)],
    ] as const) {
      for (const gzip of [false, true]) {
        t.oci.seen.length = 0;
        const response = await send(
          "/otlp/v1/logs",
          gzip ? gzipSync(body) : body,
          type,
          gzip ? { "content-encoding": "gzip" } : {},
        );
        expect([response.status, response.type]).toEqual([200, type.split(";")[0]]);
        expect(response.text).toBe(type === PROTOBUF ? "" : "{}");
        expect(signed()).toEqual([[undefined, PUSH]]);
        expect(t.oci.seen[0]!.headers).not.toHaveProperty("content-encoding");
        const [shop, bare] = entries();
        expect(shop).toMatchObject({ source: "shop", type: "keyless.otlp", subject: "vm1" });
        expect(shop!.entries[0]!.time).toBe("2023-11-14T22:13:20.123Z");
        // As text: a reader of JSON would round the number.
        expect(shop!.entries[0]!.data).toContain('"n":9007199254740993');
        expect(JSON.parse(shop!.entries[0]!.data)).toEqual({
          body: 'it\'s "so"',
          severityText: "INFO",
          severityNumber: 9,
          traceId: "0102030405060708090a0b0c0d0e0f10",
          spanId: "0102030405060708",
          timeUnixNano: "1700000000123456789",
          observedTimeUnixNano: "1700000001000000000",
          attributes: JSON.parse('{"n":9007199254740993,"list":[true,1.5],"map":{"__proto__":"x"}}'),
          scope: "lib",
          resource: { "service.name": "shop", "host.name": "vm1" },
        });
        expect(shop!.entries[1]).not.toHaveProperty("time");
        expect(bare).toMatchObject({ source: "app", entries: [{ time: "2023-11-14T22:13:21.000Z" }] });
      }
    }
  });

  it("of a request without any are answered, and nothing is sent", async () => {
    for (const [type, body] of [
      [PROTOBUF, ""],
      [JSON_TYPE, "{}"],
    ] as const) {
      expect((await send("/otlp/v1/logs", body, type)).status).toBe(200);
    }
    expect(t.oci.seen).toEqual([]);
    await expect.poll(() => t.audit().at(-1)).toMatchObject({ operation: "PutLogs", calls: 0, status: 200 });
  });

  it("that are too long are counted, and the others are sent", async () => {
    const long = { body: { stringValue: "x".repeat(10) }, attributes: [] };
    const sizes = await startTestProxy({ limits: { bufferedBodyBytes: 4_000_000 } });
    await sizes.proxy.ready();
    const body = otlpRequest("logs", {
      resourceLogs: [
        { scopeLogs: [{ logRecords: [long, { body: { stringValue: "x".repeat(1_000_000) } }] }] },
      ],
    });
    const response = await fetch(`http://127.0.0.1:${sizes.port}/otlp/v1/logs`, {
      method: "POST",
      headers: { "x-api-key": sizes.token("app"), "content-type": PROTOBUF },
      body: new Uint8Array(body),
    });
    const answer = otlpResponse("logs", Buffer.from(await response.arrayBuffer()));
    expect(answer).toMatchObject({
      partialSuccess: { rejectedLogRecords: "1", errorMessage: /under 1000000/ },
    });
    expect(JSON.parse(sizes.oci.seen[0]!.body.toString()).logEntryBatches[0].entries).toHaveLength(1);
    await sizes.close();
  });
});

describe("metrics", () => {
  it("are posted to the only namespace and compartment of the grant, each kind as the page says", async () => {
    const timeUnixNano = now();
    const at = { timeUnixNano };
    const web = attributes({ route: "/a b", "": "no", empty: "" });
    const response = await sendMetrics(
      ofMetrics(
        [
          { ...gauge("load", [{ ...at, asDouble: 0.5, attributes: web }]), unit: "1" },
          {
            name: "job:up",
            sum: {
              isMonotonic: true,
              dataPoints: [
                { ...at, asInt: "-7" },
                { timeUnixNano: `${Date.now() - 1000}000000`, asInt: "3" },
              ],
            },
          },
          {
            name: "took",
            histogram: { dataPoints: [{ ...at, count: "4", sum: 10, min: 1, max: 5, bucketCounts: ["4"] }] },
          },
          { name: "2exp", exponentialHistogram: { dataPoints: [{ ...at, count: "2" }] } },
          {
            name: "q",
            summary: {
              dataPoints: [{ ...at, count: "1", sum: 2, quantileValues: [{ quantile: 0.99, value: 2 }] }],
            },
          },
        ],
        { "service.name": "shop", "telemetry.sdk.name": "x", "host.name": "é" },
      ),
    );
    expect([response.status, response.type, response.text]).toEqual([200, PROTOBUF, ""]);
    expect(signed()).toEqual([[undefined, POST]]);
    const common = { "service.name": "shop", "host.name": "é" };
    expect(posted().map((m) => [m.name, m.dimensions, m.datapoints.map((p) => p.value)])).toEqual([
      ["load", { route: "/a b", ...common }, [0.5]],
      ["job_up", common, [-7, 3]],
      ["took.count", common, [4]],
      ["took.sum", common, [10]],
      ["took.min", common, [1]],
      ["took.max", common, [5]],
      ["m2exp.count", common, [2]],
      ["q.count", common, [1]],
      ["q.sum", common, [2]],
      ["q", { quantile: "0.99", ...common }, [2]],
    ]);
    expect(posted()[0]!.metadata).toEqual({ unit: "1" });
    expect(posted()[0]!.datapoints[0]!.timestamp).toBe(
      new Date(Number(timeUnixNano.slice(0, -6))).toISOString(),
    );
    for (const one of posted())
      expect(one).toMatchObject({ namespace: "app", compartmentId: SOME_COMPARTMENT });
  });

  it("come in JSON too, with numbers as texts", async () => {
    const body = ofMetrics([
      gauge("a", [
        { timeUnixNano: now(), asInt: "12" },
        { timeUnixNano: now(), asDouble: "NaN" },
      ]),
    ]);
    const response = await send("/otlp/v1/metrics", JSON.stringify(body), JSON_TYPE);
    expect([response.status, JSON.parse(response.text)]).toEqual([
      200,
      { partialSuccess: { rejectedDataPoints: "1", errorMessage: '1 ("a"): its value is no finite number' } },
    ]);
    expect(posted()).toMatchObject([{ dimensions: { client: "app" }, datapoints: [{ value: 12 }] }]);
  });

  it("that cannot be carried are counted by reason, in the response and the audit", async () => {
    const hours = (n: number) => `${Date.now() + n * 3_600_000}000000`;
    const wide = attributes(Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`d${i}`, "x"])));
    const response = await sendMetrics(
      ofMetrics(
        [
          gauge("old", [{ timeUnixNano: hours(-2.1), asDouble: 1 }]),
          gauge("soon", [{ timeUnixNano: hours(0.2), asDouble: 1 }]),
          gauge("wide", [{ timeUnixNano: now(), asDouble: 1, attributes: wide }]),
          gauge("twins", [
            { timeUnixNano: now(), asDouble: 1, attributes: attributes({ Host: "a", host: "b" }) },
          ]),
          gauge("", [{ timeUnixNano: now(), asDouble: 1 }]),
          gauge("infinite", [{ timeUnixNano: now(), asDouble: Number.POSITIVE_INFINITY }]),
          // Stale: the point itself says that there is no value.
          gauge("stale", [{ timeUnixNano: now(), flags: 1 }]),
          gauge("good", [{ timeUnixNano: now(), asDouble: 1, attributes: wide.slice(0, 20) }]),
        ],
        { "service.name": "left out, for there is no room" },
      ),
    );
    const { partialSuccess } = otlpResponse("metrics", response.bytes) as {
      partialSuccess: { rejectedDataPoints: string; errorMessage: string };
    };
    expect([response.status, partialSuccess.rejectedDataPoints]).toEqual([200, "6"]);
    expect(partialSuccess.errorMessage).toMatch(
      /1 \("old"\): its time is more than two hours ago; .*1 other reason/,
    );
    expect(posted().map((m) => [m.name, Object.keys(m.dimensions).length])).toEqual([["good", 20]]);
    await expect.poll(() => t.audit().at(-1)).toMatchObject({ calls: 1, rejected: 6, decision: "allowed" });
  });

  it("that OCI does not take are counted as well", async () => {
    t.oci.respond = ({ body }, res) => {
      const [first, ...others] = JSON.parse(body.toString()).metricData as Posted[];
      res.setHeader("content-type", JSON_TYPE);
      res.end(
        JSON.stringify({
          failedMetricsCount: 1,
          failedMetrics: others.length ? [{ message: "no", metricData: first }] : [],
        }),
      );
    };
    const response = await sendMetrics(many(51));
    expect(otlpResponse("metrics", response.bytes)).toMatchObject({
      partialSuccess: { rejectedDataPoints: "2", errorMessage: /OCI does not take it: no/ },
    });
  });

  it("of more than 50 streams are several calls in order, seen in one audit line", async () => {
    const response = await sendMetrics(many(120));
    expect(response.status).toBe(200);
    expect(signed()).toEqual([1, 2, 3].map(() => [undefined, POST]));
    expect(t.oci.seen.map((s) => JSON.parse(s.body.toString()).metricData.length)).toEqual([50, 50, 20]);
    expect(posted().map((m) => m.name)).toEqual(Array.from({ length: 120 }, (_, i) => `m${i}`));
    await expect
      .poll(() => t.audit().at(-1))
      .toMatchObject({ operation: "PostMetricData", calls: 3, status: 200, grant: "metrics app" });
    expect(new Set(t.oci.seen.map((s) => s.headers["opc-request-id"])).size).toBe(1);
  });

  it("end at the first call that fails, whose status is answered in the same encoding", async () => {
    let calls = 0;
    for (const [status, answered] of [
      [429, 429],
      [500, 503],
      [503, 503],
      [400, 400],
    ] as const) {
      for (const type of [PROTOBUF, JSON_TYPE]) {
        calls = 0;
        t.oci.respond = (_, res) => {
          calls += 1;
          res.writeHead(calls === 2 ? status : 200, { "retry-after": "7", "content-type": JSON_TYPE });
          res.end('{"code":"TooMany","message":"later"}');
        };
        const message = many(120);
        const response = await send(
          "/otlp/v1/metrics",
          type === PROTOBUF ? otlpRequest("metrics", message) : JSON.stringify(message),
          type,
        );
        expect([response.status, calls, response.type]).toEqual([answered, 2, type]);
        expect(response.headers.get("retry-after")).toBe("7");
        const text = `OCI answered ${status} TooMany: later`;
        if (type === JSON_TYPE) expect(JSON.parse(response.text)).toEqual({ message: text });
        else expect(response.bytes).toEqual(Buffer.from([0x12, text.length, ...Buffer.from(text)]));
        await expect.poll(() => t.audit().at(-1)).toMatchObject({ calls: 2, status: answered });
      }
    }
  });

  it("end where the service does not answer, or the caller goes away", async () => {
    let calls = 0;
    t.oci.respond = (_, res) => {
      calls += 1;
      if (calls === 2) res.destroy();
      else res.end("{}");
    };
    const broken = await sendMetrics(many(120));
    expect([broken.status, calls, broken.type]).toEqual([502, 2, PROTOBUF]);
    await expect
      .poll(() => t.audit().at(-1))
      .toMatchObject({ calls: 2, decision: "failed", code: "UpstreamFailed" });
    calls = 0;
    const gone = new AbortController();
    t.oci.respond = (_, res) => {
      calls += 1;
      if (calls === 2) gone.abort();
      setTimeout(() => res.end("{}"), 100);
    };
    const sent = fetch(`http://127.0.0.1:${t.port}/otlp/v1/metrics`, {
      method: "POST",
      headers: { "x-api-key": t.token("app"), "content-type": PROTOBUF },
      body: new Uint8Array(otlpRequest("metrics", many(300))),
      signal: gone.signal,
    });
    await expect(sent).rejects.toThrow();
    await expect.poll(() => t.audit().at(-1)).toMatchObject({ calls: 2, status: 0, code: "CallerGone" });
    await expect
      .poll(async () => (await fetch(`${t.proxy.adminUrl}/metrics`)).text())
      .toMatch(/buffered_bytes 0\n/);
  });

  it("are sent once more with a new token after a 401", async () => {
    let calls = 0;
    t.oci.respond = (_, res) => {
      calls += 1;
      res.writeHead(calls === 1 ? 401 : 200, { "content-type": JSON_TYPE });
      res.end('{"failedMetricsCount":0}');
    };
    const { status } = await sendMetrics(many(51));
    expect([status, calls]).toEqual([200, 3]);
    await expect.poll(() => t.audit().at(-1)).toMatchObject({ calls: 2, status: 200 });
  });

  it("go where the path says, if the grants name more than one place or none", async () => {
    const path = `/otlp/web/${OTHER_COMPARTMENT}/v1/metrics`;
    const one = many(1);
    const unnamed = await sendMetrics(one, "/otlp/v1/metrics", "two");
    expect([unnamed.status, unnamed.text]).toEqual([
      400,
      expect.stringMatching(/<namespace>.*app in .*web in /s),
    ]);
    for (const short of ["/otlp/web/v1/metrics", path, `/otlp/${OTHER_COMPARTMENT}/web/${LOG}/v1/metrics`]) {
      t.oci.seen.length = 0;
      expect([short, (await sendMetrics(one, short, "two")).status]).toEqual([short, 200]);
      expect(posted()).toMatchObject([{ namespace: "web", compartmentId: OTHER_COMPARTMENT }]);
    }
    t.oci.seen.length = 0;
    expect((await sendMetrics(one, "/otlp/v1/metrics", "group")).status).toBe(200);
    expect((await sendMetrics(one, "/otlp/v1/metrics", "raw")).status).toBe(400);
    expect((await sendMetrics(one, `${path}?resourceGroup=blue`, "raw")).status).toBe(200);
    expect(posted()).toMatchObject([{ resourceGroup: "web" }, { namespace: "web", resourceGroup: "blue" }]);
    const none = await sendMetrics(one, "/otlp/v1/metrics", "other");
    expect([none.status, none.text]).toEqual([403, expect.stringContaining("{ metrics: <namespace> }")]);
  });
});

describe("nothing else is signed", () => {
  const post = (path: string, body: Buffer | string, ...headers: string[]): AttackBytes => [
    head(`POST ${path}`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers),
    Buffer.from(body as string),
  ];
  const type = `Content-Type: ${PROTOBUF}`;
  const json = `Content-Type: ${JSON_TYPE}`;
  const oneMetric = otlpRequest("metrics", many(1));
  const oneLog = otlpRequest("logs", { resourceLogs: [{ scopeLogs: [{ logRecords: [{}] }] }] });

  it("of another log, namespace, compartment or resource group than granted", async () => {
    const metricPaths = [
      "/otlp/other/v1/metrics",
      `/otlp/app/${OTHER_COMPARTMENT}/v1/metrics`,
      `/otlp/${OTHER_COMPARTMENT}/v1/metrics`,
      `/otlp/${SOME_COMPARTMENT}/other/v1/metrics`,
      `/otlp/app/web/v1/metrics`,
      "/otlp/APP/v1/metrics",
      "/otlp/app%22/v1/metrics",
      '/otlp/app","namespace":"x/v1/metrics',
      "/otlp/../monitoring/20180401/metrics",
      "/otlp/app/../other/v1/metrics",
      "/otlp//v1/metrics",
      "/otlp/v1/metrics/",
      "/otlp/v1/metrics?namespace=other",
      "/otlp/v1/metrics?resourceGroup=a&resourceGroup=b",
      "/otlp/v1/metrics?resourceGroup=%22",
      "/otlp/v1/traces",
      "/otlp/v1/profiles",
      "/otlp",
      "/Otlp/v1/metrics",
      "//otlp/v1/metrics",
    ];
    const logPaths = [
      `/otlp/${SECOND}/v1/logs`,
      `/otlp/${LOG}/${SECOND}/v1/logs`,
      `/otlp/${LOG}%2F..%2F${SECOND}/v1/logs`,
      `/otlp/v1/logs?resourceGroup=a`,
      `/otlp/${LOG.toUpperCase()}/v1/logs`,
    ].filter((path) => !path.includes("OCID1"));
    await noneIsSigned(t, [
      ...metricPaths.map((path) => post(path, oneMetric, type)),
      ...logPaths.map((path) => post(path, oneLog, type)),
      [head("GET /otlp/v1/metrics")],
    ]);
    await noneIsSigned(t, [post("/otlp/v1/metrics?resourceGroup=blue", oneMetric, type)], t.socket("group"));
  });

  it("where a call's body is beyond the grant, not even the calls before it", async () => {
    const good = Array.from({ length: 60 }, (_, i) =>
      gauge(`good${i}`, [{ timeUnixNano: now(), asDouble: 1 }]),
    );
    const bad = gauge("bad", [{ timeUnixNano: now(), asDouble: 1 }]);
    expect((await sendMetrics(ofMetrics(good), "/otlp/v1/metrics", "named")).status).toBe(200);
    const body = otlpRequest("metrics", ofMetrics([...good, bad]));
    await noneIsSigned(t, [post("/otlp/v1/metrics", body, type)], t.socket("named"));
  });

  it("of attributes that look like the body's own members", async () => {
    const hostile = attributes({
      namespace: "other",
      compartmentId: OTHER_COMPARTMENT,
      '"},"namespace":"other': "x",
    });
    const response = await sendMetrics(
      ofMetrics([
        {
          ...gauge('a","namespace":"other', [{ timeUnixNano: now(), asDouble: 1, attributes: hostile }]),
          namespace: "other",
          compartmentId: OTHER_COMPARTMENT,
        },
      ]),
    );
    expect(response.status).toBe(200);
    expect(posted()).toMatchObject([
      { namespace: "app", compartmentId: SOME_COMPARTMENT, name: "a___namespace___other" },
    ]);
  });

  it("and nobody waits for what is long and belongs to many", async () => {
    const long = "x".repeat(300_000);
    const each = (count: number, of: (i: number) => object) => Array.from({ length: count }, (_, i) => of(i));
    const point = { timeUnixNano: now(), attributes: attributes({ long }) };
    const quantileValues = each(3000, (i) => ({ quantile: i, value: 1 }));
    const summary = { name: "a", summary: { dataPoints: [{ ...point, quantileValues }] } };
    const points = each(1500, (i) => ({
      timeUnixNano: now(),
      asDouble: 1,
      attributes: attributes({ i: String(i) }),
    }));
    const logRecords = each(15_000, () => ({}));
    const startedMs = performance.now();
    expect((await sendMetrics(ofMetrics([summary]))).status).toBe(413);
    const named = await sendMetrics(ofMetrics([gauge(long, points)]));
    expect([named.status, otlpResponse("metrics", named.bytes)]).toMatchObject([
      200,
      { partialSuccess: { rejectedDataPoints: "1500" } },
    ]);
    const ofScope = { resourceLogs: [{ scopeLogs: [{ scope: { name: long }, logRecords }] }] };
    const scoped = await send("/otlp/v1/logs", otlpRequest("logs", ofScope));
    expect([scoped.status, scoped.text]).toMatchObject([413, expect.stringContaining("a scope has a name")]);
    expect(t.oci.seen).toEqual([]);
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  it("of a body that is none, a bomb, or more than may be held", async () => {
    const nested = (depth: number, what: (inner: object) => object): object =>
      depth === 0 ? { stringValue: "x" } : what(nested(depth - 1, what));
    const deep = nested(60, (inner) => ({ arrayValue: { values: [inner] } }));
    const record = { body: deep };
    const deepLog = { resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] };
    const gzip = "Content-Encoding: gzip";
    const group = Buffer.from([0x0b]);
    await noneIsSigned(t, [
      ...[
        Buffer.from([0x0a]),
        Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
        Buffer.from([0x0a, 0x80]),
        Buffer.alloc(50_000, 0xff),
        Buffer.alloc(50_000, 0x80),
        Buffer.alloc(50_000, 0),
        Buffer.concat(Array(50_000).fill(group)),
        Buffer.from([0x0a, 0x04, 0x12, 0x10, 0x00, 0x00]),
        oneMetric.subarray(0, -1),
        Buffer.concat([oneMetric, Buffer.from([0x0a, 0x7f])]),
      ].map((body) => post("/otlp/v1/metrics", body, type)),
      post("/otlp/v1/logs", otlpRequest("logs", deepLog), type),
      post("/otlp/v1/logs", JSON.stringify(deepLog), json),
      ...[
        "[]",
        "1",
        "null{",
        '{"resourceMetrics":{}}',
        '{"resourceMetrics":[1]}',
        '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":1}]}]}]}',
        '{"resourceMetrics":[],"resourceMetrics":[]}',
        '{"resourceMetrics":[],"ResourceMetrics":[]}',
        '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","gauge":{"dataPoints":[{"asDouble":"x"}]}}]}]}]}',
        '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","gauge":{"dataPoints":[{"asInt":{}}]}}]}]}]}',
      ].map((body) => post("/otlp/v1/metrics", body, json)),
      post("/otlp/v1/metrics", gzipSync(Buffer.alloc(50_000_000)), type, gzip),
      post("/otlp/v1/metrics", gzipSync(Buffer.alloc(399_000)), type, gzip),
      post("/otlp/v1/metrics", oneMetric, type, gzip),
      post("/otlp/v1/metrics", oneMetric, type, "Content-Encoding: snappy"),
      post("/otlp/v1/metrics", oneMetric),
      post("/otlp/v1/metrics", oneMetric, "Content-Type: text/plain"),
      post("/otlp/v1/metrics", oneMetric, type, `x-content-sha256: ${"A".repeat(43)}=`),
      post("/otlp/v1/metrics", otlpRequest("metrics", many(20_001)), type),
      post(
        "/otlp/v1/logs",
        otlpRequest("logs", { resourceLogs: [{ scopeLogs: [{ logRecords: Array(20_001).fill({}) }] }] }),
        type,
      ),
      // A resource that every entry would repeat.
      post(
        "/otlp/v1/logs",
        otlpRequest("logs", {
          resourceLogs: [
            {
              resource: { attributes: attributes({ a: "x".repeat(300_000) }) },
              scopeLogs: [{ logRecords: Array(10_000).fill({}) }],
            },
          ],
        }),
        type,
      ),
    ]);
    await expect
      .poll(async () => (await fetch(`${t.proxy.adminUrl}/metrics`)).text())
      .toMatch(/buffered_bytes 0\n/);
  });

  it("and the sender is told in its own encoding", async () => {
    const traces = await send("/otlp/v1/traces", "", PROTOBUF);
    expect([traces.status, traces.type]).toEqual([404, PROTOBUF]);
    expect(traces.text).toContain("traces have no place to go here");
    const unknown = await fetch(`http://127.0.0.1:${t.port}/otlp/v1/logs`, {
      method: "POST",
      headers: { "content-type": JSON_TYPE },
      body: "{}",
    });
    expect([unknown.status, await unknown.json()]).toEqual([
      401,
      { message: expect.stringMatching(/^CallerUnknown: /) },
    ]);
  });
});
