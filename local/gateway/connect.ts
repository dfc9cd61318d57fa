/**
 * The HTTP proxy that unmodified clients are pointed at: `CONNECT host:443` for the host names of OCI that are
 * served leads to the TLS listener, everything else is refused with a text that says why.
 * @module
 */
import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";

const refusal = (status: string, message: string): string => {
  const body = `${JSON.stringify({ code: "NotServed", message })}\n`;
  return `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
};

/**
 * A proxy on the loopback address.
 * @param serves true for a host name that is served
 * @param served the names that are served, for people
 * @param tls the listener that ends TLS
 */
export const connectProxy = (serves: (host: string) => boolean, served: string, tls: Server): Server => {
  const server = createServer((request, response) => {
    request.resume();
    const message = `This is a proxy for CONNECT requests to OCI's host names (${served}); ${request.method} requests are not served here.`;
    response.writeHead(403, { "content-type": "application/json", connection: "close" });
    response.end(`${JSON.stringify({ code: "NotServed", message })}\n`);
  });
  server.on("connect", (request, duplex, head) => {
    // The server listens on a port: its connections are sockets.
    const socket = duplex as Socket;
    socket.on("error", () => socket.destroy());
    const [, host, port] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(request.url ?? "") ?? [];
    if (!host || port !== "443" || !serves(host)) {
      const name = (request.url ?? "").replace(/[^\x21-\x7e]/g, "?").slice(0, 200);
      socket.end(
        // Most clients show the status line and not the body.
        refusal(
          `403 ${name} is not served by the local OCI; plugins and packages: fetch them in a shell without env.sh`,
          `The local OCI does not serve ${name}. It serves ${served}, on port 443. Providers' plugins and packages are fetched in a shell without env.sh, before: pulumi plugin install resource oci VERSION.`,
        ),
      );
      return;
    }
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    if (head.length) socket.unshift(head);
    tls.emit("connection", socket);
  });
  return server;
};
