/**
 * The instance principal of the machine this runs on: metadata service → leaf certificate and key → session
 * key → federation → security token → signer.
 *
 * @example
 * const principal = createInstancePrincipal();
 * const session = await principal.session();
 * const authorization = await signRequest(session, { method: "GET", host, target, date });
 * @module
 */
import type { Dispatcher } from "undici";
import type { InstanceRegion } from "./instance-region.ts";
import { MetadataClient, type MetadataOptions } from "./metadata.ts";
import { InstancePrincipal, type PrincipalObserver, type RefreshSettings } from "./principal.ts";
import { type MakeKeyPair, SessionMaker } from "./session.ts";

export { isClockSane } from "./clock.ts";
export { PrincipalError, reason } from "./errors.ts";
export { METADATA_BASE_URL } from "./metadata.ts";
export { InstancePrincipal, type PrincipalObserver } from "./principal.ts";
export type { Identity, Session } from "./session.ts";
export { signRequest, type UnsignedRequest } from "./signer.ts";
export { createTransport, type TransportOptions } from "./transport.ts";

/** Options of the instance principal; every default is right on an instance. */
export interface InstancePrincipalOptions {
  metadata?: MetadataOptions;
  /** Region and realm in place of those in the metadata. */
  place?: Partial<InstanceRegion>;
  /** Endpoint of the auth service in place of `https://auth.<region>.<realm domain>`. */
  federationEndpoint?: string;
  /** Limit for one call of the auth service, in ms. @default 10000 */
  federationTimeoutMs?: number;
  /** Connections to the auth service: a certificate authority of its own, another address. */
  dispatcher?: Dispatcher;
  /** Makes the key pair of each session. @default a new one, made on another thread */
  newKeyPair?: MakeKeyPair;
  refresh?: Partial<RefreshSettings>;
  observer?: PrincipalObserver;
}

/** An instance principal; its first session is made when it is first asked for. */
export const createInstancePrincipal = (options: InstancePrincipalOptions = {}): InstancePrincipal => {
  const maker = new SessionMaker({
    metadata: new MetadataClient(options.metadata),
    dispatcher: options.dispatcher,
    place: options.place,
    federationEndpoint: options.federationEndpoint,
    federationTimeoutMs: options.federationTimeoutMs ?? 10_000,
    newKeyPair: options.newKeyPair,
  });
  return new InstancePrincipal(maker, options.refresh, options.observer);
};
