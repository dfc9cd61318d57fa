/** The client in bad weather: what it repeats, what it must not, how long it waits, and what it says. */
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type CallOptions, NoResponseError, OciError, ociClient, type Send } from "../../oci/client.ts";
import { retryAfterMs } from "../../oci/retry.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ID = "ocid1.instance.oc1.iad.aaaa";

type Outcome = Awaited<ReturnType<Send>> | Error | "silence";
const response = (statusCode: number, body: unknown = {}, headers: Record<string, string> = {}) => ({
  statusCode,
  headers: { "opc-request-id": "R", ...headers },
  text: typeof body === "string" ? body : JSON.stringify(body),
});
const error = (status: number, headers: Record<string, string> = {}) =>
  response(status, { code: `Code${status}`, message: "words" }, headers);
const broken = (code: string, message = "other side closed") => Object.assign(new Error(message), { code });

/** One call against outcomes in turn; the last one stays. */
const called = async (operation: string, outcomes: Outcome[], options: CallOptions = {}, retry = {}) => {
  const sent: Parameters<Send>[1][] = [];
  const pauses: string[] = [];
  const client = ociClient({
    apiKey: { keyId: "k", privateKey },
    regionId: "us-ashburn-1",
    realmDomain: "oraclecloud.com",
    retry: { firstPauseMs: 1, longestPauseMs: 4, deadlineMs: 200, attemptMs: 50, ...retry },
    onPause: (line) => pauses.push(line),
    send: async (_, request) => {
      const outcome = outcomes[Math.min(sent.length, outcomes.length - 1)]!;
      sent.push(request);
      if (outcome === "silence")
        return new Promise((__, reject) =>
          request.signal?.addEventListener("abort", () => reject(request.signal?.reason), { once: true }),
        );
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
  });
  const result = await client.call(operation, options).catch((e: unknown) => e as Error);
  return { sent, pauses, result };
};

const get = { params: { instanceId: ID } };

describe("what passes is waited for", () => {
  it.each([
    ["429", error(429)],
    ["503", error(503)],
    ["500", error(500)],
    ["502", error(502, {})],
    ["504", error(504)],
    ["a cut connection", broken("UND_ERR_SOCKET")],
    ["a refused connection", broken("ECONNREFUSED")],
    ["silence", "silence" as const],
  ])("%s, for a read", async (_, outcome) => {
    const { sent, pauses, result } = await called(
      "core.GetInstance",
      [outcome, outcome, response(200, { id: ID })],
      get,
    );
    expect(result).toMatchObject({ status: 200, body: { id: ID } });
    expect(sent).toHaveLength(3);
    expect(pauses[0]).toMatch(new RegExp(`^core\\.GetInstance ${ID}: .*; trying again in 0\\.0 s$`));
  });

  it("not earlier than the service asks, and not at all where that is beyond the deadline", async () => {
    const start = performance.now();
    const { sent } = await called(
      "core.GetInstance",
      [error(429, { "retry-after": "1" }), response(200)],
      get,
      {
        deadlineMs: 5_000,
      },
    );
    expect(performance.now() - start).toBeGreaterThan(990);
    expect(sent).toHaveLength(2);
    const late = await called("core.GetInstance", [error(429, { "retry-after": "600" })], get);
    expect(late.sent).toHaveLength(1);
    expect((late.result as OciError).exhausted).toBe(true);
  });

  it("until the deadline, and then says what it was, where, how often and how long", async () => {
    const { sent, result } = await called("core.GetInstance", [broken("UND_ERR_SOCKET")], get);
    expect(sent.length).toBeGreaterThan(2);
    expect(result).toBeInstanceOf(NoResponseError);
    expect((result as Error).message).toMatch(
      new RegExp(
        `^core\\.GetInstance: the connection was cut \\(UND_ERR_SOCKET: other side closed\\) \\(${ID} at iaas\\.us-ashburn-1\\.oraclecloud\\.com; tried \\d+ times in \\d+\\.\\d s\\)$`,
      ),
    );
    const busy = await called("core.GetInstance", [error(503)], get);
    expect((busy.result as Error).message).toMatch(
      new RegExp(
        `^core\\.GetInstance: 503 Code503: words \\(request R; ${ID} at iaas\\.\\S+; tried \\d+ times in \\d+\\.\\d s\\)$`,
      ),
    );
  });

  it.each([
    ["400", error(400)],
    ["401", error(401)],
    ["404", error(404)],
    ["409", error(409)],
    ["a name that does not exist", broken("ENOTFOUND", "getaddrinfo ENOTFOUND iaas")],
    ["a certificate that is not trusted", broken("SELF_SIGNED_CERT_IN_CHAIN", "self-signed")],
    ["a proxy that refuses", broken("UND_ERR_ABORTED", "Proxy response (403) !== 200 when HTTP Tunneling")],
  ])("not %s", async (_, outcome) => {
    const { sent, result } = await called("core.GetInstance", [outcome], get);
    expect(sent).toHaveLength(1);
    expect((result as Error).message).toMatch(/; tried once in \d+\.\d s\)$/);
  });

  it("until it is interrupted", async () => {
    const signal = AbortSignal.timeout(40);
    const { result } = await called(
      "core.GetInstance",
      [error(503)],
      { ...get, signal },
      { deadlineMs: 60_000 },
    );
    expect((result as Error).name).toMatch(/AbortError|TimeoutError/);
  });
});

describe("what may have been done", () => {
  it("is repeated under the same retry token, signed anew, where the operation takes one", async () => {
    const { sent, result } = await called(
      "identity.CreatePolicy",
      [broken("ECONNRESET"), "silence", error(500), response(200, { id: "p" })],
      { body: { name: "n" } },
    );
    expect(result).toMatchObject({ status: 200 });
    const tokens = sent.map((r) => r.headers["opc-retry-token"]);
    expect(tokens[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(tokens).size).toBe(1);
  });

  it("is not repeated where it would be done twice, and the error says so", async () => {
    const options = { params: { namespaceName: "ns" }, body: { name: "b" } };
    for (const outcome of [broken("ECONNRESET"), error(500), "silence" as const]) {
      const { sent, result } = await called("objectstorage.CreateBucket", [outcome], options);
      expect(sent).toHaveLength(1);
      expect(sent[0]!.headers).not.toHaveProperty("opc-retry-token");
      if (!(result instanceof OciError))
        expect((result as Error).message).toMatch(/\(b at .*; it may have taken effect\)$/);
    }
    for (const outcome of [error(429), error(503), broken("ECONNREFUSED")])
      expect(
        (await called("objectstorage.CreateBucket", [outcome, response(200)], options)).sent,
      ).toHaveLength(2);
  });

  it("is looked for where the caller knows how", async () => {
    const options = { params: { namespaceName: "ns" }, body: { name: "b" } };
    const found = { status: 200, headers: {}, body: { name: "b" } };
    const done = await called("objectstorage.CreateBucket", [broken("ECONNRESET")], {
      ...options,
      settle: async () => found,
    });
    expect(done).toMatchObject({ result: found, sent: { length: 1 } });
    const undone = await called("objectstorage.CreateBucket", [broken("ECONNRESET"), response(200)], {
      ...options,
      settle: async () => undefined,
    });
    expect(undone.sent).toHaveLength(2);
    const twice = { params: { secretId: "s" }, body: {}, idempotent: true };
    expect(
      (await called("vault.ScheduleSecretDeletion", [broken("ECONNRESET"), response(200)], twice)).sent,
    ).toHaveLength(2);
  });

  it("is done when a deletion finds nothing any more, and only then", async () => {
    const options = { params: { policyId: "p" } };
    const done = await called("identity.DeletePolicy", [broken("ECONNRESET"), error(404)], options);
    expect(done.result).toMatchObject({ status: 204 });
    for (const before of [error(429), broken("ECONNREFUSED")]) {
      const { result } = await called("identity.DeletePolicy", [before, error(404)], options);
      expect(result).toMatchObject({ status: 404, name: "OciError" });
    }
    expect((await called("identity.DeletePolicy", [error(404)], options)).result).toMatchObject({
      status: 404,
    });
  });
});

it("reads Retry-After as seconds and as a date", () => {
  expect(retryAfterMs("2")).toBe(2_000);
  expect(retryAfterMs("Thu, 01 Jan 1970 00:00:10 GMT", 4_000)).toBe(6_000);
  expect(retryAfterMs("Thu, 01 Jan 1970 00:00:10 GMT", 14_000)).toBe(0);
  for (const header of [undefined, "", "soon", ["1"]]) expect(retryAfterMs(header)).toBeUndefined();
});
