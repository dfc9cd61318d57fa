/** The connections to all hosts: kept for the next request, and never more than settings say. @module */
import type { TransportOptions } from "../../instance-principal/index.ts";
import { Shares } from "../shares.ts";
import { Connection } from "./connection.ts";
import { CoarseTimer } from "./deadline.ts";

/** A request that waits for a connection. */
interface Waiter {
  readonly client: string;
  ready(connection: Connection): void;
  failed(error: Error): void;
}

/** One host's connections. */
class Host {
  readonly #name: string;
  readonly #options: TransportOptions;
  readonly #sessions: Map<string, Buffer>;
  readonly #timer: CoarseTimer;
  readonly #all = new Set<Connection>();
  /** Idle connections. The one that was used last is used next: those that are not needed grow old. */
  readonly #idle: Connection[] = [];
  /** Clients' shares of the connections: of those in use, and of those that are waited for. */
  readonly #shares: Shares;
  /** Requests that wait for a connection and hold a share of it. */
  readonly #waiting = new Set<Waiter>();
  /** Requests that wait for their client's share, by client. */
  readonly #queued = new Map<string, Set<Waiter>>();
  /** Connections whose response has just ended. */
  readonly #responded: Connection[] = [];
  #opening = 0;

  constructor(name: string, options: TransportOptions, sessions: Map<string, Buffer>, timer: CoarseTimer) {
    this.#name = name;
    this.#options = options;
    this.#sessions = sessions;
    this.#timer = timer;
    this.#shares = new Shares(options.connectionsPerHost ?? 128);
  }

  take(waiter: Waiter): void {
    const { client } = waiter;
    if (this.#shares.allows(client)) {
      this.#shares.take(client);
      this.#admit(waiter);
      return;
    }
    const queued = this.#queued.get(client);
    if (queued) queued.add(waiter);
    else this.#queued.set(client, new Set([waiter]));
  }

  #admit(waiter: Waiter): void {
    for (let one = this.#idle.pop(); one; one = this.#idle.pop()) {
      if (!one.usable) continue;
      this.#lend(one, waiter);
      return;
    }
    this.#waiting.add(waiter);
    this.#openAsNeeded();
  }

  leave(waiter: Waiter): void {
    if (this.#waiting.delete(waiter)) this.#release(waiter.client);
    else this.#unqueue(waiter);
  }

  #unqueue(waiter: Waiter): void {
    const queued = this.#queued.get(waiter.client);
    if (queued?.delete(waiter) && queued.size === 0) this.#queued.delete(waiter.client);
  }

  #lend(connection: Connection, waiter: Waiter): void {
    connection.holder = waiter.client;
    waiter.ready(connection);
  }

  /** Gives a share back: of the clients that wait and may take one, the one with the least gets it. */
  #release(client: string): void {
    this.#shares.give(client);
    while (this.#queued.size > 0) {
      let next: string | undefined;
      for (const one of this.#queued.keys()) {
        if (!this.#shares.allows(one)) continue;
        if (next === undefined || this.#shares.of(one) < this.#shares.of(next)) next = one;
      }
      if (next === undefined) return;
      const [waiter] = this.#queued.get(next)!;
      this.#unqueue(waiter!);
      this.#shares.take(next);
      this.#admit(waiter!);
    }
  }

  #returned(connection: Connection): void {
    const { holder } = connection;
    connection.holder = undefined;
    if (holder !== undefined) this.#release(holder);
  }

  /**
   * Makes a connection usable again, a turn of the event loop later: what has arrived with the response and
   * does not belong to it would be taken for the next one (response desynchronisation), and services close
   * connections right behind a response.
   */
  give(connection: Connection): void {
    if (!connection.usable) return;
    this.#responded.push(connection);
    this.#returned(connection);
    if (this.#responded.length === 1) setImmediate(this.#offerResponded);
  }

  readonly #offerResponded = (): void => {
    for (const one of this.#responded) this.#offer(one);
    this.#responded.length = 0;
    this.#openAsNeeded();
  };

  #offer(connection: Connection): void {
    if (!connection.usable) return;
    const [waiter] = this.#waiting;
    if (!waiter) {
      this.#idle.push(connection);
      return;
    }
    this.#waiting.delete(waiter);
    this.#lend(connection, waiter);
  }

  destroy(): void {
    for (const one of this.#all) one.destroy();
  }

  #openAsNeeded(): void {
    const most = this.#options.connectionsPerHost ?? 128;
    while (this.#opening + this.#responded.length < this.#waiting.size && this.#all.size < most) this.#open();
  }

  #open(): void {
    this.#opening += 1;
    let isOpening = true;
    const settled = (): void => {
      if (isOpening) this.#opening -= 1;
      isOpening = false;
    };
    const connection = new Connection(this.#name, this.#options, this.#sessions, this.#timer.deadline(), {
      opened: (one) => {
        settled();
        one.rest(undefined);
        this.#offer(one);
      },
      closed: (one, failure) => {
        settled();
        this.#all.delete(one);
        const at = this.#idle.indexOf(one);
        if (at !== -1) this.#idle.splice(at, 1);
        const [waiter] = this.#waiting;
        if (failure && waiter) {
          this.#waiting.delete(waiter);
          this.#release(waiter.client);
          waiter.failed(failure);
        }
        this.#returned(one);
        this.#openAsNeeded();
      },
    });
    this.#all.add(connection);
  }
}

/** The connections of one proxy. */
export class Connections {
  readonly #options: TransportOptions;
  readonly #hosts = new Map<string, Host>();
  readonly #sessions = new Map<string, Buffer>();
  readonly #timer = new CoarseTimer();

  /** @param options how to connect, and how many connections a host gets */
  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** The limit between two pieces of a response, in ms. */
  get bodyTimeoutMs(): number {
    return this.#options.bodyTimeoutMs ?? 60_000;
  }

  /**
   * Asks for a connection to a host; it is there at once when one is idle and the client's share allows it.
   * @returns a function that withdraws the request
   */
  take(
    host: string,
    client: string,
    ready: (connection: Connection) => void,
    failed: (error: Error) => void,
  ): () => void {
    const one = this.#host(host);
    const waiter = { client, ready, failed };
    one.take(waiter);
    return () => one.leave(waiter);
  }

  /** Gives a connection back after a whole response. */
  give(host: string, connection: Connection): void {
    this.#host(host).give(connection);
  }

  /** Closes all of them. */
  destroy(): void {
    for (const host of this.#hosts.values()) host.destroy();
  }

  #host(name: string): Host {
    let host = this.#hosts.get(name);
    if (!host) {
      host = new Host(name, this.#options, this.#sessions, this.#timer);
      this.#hosts.set(name, host);
    }
    return host;
  }
}
