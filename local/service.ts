/**
 * The interface of a service of the local OCI: handlers by operation name. Paths, methods and permissions
 * stand in `oci/operations`; authentication, authorisation, retry tokens, If-Match, audit and error responses
 * happen once, in front of the handlers.
 * @module
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Operation } from "../oci/operations/index.ts";
import type { Cloud } from "./cloud.ts";
import type { ServiceError } from "./errors.ts";
import type { Caller } from "./state/caller.ts";
import type { Region } from "./state/region.ts";
import type { State } from "./state/state.ts";
import type { JsonObject } from "./state/wire.ts";

export type { Caller } from "./state/caller.ts";

/** A request's query: asked for the parameters that its operation has. */
export type Query<N extends string = string> = Pick<URLSearchParams, "entries" | "size"> & {
  get(name: N): string | null;
  getAll(name: N): string[];
};

/**
 * One authenticated request, on its way to a handler.
 * @typeParam N names of the operation's parameters
 * @typeParam C what the handler works on: the state, and more where it says so
 */
export interface Call<N extends string = string, C extends State = State> {
  cloud: C;
  operation: Operation;
  caller: Caller;
  region: Region;
  /** The host name that the request was sent to: a vault's own host, say. */
  host: string;
  /** Path parameters, decoded. */
  params: Readonly<Record<N, string | undefined>>;
  query: Query<N>;
  headers: IncomingHttpHeaders;
  /** The body as sent, its digest verified; empty for the operations that stream. */
  body: Buffer;
  /** The body of an operation whose body is not signed (object uploads). */
  stream?: Readable;
  /** The body as a JSON object. Throws 400 InvalidParameter naming what is wrong. */
  json(): JsonObject;
  requestId: string;
}

/** A value of a policy variable. */
export type Variable = string | readonly string[];

/**
 * The thing that a request is about, for authorisation. An operation that touches several compartments (an
 * instance and its subnet) gives several, each with the permissions it is about.
 */
export interface Target {
  compartment: string;
  /** `target.secret.id` and the like; tags as `target.resource.tag.<ns>.<key>`. */
  variables?: Readonly<Record<string, Variable>>;
  /** Those of the operation's permissions that are about this target; all of them when absent. */
  permissions?: readonly string[];
  /** The operation's name in policies where a parameter makes it another one; its permissions are that one's. */
  operation?: string;
  /** Cases of a conditional operation (keys of `when` in the table) that apply. */
  when?: readonly string[];
  /** The resource's OCID, or its path where it has none. */
  resource?: string;
  /** The name and details in an audit event of a resource without an OCID. */
  event?: { name: string; details: JsonObject };
  /** The service that acts here for the caller, as statements name it: it needs the permissions, not the caller. */
  actingService?: string;
  /** The response to a forbidden caller, where the service words its 404 in a way of its own. */
  refusal?: ServiceError;
}

/** A response. `body` is sent as JSON unless it is a Buffer or a stream. */
export interface Reply<B = unknown, H extends string = string> {
  /** 200 when absent. */
  status?: number;
  body?: B;
  headers?: { readonly [K in H]?: string };
}

/**
 * One operation: finds its target, then runs. Both may throw `ServiceError`.
 * @typeParam B the response's body
 * @typeParam H names of the response's headers
 */
export interface Handler<
  C extends State = State,
  N extends string = string,
  B = unknown,
  H extends string = string,
> {
  /**
   * Finds the target; throws `notFound()` when it does not exist (the response is the same as for forbidden).
   */
  target(call: Call<N, C>): Target | readonly Target[];
  run(call: Call<N, C>): Reply<B, H> | Promise<Reply<B, H>>;
}

/** A request without a signature, for what a service serves to anybody who knows a URL. */
export interface AnonymousCall {
  cloud: State;
  region: Region;
  host: string;
  method: string;
  /** Path and query exactly as sent. */
  target: string;
  headers: IncomingHttpHeaders;
  /** The body, unread. */
  stream: Readable;
  /** Lets a client send its body that waits for `100 Continue`; called when the request is allowed. */
  proceed(): void;
  requestId: string;
  /**
   * Throws 404 unless a caller may do an operation on a target now: a URL that somebody made is worth what
   * its maker may do when it is used.
   */
  authorise(caller: Caller, operation: Operation, target: Target): void;
}

/** A service: its name in `oci/operations` and a handler for each operation it serves. */
export interface Service {
  name: string;
  handlers: Readonly<Record<string, Handler<Cloud>>>;
  /**
   * Serves a request that carries no Authorization header: pre-authenticated requests (`/p/…`). Undefined
   * when the request is none of those; then it must be signed like any other.
   */
  anonymous?(call: AnonymousCall): Reply | Promise<Reply> | undefined;
}
