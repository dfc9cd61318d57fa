import { decideLate, type EarlyDecision, type LateDecision } from "../../../document/rules/evaluate.ts";
import { ownHostOf } from "../../../oci/hosts.ts";
import { notGranted } from "../authorise/refusal.ts";
import { serviceHost } from "../authorise/route.ts";
import type { ProxyCore } from "../core.ts";
import { cutLater } from "../listen/error-response.ts";
import { withHeaders } from "../listen/headers.ts";
import type { Authorised } from "./authorised.ts";
import { decodedWithin, EMPTY, prepare } from "./prepare.ts";
import { isStream, sendRepeatably } from "./send.ts";

/** Decides by the body's content, decoded where it is in gzip. */
const decideByBody = async (
  core: ProxyCore,
  { client, headers, agent }: Authorised,
  decision: Extract<EarlyDecision, { allowed: "by body" }>,
  body: Buffer,
): Promise<LateDecision> => {
  const self = core.principal.identity?.instanceId;
  const inGzip = headers.contentEncoding !== undefined && agent === undefined;
  if (!inGzip || body.length === 0) return decideLate(decision, body, self);
  const decoded = await decodedWithin(core, client, body);
  try {
    return decideLate(decision, decoded, self);
  } finally {
    core.budget.give(client, decoded.length);
  }
};

/**
 * Decides what depends on the body.
 * @throws ProxyError `NotGranted`, AmbiguousRequest
 */
export const settle = async (
  core: ProxyCore,
  one: Authorised,
  body: Buffer,
): Promise<Exclude<LateDecision, { allowed: false }>> => {
  const { decision } = one;
  const settled: LateDecision =
    decision.allowed === "by body" ? await decideByBody(core, one, decision, body) : decision;
  if (settled.allowed !== false) return settled;
  const { client, match, query } = one;
  throw notGranted(client, match, query, settled.unmet, core.policy.namespace, settled.value);
};

/**
 * Takes the body, decides what depends on it, signs, sends, and passes the response on.
 * @throws ProxyError or ExchangeFailed
 */
export const forward = async (core: ProxyCore, one: Authorised): Promise<void> => {
  const { line, headers } = one;
  const prepared = await prepare(core, one);
  const buffered = Buffer.isBuffer(prepared.body) ? prepared.body : undefined;
  const startBytes = one.socket.bytesRead;
  try {
    const settled = await settle(core, one, buffered ?? EMPTY);
    line.grant = settled.grant;
    line.bytesIn = buffered?.length ?? headers.contentLength ?? 0;
    const own = ownHostOf(one.match.operation);
    if (own) line.decision = "failed";
    const host = own
      ? await core.ownHosts.hostOf(one.match, own, settled.endpoint)
      : serviceHost(one.match.operation, core.principal.identity!);
    const taken = settled.headers ? withHeaders(one.taken, settled.headers) : one.taken;
    const outcome = await sendRepeatably(core, {
      client: one.client,
      match: one.match,
      target: one.target.forwarded,
      headers: headers.forwarded.concat(taken),
      prepared,
      lengthBytes: buffered?.length ?? (isStream(prepared.body) ? headers.contentLength! : 0),
      hasRetryToken: headers.retryToken !== undefined,
      host,
      session: one.session,
      line,
      response: one.response,
    });
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
