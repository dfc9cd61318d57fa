import { createHash, randomBytes } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ACK, FIN, RST, type Segment, SYN } from "../../../../local/machines/vm/network/packets.ts";
import { TcpConnection } from "../../../../local/machines/vm/network/tcp.ts";

type Part = Omit<Segment, "sourcePort" | "destinationPort">;

const EMPTY = Buffer.alloc(0);

/** A guest that opens one connection and keeps the rules, with a cable that loses what it is told to lose. */
class ScriptedGuest {
  readonly received: Buffer[] = [];
  ended = false;
  reset = false;
  over = false;
  /** Asked for each segment to the guest: whether the cable loses it. */
  loses: (part: Part, count: number) => boolean = () => false;
  window = 0xffff;
  #count = 0;
  #sequence = 1_000;
  #expected = 0;
  #established = false;
  readonly #waiting: (() => void)[] = [];
  readonly #connection: TcpConnection;
  readonly syn: Segment;

  constructor(port: number) {
    this.syn = this.#segment({ flags: SYN, maxSegmentBytes: 1_000, windowScale: 0 });
    this.#connection = new TcpConnection(this.syn, {
      connect: () => connect({ port, host: "127.0.0.1", allowHalfOpen: true }),
      send: (part) => {
        this.#count += 1;
        if (!this.loses(part, this.#count)) setImmediate(() => this.#take(part));
      },
      ended: () => {
        this.over = true;
        this.#wake();
      },
      maxSegmentBytes: 8_000,
    });
    this.#sequence += 1;
  }

  #segment(part: Partial<Segment>): Segment {
    return {
      sourcePort: 50_000,
      destinationPort: 443,
      sequence: this.#sequence,
      acknowledgement: this.#expected,
      flags: ACK,
      window: this.window,
      payload: EMPTY,
      ...part,
    };
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #take(part: Part): void {
    if (part.flags & RST) this.reset = true;
    else if (part.flags & SYN) {
      this.#expected = (part.sequence + 1) >>> 0;
      this.#established = true;
      this.acknowledge();
    } else if (part.payload.length || part.flags & FIN) {
      if (part.sequence === this.#expected) {
        this.received.push(Buffer.from(part.payload));
        this.#expected = (this.#expected + part.payload.length + (part.flags & FIN ? 1 : 0)) >>> 0;
        if (part.flags & FIN) this.ended = true;
      }
      this.acknowledge();
    }
    this.#wake();
  }

  acknowledge(): void {
    this.#connection.receive(this.#segment({}));
  }

  send(payload: Buffer, flags = ACK): void {
    const segment = this.#segment({ flags, payload });
    this.#sequence += payload.length + (flags & FIN ? 1 : 0);
    this.#connection.receive(segment);
  }

  /** The same bytes again, as a guest does that saw no acknowledgement. */
  sendOld(payload: Buffer, backBytes: number): void {
    this.#connection.receive(this.#segment({ payload, sequence: this.#sequence - backBytes }));
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  established(): Promise<void> {
    return this.until(() => this.#established);
  }
}

describe("a guest's TCP connection", () => {
  let server: Server;
  let port: number;
  let serve: (socket: Socket) => void = () => {};
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      serve(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as { port: number }).port;
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it("carries both ways and ends when both sides have ended", async () => {
    serve = (socket) => socket.pipe(socket);
    const guest = new ScriptedGuest(port);
    await guest.established();
    guest.send(Buffer.from("hello "));
    guest.send(Buffer.from("there"), ACK | FIN);
    await guest.until(() => guest.ended && guest.over);
    expect(Buffer.concat(guest.received).toString()).toBe("hello there");
    expect(guest.reset).toBe(false);
  });

  it("takes bytes that come again once, and those out of order not at all until they come in order", async () => {
    const seen: Buffer[] = [];
    serve = (socket) => socket.on("data", (chunk) => seen.push(chunk)).on("end", () => socket.end());
    const guest = new ScriptedGuest(port);
    await guest.established();
    guest.send(Buffer.from("abc"));
    guest.sendOld(Buffer.from("abc"), 3);
    guest.sendOld(Buffer.from("later"), -10);
    guest.send(Buffer.from("def"), ACK | FIN);
    await guest.until(() => guest.over);
    expect(Buffer.concat(seen).toString()).toBe("abcdef");
  });

  it("sends a megabyte whole though one segment in fifty is lost, and the guest's window is small", async () => {
    const content = randomBytes(1_000_000);
    serve = (socket) => socket.end(content);
    const guest = new ScriptedGuest(port);
    guest.window = 20_000;
    guest.loses = (_part, count) => count % 50 === 0;
    await guest.established();
    await guest.until(() => guest.ended);
    const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
    expect(digest(Buffer.concat(guest.received))).toBe(digest(content));
  });

  it("is responded to again when the first response was lost", async () => {
    serve = (socket) => socket.end("x");
    const guest = new ScriptedGuest(port);
    guest.loses = (_part, count) => count === 1;
    await guest.until(() => guest.ended);
    expect(Buffer.concat(guest.received).toString()).toBe("x");
  });

  it("waits while the guest's window is closed, and goes on when it opens", async () => {
    serve = (socket) => socket.end(Buffer.alloc(50_000, 1));
    const guest = new ScriptedGuest(port);
    guest.window = 0;
    await guest.established();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(Buffer.concat(guest.received).length).toBeLessThan(2);
    guest.window = 60_000;
    guest.acknowledge();
    await guest.until(() => guest.ended);
    expect(Buffer.concat(guest.received).length).toBe(50_000);
  });

  it("is reset where nothing listens, and when the far end fails", async () => {
    await new Promise((resolve) => server.close(resolve));
    const refused = new ScriptedGuest(port);
    await refused.until(() => refused.reset);
    expect(refused.over).toBe(true);
    server = createServer((socket) => socket.resetAndDestroy());
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const failed = new ScriptedGuest(port);
    await failed.until(() => failed.reset);
  });
});
