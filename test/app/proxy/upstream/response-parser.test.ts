import { request } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MalformedResponse, ResponseParser } from "../../../../app/proxy/upstream/response-parser.ts";

/** What a reader tells of some bytes, fed in these pieces. */
const read = (pieces: readonly Buffer[], method = "GET", closes = true) => {
  const told = {
    status: 0,
    headers: [] as string[],
    body: "",
    keepAliveS: -1 as number | undefined,
    end: "",
  };
  const reader = new ResponseParser();
  reader.expect(method, {
    head: (head) => {
      Object.assign(told, { status: head.status, headers: head.headers, keepAliveS: head.keepAliveS });
    },
    data: (piece) => {
      told.body += piece.toString("latin1");
    },
    end: (clean) => {
      told.end = clean ? "clean" : "not clean";
    },
  });
  for (const piece of pieces) reader.feed(piece);
  if (closes && told.end === "") told.end = reader.finish() ? told.end || "not clean" : "cut";
  return told;
};
const readText = (text: string, method?: string, closes?: boolean) =>
  read([Buffer.from(text, "latin1")], method, closes);

describe("a response", () => {
  it.each<[string, string, string, Partial<ReturnType<typeof read>>]>([
    [
      "with a length",
      "GET",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      { status: 200, body: "ok", end: "clean" },
    ],
    ["without a body", "GET", "HTTP/1.1 204 No Content\r\n\r\n", { status: 204, body: "", end: "clean" }],
    [
      "with a body of no bytes",
      "GET",
      "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
      { body: "", end: "clean" },
    ],
    ["to HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", { body: "", end: "clean" }],
    [
      "of 304 with a length",
      "GET",
      "HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n",
      { body: "", end: "clean" },
    ],
    [
      "in chunks",
      "GET",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n1;a=b\r\n!\r\n0\r\nX: y\r\n\r\n",
      { body: "ok!", end: "clean" },
    ],
    ["to the end", "GET", "HTTP/1.1 200 OK\r\n\r\nall", { body: "all", end: "not clean", keepAliveS: 0 }],
    [
      "behind others on its way",
      "GET",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 1\r\n\r\na",
      { status: 201, headers: ["content-length", "1"], body: "a", end: "clean" },
    ],
    [
      "whose connection is closed",
      "GET",
      "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n",
      { keepAliveS: 0 },
    ],
    ["of HTTP/1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", { keepAliveS: 0 }],
    [
      "of HTTP/1.0 that is kept",
      "GET",
      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
      { keepAliveS: undefined },
    ],
    [
      "whose connection is closed, as the first of two lines says",
      "GET",
      "HTTP/1.1 200 OK\r\nConnection: close\r\nConnection: X-A\r\nContent-Length: 0\r\n\r\n",
      { keepAliveS: 0 },
    ],
    [
      "of HTTP/1.0 whose Connection says something else",
      "GET",
      "HTTP/1.0 200 OK\r\nConnection: X-A\r\nContent-Length: 0\r\n\r\n",
      { keepAliveS: 0 },
    ],
    [
      "that says how long the connection is kept",
      "GET",
      "HTTP/1.1 200 OK\r\nKeep-Alive: max=9, timeout=5\r\nContent-Length: 0\r\n\r\n",
      { keepAliveS: 5 },
    ],
    [
      "with blanks around values, and equal names",
      "GET",
      "HTTP/1.1 200 OK\r\nA: \t x y \t\r\na:z\r\nB:\r\nContent-Length:0\r\n\r\n",
      { headers: ["a", "x y", "a", "z", "b", "", "content-length", "0"] },
    ],
    ["that is cut", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", { body: "half", end: "cut" }],
    [
      "whose chunks are cut",
      "GET",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nha",
      { end: "cut" },
    ],
  ])("%s", (_, method, text, told) => {
    expect(readText(text, method)).toMatchObject(told);
  });

  it("is not clean when bytes follow it, which are not the next one's", () => {
    const more = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n";
    expect(() => readText(more)).toThrow(/belong to no response/);
  });

  it.each([
    ["another protocol", "SSH-2.0-OpenSSH\r\n\r\n"],
    ["another protocol, before a line is whole", "SSH"],
    ["HTTP/2", "HTTP/2 200\r\n\r\n"],
    ["no status", "HTTP/1.1 OK\r\n\r\n"],
    ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"],
    ["blanks before the status", "HTTP/1.1  200 OK\r\n\r\n"],
    ["a blank before the colon", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n"],
    ["a header without a name", "HTTP/1.1 200 OK\r\n: b\r\n\r\n"],
    ["a folded header", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"],
    ["a line without colon", "HTTP/1.1 200 OK\r\nA\r\n\r\n"],
    ["a bare line feed", "HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n"],
    ["a bare carriage return", "HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n"],
    ["a control character", "HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na"],
    ["a list of lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na"],
    ["a length with a sign", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na"],
    ["a length in hexadecimal", "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\na"],
    ["chunks and a length", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ["another transfer coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"],
    [
      "two transfer codings",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ["chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ["a change of protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"],
    ["a chunk's size that is none", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"],
    ["a chunk's size with a sign", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"],
    ["a chunk's size of nine digits", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n000000001\r\na"],
    [
      "a chunk longer than its size",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
    ],
    ["a chunk's line without CR", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n"],
    ["an endless extension", `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;${"a".repeat(2000)}`],
    [
      "an endless trailer",
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${"A: b\r\n".repeat(9000)}`,
    ],
    ["an endless head", `HTTP/1.1 200 OK\r\nA: ${"a".repeat(20_000)}`],
    ["a long head", `HTTP/1.1 200 OK\r\nA: ${"a".repeat(20_000)}\r\n\r\n`],
  ])("is refused with %s", (_, text) => {
    expect(() => readText(text, "GET", false)).toThrow(MalformedResponse);
  });
});

const token = fc.constantFrom("A", "x-b", "Opc-Request-Id", "content-type", "ETag");
const value = fc.string({ unit: fc.constantFrom(...'ab ,;=\t"é'), maxLength: 8 });
const odd = fc.constantFrom(
  "Content-Length: 3",
  "Content-Length: 03",
  "Content-Length: 3 ",
  "Content-Length: 4",
  "Content-Length : 3",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: chunked ",
  "Transfer-Encoding: xchunked",
  "Transfer-Encoding:\tchunked",
  "Connection: close",
  "X: a\rb",
  "X: a\nb",
  " folded",
  "X",
);
const body = fc.constantFrom(
  "abc",
  "abcd",
  "3\r\nabc\r\n0\r\n\r\n",
  "3 ;x\r\nabc\r\n0\r\n\r\n",
  "03\r\nabc\r\n0\r\n\r\n",
  "3\nabc\n0\n\n",
  "3\r\nabcd\r\n0\r\n\r\n",
  "",
);
const responses = fc
  .record({
    version: fc.constantFrom("1.1", "1.1", "1.1", "1.0"),
    status: fc.constantFrom(200, 200, 204, 304, 404, 500),
    fields: fc.array(
      fc.tuple(token, value).map(([n, v]) => `${n}: ${v}`),
      { maxLength: 3 },
    ),
    odd: fc.array(odd, { maxLength: 2 }),
    body,
  })
  .map(
    (a) =>
      `HTTP/${a.version} ${a.status} x\r\n${[...a.fields, ...a.odd].map((l) => `${l}\r\n`).join("")}\r\n${a.body}`,
  );

describe("any response", () => {
  it("is told alike however its bytes are cut", () => {
    fc.assert(
      fc.property(responses, fc.array(fc.nat(80), { maxLength: 6 }), (text, cuts) => {
        const told = (pieces: Buffer[]) => {
          try {
            return read(pieces);
          } catch (error) {
            return (error as Error).name;
          }
        };
        const bytes = Buffer.from(text, "latin1");
        const at = [0, ...cuts.filter((c) => c < bytes.length).sort((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((to, i) => bytes.subarray(at[i], to));
        expect(told(pieces)).toEqual(told([bytes]));
      }),
      { numRuns: 2000 },
    );
  });

  let server: ReturnType<typeof createServer>;
  let text = "";
  const sockets = new Set<Socket>();
  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end(Buffer.from(text, "latin1")));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  /** What Node's own client makes of it; undefined when it refuses. */
  const byNode = () =>
    new Promise<{ status: number; body: string } | undefined>((done) => {
      const { port } = server.address() as AddressInfo;
      const outgoing = request({ host: "127.0.0.1", port, agent: false }, (response) => {
        let all = "";
        response.setEncoding("latin1").on("data", (piece) => {
          all += piece;
        });
        response.on("end", () => done({ status: response.statusCode!, body: all }));
        response.on("error", () => done(undefined));
      });
      outgoing.on("error", () => done(undefined));
      outgoing.end();
    });

  it("that is accepted is the same to Node's own client", async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(responses, async (generated) => {
        text = generated;
        let ours: ReturnType<typeof read>;
        try {
          ours = readText(generated);
        } catch {
          return;
        }
        if (ours.end === "cut") return;
        accepted += 1;
        expect(await byNode(), JSON.stringify(generated)).toEqual({ status: ours.status, body: ours.body });
      }),
      { numRuns: 600 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});
