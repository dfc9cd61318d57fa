/** Health and metrics, at a listener of their own, so that no path of a service is shadowed. @module */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { isClockSane } from "../../instance-principal/index.ts";
import { printableJson } from "../../printable.ts";
import type { ProxyCore } from "../core.ts";

/** The problems that keep the proxy from being ready, by name; empty when all is well. */
export const notReady = (core: ProxyCore, hasPolicy: boolean): Record<string, string> => {
  const status = core.principal.status();
  const problems: Record<string, string> = {};
  if (!status.ready) problems["token"] = status.lastError ?? "no token yet";
  if (!isClockSane(status.clockOffsetMs)) {
    problems["clock"] = `${Math.round((status.clockOffsetMs ?? 0) / 1000)} s off the auth service's`;
  }
  if (!hasPolicy) problems["document"] = "no usable allow rules yet";
  if (core.audit.failure) problems["audit"] = core.audit.failure;
  if (core.shipFailure()) problems["auditLog"] = core.shipFailure()!;
  const { requests, connected, settings } = core;
  if (requests.exhausted) problems["requests"] = `all ${requests.limit} requests at once are under way`;
  if (connected.exhausted) {
    problems["connections"] = `all ${settings.limits.connections} connections of the loopback port are busy`;
  }
  if (core.draining) problems["draining"] = "the proxy is ending";
  return problems;
};

/** Most connections open at once; the next one closes the oldest. Each scraper of metrics has one. */
const MAX_CONNECTIONS = 512;
const TIMEOUT_MS = 5000;

/** Owns the server's connections: none can end the process, and there are never too many. */
const own = (server: Server): void => {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    socket.on("error", () => socket.destroy());
    const [oldest] = open;
    if (open.size >= MAX_CONNECTIONS) oldest!.destroy();
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.setTimeout(TIMEOUT_MS, (socket) => socket.destroy());
};

const respond = async (
  core: ProxyCore,
  state: { started: boolean; hasPolicy: boolean },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const send = (status: number, type: string, body: string): void => {
    response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
    response.end(request.method === "HEAD" ? undefined : body);
  };
  const json = (status: number, value: unknown): void =>
    send(status, "application/json", printableJson(value));
  const host = (request.headers.host ?? "").replace(/:\d+$/, "");
  if (request.headers.origin !== undefined || !["localhost", "127.0.0.1", "[::1]"].includes(host)) {
    json(403, { message: "ask at the loopback, from no browser" });
  } else if (request.method !== "GET" && request.method !== "HEAD") {
    json(405, { message: "only GET" });
  } else if (request.url === "/live") {
    json(200, { live: true });
  } else if (request.url === "/startup") {
    json(state.started ? 200 : 503, { started: state.started });
  } else if (request.url === "/ready") {
    const problems = notReady(core, state.hasPolicy);
    const ready = Object.keys(problems).length === 0;
    const unusable = Object.fromEntries(core.policy.unusable);
    const clients = core.policy.unusable.size > 0 && { unusable };
    json(ready ? 200 : 503, ready ? { ready, ...clients } : { ready, problems, ...clients });
  } else if (request.url === "/metrics") {
    send(200, core.metrics.registry.contentType, await core.metrics.registry.metrics());
  } else {
    json(404, { message: "there are /startup, /live, /ready and /metrics" });
  }
};

/**
 * The admin server, not listening yet: `/startup` (listeners are open), `/live` (the process responds),
 * `/ready` (token fresh, clock sane, rules there, audit written and shipped, room for a request), `/metrics`.
 * @param failed notified of failures of the listener and of its requests
 */
export const createAdmin = (
  core: ProxyCore,
  state: { started: boolean; hasPolicy: boolean },
  failed: (message: string) => void,
): Server => {
  const limits = { headersTimeout: TIMEOUT_MS, requestTimeout: TIMEOUT_MS };
  const server = createServer(limits, (request, response) => {
    response.on("error", () => response.destroy());
    respond(core, state, request, response).catch((error: Error) => {
      failed(`a response of the admin listener failed: ${error.message}`);
      response.destroy();
    });
  });
  own(server);
  server.on("error", (error) => failed(`the admin listener failed: ${error.message}`));
  return server;
};
