import type { Readable } from "node:stream";
import { decideLate, type EarlyDecision, type LateDecision } from "../../../document/rules/evaluate.ts";
import { ownHostOf } from "../../../oci/hosts.ts";
import type { Session, UnsignedRequest } from "../../instance-principal/index.ts";
import { notGranted } from "../authorise/refusal.ts";
import { serviceHost } from "../authorise/route.ts";
import type { ProxyCore } from "../core.ts";
import { ProxyError } from "../errors.ts";
import { cutLater } from "../listen/error-response.ts";
import { returnedHeaders, withHeaders, withLength } from "../listen/headers.ts";
import { type ExchangeOutcome, exchange } from "../upstream/exchange.ts";
import { CallerGone, ExchangeFailed, isBroken, upstreamError } from "../upstream/failure.ts";
import type { Authorised } from "./authorised.ts";
import { decodedWithin, EMPTY, type Prepared, prepare } from "./prepare.ts";

const isStream = (body: Prepared["body"]): body is Readable => body !== null && !Buffer.isBuffer(body);

/** Signs with a session and sends. */
const send = async (
  core: ProxyCore,
  one: Authorised,
  prepared: Prepared,
  host: string,
  session: Session,
  last: boolean,
): Promise<ExchangeOutcome> => {
  const { line, match, target } = one;
  const date = core.signer.date();
  const { method, bodySigned } = match.operation;
  const unsigned: UnsignedRequest = { method, host, target: target.forwarded, date, body: prepared.signed };
  const authorization = await core.signer.sign(session, unsigned, bodySigned);
  line.decision = "allowed";
  // Of another protocol's headers none is about the body that is sent.
  const headers = (one.translate ? [] : one.headers.forwarded).concat(
    one.taken,
    prepared.headers,
    "host",
    host,
    "x-date",
    date,
    "authorization",
    authorization,
    "opc-request-id",
    line.requestId,
  );
  const { body } = prepared;
  const lengthBytes = isStream(body) ? one.headers.contentLength! : (body?.length ?? 0);
  const { headersMs: headersTimeoutMs } = core.settings.upstream;
  try {
    return await exchange(
      core.connections,
      {
        host,
        client: one.client,
        method,
        target: target.forwarded,
        headers,
        body,
        lengthBytes,
        headersTimeoutMs,
      },
      one.response,
      {
        requestId: line.requestId,
        hold401: !last && !isStream(body),
        stallMs: core.settings.timeouts.stallMs,
      },
    );
  } catch (error) {
    throw failed(error as ExchangeFailed, host, one);
  }
};

/**
 * Names the failure of an exchange; a caller that went away and an error of the body are left as they are.
 */
const failed = (error: ExchangeFailed, host: string, { line }: Authorised): Error => {
  line.decision = "failed";
  line.bytesOut = error.bytesOut;
  const cause = error.cause as Error;
  if (cause instanceof CallerGone || cause instanceof ProxyError) return error;
  return new ExchangeFailed(upstreamError(host, cause), error.responded, error.bytesOut, isBroken(cause));
};

/**
 * True when a request may be sent again after the service closed the connection just then: one that only
 * reads, or bears a retry token. A body that was streamed is gone.
 */
const mayRepeat = (error: unknown, { match, headers }: Authorised, { body }: Prepared): boolean =>
  error instanceof ExchangeFailed &&
  error.broken &&
  !isStream(body) &&
  (match.operation.method === "GET" ||
    match.operation.method === "HEAD" ||
    (match.operation.retryToken === true && headers.retryToken !== undefined));

/** Most tries of a request: idle connections that a service closes are often closed together. */
const MAX_TRIES = 3;

const sendRepeatably = async (
  core: ProxyCore,
  one: Authorised,
  prepared: Prepared,
  host: string,
): Promise<ExchangeOutcome> => {
  let first: ExchangeOutcome | undefined;
  for (let tries = 1; !first; tries += 1) {
    try {
      first = await send(core, one, prepared, host, one.session, false);
    } catch (error) {
      if (tries === MAX_TRIES || !mayRepeat(error, one, prepared)) throw error;
    }
  }
  if (first.status !== 401) return first;
  const newer = core.principal.afterRefusal(one.session.generation);
  if (!first.held) {
    newer.catch(() => undefined);
    return first;
  }
  const session = await newer;
  if (session) return send(core, one, prepared, host, session, true);
  const { headers, body } = first.held;
  const returned = returnedHeaders(headers, one.line.requestId);
  one.response.writeHead(401, withLength(returned, body.length));
  one.response.end(body);
  return { ...first, bytesOut: body.length };
};

/** Decides by the body's content, decoded where it is in gzip. */
const decideByBody = async (
  core: ProxyCore,
  { client, headers, translate }: Authorised,
  decision: Extract<EarlyDecision, { allowed: "by body" }>,
  body: Buffer,
): Promise<LateDecision> => {
  const self = core.principal.identity?.instanceId;
  const inGzip = headers.contentEncoding !== undefined && translate === undefined;
  if (!inGzip || body.length === 0) return decideLate(decision, body, self);
  const decoded = await decodedWithin(core, client, body);
  try {
    return decideLate(decision, decoded, self);
  } finally {
    core.budget.give(client, decoded.length);
  }
};

/**
 * Takes the body, decides what depends on it, signs, sends, and passes the response on.
 * @throws ProxyError or ExchangeFailed
 */
export const forward = async (core: ProxyCore, one: Authorised): Promise<void> => {
  const { line, decision, headers } = one;
  const prepared = await prepare(core, one);
  const buffered = Buffer.isBuffer(prepared.body) ? prepared.body : undefined;
  const startBytes = one.socket.bytesRead;
  try {
    const settled: LateDecision =
      decision.allowed === "by body" ? await decideByBody(core, one, decision, buffered ?? EMPTY) : decision;
    if (settled.allowed === false) {
      const { client, match, query } = one;
      throw notGranted(client, match, query, settled.unmet, core.policy.namespace, settled.value);
    }
    line.grant = settled.grant;
    line.bytesIn = buffered?.length ?? headers.contentLength ?? 0;
    const own = ownHostOf(one.match.operation);
    if (own) line.decision = "failed";
    const host = own
      ? await core.ownHosts.hostOf(one.match, own, settled.endpoint)
      : serviceHost(one.match.operation, core.principal.identity!);
    const sent = settled.headers ? { ...one, taken: withHeaders(one.taken, settled.headers) } : one;
    const outcome = await sendRepeatably(core, sent, prepared, host);
    line.status = outcome.status;
    line.bytesOut = outcome.bytesOut;
    if (outcome.upstreamRequestId) line.upstreamRequestId = outcome.upstreamRequestId;
    // The service responded before it had everything: nobody reads the rest.
    if (!one.request.complete) cutLater(one.request, one.socket);
  } catch (error) {
    if (isStream(prepared.body)) line.bytesIn = one.socket.bytesRead - startBytes;
    throw error;
  } finally {
    if (buffered) core.budget.give(one.client, buffered.length);
    // What stands between the caller's connection and the service's takes no more; the caller's is not closed.
    else if (isStream(prepared.body) && prepared.body !== one.request) prepared.body.destroy();
  }
};
