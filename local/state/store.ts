/** The resources of a local OCI, in memory. @module */
import type { Clock } from "./clock.ts";
import { ocid } from "./ocids.ts";
import type { Region } from "./region.ts";

/** The members that a model of any resource may have; services add theirs. */
export interface Model extends Record<string, unknown> {
  id?: string;
  compartmentId?: string;
  lifecycleState?: string;
  displayName?: string;
  name?: string;
  timeCreated?: string;
  freeformTags?: Record<string, string>;
  definedTags?: Record<string, Record<string, string>>;
}

/** One resource: the model that is answered, and what never is. */
export interface Resource<M extends Model = Model> {
  id: string;
  /** As in the OCID: `instance`, `vcn`, `vaultsecret`, … */
  type: string;
  /** Region key; absent for resources of the whole tenancy. */
  region?: string;
  model: M;
  /** Key material, secret content, retry bookkeeping: nothing here is ever answered. */
  hidden: Record<string, unknown>;
  /** Counts changes; the ETag follows from it. */
  version: number;
  /** States still to come, earliest first: applied when the clock has passed `at`. */
  transitions: { state: string; at: number; then?: () => void }[];
}

/** All resources of all services, by OCID. */
export class Store {
  readonly #byId = new Map<string, Resource>();
  readonly #clock: Clock;
  #count = 0;
  readonly #revisions = new Map<string, number>();
  /** Counts every change: what is derived from the store is stale when it has moved. */
  revision = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new OCID of a type; the same sequence of creates gives the same OCIDs. */
  newId(type: string, region?: Region): string {
    this.#count += 1;
    return ocid(type, region?.key ?? "", String(this.#count));
  }

  /** Adds a resource; `model.id` is set to its OCID where the service has not set another. */
  add<M extends Model>(resource: {
    id: string;
    type: string;
    region?: Region | undefined;
    model: M;
    hidden?: Record<string, unknown>;
    transitions?: Resource["transitions"];
  }): Resource<M> {
    const added: Resource<M> = {
      id: resource.id,
      type: resource.type,
      ...(resource.region && { region: resource.region.key }),
      model: { id: resource.id, ...resource.model },
      hidden: resource.hidden ?? {},
      version: 1,
      transitions: resource.transitions ?? [],
    };
    this.#byId.set(resource.id, added);
    this.#changed(resource.type);
    return added;
  }

  /** A resource by its OCID, its due transitions applied; undefined when there is none. */
  get(id: string): Resource | undefined {
    const resource = this.#byId.get(id);
    if (resource) this.#settle(resource);
    return resource;
  }

  /** All resources of a type, oldest first, their due transitions applied. */
  list(type: string, region?: Region): Resource[] {
    const found: Resource[] = [];
    for (const resource of this.#byId.values()) {
      if (resource.type !== type || (region && resource.region && resource.region !== region.key)) continue;
      this.#settle(resource);
      if (this.#byId.has(resource.id)) found.push(resource);
    }
    return found;
  }

  /** Every resource there is. */
  all(): Resource[] {
    return [...this.#byId.values()].map((r) => this.get(r.id)).filter((r) => r !== undefined);
  }

  /** Says that a resource's model was changed: new ETag. */
  touch(resource: Resource): void {
    resource.version += 1;
    this.#changed(resource.type);
  }

  /** Counts the changes of resources of these types, as `revision` does for all. */
  revisionOf(types: readonly string[]): number {
    return types.reduce((sum, type) => sum + (this.#revisions.get(type) ?? 0), 0);
  }

  /** Forgets a resource. */
  remove(id: string): void {
    const resource = this.#byId.get(id);
    if (!resource) return;
    this.#byId.delete(id);
    this.#changed(resource.type);
  }

  #changed(type: string): void {
    this.revision += 1;
    this.#revisions.set(type, (this.#revisions.get(type) ?? 0) + 1);
  }

  #settle(resource: Resource): void {
    while (resource.transitions[0] && resource.transitions[0].at <= this.#clock.now()) {
      const { state, then } = resource.transitions.shift()!;
      resource.model.lifecycleState = state;
      this.touch(resource);
      then?.();
    }
  }
}
