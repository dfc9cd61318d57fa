/** The resources of a local OCI, in memory. @module */
import type { Clock } from "./clock.ts";
import type { HiddenOf, ModelOf, Models, StateOf } from "./models.ts";
import { ocid } from "./ocids.ts";
import type { Region } from "./region.ts";

/** A state to come: applied when the clock has passed `at`. */
export interface Transition<S extends string = string> {
  /** The lifecycle state; absent for what has none and only does something then. */
  state?: S;
  at: number;
  then?: () => void;
}

/** One resource: the model that responses show, and hidden members that they never show. */
export interface Resource<K extends string = string> {
  id: string;
  /** The type in the OCID: `instance`, `vcn`, `vaultsecret`, … */
  type: K;
  /** Region key; absent for resources of the whole tenancy. */
  region?: string;
  model: ModelOf<K>;
  /** Key material, secret content, retry bookkeeping: nothing here is ever in a response. */
  hidden: HiddenOf<K>;
  /** Number of changes; the ETag follows from it. */
  version: number;
  /** States still to come, earliest first. */
  transitions: Transition<StateOf<K>>[];
}

/** The parts that a resource is made from. Hidden members must be given where its type needs them. */
export type NewResource<K extends string> = {
  id: string;
  type: K;
  region?: Region | undefined;
  model: ModelOf<K>;
  transitions?: Transition<StateOf<K>>[];
} & (Record<string, never> extends HiddenOf<K> ? { hidden?: HiddenOf<K> } : { hidden: HiddenOf<K> });

/** True for a resource of a type, whose model is then known. */
export const isOf = <K extends keyof Models>(resource: Resource, type: K): resource is Resource<K> =>
  resource.type === type;

/** All resources of all services, by OCID. */
export class Store {
  readonly #byId = new Map<string, Resource>();
  readonly #clock: Clock;
  #count = 0;
  readonly #revisions = new Map<string, number>();
  /** Counter of every change: a value derived from the store is stale when it has moved. */
  revision = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new OCID of a type; the same sequence of creates gives the same OCIDs. */
  newId(type: string, region?: Region): string {
    this.#count += 1;
    return ocid(type, region?.key ?? "", `${this.#count}`);
  }

  /** Adds a resource; `model.id` is set to its OCID where the service has not set another. */
  add<K extends string>(resource: NewResource<K>): Resource<K> {
    const added: Resource<K> = {
      id: resource.id,
      type: resource.type,
      ...(resource.region && { region: resource.region.key }),
      model: { id: resource.id, ...resource.model },
      // Left out only where nothing hidden is needed: the type of NewResource sees to that.
      hidden: resource.hidden ?? ({} as HiddenOf<K>),
      version: 1,
      transitions: resource.transitions ?? [],
    };
    // A resource of one type among those of all: TypeScript does not see it for a type that is not yet known.
    this.#byId.set(resource.id, added as unknown as Resource);
    this.#changed(resource.type);
    return added;
  }

  /** A resource by its OCID, its due transitions applied; undefined when there is none, or it is of another type. */
  get(id: string | undefined): Resource | undefined;
  get<K extends string>(id: string | undefined, type: K): Resource<K> | undefined;
  get(id: string | undefined, type?: string): Resource | undefined {
    const resource = id === undefined ? undefined : this.#byId.get(id);
    if (!resource || (type !== undefined && resource.type !== type)) return undefined;
    this.#settle(resource);
    return resource;
  }

  /** All resources of a type, oldest first, their due transitions applied. */
  list<K extends string>(type: K, region?: Region): Resource<K>[] {
    const found: Resource<K>[] = [];
    for (const resource of this.#byId.values()) {
      if (resource.type !== type || (region && resource.region && resource.region !== region.key)) continue;
      this.#settle(resource);
      // A type has one model: `add` sees to that.
      if (this.#byId.has(resource.id)) found.push(resource as unknown as Resource<K>);
    }
    return found;
  }

  /** Every resource there is. */
  all(): Resource[] {
    return [...this.#byId.values()].map((r) => this.get(r.id)).filter((r) => r !== undefined);
  }

  /** Notes that a resource's model was changed: new ETag. */
  touch(resource: Resource): void {
    resource.version += 1;
    this.#changed(resource.type);
  }

  /** Counts the changes of resources of these types, as `revision` does for all. */
  revisionOf(types: readonly string[]): number {
    return types.reduce((sum, type) => sum + (this.#revisions.get(type) ?? 0), 0);
  }

  /** Removes a resource. */
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
      if (state !== undefined) resource.model.lifecycleState = state;
      this.touch(resource);
      then?.();
    }
  }
}
