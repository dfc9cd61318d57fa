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

/** What a connection reports. */
export interface InboundEvents {
  /** A request's turn: one after the other on a connection. */
  request(one: Inbound): void;
  /** A request that had its turn is no longer under way, whatever ended it. Once for each. */
  ended(one: Inbound): void;
  /** Something that is no request, or none that is proxied; it was answered already. */
  unreadable(code: ProxyErrorCode, detail: string): void;
  /** A request showed whose it is. */
  identified(connection: CallerConnection, client: string): void;
}

/** A caller may send so many requests ahead of their answers. */
const MAX_AHEAD = 16;

/** A write that comes too late has no other listener; the connection is of no more use. */
function destroyed(this: ServerResponse): void {
  this.destroy();
}

/**
 * One connection, owned from its first byte to its last. Its requests have their turns one at a time: Node answers
 * in order whatever happens, but an answer that waits for the one before it takes memory, hears nothing of a caller
 * who goes away, and never ends when the connection does.
 */
export class CallerConnection {
  readonly socket: Socket;
  /** When it was accepted, by `performance.now()`. */
  readonly openedMs: number;
  /** Whose it is: the client of its Unix socket, or of the last token it has shown. */
  client: string | undefined;
  readonly #events: InboundEvents;
  /** The request under way, and those behind it. */
  readonly #queue: Inbound[] = [];
  #broken = false;

  constructor(socket: Socket, client: string | undefined, events: InboundEvents) {
    this.socket = socket;
    this.client = client;
    this.openedMs = performance.now();
    this.#events = events;
    socket.once("close", () => this.#closed());
  }

  /** Whether no request is under way. */
  get idle(): boolean {
    return this.#queue.length === 0;
  }

  /** Puts a request into the queue. */
  take(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    if (this.#broken) return;
    const one: Inbound = { connection: this, request, response, expectsContinue, client: undefined };
    const ahead = this.#queue.push(one);
    if (ahead === 1) this.#start(one);
    else if (ahead > MAX_AHEAD + 1) {
      this.#broken = true;
      this.#queue.length = 1;
      this.socket.destroy();
      this.#events.unreadable("BadRequest", `more than ${MAX_AHEAD} requests ahead of their answers`);
    }
  }

  /** One of its requests is a client's. */
  identified(client: string): void {
    if (this.client !== client) this.#events.identified(this, client);
  }

  /**
   * The rest of the connection's bytes cannot be read. What is under way tells its caller: at once when it reads
   * its body, else when it is answered. What waits behind it will not be answered.
   * @returns what to do: `answer` when nothing is under way, `nothing` when it is known already
   */
  breakOff(detail: string): "answer" | "wait" | "nothing" {
    if (this.#broken) return "nothing";
    this.#broken = true;
    const [one] = this.#queue;
    if (!one) return "answer";
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
