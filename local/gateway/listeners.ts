/** HTTP and TLS listeners on the loopback address, with the same limits everywhere. @module */
import {
  createServer as createHttp,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { SecureContext } from "node:tls";
import { newRequestId } from "./reply.ts";

/** Serves a request; `continues` when the client waits for `100 Continue`. */
export type Listener = (request: IncomingMessage, response: ServerResponse, continues: boolean) => void;

/** A listener's address, and its end. */
export interface Listening {
  port: number;
  server: Server;
  close(): Promise<void>;
}

/** Limits of the servers. Security tokens and their signatures make long Authorization headers. */
const OPTIONS = {
  maxHeaderSize: 64 * 1024,
  keepAliveTimeout: 65_000,
  headersTimeout: 30_000,
  // An object of 50 GiB takes its time.
  requestTimeout: 3_600_000,
};

const REFUSALS: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, "RequestHeaderFieldsTooLarge", "The request's header fields are too large."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "RequestTimeout", "The request did not arrive in time."],
};

/** Responds in OCI's form to what no HTTP parser takes, and ends the connection. */
const refuse = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const [status, code, message] = REFUSALS[error.code ?? ""] ?? [
    400,
    "CannotParseRequest",
    "The request is not well-formed HTTP.",
  ];
  const body = JSON.stringify({ code, message });
  socket.end(
    `HTTP/1.1 ${status} ${code}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nopc-request-id: ${newRequestId()}\r\nconnection: close\r\n\r\n${body}`,
  );
};

/**
 * Makes a server listen on the loopback address.
 * @param port 0 for any free one
 * @throws Error saying that the port is in use
 */
export const listenTo = async (server: Server, port: number): Promise<Listening> => {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
  });
  // The server listens on a port: its connections are sockets, its address has a port.
  server.on("clientError", (error, socket) => refuse(error, socket as Socket));
  server.maxRequestsPerSocket = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new PortInUse(port) : error),
    );
    server.listen(port, "127.0.0.1", () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};

/** Thrown when the port that was asked for is taken. */
class PortInUse extends Error {
  override name = "PortInUse";
  constructor(port: number) {
    super(`Port ${port} on 127.0.0.1 is in use. Choose another with --port, or stop what listens there.`);
  }
}

const attach = (server: Server, listener: Listener): Server => {
  server.on("request", (request, response) => listener(request, response, false));
  server.on("checkContinue", (request, response) => listener(request, response, true));
  server.on("checkExpectation", (_request, response) => response.writeHead(417).end());
  // An upgrade is not OCI's; the request is served as if it had not been asked for.
  return server;
};

/**
 * Listens for plain HTTP.
 * @param port 0 for any
 */
export const listenHttp = (listener: Listener, port = 0): Promise<Listening> =>
  listenTo(attach(createHttp(OPTIONS), listener), port);

/**
 * Listens for TLS, with a certificate for each name that a client asks for.
 * @param contexts rejects names that are not served: their handshake ends with `unrecognized_name`
 */
export const listenTls = async (
  listener: Listener,
  contexts: (host: string) => Promise<SecureContext>,
  port = 0,
): Promise<Listening> => {
  const server = createHttps({
    ...OPTIONS,
    ALPNProtocols: ["http/1.1"],
    SNICallback: (name, done) => {
      contexts(name).then(
        (context) => done(null, context),
        () => done(null),
      );
    },
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return listenTo(attach(server, listener), port);
};
