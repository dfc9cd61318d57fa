/** One exchange with a service: the request goes out, the response comes back as it arrives. @module */
import type { Readable } from "node:stream";
import { ProxyError } from "../errors.ts";
import { returnedHeaders } from "../listen/headers.ts";
import type { Connection, ConnectionEvents } from "./connection.ts";
import type { Connections } from "./connections.ts";
import { CallerGone, coded, ExchangeFailed } from "./failure.ts";
import type { ResponseHead } from "./response-parser.ts";

/** A signed request. */
export interface UpstreamRequest {
  host: string;
  /** The client whose share of the host's connections it takes. */
  client: string;
  method: string;
  /** Path and query, byte for byte. */
  target: string;
  /** Names and values, alternating; `host` is among them. */
  headers: readonly string[];
  body: Buffer | Readable | null;
  /** Length of the body in bytes. */
  lengthBytes: number;
  /** Limit from the sent request to the start of the response, in ms. */
  headersTimeoutMs: number;
}

/** The outcome of an exchange. */
export interface ExchangeOutcome {
  status: number;
  bytesOut: number;
  /** The service's own opc-request-id. */
  upstreamRequestId: string | undefined;
  /** A 401 that was kept back: nothing of it has reached the caller yet. */
  held?: { headers: readonly string[]; body: Buffer };
}

/** What a response is handed to: the caller's own, or a part of the proxy that goes on with it. */
export interface ResponseSink {
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  readonly writableFinished: boolean;
  /** @param headers names and values, alternating */
  writeHead(status: number, headers: string[]): unknown;
  /** @returns false when it is full, until `drain` */
  write(piece: Buffer): boolean;
  end(): unknown;
  end(piece: Buffer): unknown;
  end(text: string, encoding: "latin1"): unknown;
  on(event: "close", listener: () => void): unknown;
  off(event: "close", listener: () => void): unknown;
  once(event: "drain", listener: () => void): unknown;
}

/** Options of an exchange. */
export interface ExchangeOptions {
  requestId: string;
  /** True when a 401 is kept back, so that the request can be tried again. */
  hold401: boolean;
  /** Time after which a caller that takes nothing of the response is cut off, in ms. */
  stallMs: number;
}

const MAX_HELD_BYTES = 64 * 1024;
/** Size up to which a body is sent in one piece with its head. */
const SMALL_BYTES = 16 * 1024;

const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The head as it is sent. */
const headOf = ({ method, target, headers }: UpstreamRequest): string => {
  let head = `${method} ${target} HTTP/1.1\r\n`;
  for (let i = 0; i < headers.length; i += 2) {
    const value = headers[i + 1]!;
    if (!FIELD_VALUE.test(value)) throw new ProxyError("BadHeader", `${headers[i]} has an unusual character`);
    head += `${headers[i]}: ${value}\r\n`;
  }
  return `${head}\r\n`;
};

const headerOf = (headers: readonly string[], name: string): string | undefined => {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) return headers[i + 1];
  return undefined;
};

const brokenOff = (): ProxyError => new ProxyError("BadBody", "the body is not as long as was said");

const tooLate = (): Error => coded("HEADERS_TIMEOUT", "no connection was free");

class Exchange implements ConnectionEvents {
  readonly #connections: Connections;
  readonly #request: UpstreamRequest;
  readonly #response: ResponseSink;
  readonly #options: ExchangeOptions;
  readonly #resolve: (outcome: ExchangeOutcome) => void;
  readonly #reject: (error: ExchangeFailed) => void;
  readonly #stream: Readable | undefined;
  readonly #head: string;
  readonly #outcome: ExchangeOutcome = { status: 0, bytesOut: 0, upstreamRequestId: undefined };
  #giveUp: (() => void) | undefined;
  /** The timer of the wait for a connection, as long as that for a response. */
  #waiting: NodeJS.Timeout | undefined;
  #connection: Connection | undefined;
  #sentBytes = 0;
  #keepAliveS: number | undefined;
  #lengthBytes: number | undefined;
  #held: Buffer[] | undefined;
  #heldBytes = 0;
  #blocked = false;
  #over = false;

  constructor(
    connections: Connections,
    request: UpstreamRequest,
    response: ResponseSink,
    options: ExchangeOptions,
    resolve: (outcome: ExchangeOutcome) => void,
    reject: (error: ExchangeFailed) => void,
  ) {
    this.#connections = connections;
    this.#request = request;
    this.#response = response;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#stream = request.body !== null && !Buffer.isBuffer(request.body) ? request.body : undefined;
    this.#head = headOf(request);
    response.on("close", this.#left);
    this.#stream?.on("error", this.#abort);
    // While the request was being signed, the body may have failed already.
    if (this.#stream?.destroyed) {
      this.#abort(this.#stream.errored ?? brokenOff());
      return;
    }
    const giveUp = connections.take(request.host, request.client, this.#send, this.#abort);
    if (this.#connection || this.#over) return;
    this.#giveUp = giveUp;
    this.#waiting = setTimeout(() => this.#abort(tooLate()), request.headersTimeoutMs);
  }

  head({ status, headers, lengthBytes, keepAliveS }: ResponseHead): void {
    this.#keepAliveS = keepAliveS;
    this.#lengthBytes = lengthBytes;
    this.#outcome.status = status;
    this.#outcome.upstreamRequestId = headerOf(headers, "opc-request-id");
    if (lengthBytes !== 0) this.#connection!.expectBody(this.#connections.bodyTimeoutMs);
    if (status === 401 && this.#options.hold401) {
      this.#held = [];
      this.#outcome.held = { headers, body: Buffer.alloc(0) };
      return;
    }
    this.#response.writeHead(status, returnedHeaders(headers, this.#options.requestId));
  }

  data(piece: Buffer): void {
    if (this.#over) return;
    if (this.#held) {
      this.#heldBytes += piece.length;
      if (this.#heldBytes <= MAX_HELD_BYTES) this.#held.push(Buffer.from(piece));
      return;
    }
    this.#outcome.bytesOut += piece.length;
    if (piece.length === this.#lengthBytes && piece.length <= SMALL_BYTES) {
      // Head and body of a small response go out as one string: one write in place of a gathered one.
      this.#response.end(piece.toString("latin1"), "latin1");
      return;
    }
    if (this.#response.write(Buffer.from(piece)) || this.#blocked) return;
    this.#blocked = true;
    this.#connection!.pause(this.#options.stallMs, this.#stalled);
    this.#response.once("drain", () => {
      this.#blocked = false;
      if (!this.#over) this.#connection!.resume(this.#connections.bodyTimeoutMs);
    });
  }

  end(clean: boolean): void {
    if (this.#over) return;
    const connection = this.#connection!;
    const isSent = this.#sentBytes === this.#request.lengthBytes;
    this.#settle();
    if (clean && isSent) {
      // All of the response was here before the caller had taken it.
      if (this.#blocked) connection.resume(this.#connections.bodyTimeoutMs);
      connection.rest(this.#keepAliveS);
      this.#connections.give(this.#request.host, connection);
    } else {
      connection.destroy();
    }
    if (this.#held) this.#outcome.held!.body = Buffer.concat(this.#held);
    else if (!this.#response.writableEnded) this.#response.end();
    this.#resolve(this.#outcome);
  }

  drained(): void {
    this.#stream?.resume();
  }

  failed(error: Error): void {
    this.#abort(error);
  }

  readonly #left = (): void => {
    if (!this.#response.writableFinished) this.#abort(new CallerGone("the caller went away"));
  };

  readonly #stalled = (): void => this.#abort(new CallerGone("the caller does not read its response"));

  readonly #abort = (error: Error): void => {
    if (this.#over) return;
    this.#settle();
    this.#giveUp?.();
    this.#connection?.destroy();
    this.#reject(new ExchangeFailed(error, this.#outcome.status !== 0, this.#outcome.bytesOut));
  };

  readonly #send = (connection: Connection): void => {
    clearTimeout(this.#waiting);
    this.#connection = connection;
    const { method, body, headersTimeoutMs } = this.#request;
    if (this.#stream) {
      connection.send(method, this.#head, null, this);
      this.#stream.on("data", this.#pass).on("end", this.#passed).on("close", this.#brokenOff);
    } else {
      const whole = body as Buffer | null;
      this.#sentBytes = whole?.length ?? 0;
      connection.send(method, this.#head, whole, this);
      connection.expectHead(headersTimeoutMs);
    }
  };

  readonly #pass = (piece: Buffer): void => {
    this.#sentBytes += piece.length;
    if (this.#sentBytes > this.#request.lengthBytes) this.#brokenOff();
    else if (!this.#connection!.write(piece)) this.#stream!.pause();
  };

  /** Starts the response's deadline when the body is sent: a long upload is no late response. */
  readonly #passed = (): void => {
    if (this.#sentBytes !== this.#request.lengthBytes) this.#brokenOff();
    else if (this.#outcome.status === 0) this.#connection!.expectHead(this.#request.headersTimeoutMs);
  };

  readonly #brokenOff = (): void => {
    if (this.#sentBytes === this.#request.lengthBytes) return;
    this.#abort(brokenOff());
  };

  #settle(): void {
    this.#over = true;
    clearTimeout(this.#waiting);
    this.#response.off("close", this.#left);
    const stream = this.#stream;
    if (!stream) return;
    stream.off("error", this.#abort).off("data", this.#pass).off("end", this.#passed);
    stream.off("close", this.#brokenOff).pause();
  }
}

/**
 * Sends a request and passes its response on, with back-pressure both ways. Redirects are not followed.
 * @returns when the response's last byte is handed to the caller's connection
 * @throws ExchangeFailed
 */
export const exchange = (
  connections: Connections,
  request: UpstreamRequest,
  response: ResponseSink,
  options: ExchangeOptions,
): Promise<ExchangeOutcome> =>
  new Promise((resolve, reject) => {
    if (response.destroyed) throw new ExchangeFailed(new CallerGone("the caller went away"), false, 0);
    try {
      new Exchange(connections, request, response, options, resolve, reject);
    } catch (error) {
      throw new ExchangeFailed(error as Error, false, 0);
    }
  });
