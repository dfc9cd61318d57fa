/** Health and metrics, at a listener of their own, so that no path of a service is shadowed. @module */
import { createServer, type Server } from "node:http";
import { isClockSane } from "../instance-principal/index.ts";
import { printableJson } from "../printable.ts";
import type { Core } from "./core.ts";

/** What is wrong, by name; empty when all is well. */
export const notReady = (core: Core, hasPolicy: boolean): Record<string, string> => {
  const status = core.principal.status();
  const problems: Record<string, string> = {};
  if (!status.ready) problems["token"] = status.lastError ?? "no token yet";
  if (!isClockSane(status.clockOffsetMs)) {
    problems["clock"] = `${Math.round((status.clockOffsetMs ?? 0) / 1000)} s off the auth service's`;
  }
  if (!hasPolicy) problems["document"] = "no usable allow rules yet";
  if (core.audit.failure) problems["audit"] = core.audit.failure;
  if (core.draining) problems["draining"] = "the proxy is ending";
  return problems;
};

/**
 * The admin server, not listening yet: `/startup` (listeners are open), `/live` (the process answers), `/ready`
 * (token fresh, clock sane, rules there, audit written), `/metrics`.
 */
export const createAdmin = (core: Core, state: { started: boolean; hasPolicy: boolean }): Server =>
  createServer({ headersTimeout: 5000, requestTimeout: 5000 }, async (request, response) => {
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
      json(ready ? 200 : 503, ready ? { ready } : { ready, problems });
    } else if (request.url === "/metrics") {
      send(200, core.metrics.registry.contentType, await core.metrics.registry.metrics());
    } else {
      json(404, { message: "there are /startup, /live, /ready and /metrics" });
    }
  });
