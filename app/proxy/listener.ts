/** The servers that callers connect to. @module */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { printableJson } from "../printable.ts";
import type { Entrance } from "./caller.ts";
import { PROXY_ERRORS, ProxyError, type ProxyErrorCode } from "./errors.ts";
import type { ProxySettings } from "./settings.ts";

/** What a listener does with what comes in. */
export interface ListenerHandlers {
  /** One after the other on a connection: the next one when the answer before it is out. */
  request(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void;
  /** The answer to a request is out, or its caller is gone. */
  closed(): void;
  /** Something that is no request, or none that is proxied; it was answered already. */
  unreadable(code: ProxyErrorCode, detail: string): void;
}

const UNREADABLE: Readonly<Record<string, ProxyErrorCode>> = {
  HPE_HEADER_OVERFLOW: "HeadersTooLarge",
  ERR_HTTP_REQUEST_TIMEOUT: "RequestTimeout",
};

/** Answers on a bare socket and ends it. */
const answerRaw = (socket: Duplex, code: ProxyErrorCode, message: string): void => {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const status = PROXY_ERRORS[code];
  const body = printableJson({ code, message });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
};

/** A caller may send so many requests ahead of their answers. */
const MAX_AHEAD = 16;

interface Turn {
  request: IncomingMessage;
  response: ServerResponse;
  expectsContinue: boolean;
}

/**
 * Hands requests on one at a time on each connection. Node answers in order whatever happens, but an answer that
 * waits for the one before it takes memory, hears nothing of a caller who goes away, and never ends then.
 */
class Turns {
  readonly #handlers: ListenerHandlers;
  /** The request under way on each connection, and those behind it. */
  readonly #lines = new WeakMap<Duplex, Turn[]>();

  constructor(handlers: ListenerHandlers) {
    this.#handlers = handlers;
  }

  take(turn: Turn): void {
    const { socket } = turn.request;
    const line = this.#lines.get(socket);
    if (!line) {
      this.#lines.set(socket, [turn]);
      this.#start(turn, socket);
    } else if (line.length <= MAX_AHEAD) {
      line.push(turn);
    } else {
      socket.destroy();
      this.#handlers.unreadable("BadRequest", `more than ${MAX_AHEAD} requests ahead of their answers`);
    }
  }

  /**
   * The rest of a connection's bytes cannot be read. What is under way tells its caller: at once when it reads its
   * body, else when it is answered.
   * @returns false when nothing is under way
   */
  breakOff(socket: Duplex, detail: string): boolean {
    const turn = this.#lines.get(socket)?.[0];
    if (!turn) return false;
    turn.response.shouldKeepAlive = false;
    const error = new ProxyError("BadBody", `the body cannot be read (${detail})`);
    if (turn.request.listenerCount("error") > 0) turn.request.emit("error", error);
    return true;
  }

  #start({ request, response, expectsContinue }: Turn, socket: Duplex): void {
    response.once("close", () => {
      this.#handlers.closed();
      const line = this.#lines.get(socket)!;
      line.shift();
      if (line[0] && !socket.destroyed) this.#start(line[0], socket);
      else this.#lines.delete(socket);
    });
    this.#handlers.request(request, response, expectsContinue);
  }
}

/**
 * A server that does not listen yet. Strict parsing, duplicate and folded headers left visible to the handler,
 * one answer for everything that is no request.
 */
export const createListener = (settings: ProxySettings, handlers: ListenerHandlers): Server => {
  const { limits, timeouts } = settings;
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: timeouts.headersMs,
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(1000, timeouts.headersMs),
    keepAliveTimeout: timeouts.idleMs,
    requireHostHeader: false,
    insecureHTTPParser: false,
    noDelay: true,
  });
  server.maxConnections = limits.connections;
  server.maxHeadersCount = 0;
  const turns = new Turns(handlers);
  const take = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void => {
    // What comes behind a request that was answered and cut off is not looked at any more.
    if (!request.socket.writableEnded) turns.take({ request, response, expectsContinue });
  };
  server.on("request", (request, response) => take(request, response, false));
  server.on("checkContinue", (request, response) => take(request, response, true));
  // Another expectation: the handler reads the header and refuses.
  server.on("checkExpectation", (request, response) => take(request, response, false));
  server.on("connect", (_, socket) => {
    answerRaw(socket, "MethodNotSupported", "the proxy opens no tunnels");
    handlers.unreadable("MethodNotSupported", "CONNECT");
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET" || !(socket as Socket).readable) {
      socket.destroy();
      return;
    }
    const detail = error.code ?? error.message;
    if (turns.breakOff(socket, detail)) return;
    const code = UNREADABLE[detail] ?? "BadRequest";
    answerRaw(socket, code, `the request cannot be read (${detail})`);
    handlers.unreadable(code, detail);
  });
  server.setTimeout(timeouts.stallMs, (socket) => socket.destroy());
  return server;
};

/** The server's entrance is decided when it listens; requests find it here. */
export interface Listening {
  server: Server;
  entrance: Entrance;
}

/**
 * Stops accepting connections and leaves those there are alone: `http.Server.close` would also close idle ones,
 * and with them a request that is just on its way.
 */
export const stopAccepting = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
