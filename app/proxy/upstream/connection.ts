/** One connection to a service: a request at a time. @module */
import type { OnReadOpts } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import type { TransportOptions } from "../../instance-principal/index.ts";
import type { Deadline } from "./deadline.ts";
import { coded } from "./failure.ts";
import { type ResponseEvents, ResponseParser } from "./response-parser.ts";

/** Events of one request on a connection. */
export interface ConnectionEvents extends ResponseEvents {
  /** Called when the socket takes more of the request's body again. */
  drained(): void;
  /** Called when the connection is gone before the response was whole. */
  failed(error: Error): void;
}

/** The owner of a connection, notified of its changes. */
export interface ConnectionOwner {
  /** Called when the connection may be used. */
  opened(connection: Connection): void;
  /**
   * Called when the connection may not be used, or not any more; with the reason when it was never opened.
   */
  closed(connection: Connection, failure?: Error): void;
}

/**
 * Longest time idle, in ms: shorter than services keep connections, so that one is seldom closed under a
 * request.
 */
const KEEP_ALIVE_MS = 20_000;
/** Margin subtracted from the time for which a service says that it keeps connections, in ms. */
const KEEP_ALIVE_MARGIN_MS = 1000;

/**
 * The read buffer of all connections: what is read is passed on before the next read begins, because the
 * callback of `onread` returns first.
 */
const ARRIVING = Buffer.allocUnsafeSlow(64 * 1024);

/** A connection's socket and the response that is being read from it. */
export class Connection {
  readonly #socket: TLSSocket;
  readonly #reader = new ResponseParser();
  readonly #deadline: Deadline;
  readonly #lateHead = (): void => this.destroy(coded("HEADERS_TIMEOUT", "no response"));
  readonly #lateBody = (): void => this.destroy(coded("BODY_TIMEOUT", "the response stopped"));
  readonly #rested = (): void => this.destroy();
  /** The client whose share it takes; undefined while no request uses it. */
  holder: string | undefined;
  #events: ConnectionEvents | undefined;
  #error: Error | undefined;

  /**
   * Opens one. The host's certificate is verified, whatever the environment says.
   * @param sessions TLS sessions by host: a second handshake is a short one
   */
  constructor(
    host: string,
    options: TransportOptions,
    sessions: Map<string, Buffer>,
    deadline: Deadline,
    owner: ConnectionOwner,
  ) {
    const { address, port } = options.connectTo ?? { address: host, port: 443 };
    const settings: ConnectionOptions & { onread: OnReadOpts } = {
      host: address,
      port,
      servername: host,
      ca: options.ca,
      rejectUnauthorized: true,
      ALPNProtocols: ["http/1.1"],
      session: sessions.get(host),
      onread: { buffer: ARRIVING, callback: (sizeBytes) => this.#arrived(sizeBytes) },
    };
    const socket = connect(settings);
    this.#socket = socket;
    this.#deadline = deadline;
    let secured = false;
    socket.setNoDelay(true);
    deadline.start(options.connectTimeoutMs ?? 5000, () =>
      socket.destroy(coded("CONNECT_TIMEOUT", "not connected in time")),
    );
    socket.once("secureConnect", () => {
      secured = true;
      deadline.stop();
      owner.opened(this);
    });
    socket.on("session", (session) => sessions.set(host, session));
    socket.on("drain", () => this.#events?.drained());
    socket.on("error", (error) => {
      this.#error ??= error;
    });
    socket.on("end", () => this.#ended());
    socket.on("close", () => {
      deadline.stop();
      const error = this.#error ?? coded("ECONNRESET", "other side closed");
      // What is wrong may be that it cannot be resumed.
      if (!secured) sessions.delete(host);
      owner.closed(this, secured ? undefined : error);
      const events = this.#events;
      this.#events = undefined;
      events?.failed(error);
    });
  }

  /** True when another request may be sent on it. */
  get usable(): boolean {
    return !this.#events && this.#socket.writable && !this.#socket.destroyed;
  }

  /**
   * Sends a request's head, and its body when that is here. No deadline runs until `expectHead` or
   * `expectBody`.
   */
  send(method: string, head: string, body: Buffer | null, events: ConnectionEvents): void {
    this.#deadline.hold();
    this.#events = events;
    this.#reader.expect(method, events);
    if (body === null || body.length === 0) {
      this.#socket.write(head, "latin1");
      return;
    }
    this.#socket.cork();
    this.#socket.write(head, "latin1");
    this.#socket.write(body);
    this.#socket.uncork();
  }

  /** Sends a piece of a body; false: wait for `drained`. */
  write(piece: Buffer): boolean {
    return this.#socket.write(piece);
  }

  /** Sets the deadline for the response's head, in ms. */
  expectHead(withinMs: number): void {
    this.#deadline.start(withinMs, this.#lateHead);
  }

  /** Sets the deadline between two pieces of the response's body, in ms. */
  expectBody(everyMs: number): void {
    this.#deadline.start(everyMs, this.#lateBody, true);
  }

  /**
   * Stops reading: the caller does not take what is here.
   * @param withinMs time that the caller has for that, in ms
   */
  pause(withinMs: number, stalled: () => void): void {
    this.#deadline.start(withinMs, stalled);
    this.#socket.pause();
  }

  /** Reads on; `everyMs` as for `expectBody`. */
  resume(everyMs: number): void {
    this.expectBody(everyMs);
    this.#socket.resume();
  }

  /** Ends the request; the connection is idle for as long as the service keeps it. */
  rest(keepAliveS: number | undefined): void {
    this.#events = undefined;
    const keptMs = keepAliveS === undefined ? KEEP_ALIVE_MS : keepAliveS * 1000 - KEEP_ALIVE_MARGIN_MS;
    if (keptMs <= 0) this.destroy();
    else this.#deadline.start(Math.min(KEEP_ALIVE_MS, keptMs), this.#rested);
  }

  /** Closes it. The request on it is notified of the error; without one it is over. */
  destroy(error?: Error): void {
    this.#error ??= error;
    if (!error) this.#events = undefined;
    this.#socket.destroy();
  }

  #arrived(sizeBytes: number): boolean {
    if (this.#socket.destroyed) return false;
    this.#deadline.arrived();
    try {
      this.#reader.feed(ARRIVING.subarray(0, sizeBytes));
    } catch (error) {
      this.destroy(error as Error);
    }
    return true;
  }

  #ended(): void {
    this.#reader.finish();
    this.#socket.destroy();
  }
}
