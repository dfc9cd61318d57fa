/** What a connection that goes from one request to the next brings along, and how the one after it begins. */
import type { Duplex } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { head, startTestProxy, type TestProxy, VM } from "../../../support/proxy.ts";
import { raw } from "../../../support/raw.ts";
import { type SmallOci, startSmallOci } from "../../../support/small-oci/index.ts";
import { type Relay, startWay } from "../../../support/way.ts";

let oci: SmallOci;
let t: TestProxy;
let way: Relay;
beforeAll(async () => {
  oci = await startSmallOci();
  way = await startWay(oci.tlsPort);
});
afterAll(async () => {
  way.close();
  await oci.close();
});
afterEach(async () => {
  await t.close();
  Object.assign(oci, { onRequest: undefined, respond: undefined });
  way.refuses = undefined;
});

const start = async (connectionsPerHost: number): Promise<void> => {
  const connectTo = `127.0.0.1:${way.port}`;
  t = await startTestProxy({ upstream: { connectTo, connectionsPerHost } }, undefined, oci);
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

const TWO_BYTES = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";

/** Sends these on each connection, each in a TLS record of its own; all of them, and the end, arrive together. */
const sendTogether = (sockets: readonly Duplex[], records: readonly string[], ends: boolean): void => {
  const release = way.hold();
  let left = sockets.length;
  const sent = (): void => {
    left -= 1;
    if (left === 0) setTimeout(release, 100);
  };
  for (const socket of sockets) {
    for (const record of records.slice(0, -1)) socket.write(record);
    if (ends) socket.end(records.at(-1), sent);
    else socket.write(records.at(-1), sent);
  }
};

/**
 * The service answers the next requests, as many as there are connections, with the same records.
 * @param next sends what waits for the connections by then
 */
const respondOnce = <T>(
  connections: number,
  records: readonly string[],
  next: () => Promise<T>,
  ends = false,
): Promise<T> =>
  new Promise((resolve) => {
    const sockets: Duplex[] = [];
    oci.onRequest = ({ socket }) => {
      sockets.push(socket);
      if (sockets.length < connections) return true;
      oci.onRequest = undefined;
      resolve(next());
      sendTogether(sockets, records, ends);
      return true;
    };
  });

describe("a request that waits for the connection of another", () => {
  it.each([
    [
      "a second response",
      "GET",
      [`${TWO_BYTES}{}`, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen"],
      "{}",
    ],
    ["the body of a response to HEAD", "HEAD", [TWO_BYTES, "{}"], ""],
    ["a body of no content", "GET", ["HTTP/1.1 204 No Content\r\n\r\n", "{}"], ""],
  ])("does not get %s that was sent behind the first one", async (_, method, records, body) => {
    await start(1);
    const second = respondOnce(1, records, get);
    expect((await send(head(`${method} ${object}`))).body).toBe(body);
    expect((await second).body).toBe('{"ok":true}');
  });

  it("is not sent on one that the service closes right behind its response", async () => {
    await start(1);
    const second = respondOnce(1, [`${TWO_BYTES}{}`], put, true);
    expect((await send(head(`GET /core/20160918/instances/${VM}`))).body).toBe("{}");
    expect((await second).status).toBe(200);
  });

  it("and all behind it get connections when those under way cannot be used again", async () => {
    await start(2);
    const behind = respondOnce(2, [`${TWO_BYTES}{}`, "{}"], () =>
      Promise.all(Array.from({ length: 5 }, get)),
    );
    await Promise.all([get(), get()]);
    expect((await behind).map((a) => a.body)).toEqual(Array(5).fill('{"ok":true}'));
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

it("a way to the service that breaks off whoever resumes a session is gone with a new session", async () => {
  await start(1);
  let brokenOff = 0;
  way.refuses = (hello) => {
    if (!resumes(hello)) return false;
    brokenOff += 1;
    return true;
  };
  oci.respond = (_, res) => res.writeHead(200, { connection: "close", "content-length": 2 }).end("{}");
  const statuses: number[] = [];
  for (let i = 0; i < 3; i += 1) statuses.push((await put()).status);
  expect(statuses).toEqual([200, 502, 200]);
  expect(brokenOff).toBe(1);
});
