/** Random traffic, as broken clients and attackers send it: arbitraries for property tests and for the soak. @module */
import { connect, type NetConnectOpts } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { head, VM } from "./proxy.ts";

/** What one connection does. */
export interface Conversation {
  /** The loopback port without a token, with one, or a client's socket. */
  way: "port" | "token" | "socket";
  /** Bytes, and pauses in milliseconds. */
  pieces: (string | number)[];
  /** Whether what comes back is read. */
  reads: boolean;
  /** How it ends, so many milliseconds after the last piece. */
  end: "reset" | "destroy" | "end" | "half";
  afterMs: number;
}

/** Where a proxy's callers come in. */
export interface Entrances {
  port: number;
  socketPath: string;
  /** Read for each connection. */
  token(): string;
}

const TOKEN = "{token}";
const MAX_WAIT_MS = 5000;

const target = `/core/20160918/instances/${VM}`;
const object = "/objectstorage/n/ns/b/exports/o/daily/big/3000000";

const bytes = fc
  .uint8Array({ minLength: 1, maxLength: 300 })
  .map((array) => Buffer.from(array).toString("latin1"));
const version = fc.constantFrom("HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTX");
const headerLine = fc.constantFrom(
  "Connection: keep-alive",
  "Connection: close",
  "Expect: 100-continue",
  "Expect: 200-ok",
  "Upgrade: websocket\r\nConnection: Upgrade",
  "Transfer-Encoding: chunked",
  "Content-Length: 40",
  "Content-Length: 100000",
  "Content-Length: x",
  "Content-Type: application/json",
  "Accept: */*",
  "Accept: \0",
  "no colon",
  ` folded: ${"x".repeat(50)}`,
  `X-Long: ${"x".repeat(17_000)}`,
);
const body = fc.oneof(
  fc.constant(""),
  fc.constant("4\r\nabcd\r\n0\r\n\r\n"),
  fc.constant("zz\r\nabcd\r\n"),
  fc.constant("ffffffffffffffffff\r\n"),
  fc.constant("x".repeat(40)),
  fc.constant("x".repeat(100_000)),
  bytes,
);
const request = fc
  .record({
    method: fc.constantFrom("GET", "GET", "PUT", "POST", "HEAD", "CONNECT", "OPTIONS", "BREW"),
    target: fc.oneof(
      fc.constantFrom(target, target, object, "/", "*", "x:443", "/secrets/..", `/${"x".repeat(20_000)}`),
      bytes.map((b) => `/${b}`),
    ),
    version,
    lines: fc.array(headerLine, { maxLength: 3 }),
    body,
  })
  .map((r) => {
    const text = head(`${r.method} ${r.target}`, TOKEN, ...r.lines);
    return `${text.replace("HTTP/1.1", () => r.version)}${r.body}`;
  });
/** A good one, so that not everything ends early. */
const good = fc.constantFrom(head(`GET ${target}`, TOKEN), head(`GET ${object}`, TOKEN));
const pause = fc.integer({ min: 0, max: 20 });
const cut = fc
  .tuple(request, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([text, part]) => text.slice(0, Math.floor(text.length * part)));

/** A connection's whole life. */
export const conversation: fc.Arbitrary<Conversation> = fc.record({
  way: fc.constantFrom("port", "token", "token", "socket", "socket"),
  pieces: fc.array(fc.oneof(good, good, request, bytes, cut, pause), { minLength: 0, maxLength: 8 }),
  reads: fc.boolean(),
  end: fc.constantFrom("reset", "destroy", "end", "half"),
  afterMs: fc.constantFrom(0, 0, 1, 5, 30, 120),
});

/** Does what a conversation says. Resolves when its connection is closed, by whichever side. */
export const converse = async (at: Entrances, one: Conversation): Promise<void> => {
  const to: NetConnectOpts =
    one.way === "socket" ? { path: at.socketPath } : { port: at.port, host: "127.0.0.1" };
  const host = one.way === "socket" ? "localhost" : `127.0.0.1:${at.port}`;
  const credential = one.way === "token" ? `X-Api-Key: ${at.token()}` : "Accept-Language: en";
  const socket = connect(to);
  socket.on("error", () => undefined);
  const closed = new Promise<void>((done) => socket.once("close", () => done()));
  if (one.reads) socket.resume();
  else socket.pause();
  for (const piece of one.pieces) {
    if (typeof piece === "number") await delay(piece);
    else if (socket.destroyed) break;
    else socket.write(piece.replaceAll("localhost", host).replaceAll(TOKEN, credential), "latin1");
  }
  await delay(one.afterMs);
  if (one.end === "reset" && one.way !== "socket") socket.resetAndDestroy();
  else if (one.end === "end") socket.end();
  else if (one.end === "half") {
    // Sends no more and reads what comes: the proxy ends it.
    socket.end();
    socket.resume();
  } else socket.destroy();
  await Promise.race([
    closed,
    delay(one.end === "end" && !one.reads ? 200 : MAX_WAIT_MS, undefined, { ref: false }),
  ]);
  socket.destroy();
  await closed;
};
