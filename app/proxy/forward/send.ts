/** A signed request on its way to the service, sent again where that does no harm. @module */
import type { Readable } from "node:stream";
import type { OperationMatch } from "../../../oci/operations/index.ts";
import type { Session, UnsignedRequest } from "../../instance-principal/index.ts";
import type { ProxyCore } from "../core.ts";
import { ReportedError } from "../errors.ts";
import { returnedHeaders, withLength } from "../listen/headers.ts";
import type { AuditLine } from "../observe/audit.ts";
import { type ExchangeOutcome, exchange, type ResponseSink } from "../upstream/exchange.ts";
import { CallerGone, ExchangeFailed, isBroken, upstreamError } from "../upstream/failure.ts";
import type { Prepared } from "./prepare.ts";

/** A call that was decided, and what of it is sent. */
export interface DecidedCall {
  client: string;
  match: OperationMatch;
  /** Path and query, byte for byte. */
  target: string;
  /** Names (lower-case) and values that go on beside what is said of the body, alternating. */
  headers: readonly string[];
  prepared: Prepared;
  /** Length of the body in bytes. */
  lengthBytes: number;
  /** True when a second try cannot do twice what the first one did. */
  hasRetryToken: boolean;
  host: string;
  session: Session;
  line: AuditLine;
  response: ResponseSink;
}

/** True for a body that is passed on as it comes. */
export const isStream = (body: Prepared["body"]): body is Readable => body !== null && !Buffer.isBuffer(body);

/** Signs with a session and sends. */
const send = async (
  core: ProxyCore,
  call: DecidedCall,
  session: Session,
  last: boolean,
): Promise<ExchangeOutcome> => {
  const { line, match, target, host, client, prepared, lengthBytes, response } = call;
  const date = core.signer.date();
  const { method, bodySigned } = match.operation;
  const unsigned: UnsignedRequest = { method, host, target, date, body: prepared.signed };
  const authorization = await core.signer.sign(session, unsigned, bodySigned);
  line.decision = "allowed";
  const headers = call.headers.concat(
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
  const { headersMs: headersTimeoutMs } = core.settings.upstream;
  try {
    return await exchange(
      core.connections,
      { host, client, method, target, headers, body, lengthBytes, headersTimeoutMs },
      response,
      {
        requestId: line.requestId,
        hold401: !last && !isStream(body),
        stallMs: core.settings.timeouts.stallMs,
      },
    );
  } catch (error) {
    throw failed(error as ExchangeFailed, call);
  }
};

/**
 * Names the failure of an exchange; a caller that went away and an error of the body are left as they are.
 */
const failed = (error: ExchangeFailed, { line, host }: DecidedCall): Error => {
  line.decision = "failed";
  line.bytesOut = error.bytesOut;
  const cause = error.cause as Error;
  if (cause instanceof CallerGone || cause instanceof ReportedError) return error;
  return new ExchangeFailed(upstreamError(host, cause), error.responded, error.bytesOut, isBroken(cause));
};

/**
 * True when a request may be sent again after the service closed the connection just then: one that only
 * reads, or bears a retry token. A body that was streamed is gone.
 */
const mayRepeat = (error: unknown, { match, hasRetryToken, prepared }: DecidedCall): boolean =>
  error instanceof ExchangeFailed &&
  error.broken &&
  !isStream(prepared.body) &&
  (match.operation.method === "GET" ||
    match.operation.method === "HEAD" ||
    (match.operation.retryToken === true && hasRetryToken));

/** Most tries of a request: idle connections that a service closes are often closed together. */
const MAX_TRIES = 3;

/**
 * Sends a decided call; a 401 gets a new session once.
 * @returns when the response's last byte is handed on
 * @throws ExchangeFailed
 */
export const sendRepeatably = async (core: ProxyCore, call: DecidedCall): Promise<ExchangeOutcome> => {
  let first: ExchangeOutcome | undefined;
  for (let tries = 1; !first; tries += 1) {
    try {
      first = await send(core, call, call.session, false);
    } catch (error) {
      if (tries === MAX_TRIES || !mayRepeat(error, call)) throw error;
    }
  }
  if (first.status !== 401) return first;
  const newer = core.principal.afterRefusal(call.session.generation);
  if (!first.held) {
    newer.catch(() => undefined);
    return first;
  }
  const session = await newer;
  if (session) return send(core, call, session, true);
  const { headers, body } = first.held;
  const returned = returnedHeaders(headers, call.line.requestId);
  call.response.writeHead(401, withLength(returned, body.length));
  call.response.end(body);
  return { ...first, bytesOut: body.length };
};
