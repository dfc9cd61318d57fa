/**
 * The connections of one listener: how many there may be, and which one makes room for the next.
 *
 * At the loopback port a connection is nobody's until it shows a token. Such connections are few and
 * short-lived: past their limit the oldest of the user with the most of them is closed, so that a flood
 * closes the flooder's own.
 * @module
 */
import type { AddressInfo, Socket } from "node:net";
import { Shares } from "../shares.ts";
import { CallerConnection, type InboundEvents } from "./caller-connection.ts";
import { peersOf } from "./peers.ts";

/** Connections that are open at all listeners of a proxy. */
export class Connected {
  open = 0;
  /** Connections at the loopback port that have shown no token. */
  unauthenticated = 0;
  /** True when the loopback port can take no further connection because all that it has are busy. */
  exhausted = false;
}

/** Limits in number and time. */
export interface CallerLimits {
  /** Most connections open at once. */
  connections: number;
  /** Most of them that have shown no token. */
  unauthenticated: number;
  /** Time from the opening of a connection to a request with a client's token, in ms. */
  credentialMs: number;
  /** Most connections of one client, where its settings say so; asked each time, since they may change. */
  connectionsOf(client: string): number | undefined;
}

const SWEEP_MS = 500;
/** Factor by which the limit may be exceeded while the users of the connections are being looked up. */
const BURST = 4;

/**
 * Chooses which connections make room: the oldest of whoever has the most.
 * @param connections oldest first
 * @param peerOf the user of a connection; undefined when not known
 * @param most how many may stay
 */
export const chooseToClose = <T>(
  connections: readonly T[],
  peerOf: (connection: T) => number | undefined,
  most: number,
): T[] => {
  const byPeer = new Map<number | undefined, T[]>();
  for (const one of connections) {
    const peer = peerOf(one);
    const own = byPeer.get(peer);
    if (own) own.push(one);
    else byPeer.set(peer, [one]);
  }
  const groups = [...byPeer.values()].sort((a, b) => b.length - a.length);
  // All groups are cut to one height, the least that leaves room: no group below it loses anything.
  let excess = connections.length - most;
  let height = groups[0]?.length ?? 0;
  while (excess > 0 && height > 0) {
    const higher = groups.filter((g) => g.length >= height).length;
    excess -= higher;
    height -= 1;
  }
  return groups.flatMap((g) => g.slice(0, Math.max(0, g.length - height)));
};

/** Owns each connection of a listener from its first byte to its last. */
export class CallerConnections {
  readonly #limits: CallerLimits;
  readonly #events: InboundEvents;
  readonly #client: string | undefined;
  readonly #connected: Connected;
  readonly #shares: Shares;
  readonly #bySocket = new WeakMap<object, CallerConnection>();
  /** All open connections, oldest first. */
  readonly #open = new Set<CallerConnection>();
  /** Connections that have shown no token, oldest first. */
  readonly #unauthenticated = new Set<CallerConnection>();
  #sweeping: NodeJS.Timeout | undefined;
  #trimming = false;

  /** @param client the client that these connections belong to; undefined: each shows a token */
  constructor(
    limits: CallerLimits,
    client: string | undefined,
    connected: Connected,
    events: Omit<InboundEvents, "identified">,
  ) {
    this.#limits = limits;
    this.#client = client;
    this.#connected = connected;
    this.#shares = new Shares(limits.connections);
    this.#events = {
      ...events,
      identified: (connection, client) => this.#identified(connection, client),
    };
  }

  /** Takes a connection that was just accepted. */
  accept(socket: Socket): void {
    // Node's own listener goes when the connection is handed over (CONNECT): a reset would end the process.
    socket.on("error", () => socket.destroy());
    if (this.#open.size >= this.#most && !this.#makeRoom()) {
      if (this.#client === undefined) this.#connected.exhausted = true;
      socket.destroy();
      return;
    }
    const connection = new CallerConnection(socket, this.#client, this.#events);
    this.#bySocket.set(socket, connection);
    this.#open.add(connection);
    this.#connected.open += 1;
    socket.once("close", () => this.#closed(connection));
    if (this.#client === undefined) this.#await(connection);
  }

  /** Most connections of this listener: the proxy's limit, and its only client's where that is lower. */
  get #most(): number {
    const { connections, connectionsOf } = this.#limits;
    const own = this.#client === undefined ? undefined : connectionsOf(this.#client);
    return Math.min(connections, own ?? connections);
  }

  /** True when a client at a port may have one more connection. */
  #allows(client: string): boolean {
    const most = this.#limits.connectionsOf(client);
    return this.#shares.allows(client) && (most === undefined || this.#shares.of(client) < most);
  }

  /** The connection of a socket; undefined when it was not taken. */
  of(socket: object): CallerConnection | undefined {
    return this.#bySocket.get(socket);
  }

  #await(connection: CallerConnection): void {
    this.#unauthenticated.add(connection);
    this.#connected.unauthenticated += 1;
    this.#sweeping ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
    const { size } = this.#unauthenticated;
    if (size <= this.#limits.unauthenticated) return;
    if (size > BURST * this.#limits.unauthenticated) this.#close(this.#oldest(this.#unauthenticated)!);
    void this.#trim();
  }

  /** Takes a connection out of those that have shown no token. */
  #leave(connection: CallerConnection): void {
    if (!this.#unauthenticated.delete(connection)) return;
    this.#connected.unauthenticated -= 1;
    if (this.#unauthenticated.size > 0) return;
    clearInterval(this.#sweeping);
    this.#sweeping = undefined;
  }

  #identified(connection: CallerConnection, client: string): void {
    if (!this.#open.has(connection)) return;
    this.#leave(connection);
    if (connection.client !== undefined) this.#shares.give(connection.client);
    // A client that has more than its share closes one of its own; requests have limits of their own.
    if (!this.#allows(client)) this.#close(this.#oldest(this.#open, client));
    this.#shares.take(client);
    connection.client = client;
  }

  #closed(connection: CallerConnection): void {
    if (!this.#open.delete(connection)) return;
    this.#connected.open -= 1;
    if (this.#client === undefined) this.#connected.exhausted = false;
    this.#leave(connection);
    if (this.#client === undefined && connection.client !== undefined) this.#shares.give(connection.client);
  }

  /** Closes one, and counts it out at once: the next one is waiting. */
  #close(connection: CallerConnection | undefined): boolean {
    if (!connection) return false;
    connection.socket.destroy();
    this.#closed(connection);
    return true;
  }

  /** The oldest without a request under way. */
  #oldest(among: Iterable<CallerConnection>, client?: string): CallerConnection | undefined {
    for (const one of among) {
      if (one.idle && (client === undefined || one.client === client)) return one;
    }
    return undefined;
  }

  #makeRoom(): boolean {
    const [first] = this.#unauthenticated;
    return this.#close(this.#oldest(this.#unauthenticated) ?? first ?? this.#oldest(this.#open));
  }

  /** Closes the connections that have shown no token in time. */
  #sweep(): void {
    const beforeMs = performance.now() - this.#limits.credentialMs;
    for (const one of this.#unauthenticated) {
      if (one.openedMs > beforeMs) break;
      this.#close(one);
    }
  }

  /**
   * Closes the connections beyond the limit. Looking up their users also gives a new one the time to send its
   * request.
   */
  async #trim(): Promise<void> {
    if (this.#trimming) return;
    this.#trimming = true;
    const [one] = this.#unauthenticated;
    const port = (one?.socket.address() as AddressInfo | undefined)?.port ?? 0;
    const peers = await peersOf(port);
    this.#trimming = false;
    const peerOf = ({ socket }: CallerConnection): number | undefined =>
      peers.get(`${socket.remoteAddress?.replace(/^::ffff:/, "")}:${socket.remotePort}`);
    const tooMany = chooseToClose([...this.#unauthenticated], peerOf, this.#limits.unauthenticated);
    for (const connection of tooMany) this.#close(connection);
  }
}
