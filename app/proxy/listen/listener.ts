/** The servers that callers connect to. @module */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { printableJson } from "../../printable.ts";
import { NO_FORWARD_PROXY, PROXY_ERRORS, type ProxyErrorCode } from "../errors.ts";
import type { ProxySettings } from "../settings.ts";
import type { InboundEvents } from "./caller-connection.ts";
import { CallerConnections, type Connected } from "./caller-connections.ts";

const UNREADABLE: Readonly<Record<string, ProxyErrorCode>> = {
  HPE_HEADER_OVERFLOW: "HeadersTooLarge",
  ERR_HTTP_REQUEST_TIMEOUT: "RequestTimeout",
};

const UPGRADE = "upgrade";

/** The parts that a listener needs beside its settings. */
export interface ListenerOptions {
  /** The client that its connections belong to; undefined: each shows a token. */
  client: string | undefined;
  connected: Connected;
  /** Most connections of a client, where its settings say so. */
  connectionsOf(client: string): number | undefined;
  events: Omit<InboundEvents, "identified">;
  /** Notified of failures of the listener itself: no descriptor left for a connection, say. */
  failed(message: string): void;
}

/** Time within which a caller must take a short response before it is cut off, in ms. */
const RESPONSE_MS = 1000;

/** Sends a response on a bare socket and ends it. */
const endWith = (socket: Socket, status: string, type: string, body: string): void => {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const cut = setTimeout(() => socket.destroy(), RESPONSE_MS);
  socket.once("close", () => clearTimeout(cut));
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
};

const respondRaw = (socket: Socket, code: ProxyErrorCode, message: string): void => {
  const { status } = PROXY_ERRORS[code];
  endWith(socket, `${status} ${STATUS_CODES[status]}`, "application/json", printableJson({ code, message }));
};

/** The response to who speaks TLS, in clear text as other servers send it. */
const USE_HTTP = "This is plain HTTP, and the request is TLS: write http:// in place of https://\n";

/** True when what could not be read begins as TLS does, with a record of a handshake. */
const isTls = ({ rawPacket }: { rawPacket?: Buffer }): boolean =>
  rawPacket !== undefined && rawPacket[0] === 0x16 && rawPacket[1] === 0x03;

/**
 * True when a caller offers another protocol (`Upgrade: h2c` of Java's client). It is served as HTTP/1.1, and is the
 * last of its connection: Node drops what it has read behind it, and would read on in the middle of a request.
 */
const offersProtocol = ({ rawHeaders }: IncomingMessage): boolean => {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.length === UPGRADE.length && rawHeaders[i]!.toLowerCase() === UPGRADE) return true;
  }
  return false;
};

/**
 * Makes a server that does not listen yet. Strict parsing, duplicate and folded headers left visible to the
 * handler, one response for everything that is no request (request smuggling).
 */
export const createListener = (settings: ProxySettings, options: ListenerOptions): Server => {
  const { limits, timeouts } = settings;
  const { client, connected, connectionsOf, events } = options;
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
  server.maxHeadersCount = 0;
  const connections = new CallerConnections(
    { ...limits, credentialMs: timeouts.credentialMs, connectionsOf },
    client,
    connected,
    events,
  );
  const take = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void => {
    // What comes behind a request that got its response and was cut off is not looked at any more.
    if (request.socket.writableEnded) return;
    connections.of(request.socket)?.take(request, response, expectsContinue, offersProtocol(request));
  };
  server.on("connection", (socket: Socket) => connections.accept(socket));
  server.on("request", (request, response) => take(request, response, false));
  server.on("checkContinue", (request, response) => take(request, response, true));
  // Another expectation: the handler reads the header and refuses.
  server.on("checkExpectation", (request, response) => take(request, response, false));
  server.on("connect", (_, socket: Socket) => {
    // Nothing but its owner listens to this socket any more. Behind another request nothing is sent.
    const next = connections.of(socket)?.breakOff("CONNECT");
    if (next === "respond")
      respondRaw(socket, "MethodNotSupported", `the proxy opens no tunnels; ${NO_FORWARD_PROXY}`);
    else socket.destroy();
    events.unreadable("MethodNotSupported", "CONNECT");
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const detail = error.code ?? error.message;
    // A connection on which nothing was ever sent is no request: it is closed, and nothing is recorded.
    const isUnused = detail === "ERR_HTTP_REQUEST_TIMEOUT" && socket.bytesRead === 0;
    if (isUnused || error.code === "ECONNRESET" || !socket.readable) {
      socket.destroy();
      return;
    }
    if (connections.of(socket)?.breakOff(detail) !== "respond") return;
    if (isTls(error as { rawPacket?: Buffer })) {
      endWith(socket, "400 Bad Request", "text/plain", USE_HTTP);
      events.unreadable("BadRequest", "TLS");
      return;
    }
    const code = UNREADABLE[detail] ?? "BadRequest";
    respondRaw(socket, code, `the request cannot be read (${detail})`);
    events.unreadable(code, detail);
  });
  server.on("error", (error) => options.failed(`a listener failed: ${error.message}`));
  server.setTimeout(timeouts.stallMs, (socket) => socket.destroy());
  return server;
};

/**
 * Stops accepting connections and leaves those there are alone: `http.Server.close` would also close idle ones,
 * and with them a request that is just on its way.
 */
export const stopAccepting = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
