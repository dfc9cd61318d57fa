/** What lies between a client and a service: it passes bytes on, later or not at all. @module */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A port on the loopback that leads to another. */
export interface Relay {
  port: number;
  /** Keeps what the service sends, its end too, until what is returned is called: then all of it arrives together. */
  hold(): () => void;
  /** Breaks a connection off for the first bytes that its client sends. */
  refuses: ((first: Buffer) => boolean) | undefined;
  close(): void;
}

/** Opens one. */
export const startWay = async (servicePort: number): Promise<Relay> => {
  const flushes = new Set<() => void>();
  let holds = false;
  const pass = (client: Socket, first: Buffer): void => {
    const service = connect(servicePort, "127.0.0.1");
    let kept: Buffer[] = [];
    let ended = false;
    const flush = (): void => {
      const all = Buffer.concat(kept);
      kept = [];
      if (ended) client.end(all);
      else if (all.length > 0) client.write(all);
    };
    flushes.add(flush);
    const flushUnlessHeld = (): void => {
      if (!holds) flush();
    };
    service.on("data", (piece) => {
      kept.push(piece);
      flushUnlessHeld();
    });
    service
      .on("error", () => undefined)
      .on("close", () => {
        ended = true;
        flushUnlessHeld();
      });
    client.on("close", () => {
      flushes.delete(flush);
      service.destroy();
    });
    service.write(first);
    client.pipe(service);
  };
  const server = createServer((client) => {
    client.on("error", () => undefined);
    client.once("data", (first) => {
      if (way.refuses?.(first)) client.destroy();
      else pass(client, first);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const way: Relay = {
    port: (server.address() as AddressInfo).port,
    hold: () => {
      holds = true;
      return () => {
        holds = false;
        for (const flush of flushes) flush();
      };
    },
    refuses: undefined,
    close: () => server.close(),
  };
  return way;
};
