/** The endpoints for callers: a socket and a token for each client, the loopback port, and what clients have beside. @module */
import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { ClientSettings } from "../../../document/client-settings.ts";
import { S3 } from "../../../document/s3.ts";
import { credentialsFile } from "../s3/signature/credentials-file.ts";
import type { ProxySettings } from "../settings.ts";
import { S3_PORT } from "./activation.ts";
import type { Entrance } from "./caller.ts";
import { stopAccepting } from "./listener.ts";
import { makePassable, uidOf } from "./ownership.ts";
import { ClientPorts } from "./ports.ts";
import { type Endpoint, ServiceSockets } from "./service-sockets.ts";
import { listenAtDescriptor, listenAtPort, listenAtSocket } from "./sockets.ts";
import type { Rotation, Tokens } from "./tokens.ts";

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

/** Where a client's software that speaks S3 finds the door and its keys. */
interface S3Endpoints {
  /** Base URL of the port. */
  endpoint?: string;
  /** The URL of the keys (`AWS_CONTAINER_CREDENTIALS_FULL_URI`), where the token is shown. */
  credentialsUrl?: string;
  /** A file of keys that are good as long as the token. */
  credentialsFile?: string;
  socket?: string;
}

/** What a client has: a socket and a token's file, and sockets of one service each by the service. */
export interface ClientEndpoints {
  socket?: string;
  tokenFile?: string;
  s3?: S3Endpoints;
  services?: Record<string, string>;
}

/** The usual Host names at sockets; any other may be there, too. */
const SOCKET_HOSTS: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "keyless-proxy"]);
const BUSY_DEADLINE_MS = 30_000;
/** Number of the ports at other addresses where there is no loopback port. */
const DEFAULT_PORT = 8480;
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
  readonly #services: ServiceSockets;
  readonly #ports: ClientPorts;
  #loopback: Server | undefined;
  #closing: Promise<void>[] = [];
  #clients: ReadonlyMap<string, ClientSettings> = new Map();
  /** The user that each client's endpoints were opened for. */
  readonly #users = new Map<string, number | undefined>();
  /** The queue of openings and closings, one after the other. */
  #work: Promise<void> = Promise.resolve();
  readonly #rotation: NodeJS.Timeout;
  readonly #following: NodeJS.Timeout;

  constructor(options: EndpointsOptions) {
    this.#options = options;
    const { settings, newListener, failed } = options;
    const own = settings.loopback || { address: "", port: DEFAULT_PORT };
    this.#services = new ServiceSockets({
      dir: settings.sockets ? settings.sockets.dir : undefined,
      open: (name, dir, uid, service) => this.#socketFor(name, dir, uid, undefined, service),
      close: (endpoint) => this.#close(endpoint),
    });
    const s3 = options.activated.get(S3_PORT);
    const held = new Map(s3 === undefined ? [] : [[S3, s3]]);
    this.#ports = new ClientPorts({ own, hosts: settings.hosts, held, newListener, failed });
    this.#rotation = setInterval(() => void this.#rotate(), ROTATION_CHECK_MS);
    this.#rotation.unref();
    this.#following = setInterval(() => void this.#next(() => this.#followUsers()), USERS_CHECK_MS);
    this.#following.unref();
  }

  /** Every server that callers are connected to. */
  get servers(): Server[] {
    return this.#endpoints.map((d) => d.server).concat(this.#loopback ?? [], this.#ports.servers);
  }

  get #endpoints(): Endpoint[] {
    return [...this.#sockets.values(), ...this.#checks.values(), ...this.#services.endpoints];
  }

  /** The loopback port's base URL; undefined when there is none. */
  get url(): string | undefined {
    const at = this.#loopback?.address() as AddressInfo | null | undefined;
    return at ? `http://${at.family === "IPv6" ? `[${at.address}]` : at.address}:${at.port}` : undefined;
  }

  /** The base URL of clients' ports for a service; undefined when there is none. */
  urlOf(service: string): string | undefined {
    return this.#ports.urlOf(service);
  }

  /** Socket and token file of each client that has them. */
  get clients(): Record<string, ClientEndpoints> {
    const names = new Set([...this.#sockets.keys(), ...this.#withToken]);
    return Object.fromEntries(
      [...names].sort().map((name) => [
        name,
        {
          ...(this.#sockets.has(name) && { socket: this.#socketPath(name) }),
          ...(this.#withToken.has(name) && { tokenFile: this.#options.tokens.fileOf(name) }),
          ...this.#s3Of(name),
          ...this.#services.of(name, S3),
        },
      ]),
    );
  }

  #s3Of(name: string): { s3?: S3Endpoints } {
    if (!this.#clients.get(name)?.listen?.some(({ service }) => service === S3)) return {};
    const { tokens } = this.#options;
    const endpoint = this.urlOf(S3);
    const socket = this.#services.of(name).services?.[S3];
    return {
      s3: {
        ...(endpoint && { endpoint }),
        ...(this.url && { credentialsUrl: `${this.url}/s3/credentials` }),
        ...(tokens.hasBeside(name) && { credentialsFile: tokens.besideOf(name) }),
        ...(socket && { socket }),
      },
    };
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

  /** Makes the clients that have an endpoint exactly these, with what their settings say now. */
  setClients(clients: ReadonlyMap<string, ClientSettings>): Promise<void> {
    return this.#next(() => this.#openExactly(clients));
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work);
    return this.#work;
  }

  async #openExactly(clients: ReadonlyMap<string, ClientSettings>): Promise<void> {
    this.#clients = clients;
    for (const name of new Set([...this.#sockets.keys(), ...this.#withToken])) {
      if (!clients.has(name)) this.#closeFor(name);
    }
    for (const name of clients.keys()) {
      if (this.#users.has(name) && this.#userOf(name) !== this.#users.get(name)) this.#closeFor(name);
      await this.#tryOpenFor(name);
    }
    await this.#ports.setClients(clients);
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
    await this.#ports.retry();
    for (const name of this.#clients.keys()) {
      const user = this.#userOf(name);
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
    const servers = this.#endpoints.map((d) => d.server).concat(this.#loopback ?? []);
    const all = [...servers.map(stopAccepting), this.#ports.stopAccepting(), ...this.#closing];
    for (const { remove } of this.#endpoints) remove();
    this.#options.tokens.close();
    return Promise.all(all).then(() => undefined);
  }

  #socketPath(name: string): string {
    const { sockets } = this.#options.settings;
    return sockets ? join(sockets.dir, `${name}.sock`) : "";
  }

  /** The user that the settings name for a client: those of the machine, else the client's own. */
  #named(name: string): string | undefined {
    return this.#options.settings.users[name] ?? this.#clients.get(name)?.user;
  }

  /** The user that a client runs as; undefined where there is none. */
  #userOf(name: string): number | undefined {
    return uidOf(this.#named(name) ?? name);
  }

  /** The user that a client runs as: the one in the settings, else the one of its name. */
  #uid(name: string): number | undefined {
    const named = this.#named(name);
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
    await this.#services.set(name, this.#clients.get(name) ?? {}, uid);
    tokens.setRotation(name, this.#rotationOf(name));
    if (this.#needsToken(name) && !this.#withToken.has(name)) {
      mkdirSync(settings.tokens.dir, { recursive: true, mode: 0o711 });
      await makePassable(settings.tokens.dir);
      await tokens.open(name, uid);
      this.#withToken.add(name);
    }
    await this.#writeKeys(name, uid);
  }

  /** Writes a client's keys of S3 for programs that read nothing but a file. */
  async #writeKeys(name: string, uid: number | undefined): Promise<void> {
    const { tokens } = this.#options;
    const digest = tokens.digestOf(name);
    const listen = this.#clients.get(name)?.listen ?? [];
    if (digest && listen.some(({ service }) => service === S3))
      await tokens.putBeside(name, uid, credentialsFile(digest));
  }

  #needsToken(name: string): boolean {
    const { listen = [] } = this.#clients.get(name) ?? {};
    return this.#hasLoopback || listen.some((one) => one.address !== undefined || one.port !== undefined);
  }

  #rotationOf(name: string): Rotation {
    const { tokens } = this.#options.settings;
    const { rotation, rotateS = tokens.rotateS, overlapS = tokens.overlapS } = this.#clients.get(name) ?? {};
    return {
      rotateMs: rotation === "never" ? Number.POSITIVE_INFINITY : rotateS * 1000,
      overlapMs: overlapS * 1000,
    };
  }

  /** A socket that is one client's, for one user: systemd's where it has opened one. */
  async #socketFor(
    name: string,
    dir: string,
    uid: number | undefined,
    fd?: number,
    service?: string,
  ): Promise<Endpoint> {
    const { newListener } = this.#options;
    const server = newListener({ client: name, service, hosts: SOCKET_HOSTS });
    if (fd !== undefined) {
      await listenAtDescriptor(server, fd);
      return { server, remove: () => undefined };
    }
    mkdirSync(dir, { recursive: true, mode: 0o711 });
    await makePassable(dir);
    return { server, remove: await listenAtSocket(server, join(dir, `${name}.sock`), uid) };
  }

  #close({ server, remove }: Endpoint): void {
    remove();
    this.#closing.push(stopAccepting(server));
    server.closeIdleConnections();
  }

  #closeFor(name: string): void {
    for (const endpoints of [this.#sockets, this.#checks]) {
      const endpoint = endpoints.get(name);
      if (!endpoint) continue;
      this.#close(endpoint);
      endpoints.delete(name);
    }
    this.#services.close(name);
    this.#options.tokens.remove(name);
    this.#withToken.delete(name);
    this.#users.delete(name);
  }

  async #rotate(): Promise<void> {
    for (const name of this.#options.tokens.due()) {
      try {
        await this.#options.tokens.mint(name, this.#uid(name));
        await this.#writeKeys(name, this.#uid(name));
      } catch (error) {
        this.#options.failed(`client ${name}: its token could not be rotated: ${(error as Error).message}`);
      }
    }
  }
}
