/**
 * Faults in the middle of requests, many at once against a proxy that is a process of its own: each gives one status
 * and one audit line, the process lives on, and nothing stays open.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { AuditLine } from "../../../app/proxy/observe/audit.ts";
import { head, VM } from "../../support/proxy.ts";
import { type ProxyProcess, startProxyProcess } from "../../support/proxy-process.ts";
import { type ParsedResponse, raw } from "../../support/raw.ts";
import { newAuthority } from "../../support/small-oci/authority.ts";
import { type SmallOci, startSmallOci } from "../../support/small-oci/index.ts";

let oci: SmallOci;
let proxy: ProxyProcess;
let idle: number;
beforeAll(async () => {
  oci = await startSmallOci();
  proxy = await startProxyProcess(oci, {
    upstream: { headersMs: 2000, bodyMs: 1000, connectMs: 1000, connectionsPerHost: 8 },
    timeouts: { stallMs: 3000 },
  });
  await raw({ path: `${proxy.dir}/app.sock` }, get);
  await delay(200);
  idle = proxy.descriptors();
});
afterAll(async () => {
  expect(await proxy.end()).toBe(0);
  await oci.close();
});
afterEach(() => {
  Object.assign(oci, { onRequest: undefined, respond: undefined });
});

const get = head(`GET /core/20160918/instances/${VM}`);
const content = Buffer.alloc(300_000, "x");
const digest = createHash("sha256").update(content).digest("base64");
const put = (...headers: string[]) =>
  head("PUT /objectstorage/n/ns/b/exports/o/daily/x", `Content-Length: ${content.length}`, ...headers);
const audit = (): AuditLine[] =>
  readFileSync(`${proxy.dir}/audit.jsonl`, "utf8")
    .split("\n")
    .filter((l) => l !== "")
    .map((l) => JSON.parse(l) as AuditLine);

const TIMES = 12;

/** Sends many at once; gives the responses and the audit lines that came of them, and sees that nothing stays open. */
const storm = async (bytes: string | readonly (string | Buffer | number)[], timeoutMs = 6000) => {
  // The line of the request before may come late on a busy computer.
  for (let lines = -1; lines !== audit().length; await delay(50)) lines = audit().length;
  const before = audit().length;
  const responses: ParsedResponse[] = await Promise.all(
    Array.from({ length: TIMES }, () => raw({ path: `${proxy.dir}/app.sock` }, bytes, { timeoutMs })),
  );
  await expect.poll(() => audit().length - before, { timeout: 20_000 }).toBe(TIMES);
  oci.onRequest = undefined;
  oci.respond = undefined;
  expect((await raw({ path: `${proxy.dir}/app.sock` }, get)).status).toBe(200);
  // Connections to the service are kept for the next request, as many as settings say.
  await expect.poll(() => proxy.descriptors(), { timeout: 20_000 }).toBeLessThanOrEqual(idle + 3 * 8);
  const metric = async (name: string): Promise<string> =>
    new RegExp(`^keyless_proxy_${name} (.*)$`, "m").exec(
      await (await fetch(`${proxy.adminUrl}/metrics`)).text(),
    )![1]!;
  await expect.poll(() => metric("requests_in_flight"), { timeout: 20_000 }).toBe("0");
  expect(await metric("buffered_bytes")).toBe("0");
  return { responses, lines: audit().slice(before, before + TIMES) };
};

type Misbehaviour = (req: IncomingMessage, res: ServerResponse) => boolean | undefined;
const handled = (fault: (req: IncomingMessage, res: ServerResponse) => unknown): Misbehaviour => {
  return (req, res) => {
    fault(req, res);
    return true;
  };
};

describe("responses to a GET", () => {
  it.each<[string, Misbehaviour, number, string | undefined]>([
    ["reset before the head", handled((req) => req.socket.destroy()), 502, "UpstreamFailed"],
    ["closed before the head", handled((req) => req.socket.end()), 502, "UpstreamFailed"],
    ["closed in the head", handled((req) => req.socket.end("HTTP/1.1 2")), 502, "UpstreamFailed"],
    [
      "a status that is none",
      handled((req) => req.socket.end("HTTP/1.1 abc OK\r\n\r\n")),
      502,
      "UpstreamFailed",
    ],
    [
      "a header with a NUL",
      handled((req) => req.socket.end("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n")),
      502,
      "UpstreamFailed",
    ],
    [
      "two lengths",
      handled((req) => req.socket.end("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")),
      502,
      "UpstreamFailed",
    ],
    [
      "length and chunks",
      handled((req) =>
        req.socket.end("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      ),
      502,
      "UpstreamFailed",
    ],
    [
      "a change of protocol",
      handled((req) => req.socket.end("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")),
      502,
      "UpstreamFailed",
    ],
    ["HTTP/2", handled((req) => req.socket.end("\0\0\x12\x04\0\0\0\0\0")), 502, "UpstreamFailed"],
    ["silence", handled(() => undefined), 504, "UpstreamTimeout"],
    [
      "hints and then silence",
      handled((_, res) => res.writeEarlyHints({ link: "</x>; rel=preload" })),
      504,
      "UpstreamTimeout",
    ],
    [
      "reset in the body",
      handled((req, res) => {
        res.writeHead(200, { "content-length": 9 });
        res.write("half");
        setTimeout(() => req.socket.destroy(), 20);
      }),
      200,
      "UpstreamFailed",
    ],
    [
      "closed in a chunk",
      handled((req, res) => {
        res.writeHead(200);
        res.write("half");
        setTimeout(() => req.socket.end(), 20);
      }),
      200,
      "UpstreamFailed",
    ],
    [
      "a broken chunk",
      handled((req, res) => {
        res.writeHead(200);
        res.write("half");
        setTimeout(() => req.socket.end("zz\r\n"), 20);
      }),
      200,
      "UpstreamFailed",
    ],
    [
      "a body that stops",
      handled((_, res) => {
        res.writeHead(200, { "content-length": 9 });
        res.write("half");
      }),
      200,
      "UpstreamTimeout",
    ],
    [
      "more than its length",
      handled((req) => req.socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabcdef")),
      200,
      undefined,
    ],
    [
      "no content with a body",
      handled((req) => req.socket.end("HTTP/1.1 204 No Content\r\n\r\nabc")),
      204,
      undefined,
    ],
    [
      "a slow response",
      handled((_, res) => {
        res.writeHead(200, { "content-length": 4 });
        for (const [i, c] of [..."slow"].entries()) {
          setTimeout(() => (i === 3 ? res.end(c) : res.write(c)), i * 300);
        }
      }),
      200,
      undefined,
    ],
    [
      "headers of every byte",
      handled((req) =>
        req.socket.end(
          Buffer.from(
            "HTTP/1.1 200 OK\r\nopc-meta-x: caf\xe9 \xc3\xa9\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            "latin1",
          ),
        ),
      ),
      200,
      undefined,
    ],
  ])("%s", async (_, fault, status, code) => {
    oci.onRequest = fault as never;
    const { responses, lines } = await storm(get);
    expect(
      responses.map((a) => a.status),
      JSON.stringify(lines),
    ).toEqual(Array(TIMES).fill(status));
    for (const line of lines) {
      expect(line.status).toBe(status);
      expect(line.code).toBe(code);
      expect(line.decision).toBe(code === undefined ? "allowed" : "failed");
    }
    if (status >= 500)
      for (const { body } of responses) expect(JSON.parse(body).message).toMatch(/iaas\.xx-test-1/);
  });
});

describe("responses to an upload", () => {
  const uploads: [string, string[]][] = [
    ["", []],
    [" with a digest", [`x-content-sha256: ${digest}`]],
  ];
  const faults: [string, Misbehaviour, number[]][] = [
    ["reset at once", handled((req) => req.socket.destroy()), [502]],
    ["reset in the middle", handled((req) => req.once("data", () => req.socket.destroy())), [502]],
    ["an early response", handled((_, res) => res.writeHead(403, { "content-length": 2 }).end("{}")), [403]],
    [
      "an early response, then closed",
      handled((_, res) => res.writeHead(403, { "content-length": 2, connection: "close" }).end("{}")),
      [403, 502],
    ],
    ["read, and silence", handled((req) => req.resume()), [504]],
  ];
  it.each(
    uploads.flatMap(([kind, headers]) =>
      faults.map(([name, fault, of]) => [`${name}${kind}`, headers, fault, of] as const),
    ),
  )("%s", async (_, headers, fault, statuses) => {
    oci.onRequest = fault as never;
    const pieces = Array.from({ length: 3 }, (_, i) => content.subarray(i * 100_000, (i + 1) * 100_000));
    const { responses, lines } = await storm([put(...headers), pieces[0]!, 50, pieces[1]!, 50, pieces[2]!]);
    for (const { status } of responses) expect(statuses).toContain(status);
    expect(lines.map((l) => l.operation)).toEqual(Array(TIMES).fill("PutObject"));
  });

  it("a caller that breaks off in the middle", async () => {
    const { lines } = await storm([put(), content.subarray(0, 1000)], 200);
    expect(lines.map((l) => l.code)).toEqual(Array(TIMES).fill("CallerGone"));
  });

  it("a caller that breaks off in the middle, with a digest", async () => {
    const { lines } = await storm([put(`x-content-sha256: ${digest}`), content.subarray(0, 1000)], 200);
    expect(lines.map((l) => l.code)).toEqual(Array(TIMES).fill("CallerGone"));
  });

  it("a body that is another than its digest says", async () => {
    const other = Buffer.alloc(content.length, "y");
    oci.seen.length = 0;
    const { responses } = await storm([put(`x-content-sha256: ${digest}`), other]);
    expect(responses.map((a) => a.status)).toEqual(Array(TIMES).fill(400));
    expect(oci.seen.filter((s) => s.method === "PUT")).toEqual([]);
  });
});

it("a caller that reads nothing is given up", async () => {
  oci.onRequest = ((_: IncomingMessage, res: ServerResponse) => {
    res.writeHead(200, { "content-length": 50_000_000 });
    res.end(Buffer.alloc(50_000_000));
    return true;
  }) as never;
  const { connect } = await import("node:net");
  await delay(100);
  const before = audit().length;
  const socket = connect(`${proxy.dir}/app.sock`, () => socket.write(get));
  socket.pause();
  await expect.poll(() => audit().length - before, { timeout: 15_000 }).toBe(1);
  expect(audit().at(-1)).toMatchObject({ decision: "failed" });
  socket.destroy();
}, 20_000);

describe("a connection that the service closed while it was idle", () => {
  const once = (): (() => number) => {
    let tries = 0;
    oci.onRequest = ((req: IncomingMessage) => {
      tries += 1;
      if (tries > 1) return false;
      req.socket.destroy();
      return true;
    }) as never;
    return () => tries;
  };
  const post = (...headers: string[]) =>
    `${head(`PUT /core/20160918/instances/${VM}`, "Content-Length: 2", "Content-Type: application/json", ...headers)}{}`;

  it.each([
    ["a read", get, 200, 2],
    ["a write with a retry token", post("opc-retry-token: one"), 200, 2],
    ["a write without one, which may have been done", post(), 502, 1],
  ])("%s", async (_, bytes, status, tries) => {
    const tried = once();
    expect((await raw({ path: `${proxy.dir}/app.sock` }, bytes)).status).toBe(status);
    expect(tried()).toBe(tries);
  });
});

it("a service whose certificate is no longer the right one", async () => {
  const own = await startSmallOci();
  const alone = await startProxyProcess(own, { upstream: { headersMs: 1000 } });
  expect((await raw({ path: `${alone.dir}/app.sock` }, get)).status).toBe(200);
  await own.close();
  const authority = await newAuthority();
  const { certificate, key } = await authority.issueServer(["*.xx-test-1.cloud.example"]);
  const impostor = createTlsServer({ cert: certificate, key }, (_, res) => res.end("stolen"));
  await new Promise<void>((resolve) => impostor.listen(own.tlsPort, "127.0.0.1", resolve));
  await delay(100);
  const response = await raw({ path: `${alone.dir}/app.sock` }, get);
  expect(response.status).toBe(502);
  expect(JSON.parse(response.body)).toMatchObject({
    code: "UpstreamFailed",
    message: expect.stringMatching(/certificate of iaas\.xx-test-1\.cloud\.example/),
  });
  expect(await alone.end()).toBe(0);
  impostor.close();
});
