/** A caller's connection and its request queue. @module */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { ProxyError, type ProxyErrorCode } from "../errors.ts";

/** A request of a connection, from its head to the end of its response. */
export interface Inbound {
  readonly connection: CallerConnection;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly expectsContinue: boolean;
  /** The client whose share of the requests it holds; undefined before it is admitted. */
  client: string | undefined;
}

/** Events that a connection reports. */
export interface InboundEvents {
  /** Called when a request has its turn: one after the other on a connection. */
  request(one: Inbound): void;
  /** Called once for each request that had its turn when it is no longer under way, whatever ended it. */
  ended(one: Inbound): void;
  /** Called for input that is no request, or none that is proxied; its response is already sent. */
  unreadable(code: ProxyErrorCode, detail: string): void;
  /** Called when a request has shown which client the connection belongs to. */
  identified(connection: CallerConnection, client: string): void;
}

/** Most requests that a caller may send ahead of their responses. */
const MAX_AHEAD = 16;

/**
 * Destroys the connection: a write that comes too late has no other listener, and the connection is of no
 * more use.
 */
function destroyed(this: ServerResponse): void {
  this.destroy();
}

/**
 * One connection, owned from its first byte to its last. Its requests have their turns one at a time: Node
 * sends responses in order whatever happens, but a response that waits for the one before it (head-of-line
 * blocking) takes memory, hears nothing of a caller that goes away, and never ends when the connection does.
 */
export class CallerConnection {
  readonly socket: Socket;
  /** Time at which it was accepted, by `performance.now()`. */
  readonly openedMs: number;
  /** The client it belongs to: that of its Unix socket, or of the last token it has shown. */
  client: string | undefined;
  readonly #events: InboundEvents;
  /** The request under way, and those behind it. */
  readonly #queue: Inbound[] = [];
  #broken = false;
  #hasLast = false;

  constructor(socket: Socket, client: string | undefined, events: InboundEvents) {
    this.socket = socket;
    this.client = client;
    this.openedMs = performance.now();
    this.#events = events;
    socket.once("close", () => this.#closed());
  }

  /** True when no request is under way. */
  get idle(): boolean {
    return this.#queue.length === 0;
  }

  /**
   * Puts a request into the queue.
   * @param isLast true when what comes behind it on the connection is not looked at any more
   */
  take(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean, isLast = false): void {
    if (this.#broken || this.#hasLast) return;
    if (isLast) {
      this.#hasLast = true;
      response.shouldKeepAlive = false;
    }
    const one: Inbound = { connection: this, request, response, expectsContinue, client: undefined };
    const ahead = this.#queue.push(one);
    if (ahead === 1) this.#start(one);
    else if (ahead > MAX_AHEAD + 1) {
      this.#broken = true;
      this.#queue.length = 1;
      this.socket.destroy();
      this.#events.unreadable("BadRequest", `more than ${MAX_AHEAD} requests ahead of their responses`);
    }
  }

  /** Notes the client that one of its requests is from. */
  identified(client: string): void {
    if (this.client !== client) this.#events.identified(this, client);
  }

  /**
   * Ends the queue when the rest of the connection's bytes cannot be read. The request under way notifies its
   * caller: at once when it reads its body, else with its response. Requests behind it get no response.
   * @returns the next step: `respond` when nothing is under way, `nothing` when it is known already
   */
  breakOff(detail: string): "respond" | "wait" | "nothing" {
    if (this.#broken) return "nothing";
    this.#broken = true;
    const [one] = this.#queue;
    if (!one) return "respond";
    this.#queue.length = 1;
    one.response.shouldKeepAlive = false;
    if (!one.request.complete && one.request.listenerCount("error") > 0) {
      one.request.emit("error", new ProxyError("BadBody", `the body cannot be read (${detail})`));
    }
    return "wait";
  }

  #start(one: Inbound): void {
    const { response } = one;
    response.on("error", destroyed);
    response.once("close", () => this.#ended(one));
    this.#events.request(one);
  }

  #ended(one: Inbound): void {
    if (this.#queue[0] !== one) return;
    this.#queue.shift();
    this.#events.ended(one);
    const [next] = this.#queue;
    // Behind a response that closes the connection Node gives no other one the socket: it would never end.
    if (next?.response.socket && this.socket.writable) {
      this.#start(next);
      return;
    }
    this.#queue.length = 0;
    if (this.#broken) this.socket.destroySoon();
  }

  #closed(): void {
    this.#broken = true;
    const [one] = this.#queue;
    if (!one) return;
    this.#queue.length = 1;
    // Node's own listeners come first; what they leave open ends here.
    process.nextTick(() => {
      if (this.#queue[0] !== one) return;
      one.response.destroy();
      one.response.emit("close");
    });
  }
}
