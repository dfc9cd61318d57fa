/** One request on its way: listener → caller → route → policy → sign → upstream. @module */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { AmbiguousRequest } from "../../document/rules/ambiguous.ts";
import { asksForSelf, decideEarly } from "../../document/rules/evaluate.ts";
import { refuseShadows, splitQuery } from "../../document/rules/query.ts";
import { signsBody } from "../../oci/signature.ts";
import { PrincipalError } from "../instance-principal/index.ts";
import { noPolicy, notGranted, unknownOperation } from "./authorise/refusal.ts";
import { routeAt, routeTo } from "./authorise/route.ts";
import { awaitIdentity, awaitSession } from "./awaiting.ts";
import type { ProxyCore } from "./core.ts";
import { NO_FORWARD_PROXY, PROXY_ERRORS, ProxyError, type ProxyErrorCode } from "./errors.ts";
import { forward } from "./forward/forward.ts";
import { putLogsBody } from "./jsonlines/put-logs.ts";
import { isForLogs, logsTarget } from "./jsonlines/target.ts";
import { type Entrance, identify } from "./listen/caller.ts";
import type { Inbound } from "./listen/caller-connection.ts";
import { respondWithError } from "./listen/error-response.ts";
import { headersFor, readHeaders } from "./listen/headers.ts";
import { servicesAt } from "./listen/service-hosts.ts";
import { type AuditLine, namesForAudit, pathForAudit } from "./observe/audit.ts";
import type { Reservation } from "./observe/audit-trail.ts";
import { CallerGone, ExchangeFailed } from "./upstream/failure.ts";

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);

/** Makes a request id as OCI writes them: 32 hexadecimal digits. */
const newRequestId = (): string => randomUUID().replaceAll("-", "").toUpperCase();

let nowMs = 0;
let nowText = "";
/** The time of day as ISO 8601; many requests share a millisecond, and writing it anew costs as much as routing. */
const now = (): string => {
  const ms = Date.now();
  if (ms !== nowMs) {
    nowMs = ms;
    nowText = new Date(ms).toISOString();
  }
  return nowText;
};

/**
 * The peer of a line whose address is not known any more; only the loopback has callers that are not known.
 */
const SOME_PEER = "loopback";

/** A request's audit line, and the space that is kept for it from before it is signed. */
interface Recorded {
  line: AuditLine;
  space?: Reservation;
}

/** Gives an audit line to the trail, and counts it. */
const record = (core: ProxyCore, { line, space }: Recorded): void => {
  core.audit.record(line, space);
  const { client = "unknown", service = "unknown", decision, status } = line;
  core.metrics.request({ client, service, decision, status }, line.durationMs);
};

const newLine = ({ client }: Entrance): AuditLine => ({
  time: now(),
  ...(client !== undefined && { client }),
  decision: "refused",
  status: 0,
  bytesIn: 0,
  bytesOut: 0,
  durationMs: 0,
  requestId: newRequestId(),
});

/** Records an audit line for input that is no request. */
export const recordUnreadable = (
  core: ProxyCore,
  entrance: Entrance,
  code: ProxyErrorCode,
  detail: string,
): void => {
  const line = newLine(entrance);
  if (line.client === undefined) line.peer = SOME_PEER;
  record(core, { line: { ...line, status: PROXY_ERRORS[code].status, code, resource: { detail } } });
};

/** Adds the request and its peer to the line of a refusal. */
const describe = (line: AuditLine, { method, url, socket }: IncomingMessage): void => {
  if (line.client === undefined) line.peer = socket.remoteAddress ?? SOME_PEER;
  line.method = method!;
  line.path = pathForAudit(url!);
};

/** Takes a client's share of the requests under way; the listener gives it back when the request has ended. */
const admit = (core: ProxyCore, one: Inbound, client: string): void => {
  const { requests } = core;
  one.connection.identified(client);
  const most = core.policy.settings.get(client)?.limits?.requests;
  if (most !== undefined && requests.of(client) >= most) {
    throw new ProxyError(
      "Overloaded",
      `${client} has ${requests.of(client)} requests under way, as many as limits.requests of its settings`,
      { "retry-after": "1" },
    );
  }
  if (!requests.allows(client)) {
    throw new ProxyError(
      "Overloaded",
      `${client} has ${requests.of(client)} requests under way; of ${requests.limit} at once ${requests.taken} are taken`,
      { "retry-after": "1" },
    );
  }
  if (one.response.destroyed) throw new CallerGone("the caller went away");
  requests.take(client);
  one.client = client;
};

const checkAudit = (core: ProxyCore): void => {
  if (core.audit.stopped) throw new ProxyError("AuditFailed", core.audit.stopped, { "retry-after": "5" });
};

/** Converts any error to the one that the caller gets; defects of the proxy show nothing of their inside. */
const asProxyError = (error: unknown): ProxyError => {
  if (error instanceof ProxyError) return error;
  if (error instanceof AmbiguousRequest) {
    return new ProxyError(error.part === "target" ? "BadTarget" : "BadBody", error.message);
  }
  if (error instanceof PrincipalError) {
    return new ProxyError("NoIdentity", error.message, { "retry-after": "5" });
  }
  return new ProxyError("Internal", "the proxy failed at this request");
};

/** Runs a request to its end; never throws. One audit line comes of it, whatever happens. */
export const handle = async (
  core: ProxyCore,
  entrance: Entrance,
  one: Inbound,
  log: (message: string, error: unknown) => void,
): Promise<void> => {
  const { request, response } = one;
  const startedMs = performance.now();
  const line = newLine(entrance);
  const recorded: Recorded = { line };
  // Not by a header of its own: beside one, Node keeps only the last of equal names in a response's head.
  if (core.draining) response.shouldKeepAlive = false;
  try {
    await run(core, entrance, one, recorded);
  } catch (error) {
    const cause = error instanceof ExchangeFailed ? (error.cause as Error) : error;
    if (cause instanceof CallerGone) {
      line.decision = "failed";
      line.code = "CallerGone";
      if (response.headersSent) line.status = response.statusCode;
      response.destroy();
    } else {
      const reported = asProxyError(cause);
      if (reported.code === "Internal") log("a request failed inside the proxy", cause);
      line.code = reported.code;
      if (response.headersSent) {
        line.status = response.statusCode;
        response.destroy();
      } else {
        line.status = reported.status;
        respondWithError(request, response, reported, line.requestId);
      }
    }
  } finally {
    line.durationMs = Math.round((performance.now() - startedMs) * 1000) / 1000;
    if (line.decision === "refused") describe(line, request);
    record(core, recorded);
  }
};

const checkVersion = (version: string, chunked: boolean): void => {
  if (version === "1.1" || (version === "1.0" && !chunked)) return;
  throw new ProxyError(
    "BadRequest",
    `the request says HTTP/${version}${chunked ? " and has chunks" : ""}; the proxy speaks HTTP/1.1`,
  );
};

/** Refuses a whole address as a forward proxy gets it, which says more than that its Host is another's. */
const refuseForwardProxy = (url: string): void => {
  if (url.startsWith("/") || !/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return;
  throw new ProxyError("BadTarget", `the request target is a whole address, and ${NO_FORWARD_PROXY}`);
};

const run = async (core: ProxyCore, entrance: Entrance, one: Inbound, recorded: Recorded): Promise<void> => {
  const { request, response, expectsContinue } = one;
  const { line } = recorded;
  checkAudit(core);
  const headers = readHeaders(request.rawHeaders);
  if (headers.requestId) line.requestId = headers.requestId;
  refuseForwardProxy(request.url!);
  const { client, serviceHost } = identify(headers, entrance, core.tokens, core.policy.settings);
  line.client = client;
  admit(core, one, client);
  const method = request.method!;
  checkVersion(request.httpVersion, headers.chunked);
  if (!METHODS.has(method))
    throw new ProxyError("MethodNotSupported", `no operation has the method ${method}`);
  const forLogs = serviceHost === undefined && entrance.service === undefined && isForLogs(request.url!);
  // What is decided from here on is about the operation that is sent, not about what the agent wrote.
  const policy = core.policy.clients.get(client);
  if (forLogs && !policy) throw noPolicy(client, core.policy.unusable);
  const url = forLogs ? logsTarget(client, method, request.url!, policy) : request.url!;
  const { target, match } =
    serviceHost === undefined
      ? routeTo(entrance.service, method, url)
      : routeAt(servicesAt(serviceHost, await awaitIdentity(core, response), entrance.service), method, url);
  line.service = target.service;
  const query = splitQuery(target.query);
  if (!match) throw unknownOperation(method, target);
  line.operation = match.operation.name;
  line.resource = match.params;
  refuseShadows(query, Object.keys(match.params));
  if (!policy) throw noPolicy(client, core.policy.unusable);
  if (!core.principal.identity && asksForSelf(policy, match)) await awaitSession(core, response);
  const decision = decideEarly(policy, match, {
    params: match.params,
    query,
    headers: headers.offered,
    plus: { path: target.path.includes("+"), query: target.query?.includes("+") ?? false },
    self: core.principal.identity?.instanceId,
  });
  const about = decision.about;
  if (about.length > 0) {
    line.resource = { ...match.params };
    for (const { name, value } of query) if (about.includes(name)) line.resource[name] = value;
  }
  if (decision.allowed === false)
    throw notGranted(client, match, query, decision.unmet, core.policy.namespace);
  if (!signsBody(method) && (headers.chunked || (headers.contentLength ?? 0) > 0)) {
    throw new ProxyError("BadBody", `${method} has no body`);
  }
  const { taken, left } = headersFor(match.operation, headers.offered);
  if (left.length > 0) line.headersLeft = namesForAudit(left);
  const session = core.principal.current() ?? (await awaitSession(core, response));
  const space = core.audit.reserve(line, client);
  if (typeof space === "string") throw new ProxyError("AuditFailed", space, { "retry-after": "5" });
  recorded.space = space;
  await forward(core, {
    request,
    socket: request.socket,
    response,
    headers,
    taken,
    client,
    target,
    match,
    query,
    decision,
    session,
    line,
    expectsContinue,
    translate: forLogs ? putLogsBody : undefined,
  });
};
