/**
 * Calls of Object Storage that an S3 request becomes. Each goes the way of every other request: routed from its own
 * target, decided by the client's allow rules, recorded, signed, sent. There is no other way to OCI.
 * @module
 */
import type { ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { decideEarly, decideLate } from "../../../document/rules/evaluate.ts";
import type { ClientPolicy } from "../../../document/rules/policy.ts";
import { refuseShadows, splitQuery } from "../../../document/rules/query.ts";
import { findOperation, type Operation, type OperationMatch } from "../../../oci/operations/index.ts";
import type { Session } from "../../instance-principal/index.ts";
import { notGranted } from "../authorise/refusal.ts";
import { routeTo, serviceHost } from "../authorise/route.ts";
import type { ProxyCore } from "../core.ts";
import { ProxyError } from "../errors.ts";
import { EMPTY, type Prepared, preparedJson } from "../forward/prepare.ts";
import { sendRepeatably } from "../forward/send.ts";
import { withHeaders } from "../listen/headers.ts";
import type { AuditLine } from "../observe/audit.ts";
import type { Recorded } from "../recorded.ts";
import { Collected } from "../upstream/collected.ts";
import type { ResponseSink } from "../upstream/exchange.ts";
import {
  MAX_READ_BYTES,
  type NativeHead,
  type NativeResponse,
  Piped,
  Relayed,
  responseOf,
} from "./native-responses.ts";

const SERVICE = "objectstorage";

/** A call by the operation's own name. */
export interface NativeCall {
  /** Of Object Storage: `GetObject`. */
  operation: string;
  /** Path parameters beside the namespace, decoded. */
  params: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string | number | undefined>>;
  /** Names (lower-case) and values, alternating. */
  headers?: readonly string[];
  /** JSON, or an object's bytes as they come. */
  body?: Buffer | { stream: Readable; lengthBytes: number } | undefined;
}

/** The parts that the calls of one S3 request share. */
export interface NativeContext {
  core: ProxyCore;
  client: string;
  policy: ClientPolicy;
  session: Session;
  namespace: string;
  /** The caller's response. */
  response: ServerResponse;
  /** The request's own line, which its first call takes; the others have lines of their own. */
  recorded: Recorded;
  /** Begins a line for a further call. */
  newLine(): AuditLine;
  /** Records the line of a further call. */
  record(recorded: Recorded): void;
}

/** An operation, and its path as text and names in turn: `/n/`, `namespaceName`, `/b/`, … */
interface Known {
  operation: Operation;
  path: readonly string[];
}

const operations = new Map<string, Known>();

const knownNamed = (name: string): Known => {
  let known = operations.get(name);
  if (!known) {
    const operation = findOperation(`${SERVICE}.${name}`)!;
    known = { operation, path: operation.path.split(/[{}]/) };
    operations.set(name, known);
  }
  return known;
};

const operationNamed = (name: string): Operation => knownNamed(name).operation;

const targetOf = ({ path }: Known, namespaceName: string, { params, query }: NativeCall): string => {
  let target = `/${SERVICE}`;
  for (const [i, part] of path.entries()) {
    if (i % 2 === 0) target += part;
    else target += encodeURIComponent(part === "namespaceName" ? namespaceName : params[part]!);
  }
  let mark = "?";
  for (const name in query) {
    const value = query[name];
    if (value === undefined) continue;
    target += `${mark}${name}=${encodeURIComponent(value)}`;
    mark = "&";
  }
  return target;
};

/** Calls Object Storage for one S3 request. */
export class Native {
  readonly #context: NativeContext;
  #first = true;

  constructor(context: NativeContext) {
    this.#context = context;
  }

  /** True when a call was begun. */
  get used(): boolean {
    return !this.#first;
  }

  /** Routes a call from the very target that is sent: what is decided is what the service sees. */
  #route(call: NativeCall): { match: OperationMatch; target: string; query: string | undefined } {
    const known = knownNamed(call.operation);
    const { operation } = known;
    const params = { namespaceName: this.#context.namespace, ...call.params };
    const { target, match } = routeTo(
      undefined,
      operation.method,
      targetOf(known, params.namespaceName, call),
    );
    const same =
      match?.operation === operation &&
      Object.entries(match.params).every(
        ([name, value]) => value === (params as Record<string, string>)[name],
      );
    if (!same) throw new ProxyError("BadTarget", `the name cannot be sent to ${SERVICE} in one way only`);
    return { match: match!, target: target.forwarded, query: target.query };
  }

  /**
   * The decision about a call.
   * @throws ProxyError `NotGranted`
   */
  #decide(call: NativeCall) {
    const { core, client, policy } = this.#context;
    const { match, target, query: text } = this.#route(call);
    const query = splitQuery(text);
    refuseShadows(query, Object.keys(match.params));
    const headers = call.headers ?? [];
    const self = core.principal.identity?.instanceId;
    // Of what the door writes itself, no `+` stands for itself in a query or a path.
    const early = decideEarly(policy, match, {
      params: match.params,
      query,
      headers,
      plus: { path: false, query: false },
      self,
    });
    const body = Buffer.isBuffer(call.body) ? call.body : undefined;
    const decision = early.allowed === "by body" ? decideLate(early, body ?? EMPTY, self) : early;
    if (decision.allowed === false) {
      const value = "value" in decision ? decision.value : undefined;
      throw notGranted(client, match, query, decision.unmet, core.policy.namespace, value);
    }
    return { match, target, query, decision, headers };
  }

  /**
   * Decides about a call before anything else is done for it.
   * @throws ProxyError `NotGranted`
   */
  check(call: NativeCall): void {
    this.#decide(call);
  }

  /** True when the client may make a call. */
  allows(call: NativeCall): boolean {
    try {
      this.#decide(call);
      return true;
    } catch (error) {
      if (error instanceof ProxyError && error.code === "NotGranted") return false;
      throw error;
    }
  }

  /**
   * Makes a call, and gives its response to a sink.
   * @throws ProxyError, ExchangeFailed
   */
  async #send(call: NativeCall, sink: ResponseSink): Promise<void> {
    const { core, client, session, recorded: own } = this.#context;
    const recorded: Recorded = this.#first ? own : { line: this.#context.newLine() };
    this.#first = false;
    const { line } = recorded;
    const startedMs = performance.now();
    try {
      const operation = operationNamed(call.operation);
      line.operation = operation.name;
      line.resource = { namespaceName: this.#context.namespace, ...call.params };
      const { match, target, decision, headers } = this.#decide(call);
      line.grant = decision.grant;
      const space = core.audit.reserve(line, client);
      if (typeof space === "string") throw new ProxyError("AuditFailed", space, { "retry-after": "5" });
      recorded.space = space;
      const prepared = preparedOf(operation, call.body);
      const lengthBytes =
        call.body === undefined ? 0 : Buffer.isBuffer(call.body) ? call.body.length : call.body.lengthBytes;
      line.bytesIn = lengthBytes;
      const outcome = await sendRepeatably(core, {
        client,
        match,
        target,
        headers: decision.headers ? withHeaders(headers, decision.headers) : headers,
        prepared,
        lengthBytes,
        hasRetryToken: false,
        host: serviceHost(operation, core.principal.identity!),
        session,
        line,
        response: sink,
      });
      line.status = outcome.status;
      line.bytesOut = outcome.bytesOut;
      if (outcome.upstreamRequestId) line.upstreamRequestId = outcome.upstreamRequestId;
    } catch (error) {
      if (error instanceof ProxyError) {
        line.code = error.code;
        line.status = error.status;
      }
      throw error;
    } finally {
      if (recorded !== own) {
        line.durationMs = Math.round((performance.now() - startedMs) * 1000) / 1000;
        this.#context.record(recorded);
      }
    }
  }

  /** Makes a call and reads its response. */
  async read(call: NativeCall): Promise<NativeResponse> {
    const sink = new Collected(this.#context.response, MAX_READ_BYTES);
    await this.#send(call, sink);
    return responseOf(sink);
  }

  /**
   * Makes a call whose body goes to the caller as it comes.
   * @param headFor the head that the caller gets; undefined where the response is not passed on
   * @returns the response that was not passed on
   */
  async relay(
    call: NativeCall,
    headFor: (head: NativeHead) => { status: number; headers: string[] } | undefined,
  ): Promise<NativeResponse | undefined> {
    const sink = new Relayed(this.#context.response, headFor);
    await this.#send(call, sink);
    return sink.passing ? undefined : responseOf(sink);
  }

  /**
   * Makes a call whose body another call takes.
   * @returns its head, its body, and what ends with the call
   */
  open(call: NativeCall): { head: Promise<NativeHead>; body: Readable; ended: Promise<void> } {
    const sink = new Piped();
    const ended = this.#send(call, sink).catch((error: unknown) => {
      sink.destroy(error as Error);
      throw error;
    });
    ended.catch(() => undefined);
    const head = Promise.race([sink.head, ended.then(() => sink.head)]);
    head.catch(() => undefined);
    return { head, body: sink, ended };
  }
}

const preparedOf = (operation: Operation, body: NativeCall["body"]): Prepared => {
  const { method } = operation;
  if (method === "GET" || method === "HEAD" || method === "DELETE")
    return { body: null, signed: undefined, headers: [] };
  if (body !== undefined && !Buffer.isBuffer(body)) {
    const { stream, lengthBytes } = body;
    return {
      body: lengthBytes === 0 ? EMPTY : stream,
      signed: undefined,
      headers: ["content-length", String(lengthBytes)],
    };
  }
  return preparedJson(body ?? EMPTY);
};
