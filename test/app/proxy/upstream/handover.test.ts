/** What a connection that goes from one request to the next brings along, and how the one after it begins. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ProxySettingsInput } from "../../../../app/proxy/settings.ts";
import { head, startTestProxy, type TestProxy, VM } from "../../../support/proxy.ts";
import { type RawAnswer, raw } from "../../../support/raw.ts";
import { type SmallOci, startSmallOci } from "../../../support/small-oci/index.ts";

let oci: SmallOci;
let t: TestProxy;
beforeAll(async () => {
  oci = await startSmallOci();
});
afterAll(() => oci.close());
afterEach(async () => {
  await t.close();
  Object.assign(oci, { onRequest: undefined, answer: undefined });
});

const start = async (upstream: ProxySettingsInput["upstream"]): Promise<void> => {
  t = await startTestProxy({ upstream }, undefined, oci);
  await t.proxy.ready();
};
const send = (bytes: string) => raw(t.socket("app"), bytes, { timeoutMs: 2000 });
const object = "/objectstorage/n/ns/b/exports/o/daily/x";
const get = () => send(head(`GET ${object}`));
/** A write that may not be tried twice. */
const put = () =>
  send(
    `${head(`PUT /core/20160918/instances/${VM}`, "Content-Length: 2", "Content-Type: application/json")}{}`,
  );

const metrics = async () => (await fetch(`${t.proxy.adminUrl}/metrics`)).text();

const TWO_BYTES = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";

/**
 * Sends a request that the service answers with these, each in a TLS record of its own, all of them before any is
 * read, and another one behind it that waits for the connection by then.
 */
const oneBehindTheOther = async (
  first: () => Promise<RawAnswer>,
  second: () => Promise<RawAnswer>,
  records: readonly string[],
  ends = false,
): Promise<RawAnswer[]> => {
  const arrived = new Promise<Socket>((resolve) => {
    oci.onRequest = (req) => {
      oci.onRequest = undefined;
      resolve(req.socket);
      return true;
    };
  });
  const one = first();
  const socket = await arrived;
  const other = second();
  await expect.poll(metrics, { interval: 10 }).toContain("keyless_proxy_requests_in_flight 2\n");
  for (const record of records) socket.write(record);
  if (ends) socket.end();
  return Promise.all([one, other]);
};

describe("a request that waits for the connection of another", () => {
  it.each([
    [
      "a second answer",
      "GET",
      [`${TWO_BYTES}{}`, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen"],
      "{}",
    ],
    ["the body of an answer to HEAD", "HEAD", [TWO_BYTES, "{}"], ""],
    ["a body of no content", "GET", ["HTTP/1.1 204 No Content\r\n\r\n", "{}"], ""],
  ])("does not get %s that was sent behind the first one", async (_, method, records, body) => {
    await start({ connectionsPerHost: 1 });
    const answers = await oneBehindTheOther(() => send(head(`${method} ${object}`)), get, records);
    expect(answers.map((a) => a.body)).toEqual([body, '{"ok":true}']);
  });

  it("is not sent on one that the service closes right behind its answer", async () => {
    await start({ connectionsPerHost: 1 });
    const core = () => send(head(`GET /core/20160918/instances/${VM}`));
    const [first, second] = await oneBehindTheOther(core, put, [`${TWO_BYTES}{}`], true);
    expect(first!.body).toBe("{}");
    expect(second!.status, second!.text).toBe(200);
  });

  it("and all behind it get connections when those under way cannot be used again", async () => {
    await start({ connectionsPerHost: 2 });
    oci.onRequest = (req) => {
      req.socket.end(`${TWO_BYTES}{}`);
      return true;
    };
    const answers = await Promise.all(Array.from({ length: 9 }, get));
    expect(answers.map((a) => a.body)).toEqual(Array(9).fill("{}"));
  });
});

/** Whether a ClientHello asks for a session to be resumed (RFC 8446 section 4.1.2: extension 41). */
const resumes = (hello: Buffer): boolean => {
  let at = 5 + 4 + 2 + 32;
  at += 1 + hello[at]!;
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello[at]! + 2;
  while (at + 4 <= hello.length) {
    if (hello.readUInt16BE(at) === 41) return true;
    at += 4 + hello.readUInt16BE(at + 2);
  }
  return false;
};

describe("a way to the service that breaks off whoever resumes a session", () => {
  let way: Server;
  let brokenOff = 0;
  beforeAll(async () => {
    way = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", (hello) => {
        if (resumes(hello)) {
          brokenOff += 1;
          socket.destroy();
          return;
        }
        const service = connect(oci.tlsPort, "127.0.0.1");
        service.on("error", () => undefined).on("close", () => socket.destroy());
        socket.on("close", () => service.destroy());
        service.write(hello);
        socket.pipe(service).pipe(socket);
      });
    });
    await new Promise<void>((done) => way.listen(0, "127.0.0.1", done));
  });
  afterAll(() => way.close());

  it("is gone again with a new session", async () => {
    await start({ connectTo: `127.0.0.1:${(way.address() as AddressInfo).port}` });
    oci.answer = (_, res) => res.writeHead(200, { connection: "close", "content-length": 2 }).end("{}");
    const statuses: number[] = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await put()).status);
    expect(statuses).toEqual([200, 502, 200]);
    expect(brokenOff).toBe(1);
  });
});
