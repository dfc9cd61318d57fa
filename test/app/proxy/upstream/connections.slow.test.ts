/** Connections to services: kept, shared and given up, as seen from both ends. */
import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ProxySettingsInput } from "../../../../app/proxy/settings.ts";
import { head, startTestProxy, type TestProxy, VM } from "../../../support/proxy.ts";
import { raw } from "../../../support/raw.ts";
import { type SmallOci, startSmallOci } from "../../../support/small-oci/index.ts";

let oci: SmallOci;
let t: TestProxy;
/** Connections that requests came through. */
const sockets = new Set<Socket>();
beforeAll(async () => {
  oci = await startSmallOci();
});
afterAll(() => oci.close());
afterEach(async () => {
  await t.close();
  Object.assign(oci, { onRequest: undefined, respond: undefined });
});

const start = async (upstream: ProxySettingsInput["upstream"] = {}): Promise<void> => {
  t = await startTestProxy({ upstream }, undefined, oci);
  await t.proxy.ready();
  sockets.clear();
};
const target = `/core/20160918/instances/${VM}`;
const get = (method = "GET") => raw(t.socket("app"), head(`${method} ${target}`));
const object = "/objectstorage/n/ns/b/exports/o/daily/x";

/** The service answers with these bytes, and with `{"ok":true}` from then on. */
const respondOnce = (text: string, ends = false): void => {
  oci.onRequest = (req) => {
    sockets.add(req.socket);
    oci.onRequest = (next) => {
      sockets.add(next.socket);
      return false;
    };
    if (ends) req.socket.end(text);
    else req.socket.write(text);
    return true;
  };
};
const watch = (): void => {
  oci.onRequest = (req) => {
    sockets.add(req.socket);
    return false;
  };
};

describe("a connection", () => {
  it("serves one request after the other", async () => {
    await start();
    watch();
    for (let i = 0; i < 5; i += 1) expect((await get()).status).toBe(200);
    expect(sockets.size).toBe(1);
  });

  it("is waited for when there are as many as settings say", async () => {
    await start({ connectionsPerHost: 2 });
    watch();
    oci.respond = (_, res) => void setTimeout(() => res.end("{}"), 20);
    const responses = await Promise.all(Array.from({ length: 12 }, () => get()));
    expect(responses.map((a) => a.status)).toEqual(Array(12).fill(200));
    expect(sockets.size).toBe(2);
  });

  it("is not waited for longer than for a response", async () => {
    await start({ connectionsPerHost: 1, headersMs: 500 });
    let ticking: NodeJS.Timeout | undefined;
    oci.respond = (_, res) => {
      ticking = setInterval(() => res.write("x"), 50);
      res.once("close", () => clearInterval(ticking));
    };
    const endless = raw(t.socket("app"), head(`GET ${target}`), { timeoutMs: 3000 });
    await expect.poll(() => ticking).toBeDefined();
    const second = await get();
    expect(second.status, second.text).toBe(504);
    expect(second.body).toContain("did not answer in time");
    expect((await endless).status).toBe(200);
  });

  it("is used again after a response that its caller takes slowly", async () => {
    await start({ connectionsPerHost: 1 });
    let bytes = 0;
    oci.respond = (seen, res) => {
      if (seen.target.includes("/o/")) res.end(Buffer.alloc(bytes, "x"));
      else res.end("{}");
    };
    const { path: socketPath } = t.socket("app") as { path: string };
    const options = { socketPath, path: object, headers: { host: "localhost" } };
    const slowly = (response: IncomingMessage, done: (sizeBytes: number) => void): void => {
      let all = 0;
      response.on("data", (piece: Buffer) => {
        all += piece.length;
      });
      response.on("end", () => done(all));
    };
    // Somewhere among these the buffers between proxy and caller are full just before the response's end.
    for (bytes = 100_000; bytes < 700_000; bytes += 24_000) {
      const size = await new Promise<number>((done, fail) => {
        const outgoing = request(options, (response) => void setTimeout(() => slowly(response, done), 30));
        outgoing.on("error", fail).end();
      });
      expect(size).toBe(bytes);
    }
  });

  it("is not given up while it waits for a slow caller", async () => {
    await start({ bodyMs: 300 });
    const sizeBytes = 8_000_000;
    oci.respond = (_, res) => res.end(Buffer.alloc(sizeBytes, "x"));
    const { path: socketPath } = t.socket("app") as { path: string };
    const options = { socketPath, path: object, headers: { host: "localhost" } };
    const received = await new Promise<number>((done, fail) => {
      const outgoing = request(options, (response) => {
        let all = 0;
        response.on("error", fail).on("end", () => done(all));
        response.on("data", (piece: Buffer) => {
          // Far longer than the service may be silent.
          if (all === 0) {
            response.pause();
            setTimeout(() => response.resume(), 1500);
          }
          all += piece.length;
        });
      });
      outgoing.on("error", fail).end();
    });
    expect(received).toBe(sizeBytes);
  });

  it("stays open under an upload that takes longer than idle ones are kept", async () => {
    await start({ connectionsPerHost: 1 });
    oci.respond = (_, res) =>
      res
        .writeHead(200, { connection: "keep-alive", "keep-alive": "timeout=2", "content-length": 2 })
        .end("{}");
    expect((await raw(t.socket("app"), head(`GET ${object}`))).status).toBe(200);
    const piece = "x".repeat(100);
    const response = await raw(
      t.socket("app"),
      [head(`PUT ${object}`, "Content-Length: 400"), piece, 800, piece, 800, piece, 800, piece],
      { timeoutMs: 6000 },
    );
    expect(response.status, response.text).toBe(200);
    expect(oci.seen.at(-1)).toMatchObject({ bodyBytes: 400 });
  });

  it("is closed a second before the service would close it", async () => {
    await start();
    let closed = 0;
    oci.onRequest = (req) => {
      req.socket.once("close", () => {
        closed = performance.now();
      });
      return false;
    };
    oci.respond = (_, res) =>
      res
        .writeHead(200, { connection: "keep-alive", "keep-alive": "timeout=2", "content-length": 2 })
        .end("{}");
    const startedMs = performance.now();
    await get();
    await expect.poll(() => closed, { timeout: 4000 }).toBeGreaterThan(0);
    expect(closed - startedMs).toBeGreaterThan(900);
    expect(closed - startedMs).toBeLessThan(3900);
  });

  it.each([
    [
      "bytes behind its response",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen",
      false,
    ],
    ["a response that ends it", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", false],
    ["a response to its end", "HTTP/1.1 200 OK\r\n\r\n{}", true],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", false],
  ])("with %s is not used again", async (_, text, ends) => {
    await start({ connectionsPerHost: 1 });
    respondOnce(text, ends);
    // One waits for the connection already when the other's response comes.
    const responses = await Promise.all([get(), get()]);
    const at = responses.findIndex((a) => a.body !== '{"ok":true}');
    const [first, second] = [responses[at]!, responses[1 - at]!];
    expect(first.status).toBe(200);
    expect(first.body).toContain("{}");
    expect(first.text).not.toContain("stolen");
    expect(second.body).toBe('{"ok":true}');
    expect(sockets.size).toBe(2);
  });

  it("with a response before the upload was whole is not used again", async () => {
    await start({ connectionsPerHost: 1 });
    respondOnce("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}");
    const early = await raw(t.socket("app"), [head(`PUT ${object}`, "Content-Length: 1000"), "x"]);
    expect(early.status).toBe(403);
    expect((await raw(t.socket("app"), head(`GET ${object}`))).status).toBe(200);
    expect(sockets.size).toBe(2);
  });

  it("with bytes that nobody asked for is closed, and the next request gets its own response", async () => {
    await start({ connectionsPerHost: 1 });
    watch();
    await get();
    for (const socket of sockets) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen");
    await delay(100);
    const next = await get();
    expect(next.body).toBe('{"ok":true}');
    expect(sockets.size).toBe(2);
  });
});

describe("a response", () => {
  it("that is announced is passed on without what announced it", async () => {
    await start();
    respondOnce(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: a\r\nETag: b\r\n\r\n{}",
    );
    const response = await get();
    expect(response.text).toMatch(/^HTTP\/1\.1 200 /);
    expect(response.text).toContain("etag: a\r\netag: b\r\n");
    expect(response.headers["link"]).toBeUndefined();
  });

  it("in chunks comes in chunks", async () => {
    await start();
    oci.respond = (_, res) => {
      res.write("{}");
      res.end();
    };
    const response = await get();
    expect(response.headers["transfer-encoding"]).toBe("chunked");
    expect(response.body).toBe("2\r\n{}\r\n0\r\n\r\n");
    expect((await get()).status).toBe(200);
  });

  it("to HEAD keeps its length and has no body", async () => {
    await start({ connectionsPerHost: 1 });
    oci.respond = (seen, res) =>
      res
        .writeHead(200, { "content-length": seen.method === "HEAD" ? 77 : 2 })
        .end(seen.method === "HEAD" ? undefined : "{}");
    const response = await raw(t.socket("app"), head(`HEAD ${object}`), { timeoutMs: 500 });
    expect(response.status).toBe(200);
    expect(response.headers["content-length"]).toBe("77");
    expect(response.body).toBe("");
    expect((await get()).status).toBe(200);
  });
});
