/**
 * Hosts of resources' own: a stream's, a function's, a vault's. They come from the grant or, by the resource that the
 * path names, from OCI, read with the instance's own rights; never from the caller. Both end in the realm's domain.
 * @module
 */
import type { Dispatcher } from "undici";
import { hostWithin, type OwnHost } from "../../../oci/hosts.ts";
import { findOperation, type OperationMatch } from "../../../oci/operations/index.ts";
import { type InstancePrincipal, reason } from "../../instance-principal/index.ts";
import { ProxyError } from "../errors.ts";
import { ownGet } from "./own-call.ts";

/** Time for which a host is kept, in ms: as long as a resource that was moved is looked for at its old host. */
const KEPT_MS = 10 * 60_000;
/** Time for which a failure is kept, in ms: its callers would ask OCI again and again. */
const FAILURE_KEPT_MS = 5000;
const MAX_ENTRIES = 1024;

interface OwnHostEntry {
  host: Promise<string>;
  untilMs: number;
}

/** Learns hosts of resources' own, each once for all that wait for it. */
export class OwnHosts {
  readonly #principal: InstancePrincipal;
  readonly #dispatcher: Dispatcher;
  readonly #known = new Map<string, OwnHostEntry>();

  constructor(principal: InstancePrincipal, dispatcher: Dispatcher) {
    this.#principal = principal;
    this.#dispatcher = dispatcher;
  }

  /**
   * The host that serves a request that was allowed.
   * @param endpoint what the grant says, where it says so
   * @throws ProxyError `NoEndpoint`
   */
  hostOf(match: OperationMatch, own: OwnHost, endpoint: string | undefined): string | Promise<string> {
    if (endpoint !== undefined) return this.#checked(own, endpoint, "the grant's endpoint");
    const { service, name } = match.operation;
    const id = own.param === undefined ? undefined : match.params[own.param];
    if (id === undefined)
      throw new ProxyError(
        "NoEndpoint",
        `${service}.${name} is served by each ${own.of}'s own host, and the grant does not say which: its endpoint is the ${own.member} of ${own.read}`,
      );
    return this.#learned(own, id);
  }

  #learned(own: OwnHost, id: string): Promise<string> {
    const key = `${own.read} ${id}`;
    const known = this.#known.get(key);
    if (known && Date.now() < known.untilMs) return known.host;
    const entry: OwnHostEntry = { host: this.#read(own, id), untilMs: Number.POSITIVE_INFINITY };
    const keep = (ms: number) => (): void => {
      entry.untilMs = Date.now() + ms;
    };
    entry.host.then(keep(KEPT_MS), keep(FAILURE_KEPT_MS));
    this.#known.delete(key);
    this.#known.set(key, entry);
    if (this.#known.size > MAX_ENTRIES) this.#known.delete(this.#known.keys().next().value!);
    return entry.host;
  }

  /** Reads the resource. @throws ProxyError `NoEndpoint` */
  async #read(own: OwnHost, id: string): Promise<string> {
    const base = await this.#member(own, id).catch((error: unknown) => {
      if (error instanceof ProxyError) throw error;
      throw new ProxyError("NoEndpoint", `the host of ${own.of} ${id} could not be read: ${reason(error)}`);
    });
    return this.#checked(own, base, `the ${own.member} of ${id}`);
  }

  async #member(own: OwnHost, id: string): Promise<string> {
    const operation = findOperation(own.read)!;
    const target = operation.path.replace(/\{\w+\}/, () => encodeURIComponent(id));
    const response = await ownGet(this.#principal, this.#dispatcher, operation, target);
    if (response.status !== 200) {
      const needed = operation.permissions?.always.join(", ");
      throw new Error(
        `${own.read} answered ${response.status}: the instance needs the right to it${needed ? ` (${needed})` : ""}, or the grant an endpoint`,
      );
    }
    const value = (JSON.parse(response.text) as Record<string, unknown>)[own.member];
    if (typeof value !== "string") throw new Error(`${own.read} says no ${own.member}`);
    return value;
  }

  #checked(own: OwnHost, base: string, what: string): string {
    const { realmDomain } = this.#principal.identity!;
    const host = hostWithin(base, realmDomain, own);
    if (host !== undefined) return host;
    throw new ProxyError(
      "NoEndpoint",
      `${what} is ${JSON.stringify(base.slice(0, 200))}, which is no host in ${own.domain ?? realmDomain}: nothing is signed for it`,
    );
  }
}
