/** The endpoints for callers: a socket and a token for each client, and the loopback port. @module */
import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { ProxySettings } from "../settings.ts";
import type { Entrance } from "./caller.ts";
import { stopAccepting } from "./listener.ts";
import { makePassable, uidOf } from "./ownership.ts";
import { listenAtDescriptor, listenAtPort, listenAtSocket } from "./sockets.ts";
import type { Tokens } from "./tokens.ts";

/** The parts that the endpoints need. */
export interface EndpointsOptions {
  settings: ProxySettings;
  tokens: Tokens;
  /** systemd's sockets by name. */
  activated: ReadonlyMap<string, number>;
  newListener(entrance: Entrance): Server;
  /** Notified of what could not be opened for one client; the others are not concerned. */
  failed(message: string): void;
}

interface Endpoint {
  server: Server;
  remove(): void;
}

/** The usual Host names at sockets; any other may be there, too. */
const SOCKET_HOSTS: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "keyless-proxy"]);
const BUSY_DEADLINE_MS = 30_000;
const ROTATION_CHECK_MS = 1000;
/** Interval at which clients' users are looked up: they may have come, gone, or become another. In ms. */
const USERS_CHECK_MS = 10_000;

/** Opens and closes entrances as clients come and go. */
export class Endpoints {
  readonly #options: EndpointsOptions;
  readonly #sockets = new Map<string, Endpoint>();
  /** The check's own socket for each client: it tries what the client may, and may not. */
  readonly #checks = new Map<string, Endpoint>();
  readonly #withToken = new Set<string>();
  #loopback: Server | undefined;
  #closing: Promise<void>[] = [];
  #names: readonly string[] = [];
  /** The user that each client's endpoints were opened for. */
  readonly #users = new Map<string, number | undefined>();
  /** The queue of openings and closings, one after the other. */
  #work: Promise<void> = Promise.resolve();
  readonly #rotation: NodeJS.Timeout;
  readonly #following: NodeJS.Timeout;

  constructor(options: EndpointsOptions) {
    this.#options = options;
    this.#rotation = setInterval(() => void this.#rotate(), ROTATION_CHECK_MS);
    this.#rotation.unref();
    this.#following = setInterval(() => void this.#next(() => this.#followUsers()), USERS_CHECK_MS);
    this.#following.unref();
  }

  /** Every server that callers are connected to. */
  get servers(): Server[] {
    const endpoints = [...this.#sockets.values(), ...this.#checks.values()];
    return endpoints.map((d) => d.server).concat(this.#loopback ?? []);
  }

  /** The loopback port's base URL; undefined when there is none. */
  get url(): string | undefined {
    const at = this.#loopback?.address() as AddressInfo | null | undefined;
    return at ? `http://${at.family === "IPv6" ? `[${at.address}]` : at.address}:${at.port}` : undefined;
  }

  /** Socket and token file of each client that has them. */
  get clients(): Record<string, { socket?: string; tokenFile?: string }> {
    const names = new Set([...this.#sockets.keys(), ...this.#withToken]);
    return Object.fromEntries(
      [...names].sort().map((name) => [
        name,
        {
          ...(this.#sockets.has(name) && { socket: this.#socketPath(name) }),
          ...(this.#withToken.has(name) && { tokenFile: this.#options.tokens.fileOf(name) }),
        },
      ]),
    );
  }

  get #hasLoopback(): boolean {
    return this.#options.settings.loopback !== false || this.#options.activated.has("http");
  }

  /**
   * Opens the loopback port, if there is to be one.
   * @throws Error naming it
   */
  async open(): Promise<void> {
    if (!this.#hasLoopback) return;
    const { settings, activated, newListener } = this.#options;
    const fd = activated.get("http");
    const hosts = new Set<string>();
    const server = newListener({ client: undefined, hosts });
    if (fd !== undefined) await listenAtDescriptor(server, fd);
    else if (settings.loopback) await listenAtPort(server, settings.loopback, BUSY_DEADLINE_MS);
    const { port } = server.address() as AddressInfo;
    for (const name of ["127.0.0.1", "localhost", "[::1]"]) {
      hosts.add(`${name}:${port}`);
      if (port === 80) hosts.add(name);
    }
    for (const name of settings.hosts) hosts.add(name.toLowerCase());
    this.#loopback = server;
  }

  /** Makes the clients that have an endpoint exactly these. */
  setClients(names: readonly string[]): Promise<void> {
    return this.#next(() => this.#openExactly(names));
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work);
    return this.#work;
  }

  async #openExactly(names: readonly string[]): Promise<void> {
    this.#names = names;
    for (const name of new Set([...this.#sockets.keys(), ...this.#withToken])) {
      if (!names.includes(name)) this.#closeFor(name);
    }
    for (const name of names) await this.#tryOpenFor(name);
  }

  async #tryOpenFor(name: string): Promise<void> {
    await this.#openFor(name).catch((error: Error) =>
      this.#options.failed(`client ${name}: ${error.message}; its socket and token are not there`),
    );
  }

  /**
   * Follows changes of clients' users: software may be installed, and its user made, after the proxy has
   * started.
   */
  async #followUsers(): Promise<void> {
    for (const name of this.#names) {
      const user = uidOf(this.#options.settings.users[name] ?? name);
      if (user === this.#users.get(name)) continue;
      this.#closeFor(name);
      await this.#tryOpenFor(name);
      this.#users.set(name, user);
    }
  }

  /** Stops accepting connections; those there are stay. Resolves when the last one is gone. */
  stopAccepting(): Promise<void> {
    clearInterval(this.#rotation);
    clearInterval(this.#following);
    const all = [...this.servers.map(stopAccepting), ...this.#closing];
    for (const { remove } of [...this.#sockets.values(), ...this.#checks.values()]) remove();
    this.#options.tokens.close();
    return Promise.all(all).then(() => undefined);
  }

  #socketPath(name: string): string {
    const { sockets } = this.#options.settings;
    return sockets ? join(sockets.dir, `${name}.sock`) : "";
  }

  /** The user a client runs as: the one in the settings, else the one of its name. */
  #uid(name: string): number | undefined {
    const named = this.#options.settings.users[name];
    const uid = uidOf(named ?? name);
    if (named !== undefined && uid === undefined) throw new Error(`there is no user ${named}`);
    return uid;
  }

  async #openFor(name: string): Promise<void> {
    const { settings, tokens } = this.#options;
    const uid = this.#uid(name);
    this.#users.set(name, uid);
    if (settings.sockets && !this.#sockets.has(name)) {
      const { dir } = settings.sockets;
      this.#sockets.set(name, await this.#socketFor(name, dir, uid, this.#options.activated.get(name)));
      this.#checks.set(name, await this.#socketFor(name, join(dir, "check"), uidOf(settings.checkUser)));
    }
    if (this.#hasLoopback && !this.#withToken.has(name)) {
      mkdirSync(settings.tokens.dir, { recursive: true, mode: 0o711 });
      await makePassable(settings.tokens.dir);
      await tokens.open(name, uid);
      this.#withToken.add(name);
    }
  }

  /** A socket that is one client's, for one user: systemd's where it has opened one. */
  async #socketFor(name: string, dir: string, uid: number | undefined, fd?: number): Promise<Endpoint> {
    const { newListener } = this.#options;
    const server = newListener({ client: name, hosts: SOCKET_HOSTS });
    if (fd !== undefined) {
      await listenAtDescriptor(server, fd);
      return { server, remove: () => undefined };
    }
    mkdirSync(dir, { recursive: true, mode: 0o711 });
    await makePassable(dir);
    return { server, remove: await listenAtSocket(server, join(dir, `${name}.sock`), uid) };
  }

  #closeFor(name: string): void {
    for (const endpoints of [this.#sockets, this.#checks]) {
      const endpoint = endpoints.get(name);
      if (!endpoint) continue;
      endpoint.remove();
      this.#closing.push(stopAccepting(endpoint.server));
      endpoint.server.closeIdleConnections();
      endpoints.delete(name);
    }
    this.#options.tokens.remove(name);
    this.#withToken.delete(name);
    this.#users.delete(name);
  }

  async #rotate(): Promise<void> {
    for (const name of this.#options.tokens.due()) {
      try {
        await this.#options.tokens.mint(name, this.#uid(name));
      } catch (error) {
        this.#options.failed(`client ${name}: its token could not be rotated: ${(error as Error).message}`);
      }
    }
  }
}
