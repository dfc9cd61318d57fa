/** One request on its way: listener → caller → route → policy → sign → upstream. @module */
import type { IncomingMessage } from "node:http";
import { asksForSelf, decideEarly } from "../../document/rules/evaluate.ts";
import { refuseShadows, splitQuery } from "../../document/rules/query.ts";
import { S3 } from "../../document/s3.ts";
import { signsBody } from "../../oci/signature.ts";
import { admit, checkAudit, checkVersion } from "./admission.ts";
import type { AgentForm } from "./agents/form.ts";
import { agentForm } from "./agents/index.ts";
import { noPolicy, notGranted, unknownOperation } from "./authorise/refusal.ts";
import { routeAt, routeTo } from "./authorise/route.ts";
import { awaitIdentity, awaitSession } from "./awaiting.ts";
import type { ProxyCore } from "./core.ts";
import { NO_FORWARD_PROXY, PROXY_ERRORS, ProxyError, type ProxyErrorCode } from "./errors.ts";
import type { Authorised } from "./forward/authorised.ts";
import { forward } from "./forward/forward.ts";
import { forwardTranslated } from "./forward/translated.ts";
import { type Entrance, identify } from "./listen/caller.ts";
import type { Inbound } from "./listen/caller-connection.ts";
import { respondWithError } from "./listen/error-response.ts";
import { headersFor, readHeaders } from "./listen/headers.ts";
import { servicesAt } from "./listen/service-hosts.ts";
import { type AuditLine, namesForAudit, pathForAudit } from "./observe/audit.ts";
import { newLine, type Recorded, record } from "./recorded.ts";
import { asReported } from "./reported.ts";
import { credentialsFor, isForCredentials } from "./s3/credentials.ts";
import { CallerGone, ExchangeFailed } from "./upstream/failure.ts";

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);

/**
 * The peer of a line whose address is not known any more; only the loopback has callers that are not known.
 */
const SOME_PEER = "loopback";

/** Records an audit line for input that is no request. */
export const recordUnreadable = (
  core: ProxyCore,
  entrance: Entrance,
  code: ProxyErrorCode,
  detail: string,
): void => {
  const line = newLine(entrance.client);
  if (line.client === undefined) line.peer = SOME_PEER;
  record(core, { line: { ...line, status: PROXY_ERRORS[code].status, code, resource: { detail } } });
};

/** Adds the request and its peer to the line of a refusal. */
const describe = (line: AuditLine, { method, url, socket }: IncomingMessage): void => {
  if (line.client === undefined) line.peer = socket.remoteAddress ?? SOME_PEER;
  line.method = method!;
  line.path = pathForAudit(url!);
};

/** The endpoint for S3, once a request has come to it: most proxies have none. */
let s3: typeof import("./s3/index.ts") | undefined;

/** Runs a request to its end; never throws. One audit line comes of it, whatever happens. */
export const handle = async (
  core: ProxyCore,
  entrance: Entrance,
  one: Inbound,
  log: (message: string, error: unknown) => void,
): Promise<void> => {
  const { request, response } = one;
  const startedMs = performance.now();
  const line = newLine(entrance.client);
  const recorded: Recorded = { line };
  // The paths of an entrance for one service are that service's own.
  const form = entrance.service === undefined ? agentForm(request.url!) : undefined;
  // Not by a header of its own: beside one, Node keeps only the last of equal names in a response's head.
  if (core.draining) response.shouldKeepAlive = false;
  if (entrance.service === S3) s3 ??= await import("./s3/index.ts");
  const door = entrance.service === S3 ? s3 : undefined;
  try {
    await (door?.runS3 ?? run)(core, entrance, one, recorded, form);
  } catch (error) {
    const cause = error instanceof ExchangeFailed ? (error.cause as Error) : error;
    if (cause instanceof CallerGone) {
      line.decision = "failed";
      line.code = "CallerGone";
      if (response.headersSent) line.status = response.statusCode;
      response.destroy();
    } else {
      const reported = asReported(cause);
      if (reported.code === "Internal") log("a request failed inside the proxy", cause);
      line.code = reported.code;
      if (response.headersSent) {
        line.status = response.statusCode;
        response.destroy();
      } else {
        line.status = door?.statusOf(reported) ?? reported.status;
        (door?.respondWithS3Error ?? respondWithError)(request, response, reported, line.requestId, form);
      }
    }
  } finally {
    line.durationMs = Math.round((performance.now() - startedMs) * 1000) / 1000;
    if (line.decision === "refused") describe(line, request);
    record(core, recorded);
  }
};

/** Refuses a whole address as a forward proxy gets it, which says more than that its Host is another's. */
const refuseForwardProxy = (url: string): void => {
  if (url.startsWith("/") || !/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return;
  throw new ProxyError("BadTarget", `the request target is a whole address, and ${NO_FORWARD_PROXY}`);
};

const run = async (
  core: ProxyCore,
  entrance: Entrance,
  one: Inbound,
  recorded: Recorded,
  form: AgentForm | undefined,
): Promise<void> => {
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
  if (isForCredentials(request.url!)) return credentialsFor(core, client, one, line);
  if (!METHODS.has(method))
    throw new ProxyError("MethodNotSupported", `no operation has the method ${method}`);
  const policy = core.policy.clients.get(client);
  if (form && serviceHost === undefined && !policy) throw noPolicy(client, core.policy.unusable);
  // What is decided from here on is about the operation that is sent, not about what the agent wrote.
  const agent =
    policy && serviceHost === undefined
      ? form?.route({ client, method, url: request.url!, contentType: headers.contentType, policy })
      : undefined;
  const url = agent?.target ?? request.url!;
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
  // An agent's headers are about its own body.
  const { taken, left } = headersFor(match.operation, agent ? [] : headers.offered);
  if (left.length > 0) line.headersLeft = namesForAudit(left);
  const session = core.principal.current() ?? (await awaitSession(core, response));
  const space = core.audit.reserve(line, client);
  if (typeof space === "string") throw new ProxyError("AuditFailed", space, { "retry-after": "5" });
  recorded.space = space;
  const authorised: Authorised = {
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
    agent,
  };
  await (agent ? forwardTranslated(core, authorised, agent) : forward(core, authorised));
};
