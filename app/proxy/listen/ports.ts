/** Ports that clients have beside the proxy's own: for containers on a bridge, or for one service. @module */
import type { Server } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type ClientSettings, isLoopback, type Listen } from "../../../document/client-settings.ts";
import type { Entrance } from "./caller.ts";
import { stopAccepting } from "./listener.ts";
import { listenAtDescriptor, listenAtPort } from "./sockets.ts";

/** The parts that the ports need. */
export interface PortsOptions {
  /** The proxy's own port: its number is the default, and its address is taken. */
  own: { address: string; port: number };
  /** Host names of the proxy's settings. */
  hosts: readonly string[];
  /** Ports that systemd has opened for one service each, by the service: callers wait there while the proxy starts again. */
  held: ReadonlyMap<string, number>;
  newListener(entrance: Entrance): Server;
  failed(message: string): void;
}

/** A port that is wanted, and the clients whose tokens it takes. */
interface Wanted {
  address: string;
  port: number;
  service: string | undefined;
  clients: Set<string>;
  /** The descriptor of a port that systemd has opened. */
  fd?: number;
}

interface Opened {
  service: string | undefined;
  clients: Set<string>;
  server: Server;
  listening: boolean;
}

/** Time for which a port that another proxy still has is waited for, in ms. */
const BUSY_DEADLINE_MS = 30_000;
/** Time that opening may take before others go on, in ms. */
const OPENING_DEADLINE_MS = 200;

const hostsOf = ({ address, port }: Wanted, further: readonly string[]): ReadonlySet<string> => {
  const names = [isIPv6(address) ? `[${address}]` : address, ...(isLoopback(address) ? ["localhost"] : [])];
  return new Set([
    ...names.map((name) => `${name}:${port}`),
    ...(port === 80 ? names : []),
    ...further.map((name) => name.toLowerCase()),
  ]);
};

/** Opens and closes ports as clients come, go and change. */
export class ClientPorts {
  readonly #options: PortsOptions;
  /** Open ports by `<address> <port>`. */
  readonly #opened = new Map<string, Opened>();
  #clients: ReadonlyMap<string, ClientSettings> = new Map();
  /** What was said last of each port that could not be opened: it is tried again, and said once. */
  readonly #said = new Map<string, string>();
  #closed: Promise<void>[] = [];

  constructor(options: PortsOptions) {
    this.#options = options;
  }

  get servers(): Server[] {
    return [...this.#opened.values()].map((one) => one.server);
  }

  /** The base URL of the first port that is for a service; undefined when there is none. */
  urlOf(service: string): string | undefined {
    for (const one of this.#opened.values()) {
      const at =
        one.service === service && one.listening ? (one.server.address() as AddressInfo | null) : null;
      if (at) return `http://${at.family === "IPv6" ? `[${at.address}]` : at.address}:${at.port}`;
    }
    return undefined;
  }

  /** Makes the open ports exactly those of these clients. */
  async setClients(clients: ReadonlyMap<string, ClientSettings>): Promise<void> {
    this.#clients = clients;
    await this.retry();
  }

  /** Opens what could not be opened before: a bridge may come up after the proxy. */
  async retry(): Promise<void> {
    const wanted = this.#wanted();
    for (const [key, one] of this.#opened) {
      const still = wanted.get(key);
      if (still && still.service === one.service) {
        // The entrance has this very set.
        one.clients.clear();
        for (const client of still.clients) one.clients.add(client);
      } else this.#close(key, one);
    }
    for (const [key, one] of wanted) if (!this.#opened.has(key)) await this.#open(key, one);
  }

  /** Stops accepting connections. Resolves when the last one is gone. */
  stopAccepting(): Promise<void> {
    this.#clients = new Map();
    for (const [key, one] of this.#opened) this.#close(key, one, false);
    return Promise.all(this.#closed).then(() => undefined);
  }

  #wanted(): Map<string, Wanted> {
    const wanted = new Map<string, Wanted>();
    // Its number is systemd's. It is open whoever uses it: nobody else takes the callers that wait there.
    for (const [service, fd] of this.#options.held)
      wanted.set(`held ${service}`, {
        address: "127.0.0.1",
        port: 0,
        service,
        clients: this.#of(service),
        fd,
      });
    for (const [client, { listen = [] }] of this.#clients) {
      for (const entry of listen) this.#add(wanted, client, entry);
    }
    return wanted;
  }

  /** The clients that have an entrance for a service. */
  #of(service: string): Set<string> {
    const all = [...this.#clients].filter(([, { listen = [] }]) =>
      listen.some((one) => one.service === service),
    );
    return new Set(all.map(([client]) => client));
  }

  #add(wanted: Map<string, Wanted>, client: string, { address = "127.0.0.1", port, service }: Listen): void {
    const { own } = this.#options;
    // A service alone is a socket's.
    if (port === undefined && isLoopback(address)) return;
    const at = { address, port: port ?? own.port };
    const key = `${at.address} ${at.port}`;
    const known = wanted.get(key);
    if (known?.service === service || known === undefined) {
      // Port 0 is any that is free.
      if (at.address === own.address && at.port === own.port && at.port !== 0)
        this.#say(key, `${client}: ${at.address} port ${at.port} is the proxy's own`);
      else if (known) known.clients.add(client);
      else wanted.set(key, { ...at, service, clients: new Set([client]) });
      return;
    }
    this.#say(
      `${key} ${client}`,
      `client ${client}: ${at.address} port ${at.port} is for ${known.service ?? "every service"} already, and cannot be for ${service ?? "every service"} too`,
    );
  }

  #say(key: string, message: string): void {
    if (this.#said.get(key) !== message) this.#options.failed(message);
    this.#said.set(key, message);
  }

  async #open(key: string, wanted: Wanted): Promise<void> {
    const { clients, service, fd } = wanted;
    const server = this.#options.newListener({
      client: undefined,
      service,
      only: clients,
      hosts: hostsOf(wanted, this.#options.hosts),
    });
    const one: Opened = { service, clients, server, listening: false };
    this.#opened.set(key, one);
    const listening =
      fd === undefined ? listenAtPort(server, wanted, BUSY_DEADLINE_MS) : listenAtDescriptor(server, fd);
    const opening = listening.then(
      () => {
        one.listening = true;
        this.#said.delete(key);
        // It was given up meanwhile.
        if (this.#opened.get(key) !== one) this.#closed.push(stopAccepting(server));
      },
      (error: Error) => {
        if (this.#opened.get(key) === one) this.#opened.delete(key);
        this.#say(key, `${[...clients].join(", ")}: ${error.message}`);
      },
    );
    await Promise.race([opening, delay(OPENING_DEADLINE_MS, undefined, { ref: false })]);
  }

  #close(key: string, { server, listening }: Opened, cut = true): void {
    this.#opened.delete(key);
    if (!listening) return;
    this.#closed.push(stopAccepting(server));
    if (cut) server.closeIdleConnections();
  }
}
