/**
 * The operations of Oracle's SDK clients, as types: parameters, bodies and responses. The SDK is never
 * loaded.
 * @module
 */
import type { Readable } from "node:stream";
import type { Handler } from "./service.ts";
import type { State } from "./state/state.ts";
import type { Wire } from "./state/wire.ts";

/** Operations of a client by name, as in `oci/operations`: `launchInstance` is `LaunchInstance`. */
type OperationsOf<Client> = {
  [K in keyof Client & string as Client[K] extends (request: never) => Promise<unknown>
    ? Capitalize<K>
    : never]: Client[K] extends (request: infer Q) => Promise<infer R> ? { request: Q; response: R } : never;
};

type ParameterValue = string | number | boolean | Date | readonly string[];

/** Members of a request that are its path, its query and its headers: all that are no models. */
type NamesOf<Q> = {
  [K in keyof Q & string]-?: NonNullable<Q[K]> extends ParameterValue ? K : never;
}[keyof Q & string];

/** The member of a response that is its body: all others are headers. */
type BodyMember<R> = {
  [K in keyof R & string]-?: NonNullable<R[K]> extends string | number | boolean | Date
    ? never
    : K extends "opcMeta" | "contentRange"
      ? never
      : K;
}[keyof R & string];

/** A header's name, from the member of a response: `opcNextPage` is `opc-next-page`. */
type HeaderName<K extends string> = K extends "eTag"
  ? "etag"
  : K extends `${infer A}${infer B}`
    ? `${A extends Lowercase<A> ? A : `-${Lowercase<A>}`}${HeaderName<B>}`
    : K;

/** Headers that the SDK does not read, and HTTP has all the same. */
type PlainHeader = "accept-ranges" | "content-range";

/** The headers of a response, those of an object's own metadata among them. */
type HeadersOf<R> =
  | { [K in keyof R & string]: K extends "opcMeta" ? `opc-meta-${string}` : HeaderName<K> }[keyof R & string]
  | PlainHeader;

/** The body of a response; undefined where it has none, bytes where the SDK gives a stream or a text. */
type BodyOf<R> = R extends { value: unknown }
  ? Buffer | Readable | string
  : [BodyMember<R>] extends [never]
    ? undefined
    : Wire<R[BodyMember<R>]>;

/** The handler of one operation of an SDK client. */
export type HandlerOf<
  Client,
  O extends keyof OperationsOf<Client>,
  C extends State = State,
> = OperationsOf<Client>[O] extends { request: infer Q; response: infer R }
  ? Handler<C, NamesOf<Q>, BodyOf<R>, HeadersOf<R>>
  : never;

/** Handlers of an SDK client's operations: each knows its parameters and the form of its response. */
export type Handlers<Client, C extends State = State> = {
  readonly [O in keyof OperationsOf<Client>]?: HandlerOf<Client, O, C>;
};
