/** Shares of limits, and who makes room when there are too many connections. */
import { type AddressInfo, connect, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { chooseToClose } from "../../../app/proxy/listen/caller-connections.ts";
import { parsePeers, peersOf } from "../../../app/proxy/listen/peers.ts";
import { Shares } from "../../../app/proxy/shares.ts";
import { skipUnless } from "../../support/skip.ts";

/** Takes as long as that is allowed. */
const fill = (shares: Shares, client: string): number => {
  while (shares.allows(client)) shares.take(client);
  return shares.of(client);
};

describe("a share", () => {
  it.each([
    [1, 1],
    [4, 4],
    [8, 7],
    [128, 97],
    [512, 385],
  ])("of %i is, for a client alone, %i", (limit, most) => {
    expect(fill(new Shares(limit), "a")).toBe(most);
  });

  it("is there for the next client, and shrinks as more come", () => {
    const shares = new Shares(128);
    fill(shares, "a");
    expect(fill(shares, "b")).toBeGreaterThan(20);
    expect(fill(shares, "c")).toBeGreaterThan(3);
    while (shares.of("a") > 40) shares.give("a");
    expect(shares.allows("b")).toBe(true);
    expect(shares.exhausted).toBe(false);
  });

  it("of bytes is taken by the piece", () => {
    const shares = new Shares(64_000);
    expect(shares.allows("a", 64_001)).toBe(false);
    shares.take("a", 40_000);
    expect(shares.allows("a", 8000)).toBe(true);
    expect(shares.allows("a", 10_000)).toBe(false);
    expect(shares.allows("b", 10_000)).toBe(true);
    shares.give("a", 40_000);
    expect(shares.taken).toBe(0);
  });
});

describe("connections that make room", () => {
  const of = (...peers: (number | undefined)[]) => peers.map((peer, at) => ({ peer, at }));
  const closed = (peers: (number | undefined)[], most: number) =>
    chooseToClose(of(...peers), ({ peer }) => peer, most).map(({ at }) => at);

  it("are the oldest of the user with the most", () => {
    expect(closed([2, 1, 1, 1, 1, 2], 4)).toEqual([1, 2]);
  });

  it("are the oldest of all where nobody knows whose they are", () => {
    expect(closed([undefined, undefined, undefined], 1)).toEqual([0, 1]);
  });

  it("are none while there is room", () => {
    expect(closed([1, 1, 2], 3)).toEqual([]);
  });

  it("leave no more than may stay", () => {
    expect(closed([1, 1, 1, 2, 2, 2, 3, 3, 3], 4).length).toBeGreaterThanOrEqual(5);
  });
});

describe("users behind connections", () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:2120 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0",
    "   1: 0100007F:D431 0100007F:2120 01 00000000:00000000 00:00000000 00000000  1001        0 2 1 0 20 4",
    "   2: 0100007F:2120 0100007F:D431 01 00000000:00000000 00:00000000 00000000   990        0 3 1 0 20 4",
    "   3: 0200007F:D431 0100007F:2120 01 00000000:00000000 00:00000000 00000000  1002        0 4 1 0 20 4",
    "   4: 0100007F:D432 0100007F:0050 01 00000000:00000000 00:00000000 00000000  1003        0 5 1 0 20 4",
  ].join("\n");
  const table6 =
    "   1: 0000000000000000FFFF00000100007F:D433 0000000000000000FFFF00000100007F:2120 01 0:0 0:0 0 1004 0 6\n" +
    "   2: 00000000000000000000000001000000:D434 00000000000000000000000001000000:2120 01 0:0 0:0 0 1005 0 7";

  it("are read from the kernel's tables, by address and port", () => {
    expect([...parsePeers(table, 0x2120)]).toEqual([
      ["127.0.0.1:54321", 1001],
      ["127.0.0.2:54321", 1002],
    ]);
    expect([...parsePeers(table6, 0x2120)]).toEqual([
      ["127.0.0.1:54323", 1004],
      ["::1:54324", 1005],
    ]);
  });

  skipUnless(process.platform === "linux", "sockets are read from Linux's /proc").it(
    "are told for a connection that is there",
    async () => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      const { port } = server.address() as AddressInfo;
      const socket = connect(port, "127.0.0.1");
      await new Promise((done) => socket.once("connect", done));
      const peers = await peersOf(port);
      expect(peers.get(`127.0.0.1:${socket.localPort}`)).toBe(process.getuid!());
      socket.destroy();
      server.close();
    },
  );
});
