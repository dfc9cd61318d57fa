/** Headers go on by operation, as the SDK's models have them, and what does not is named in the audit line. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { headersFor, readHeaders } from "../../../app/proxy/listen/headers.ts";
import { allOperations, findOperation } from "../../../oci/operations/index.ts";
import { head, startTestProxy, type TestProxy, VM } from "../../support/proxy.ts";
import { raw } from "../../support/raw.ts";

describe("a header that an operation takes", () => {
  it("goes on, of every operation of the table", () => {
    const names = new Map(allOperations().flatMap((o) => o.headers.map((name) => [name, o] as const)));
    expect(names.size).toBeGreaterThan(50);
    for (const [name, operation] of names) {
      const sent = name.replace("*", "x");
      const { forwarded, offered } = readHeaders([sent.toUpperCase(), "v"]);
      const { taken } = headersFor(operation, offered);
      expect([...forwarded, ...taken], name).toEqual([sent, "v"]);
    }
  });

  it.each([
    ["functions.InvokeFunction", ["fn-intent", "fn-invoke-type"]],
    ["loganalytics.UploadLogFile", ["opc-meta-loggrpid"]],
    ["loganalytics.UploadOtlpLogs", ["log-set"]],
    ["ons.PublishMessage", ["messagetype"]],
    ["objectstorage.CopyObject", ["opc-source-sse-customer-key"]],
    ["core.LaunchInstance", ["opc-retry-token"]],
  ])("is one of %s: %j", (name, headers) => {
    expect(findOperation(name)!.headers).toEqual(expect.arrayContaining(headers));
  });

  it("stays with others, and beside them", () => {
    const offered = ["fn-intent", "a", "x-own", "b"];
    const left = (name: string) => headersFor(findOperation(name)!, offered).left;
    expect(left("functions.InvokeFunction")).toEqual(["x-own"]);
    expect(left("core.GetInstance")).toEqual(["fn-intent", "x-own"]);
  });
});

describe("through the proxy", () => {
  let t: TestProxy;
  beforeAll(async () => {
    t = await startTestProxy(
      {},
      {
        clients: {
          app: {
            allow: [{ grant: "all", operations: ["ons.PublishMessage", "core.GetInstance"], where: {} }],
          },
        },
      },
    );
    await t.proxy.ready();
  });
  beforeEach(() => {
    t.oci.seen.length = 0;
  });
  afterAll(() => t.close());

  const audited = (wanted: object) =>
    expect.poll(() => t.audit().at(-1), { timeout: 3000 }).toMatchObject(wanted);

  it("what the operation takes reaches the service", async () => {
    const line = "POST /ons/20181201/topics/t/messages";
    const response = await raw(
      t.socket("app"),
      `${head(line, "messageType: RAW_TEXT", "Content-Length: 2")}{}`,
    );
    expect(response.status, response.text).toBe(200);
    expect(t.oci.seen[0]!.headers["messagetype"]).toBe("RAW_TEXT");
    await audited({ operation: "PublishMessage", decision: "allowed" });
    expect(t.audit().at(-1)).not.toHaveProperty("headersLeft");
  });

  it("what it does not take is named, and HTTP's own is not", async () => {
    const line = `GET /core/20160918/instances/${VM}`;
    const own = [
      "Keep-Alive: timeout=5",
      "TE: trailers",
      "Sec-Fetch-Mode: cors",
      "Connection: close, X-Hop",
      "X-Hop: 1",
    ];
    const response = await raw(
      t.socket("app"),
      head(line, "messageType: RAW_TEXT", "Cookie: a=b", "opc-principal: p", "If-Match: e", ...own),
    );
    expect(response.status, response.text).toBe(200);
    const { headers } = t.oci.seen[0]!;
    expect([
      headers["messagetype"],
      headers["cookie"],
      headers["opc-principal"],
      headers["if-match"],
    ]).toEqual([undefined, undefined, undefined, "e"]);
    await audited({ operation: "GetInstance", headersLeft: ["messagetype", "cookie", "opc-principal"] });
  });

  it("many are counted, and long ones cut", async () => {
    const many = Array.from({ length: 40 }, (_, i) => `X-${"a".repeat(100)}-${i}: 1`);
    await raw(t.socket("app"), head(`GET /core/20160918/instances/${VM}`, ...many));
    await audited({ headersLeft: expect.arrayContaining(["… 24 more"]) });
    const { headersLeft = [] } = t.audit().at(-1)!;
    expect([headersLeft.length, Math.max(...headersLeft.map((name) => name.length))]).toEqual([17, 65]);
  });
});
