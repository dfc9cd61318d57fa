/** One exchange with a service: the request goes out, the answer comes back as it arrives. @module */
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { reason } from "../instance-principal/index.ts";
import { ProxyError } from "./errors.ts";
import { returnedHeaders } from "./headers.ts";

/** A signed request. */
export interface UpstreamRequest {
  host: string;
  method: string;
  /** Path and query, byte for byte. */
  target: string;
  /** Names and values, alternating. */
  headers: string[];
  body: Buffer | Readable | null;
  /** How long the answer may take to begin once the request is sent. */
  headersTimeoutMs: number;
}

/** How an exchange ended. */
export interface Outcome {
  status: number;
  bytesOut: number;
  /** The service's own opc-request-id. */
  upstreamRequestId: string | undefined;
  /** A 401 that was kept back: nothing of it has reached the caller yet. */
  held?: { headers: IncomingHttpHeaders; body: Buffer };
}

/** The caller went away before the answer was there. */
export class CallerGone extends Error {
  override name = "CallerGone";
}

/** An exchange that failed, whether any of the answer had come, and whether the connection was what failed. */
export class ExchangeFailed extends Error {
  override name = "ExchangeFailed";
  readonly answered: boolean;
  readonly bytesOut: number;
  readonly broken: boolean;
  constructor(cause: Error, answered: boolean, bytesOut: number, broken = false) {
    super(cause.message, { cause });
    this.answered = answered;
    this.bytesOut = bytesOut;
    this.broken = broken && !answered;
  }
}

const MAX_HELD_BYTES = 64 * 1024;

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|ALTNAME/;

/** Whether an error says that a connection was closed: as services do with one that was idle for long. */
export const isBroken = (error: Error): boolean =>
  ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes((error as NodeJS.ErrnoException).code ?? "");

/** What a failure of the connection or the answer means for the caller. */
export const upstreamError = (host: string, error: Error): ProxyError => {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "UND_ERR_CONNECT_TIMEOUT")
    return new ProxyError("UpstreamTimeout", `${host} could not be reached in time`);
  if (code.includes("TIMEOUT") || code === "ETIMEDOUT") {
    return new ProxyError("UpstreamTimeout", `${host} did not answer in time`);
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return new ProxyError("UpstreamFailed", `the name ${host} cannot be resolved (${code})`);
  }
  if (CERTIFICATE.test(code)) {
    return new ProxyError("UpstreamFailed", `the certificate of ${host} is not accepted (${code})`);
  }
  if (error.name === "HTTPParserError" || /^HPE_|HEADERS_OVERFLOW|RES_CONTENT_LENGTH/.test(code)) {
    return new ProxyError(
      "UpstreamFailed",
      `${host} answered something that is not HTTP (${code || error.message})`,
    );
  }
  return new ProxyError("UpstreamFailed", `the connection to ${host} failed: ${reason(error)}`);
};

/** Length of the body that comes with an answer; undefined when its end is not known before it is there. */
const lengthOf = (headers: IncomingHttpHeaders): number | undefined =>
  headers["content-length"] === undefined ? undefined : Number(headers["content-length"]);

class Exchange implements Dispatcher.DispatchHandler {
  readonly done: Promise<Outcome>;
  readonly #response: ServerResponse;
  readonly #requestId: string;
  readonly #hold401: boolean;
  #length: number | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #resolve!: (outcome: Outcome) => void;
  #reject!: (error: Error) => void;
  #aborted: Error | undefined;
  #outcome: Outcome = { status: 0, bytesOut: 0, upstreamRequestId: undefined };
  #held: Buffer[] | undefined;
  #heldBytes = 0;

  constructor(response: ServerResponse, requestId: string, hold401: boolean) {
    this.#response = response;
    this.#requestId = requestId;
    this.#hold401 = hold401;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  abort(error: Error): void {
    this.#aborted ??= error;
    this.#controller?.abort(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted) controller.abort(this.#aborted);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#outcome.status = status;
    this.#outcome.upstreamRequestId = headers["opc-request-id"] as string | undefined;
    if (status === 401 && this.#hold401) {
      this.#held = [];
      this.#outcome.held = { headers, body: Buffer.alloc(0) };
      return;
    }
    this.#length = lengthOf(headers);
    this.#response.writeHead(status, returnedHeaders(headers, this.#requestId));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#held) {
      this.#heldBytes += chunk.length;
      if (this.#heldBytes <= MAX_HELD_BYTES) this.#held.push(chunk);
      return;
    }
    this.#outcome.bytesOut += chunk.length;
    if (this.#outcome.bytesOut === this.#length) {
      this.#response.end(chunk);
      return;
    }
    if (this.#response.write(chunk)) return;
    controller.pause();
    this.#response.once("drain", () => controller.resume());
  }

  onResponseEnd(): void {
    if (this.#held) this.#outcome.held!.body = Buffer.concat(this.#held);
    else if (!this.#response.writableEnded) this.#response.end();
    this.#resolve(this.#outcome);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const answered = this.#outcome.status !== 0;
    this.#reject(new ExchangeFailed(this.#aborted ?? error, answered, this.#outcome.bytesOut));
  }
}

/**
 * Sends a request and passes its answer on, with back-pressure both ways. Redirects are not followed.
 * @param options.hold401 keep a 401 back, so that the request can be tried again
 * @returns when the answer's last byte is handed to the caller's connection
 * @throws ExchangeFailed
 */
export const exchange = async (
  dispatcher: Dispatcher,
  request: UpstreamRequest,
  response: ServerResponse,
  options: { requestId: string; hold401: boolean },
): Promise<Outcome> => {
  const one = new Exchange(response, options.requestId, options.hold401);
  const leave = (): void => {
    if (!response.writableFinished) one.abort(new CallerGone("the caller went away"));
  };
  if (response.destroyed) throw new ExchangeFailed(new CallerGone("the caller went away"), false, 0);
  response.once("close", leave);
  const stream = request.body !== null && !Buffer.isBuffer(request.body) ? request.body : undefined;
  let timer: NodeJS.Timeout | undefined;
  // A long upload is no late answer: its clock starts when the body is sent.
  const start = (): void => {
    const late = Object.assign(new Error("no answer"), { code: "UND_ERR_HEADERS_TIMEOUT" });
    timer = setTimeout(() => one.abort(late), request.headersTimeoutMs);
  };
  stream?.once("end", start);
  try {
    dispatcher.dispatch(
      {
        origin: `https://${request.host}`,
        path: request.target,
        method: request.method as Dispatcher.HttpMethod,
        headers: request.headers,
        body: request.body,
        headersTimeout: stream ? 0 : request.headersTimeoutMs,
      },
      one,
    );
    return await one.done;
  } catch (error) {
    // What the dispatcher refuses to send is thrown as it is.
    throw error instanceof ExchangeFailed ? error : new ExchangeFailed(error as Error, false, 0);
  } finally {
    clearTimeout(timer);
    stream?.off("end", start);
    response.off("close", leave);
  }
};
