/** Bodies in gzip: what is compared with the grant is what the service decodes, whichever decoder it has. */
import { deflateRawSync, deflateSync, gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { noneIsSigned } from "../../support/attack.ts";
import { head, SOME_COMPARTMENT, startTestProxy, type TestProxy, VM } from "../../support/proxy.ts";
import { raw } from "../../support/raw.ts";

let t: TestProxy;
beforeAll(async () => {
  t = await startTestProxy({ limits: { bufferedBodyBytes: 1024 * 1024 } });
  await t.proxy.ready();
});
afterAll(() => t.close());
beforeEach(() => {
  t.oci.seen.length = 0;
});

const metric = (namespace: string, count = 1): string =>
  JSON.stringify({
    metricData: Array.from({ length: count }, (_, i) => ({
      namespace,
      compartmentId: SOME_COMPARTMENT,
      name: `n${i}`,
    })),
  });
const good = gzipSync(metric("app"));
const evil = gzipSync(metric("oci_vcn"));

const request = (body: Buffer, ...headers: string[]): (string | Buffer)[] => [
  head("POST /monitoring/20180401/metrics", `Content-Length: ${body.length}`, ...headers),
  body,
];
const TYPE = "Content-Type: application/json";
const GZIP = "Content-Encoding: gzip";
const post = (body: Buffer, ...headers: string[]) => raw(t.socket("app"), request(body, ...headers));

/** A copy with one change. */
const changed = (body: Buffer, change: (copy: Buffer) => unknown): Buffer => {
  const copy = Buffer.from(body);
  change(copy);
  return copy;
};
/** A copy whose header says that it has a field, with the field in its place. */
const withField = (flag: number, field: Buffer): Buffer =>
  Buffer.concat([
    changed(good.subarray(0, 10), (copy) => copy.writeUInt8(flag, 3)),
    field,
    good.subarray(10),
  ]);
/** A copy that states another size. */
const stating = (body: Buffer, sizeBytes: number): Buffer =>
  changed(body, (copy) => copy.writeUInt32LE(sizeBytes, copy.length - 4));

describe("what is granted", () => {
  it.each([
    ["as clients write it", good],
    ["as gzip(1) writes it, with a name", withField(8, Buffer.from("metrics.json\0"))],
    ["stored", gzipSync(metric("app"), { level: 0 })],
    ["many at once", gzipSync(metric("app", 500))],
  ])("%s is forwarded as it came", async (_, body) => {
    const answer = await post(body, TYPE, GZIP);
    expect(answer.status, answer.text).toBe(200);
    const seen = t.oci.seen[0]!;
    expect(seen.wrong).toBeUndefined();
    expect(seen.body).toEqual(body);
    expect(seen.headers).toMatchObject({ "content-encoding": "gzip", "content-length": String(body.length) });
    expect(gunzipSync(seen.body).toString()).toContain('"namespace":"app"');
  });

  it("in chunks, and in any case of the coding's name", async () => {
    const answer = await raw(t.socket("app"), [
      head("POST /monitoring/20180401/metrics", "Transfer-Encoding: chunked", TYPE, "Content-Encoding: GZIP"),
      `${good.length.toString(16)}\r\n`,
      good,
      "\r\n0\r\n\r\n",
    ]);
    expect(answer.status, answer.text).toBe(200);
    expect(t.oci.seen[0]!.body).toEqual(good);
  });

  it.each([
    "application/json",
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"',
    "application/json; profile=x; charset=utf-8",
    'application/json; profile="https://x.example/a;b"',
    "Application/JSON ; v=1",
  ])("the type %s", async (type) => {
    expect((await post(Buffer.from(metric("app")), `Content-Type: ${type}`)).status).toBe(200);
    expect(t.oci.seen[0]!.headers["content-type"]).toBe(type);
  });

  it("needs no decoding where no grant is about the body", async () => {
    const answer = await raw(t.socket("app"), [
      head(`PUT /core/20160918/instances/${VM}`, "Content-Length: 3", GZIP),
      "abc",
    ]);
    expect(answer.status, answer.text).toBe(200);
    expect(t.oci.seen[0]!.headers["content-encoding"]).toBe("gzip");
  });
});

describe("none is signed:", () => {
  const bodies: Readonly<Record<string, Buffer>> = {
    "another namespace": evil,
    "another namespace, stored": gzipSync(metric("oci_vcn"), { level: 0 }),
    "one among right ones": gzipSync(metric("app").replace("]}", `,${metric("x").slice(15, -2)}]}`)),
    "not JSON": gzipSync("namespace=app"),
    "not in gzip": Buffer.from(metric("app")),
    "two members, the second not granted": Buffer.concat([good, evil]),
    "two members, the first not granted": Buffer.concat([evil, good]),
    "two halves of one": Buffer.concat([
      gzipSync(metric("app").slice(0, 20)),
      gzipSync(metric("app").slice(20)),
    ]),
    "an empty member before": Buffer.concat([gzipSync(""), good]),
    "an empty member behind": Buffer.concat([good, gzipSync("")]),
    "bytes behind": Buffer.concat([good, Buffer.from("x")]),
    "zeroes behind": Buffer.concat([good, Buffer.alloc(8)]),
    "its trailer twice": Buffer.concat([good, good.subarray(-8)]),
    "bytes before": Buffer.concat([Buffer.from(" "), good]),
    "another checksum": changed(good, (copy) => copy.writeUInt8(copy.at(-8)! ^ 1, copy.length - 8)),
    "a size too large": stating(good, metric("app").length + 1),
    "a size too small": stating(good, metric("app").length - 1),
    "a size of nothing": stating(good, 0),
    cut: good.subarray(0, -1),
    "cut before its trailer": good.subarray(0, -8),
    "only a header": good.subarray(0, 10),
    "only a header and a trailer": Buffer.concat([good.subarray(0, 10), good.subarray(-8)]),
    "nothing inside": gzipSync(""),
    "nothing inside, with a size": stating(gzipSync(""), 5),
    "one byte": Buffer.from([0x1f]),
    "an extra field": withField(4, Buffer.from([2, 0, 1, 1])),
    "a comment": withField(16, Buffer.from("c\0")),
    "a checksum of the header": withField(2, Buffer.from([0, 0])),
    "a flag that is reserved": withField(0x80, Buffer.alloc(0)),
    "text, as a flag": withField(1, Buffer.alloc(0)),
    "a name without end": withField(8, Buffer.from("x")).subarray(0, 12),
    "another method": changed(good, (copy) => copy.writeUInt8(7, 2)),
    zlib: deflateSync(metric("app")),
    "deflated only": deflateRawSync(metric("app")),
    "gzip in gzip": gzipSync(good),
    "a bomb by its ratio": gzipSync(`${metric("app").slice(0, -1)},"x":"${"a".repeat(900_000)}"}`),
    "a bomb by its size": gzipSync(`${metric("app").slice(0, -1)},"x":"${"ab1".repeat(900_000)}"}`),
    "a bomb that states a small size": stating(gzipSync("a".repeat(50_000_000)), 1000),
    "a byte order mark": gzipSync(`\ufeff${metric("app")}`),
    "UTF-16": gzipSync(Buffer.from(metric("app"), "utf16le")),
    "a member twice": gzipSync(metric("app").replace("{", '{"metricData":[],')),
  };
  it("bodies that are not one whole member, or not granted", async () => {
    await noneIsSigned(
      t,
      Object.values(bodies).map((body) => request(body, TYPE, GZIP)),
    );
    for (const [name, body] of Object.entries(bodies)) {
      const answer = await post(body, TYPE, GZIP);
      expect([400, 403, 413], `${name}: ${answer.text}`).toContain(answer.status);
    }
    await expect
      .poll(async () => (await fetch(`${t.proxy.adminUrl}/metrics`)).text())
      .toMatch(/buffered_bytes 0\n/);
  });

  it("codings and types that say something else", async () => {
    await noneIsSigned(t, [
      request(good, TYPE),
      ...[
        "Content-Encoding: x-gzip",
        "Content-Encoding: gzip, gzip",
        "Content-Encoding: gzip, identity",
        "Content-Encoding: gzip;q=1",
        "Content-Encoding: deflate",
        "Content-Encoding: br",
        "Content-Encoding: zstd",
        "Content-Encoding:",
        "Content-Encoding: gzip\r\nContent-Encoding: gzip",
        "Content-Encoding: gzip\r\nConnection: content-encoding",
        "Content_Encoding: gzip",
      ].map((encoding) => request(good, TYPE, encoding)),
      request(Buffer.from(metric("app")), TYPE, "Connection: Content-Encoding", "Content-Encoding: gzip"),
      ...[
        "application/json; charset=utf-8; charset=utf-16",
        "application/json; charset=utf-8, text/plain",
        "application/json; charset",
        "application/json;",
        'application/json; a="\\"; charset=utf-16; b="',
        "application/json; Charset=UTF-16",
        "application/jsonx",
        "application/json+x",
        "text/json",
        "application/x-www-form-urlencoded; a=application/json",
      ].map((type) => request(Buffer.from(metric("app")), `Content-Type: ${type}`)),
    ]);
  });
});
