/** Log agents' JSON lines: they become one PutLogs call to a log that a grant names, or nothing is signed. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AttackBytes, noneIsSigned } from "../../support/attack.ts";
import { localWorld, startLocalProxy } from "../../support/local-proxy.ts";
import { DOCUMENT, head, LOG, startTestProxy, type TestProxy } from "../../support/proxy.ts";

const SECOND = `${LOG}second`;
const NAMESAKE = `${LOG}x`;
const PUSH = `POST /20200831/logs/${LOG}/actions/push`;

const put = (logId: string, where: object = {}) => ({
  grant: `logs ${logId}`,
  operations: ["loggingingestion.PutLogs"],
  where: { "path.logId": logId, ...where },
});

let t: TestProxy;
beforeAll(async () => {
  t = await startTestProxy(
    { limits: { bufferedBodyBytes: 200_000 }, timeouts: { headersMs: 1000, bodyMs: 1500, stallMs: 1500 } },
    {
      clients: {
        ...DOCUMENT.clients,
        both: { allow: [put(LOG), put(SECOND)] },
        body: { allow: [put(LOG, { "body.specversion": "2.0" })] },
        several: { allow: [put(LOG), { ...put(LOG), where: { "path.logId": { oneOf: [LOG, SECOND] } } }] },
        open: { allow: [put(LOG), { ...put(LOG), where: { "path.logId": { prefix: LOG } } }] },
        broken: { allow: [{ grant: "none", operations: ["no.Such"], where: {} }] },
      },
    } as typeof DOCUMENT,
  );
  await t.proxy.ready();
});
afterAll(() => t.close());
beforeEach(() => {
  t.oci.seen.length = 0;
});

const send = async (
  path: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
  client = "app",
) => {
  const basic = Buffer.from(`${client}:${t.token(client)}`).toString("base64");
  const response = await fetch(`http://127.0.0.1:${t.port}${path}`, {
    method: "POST",
    headers: { authorization: `Basic ${basic}`, "content-type": "application/x-ndjson", ...headers },
    body: new Uint8Array(Buffer.from(body as string)),
  });
  return { status: response.status, text: await response.text() };
};
const entries = () =>
  JSON.parse(t.oci.seen[0]!.body.toString()).logEntryBatches.flatMap(
    (batch: { entries: { data: string; time?: string }[] }) => batch.entries,
  ) as { id: string; data: string; time?: string }[];
const signed = () => t.oci.seen.map((s) => [s.wrong, `${s.method} ${s.target}`]);

describe("what is granted", () => {
  it("is one signed PutLogs call, each record's text as it came", async () => {
    const lines = ['{"date":1700000000.5,"n":12345678901234567890}', '{"log":"a \\"b\\", [c]"}'];
    for (const body of [`${lines.join("\n")}\n`, lines.join("\r\n"), `[${lines.join(" , ")}]`]) {
      t.oci.seen.length = 0;
      for (const one of [body, gzipSync(body)]) {
        t.oci.seen.length = 0;
        const gzip = Buffer.isBuffer(one) ? { "content-encoding": "gzip" } : undefined;
        const { status, text } = await send(`/logs/${LOG}`, one, gzip);
        expect([status, text]).toEqual([200, expect.anything()]);
        expect(signed()).toEqual([[undefined, PUSH]]);
        expect(t.oci.seen[0]!.headers).not.toHaveProperty("content-encoding");
        expect(entries().map((e) => e.data)).toEqual(lines);
        expect(entries().map((e) => e.time)).toEqual(["2023-11-14T22:13:20.500Z", undefined]);
        expect(new Set(entries().map((e) => e.id)).size).toBe(2);
      }
    }
  });

  it("goes to the only log where the path names none, and else must be named", async () => {
    expect((await send("/logs", '{"a":1}')).status).toBe(200);
    expect(signed()).toEqual([[undefined, PUSH]]);
    const unnamed = await send("/logs", '{"a":1}', {}, "both");
    expect([unnamed.status, unnamed.text]).toEqual([400, expect.stringContaining(`${LOG}, ${SECOND}`)]);
    expect((await send(`/logs/${SECOND}`, '{"a":1}', {}, "both")).status).toBe(200);
    const none = await send("/logs", '{"a":1}', {}, "other");
    expect([none.status, none.text]).toEqual([403, expect.stringContaining("{ logs: <log OCID>")]);
    expect(t.oci.seen).toHaveLength(2);
  });

  it("must be named where a grant is about several, or about more than it spells out", async () => {
    for (const client of ["several", "open"]) {
      const { status, text } = await send("/logs", "{}", {}, client);
      expect([client, status, text]).toEqual([client, 400, expect.stringContaining("/logs/<log OCID>")]);
      expect((await send(`/logs/${LOG}`, "{}", {}, client)).status).toBe(200);
    }
  });

  it("is told to wait where the client's rules cannot be used", async () => {
    for (const path of ["/logs", `/logs/${LOG}`]) {
      const { status, text } = await send(path, "{}", {}, "broken");
      expect([path, status, JSON.parse(text).code]).toEqual([path, 503, "ClientUnusable"]);
    }
  });

  it("gets entries with ids of their own, and no time that is none, because all would be refused with it", async () => {
    const dates = ["9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+14:00", "2026-01-01T00:00:00Z"];
    expect((await send("/logs", dates.map((date) => JSON.stringify({ date })).join("\n"))).status).toBe(200);
    expect(entries().map((entry) => entry.time)).toEqual([undefined, undefined, "2026-01-01T00:00:00.000Z"]);
    expect(new Set(entries().map((entry) => entry.id)).size).toBe(3);
    for (const { id } of entries()) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it("is written to the audit as the operation that was sent", async () => {
    await send("/logs", '{"a":1}');
    await expect
      .poll(() => t.audit().at(-1))
      .toMatchObject({ operation: "PutLogs", resource: { logId: LOG }, decision: "allowed" });
  });
});

describe("nothing else is signed", () => {
  const post = (path: string, body: string | Buffer, ...headers: string[]): AttackBytes => [
    head(`POST ${path}`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers),
    Buffer.from(body as string),
  ];
  const good = '{"a":1}';

  it("by a path, query or header of another log", async () => {
    const paths = [
      `/logs/${NAMESAKE}`,
      `/logs/${LOG}/`,
      `/logs/${LOG}%2F..%2F${SECOND}`,
      `/logs/${LOG}/../${SECOND}`,
      `/logs/../loggingingestion/20200831/logs/${SECOND}/actions/push`,
      `/logs/${LOG}/actions/push`,
      `/logs/${LOG}?logId=${SECOND}`,
      `/logs?log=${SECOND}`,
      `/logs?`,
      `/logs/`,
      `/logs/.`,
      `/logs/..`,
      `//logs/${LOG}`,
      `/Logs/${LOG}`,
      `/logs;x/${LOG}`,
      `/logs/${LOG.toUpperCase()}`,
    ];
    await noneIsSigned(t, [
      ...paths.map((path) => post(path, good)),
      [head(`GET /logs/${LOG}`)],
      [head(`PUT /logs/${LOG}`, `Content-Length: ${good.length}`), good],
      post(`/logs/${LOG}`, good, `X-Original-URL: /logs/${SECOND}`),
    ]);
    await noneIsSigned(t, [post(`/logs/${LOG}`, good), post("/logs", good)], t.socket("other"));
  });

  it("by a body that is none, a bomb, or more than may be held", async () => {
    const gzip = "Content-Encoding: gzip";
    await noneIsSigned(t, [
      ...[
        "",
        "\n\n",
        "[]",
        "[",
        "[{}",
        "[{},]",
        "[{}]{}",
        "{}{}",
        "1",
        '"a"',
        "null",
        "[[]]",
        "[1]",
        "{]",
      ].map((body) => post("/logs", body)),
      post("/logs", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])),
      post("/logs", "{}\n".repeat(60_000)),
      post("/logs", `{"a":"${"x".repeat(200_000)}"}`),
      post("/logs", `[${"[".repeat(100_000)}`),
      post("/logs", gzipSync(Buffer.alloc(50_000_000, 0x20)), gzip),
      post("/logs", gzipSync("{}\n".repeat(60_000)), gzip),
      post("/logs", Buffer.concat([gzipSync(good), gzipSync(good)]), gzip),
      post("/logs", good, gzip),
      post("/logs", good, "Content-Encoding: br"),
      post("/logs", good, `x-content-sha256: ${"A".repeat(43)}=`),
    ]);
    await expect
      .poll(async () => (await fetch(`${t.proxy.adminUrl}/metrics`)).text())
      .toMatch(/buffered_bytes 0\n/);
  });

  it("where a rule is about the body, which is the one that is sent", async () => {
    await noneIsSigned(t, [post("/logs", '{"specversion":"2.0"}')], t.socket("body"));
  });

  it("breaks out of its entry", async () => {
    const hostile = '{"a":"\\"}]}],\\"logEntryBatches\\":[","specversion":"9"}';
    expect((await send("/logs", hostile)).status).toBe(200);
    expect(entries().map((e) => e.data)).toEqual([hostile]);
  });
});

it("reaches a log of a real local OCI", async () => {
  const world = await localWorld();
  const running = await startLocalProxy(world);
  const { readFileSync } = await import("node:fs");
  const token = readFileSync(running.proxy.clients["app"]!.tokenFile!, "utf8");
  const body = '{"date":"2026-01-31T12:00:00.123456Z","log":"one"}\n'.repeat(10_001);
  const response = await fetch(`${running.proxy.url}/logs`, {
    method: "POST",
    headers: { "x-api-key": token },
    body,
  });
  expect([response.status, await response.text()]).toEqual([200, expect.anything()]);
  await running.close();
  await world.oci.close();
});
