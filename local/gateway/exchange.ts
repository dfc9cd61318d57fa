/**
 * One request from arrival to response: authenticate, find the operation, authorise, check If-Match and retry
 * token, run the handler, respond, note it for audit.
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { isServedAt } from "../../oci/hosts.ts";
import { matchOperation, type Operation, type OperationMatch } from "../../oci/operations/index.ts";
import { signsBody } from "../../oci/signature.ts";
import type { Cloud } from "../cloud.ts";
import { internalError, noOperation, notFound, ServiceError } from "../errors.ts";
import { checkIfMatch, etagOf } from "../etag.ts";
import type { Federation } from "../federation/x509.ts";
import type { Call, Caller, Reply, Service, Target } from "../service.ts";
import { tagTargets } from "../services/support/tags.ts";
import type { AuditEntry } from "../state/audit-log.ts";
import type { Region } from "../state/region.ts";
import type { State } from "../state/state.ts";
import type { JsonObject } from "../state/wire.ts";
import { aboutReply, aboutTarget } from "./audited.ts";
import { singleHeaders } from "./authenticate.ts";
import type { Authoriser } from "./authorise.ts";
import { drain, parseJson, readSignedBody, streamedBody } from "./body.ts";
import { type Interceptor, intercept } from "./interceptors.ts";
import { errorReply, idIn, requestIdOf, send } from "./reply.ts";
import type { RetryTokens } from "./retry-tokens.ts";
import { applyTagDefaults } from "./tag-defaults.ts";
import type { UnservedLog } from "./unserved-log.ts";

/** The listener that a request arrived at. */
export interface Arrived {
  /** The OCI host name that it was sent to, or that the listener stands for. */
  host: string;
  /** Services behind that host. */
  services: readonly string[];
  region: Region;
  /**
   * True for a plain listener: it stands for every host of its service, because a client can be given one
   * only.
   */
  plain?: boolean;
}

/** The parts of its local OCI that an exchange needs. */
export interface Gateway {
  cloud: Cloud;
  services: ReadonlyMap<string, Service>;
  /** Identifies the signer of a request, from its head. @throws ServiceError 401 */
  authenticate(request: IncomingMessage, bodySigned: boolean): Caller;
  federation: Federation;
  authoriser: Authoriser;
  retryTokens: RetryTokens;
  interceptors: readonly Interceptor[];
  /** Changes a response on its way out, for listeners that stand for a host without being it. */
  transform?: (reply: Reply) => Promise<Reply>;
  /** Called after each request: notes changes that take effect late. */
  observe(): void;
  /** Notified of a request for an operation that is not imitated. */
  unserved: UnservedLog;
  /** Takes reports of defects of the local OCI; they never go to clients. */
  log: (line: string) => void;
}

const pathOf = (target: string): string => target.split("?", 1)[0]!;

const queryOf = (target: string): URLSearchParams => {
  const at = target.indexOf("?");
  return new URLSearchParams(at < 0 ? "" : target.slice(at + 1));
};

const find = (arrived: Arrived, request: IncomingMessage): OperationMatch | undefined => {
  for (const service of arrived.services) {
    const found = matchOperation(service, request.method!, pathOf(request.url!));
    if (found && (arrived.plain || isServedAt(arrived.host, service, found.operation.name))) return found;
  }
  return undefined;
};

/** Adds the entity tag of the resource in a response, unless the handler has set one. */
const withEtag = (cloud: State, reply: Reply): Reply => {
  const resource = reply.headers?.["etag"] ? undefined : cloud.store.get(idIn(reply.body));
  return resource ? { ...reply, headers: { ...reply.headers, etag: etagOf(resource) } } : reply;
};

/** The handler's part of a request whose sender is known. */
const handle = async (
  gateway: Gateway,
  arrived: Arrived,
  request: IncomingMessage,
  match: OperationMatch | undefined,
  requestId: string,
  proceed: () => void,
  note: Partial<AuditEntry>,
): Promise<Reply> => {
  const { cloud } = gateway;
  const streams = match !== undefined && !match.operation.bodySigned && signsBody(request.method!);
  const caller = gateway.authenticate(request, !streams);
  note.caller = caller;
  const handler = match && gateway.services.get(match.operation.service)?.handlers[match.operation.name];
  if (!match || !handler) {
    gateway.unserved(arrived.services, match);
    throw noOperation();
  }
  const digest = singleHeaders(request)["x-content-sha256"];
  const reads = signsBody(request.method!) && !streams;
  if (reads) proceed();
  const body = reads ? await readSignedBody(request, digest) : Buffer.alloc(0);
  let parsed: JsonObject | undefined;
  const call: Call<string, Cloud> = {
    cloud,
    operation: match.operation,
    caller,
    region: arrived.region,
    host: arrived.host,
    params: match.params,
    query: queryOf(request.url!),
    headers: request.headers,
    body,
    ...(streams && { stream: streamedBody(request, digest) }),
    json: () => {
      parsed ??= parseJson(body);
      return parsed;
    },
    requestId,
  };
  const targets = [handler.target(call)].flat();
  const [first] = targets;
  Object.assign(note, aboutTarget(cloud, first));
  const about = cloud.store.get(first?.resource ?? "");
  gateway.authoriser.authorise(call, [...targets, ...tagTargets(call, about)]);
  const changed =
    (first?.resource && reads) || request.method === "DELETE"
      ? cloud.store.get(first?.resource ?? "")
      : undefined;
  if (changed) checkIfMatch(request.headers, etagOf(changed));
  if (streams) proceed();
  const reply = await gateway.retryTokens(call, async () => {
    applyTagDefaults(call);
    return handler.run(call);
  });
  Object.assign(note, aboutReply(cloud, request.method!, first, reply));
  return withEtag(cloud, reply);
};

const respond = async (
  gateway: Gateway,
  arrived: Arrived,
  request: IncomingMessage,
  requestId: string,
  proceed: () => void,
  note: Partial<AuditEntry>,
): Promise<Reply> => {
  const target = request.url!;
  const arrival = { surface: "api", host: arrived.host, method: request.method!, target } as const;
  const intercepted = await intercept(gateway.interceptors, arrival);
  if (intercepted) return intercepted;
  if (arrived.services.includes("auth") && pathOf(target) === "/v1/x509") {
    return gateway.federation(request, proceed);
  }
  if (request.headers.authorization === undefined) {
    for (const name of arrived.services) {
      const { cloud } = gateway;
      const { headers, method } = request;
      const { region, host } = arrived;
      const call = {
        cloud,
        region,
        host,
        method: method!,
        target,
        headers,
        stream: request,
        requestId,
        proceed,
        authorise: (caller: Caller, operation: Operation, target: Target) =>
          gateway.authoriser.authorise({ cloud, caller, region, operation }, [target]),
      };
      const reply = await gateway.services.get(name)?.anonymous?.(call);
      if (reply) return reply;
    }
  }
  const match = find(arrived, request);
  if (match) {
    note.operation = match.operation.name;
    note.service = match.operation.service;
  }
  return handle(gateway, arrived, request, match, requestId, proceed, note);
};

/**
 * Serves one request. Never throws; whatever a handler throws that is no response of OCI is a 500 without
 * detail.
 * @param continues true when the client waits for `100 Continue` before it sends the body
 */
export const serveExchange = async (
  gateway: Gateway,
  arrived: Arrived | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  continues: boolean,
): Promise<void> => {
  const { cloud } = gateway;
  const requestId = requestIdOf(request);
  const note: Partial<AuditEntry> = {};
  let continued = !continues;
  const proceed = (): void => {
    if (!continued) response.writeContinue();
    continued = true;
  };
  request.on("error", () => {});
  response.on("error", () => {});
  let reply: Reply;
  try {
    if (!arrived) throw notFound();
    reply = await respond(gateway, arrived, request, requestId, proceed, note);
    if (gateway.transform) reply = await gateway.transform(reply);
  } catch (error) {
    if (!(error instanceof ServiceError) && !request.destroyed) {
      gateway.log(
        `${request.method} ${pathOf(request.url!)} (${requestId}): ${error instanceof Error ? error.stack : error}`,
      );
    }
    const refusal = error instanceof ServiceError ? error : internalError();
    note.message = refusal.message;
    reply = errorReply(refusal);
  }
  gateway.observe();
  cloud.audit.add({
    ...note,
    timeMs: cloud.clock.now(),
    requestId,
    method: request.method!,
    path: pathOf(request.url!),
    status: reply.status ?? 200,
    region: (arrived?.region ?? cloud.regions[0]).id,
    ...(request.headers["user-agent"] && { userAgent: request.headers["user-agent"] }),
  });
  try {
    if (continued) await drain(request);
    await send(request, response, reply, requestId, cloud.clock);
  } catch (error) {
    gateway.log(`response of ${requestId}: ${error instanceof Error ? error.stack : error}`);
    response.destroy();
  }
};
