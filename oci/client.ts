/**
 * A small signed client for any operation of the table, for commands and the embedded engine. Not for the app:
 * its check uses Oracle's SDK, its proxy the instance-principal client.
 *
 * It waits and tries again, within a deadline, when OCI throttles (429), fails (5xx) or cannot be reached. What may
 * have been done is repeated only where that does no harm.
 * @module
 */
import { randomUUID } from "node:crypto";
import type { Dispatcher } from "undici";
import { Failed, noResponse, parseBody, refusal } from "./attempt.ts";
import { hostOf } from "./hosts.ts";
import { findOperation, type Operation } from "./operations/index.ts";
import { type ApiKey, type RequestValues, requestTarget, resourceOf, signed } from "./request.ts";
import { DEFAULT_POLICY, type RetryPolicy, retried } from "./retry.ts";
import type { Send } from "./send.ts";

export { CallError, NoResponseError, OciError } from "./errors.ts";
export type { ApiKey } from "./request.ts";
export type { RetryPolicy } from "./retry.ts";
export type { Send } from "./send.ts";

/** Options of a client: region, key and way of sending. */
export interface ClientOptions {
  apiKey: ApiKey;
  /** `us-ashburn-1` */
  regionId: string;
  /** `oraclecloud.com` */
  realmDomain: string;
  /** undici's dispatcher: a proxy and its certificate authority, say. */
  dispatcher?: Dispatcher;
  /** The sender, in place of undici. */
  send?: Send;
  /** Differences from the default policy: two minutes in all, 30 s for an attempt. */
  retry?: Partial<RetryPolicy> | undefined;
  /** Called with a line for people before each pause. */
  onPause?: ((line: string) => void) | undefined;
}

/** One call. */
export interface CallOptions extends RequestValues {
  /** `https://` and host in place of the service's own: a vault's management endpoint. */
  endpoint?: string;
  /** Region in place of the client's. */
  regionId?: string;
  signal?: AbortSignal;
  /** A shorter deadline than the client's. */
  deadlineMs?: number;
  /** True for a POST without a retry token that does the same when it is done twice. */
  idempotent?: boolean;
  /**
   * Looks up the outcome of an attempt that may have been done, for a POST without a retry token.
   * @returns the response that stands for the call's; undefined when nothing was done, and it is to be
   *   repeated
   */
  settle?: () => Promise<OciResponse | undefined>;
}

/** A response: JSON where the service sent JSON, text otherwise. */
export interface OciResponse<T = Record<string, unknown>> {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: T;
}

/** `service.Operation` in the table. Throws RangeError when there is none. */
const lookUp = (name: string): Operation => {
  const found = findOperation(name);
  if (!found) throw new RangeError(`there is no operation ${name} in the table`);
  return found;
};

/**
 * Loads undici when it sends for the first time: a hundred modules that a client with a sender of its own
 * never needs.
 */
const byUndici = async (dispatcher: Dispatcher | undefined): Promise<Send> =>
  (await import("./send.ts")).sender(dispatcher);

/** A client: `call` signs and sends one request and throws `OciError` for an error response. */
export interface OciClient {
  /** @throws OciError for an error response, NoResponseError when there was none */
  call<T = Record<string, unknown>>(operation: string, options?: CallOptions): Promise<OciResponse<T>>;
  /** All pages of a list, joined. */
  list<T = Record<string, unknown>>(operation: string, options?: CallOptions): Promise<T[]>;
}

/** Methods that do the same when they are repeated (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(["GET", "HEAD", "PUT", "DELETE"]);

/** Makes a client. Every call whose operation takes one has an `opc-retry-token` of its own, the same in each attempt. */
export const ociClient = (options: ClientOptions): OciClient => {
  const { apiKey, realmDomain, dispatcher, onPause } = options;

  const call = async <T>(name: string, of: CallOptions = {}): Promise<OciResponse<T>> => {
    const operation = lookUp(name);
    const host = hostOf(operation.service, of.regionId ?? options.regionId, realmDomain, operation.name);
    const origin = of.endpoint ?? `https://${host}`;
    const target = requestTarget(name, operation, of);
    const changes = !["GET", "HEAD"].includes(operation.method);
    const site = {
      operation: name,
      resource: resourceOf(operation, of),
      host: new URL(origin).host,
      changes,
    };
    const headers = { ...(operation.retryToken && { "opc-retry-token": randomUUID() }), ...of.headers };
    const policy = { ...DEFAULT_POLICY, ...options.retry };
    policy.deadlineMs = Math.min(policy.deadlineMs, of.deadlineMs ?? policy.deadlineMs);
    const send = options.send ?? (await byUndici(dispatcher));
    const isSafe = IDEMPOTENT.has(operation.method) || operation.retryToken || of.idempotent;
    /** True when an earlier attempt may have been done. */
    let mayBeDone = false;

    return retried<OciResponse<T>>({
      policy,
      attempt: async (signal) => {
        const request = signed(apiKey, operation, origin, target, { ...of, headers });
        const response = await send(`${origin}${target}`, { ...request, signal }).catch((error: unknown) => {
          const isLate = signal.aborted && !of.signal?.aborted;
          throw noResponse(site, error, isLate ? policy.attemptMs : undefined) ?? error;
        });
        const { statusCode: status } = response;
        // It was there, and an attempt without a known end has deleted it.
        if (status === 404 && operation.method === "DELETE" && mayBeDone)
          return { status: 204, headers: response.headers, body: undefined as T };
        if (status >= 400) throw refusal(site, response);
        return { status, headers: response.headers, body: parseBody(response.text) as T };
      },
      again: async (error) => {
        if (!(error instanceof Failed && error.transient)) return undefined;
        mayBeDone ||= error.mayBeDone;
        if (!error.mayBeDone || isSafe) return { afterMs: error.afterMs };
        if (!of.settle) return undefined;
        const found = await of.settle();
        return found ? { instead: found as OciResponse<T> } : { afterMs: error.afterMs };
      },
      final: (error, effort) => (error instanceof Failed ? error.as(effort) : error),
      onPause: (error, pauseMs) =>
        onPause?.(
          `${name} ${site.resource}: ${(error as Error).message}; trying again in ${(pauseMs / 1000).toFixed(1)} s`,
        ),
      signal: of.signal,
    });
  };

  const list = async <T>(name: string, of: CallOptions = {}): Promise<T[]> => {
    const found: T[] = [];
    let page: string | undefined;
    do {
      const response = await call<T[] | { items: T[] }>(name, { ...of, query: { ...of.query, page } });
      found.push(...(Array.isArray(response.body) ? response.body : response.body.items));
      const next = response.headers["opc-next-page"];
      page = typeof next === "string" ? next : undefined;
    } while (page);
    return found;
  };

  return { call, list };
};
