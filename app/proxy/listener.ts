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
import type { Entrance } from "./caller.ts";
import type { ProxyErrorCode } from "./errors.ts";
import { PROXY_ERRORS } from "./errors.ts";
import type { ProxySettings } from "./settings.ts";

/** What a listener does with what comes in. */
export interface ListenerHandlers {
  /** One after the other on a connection: the next one when the answer before it is out. */
  request(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void;
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
  const body = JSON.stringify({ code, message });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
};

/** A caller may send so many requests ahead of their answers. */
const MAX_AHEAD = 16;

/**
 * Hands requests on one at a time on each connection. Node answers in order whatever happens, but an answer that
 * waits for the one before it takes memory, hears nothing of a caller who goes away, and never ends then.
 */
const takeTurns = (handlers: ListenerHandlers): ListenerHandlers["request"] => {
  const ahead = new WeakMap<Duplex, (() => void)[]>();
  return (request, response, expectsContinue) => {
    const { socket } = request;
    const waiting = ahead.get(socket);
    const start = (): void => {
      response.once("close", () => {
        const next = socket.destroyed ? undefined : ahead.get(socket)?.shift();
        if (next) next();
        else ahead.delete(socket);
      });
      handlers.request(request, response, expectsContinue);
    };
    if (!waiting) {
      ahead.set(socket, []);
      start();
    } else if (waiting.length < MAX_AHEAD) {
      waiting.push(start);
    } else {
      socket.destroy();
      handlers.unreadable("BadRequest", `more than ${MAX_AHEAD} requests ahead of their answers`);
    }
  };
};

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
  const inTurn = takeTurns(handlers);
  const take = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void => {
    // What comes behind a request that was answered and cut off is not looked at any more.
    if (!request.socket.writableEnded) inTurn(request, response, expectsContinue);
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
    const code = UNREADABLE[error.code ?? ""] ?? "BadRequest";
    answerRaw(socket, code, `the request cannot be read (${error.code ?? error.message})`);
    handlers.unreadable(code, error.code ?? error.message);
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
