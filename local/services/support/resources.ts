/**
 * Helpers for resources in handlers of every service: find, name as target, respond, move through states.
 * @module
 */

import { incorrectState, notFound } from "../../errors.ts";
import { etagOf } from "../../etag.ts";
import type { Call, Reply, Target, Variable } from "../../service.ts";
import type { Model, ModelOf, StateOf } from "../../state/models.ts";
import type { State } from "../../state/state.ts";
import type { Resource, Transition } from "../../state/store.ts";
import { tagVariables } from "./tags.ts";

/** A resource that has an OCID of its own and a compartment. */
export type Owned<K extends string = string> = Resource<K> & {
  model: { id: string; compartmentId: string; lifecycleState: string };
};

/** True for a resource that lies in a compartment. */
export const isOwned = (resource: Resource): resource is Owned => resource.model.compartmentId !== undefined;

/** States in which a resource is on its way out or gone: it no longer counts against names, limits, references. */
const GONE = new Set(["TERMINATING", "TERMINATED", "DELETING", "DELETED", "DETACHING", "DETACHED"]);

/** True while a resource counts: it is not being deleted, nor deleted. */
export const isAlive = (resource: Resource): boolean => !GONE.has(resource.model.lifecycleState ?? "");

/**
 * A resource by OCID that is of a type and in the request's region.
 * @throws 404 when there is none
 */
export const find = <K extends string>(call: Call, type: K, id: string | undefined): Owned<K> => {
  const resource = call.cloud.store.get(id, type);
  const elsewhere = resource?.region && resource.region !== call.region.key;
  if (!resource || elsewhere || !call.cloud.store.get(resource.id)) throw notFound();
  // What lies in a region has an OCID of its own and a compartment.
  return resource as Owned<K>;
};

/**
 * Finds a resource as `find` does, for one that a request refers to: one on its way out cannot be used any
 * more.
 */
export const findUsable = <K extends string>(call: Call, type: K, id: string | undefined): Owned<K> => {
  const resource = find(call, type, id);
  if (!isAlive(resource)) throw notFound();
  return resource;
};

/** All resources of a type in the request's region: each has an OCID of its own and a compartment. */
export const listOf = <K extends string>(call: Call, type: K): Owned<K>[] =>
  call.cloud.store.list(type, call.region) as Owned<K>[];

/** Policy variables that name a resource by OCID, by the resource's type: those of Oracle's policy reference. */
const ID_VARIABLE: Readonly<Record<string, string>> = {
  image: "target.image.id",
  instance: "target.instance.id",
  vault: "target.vault.id",
  key: "target.key.id",
  vaultsecret: "target.secret.id",
  loggroup: "target.loggroup.id",
  queue: "target.queue.id",
  stream: "target.stream.id",
  "dns-zone": "target.dns-zone.id",
};

/** The target that a resource is: its compartment, OCID and tags as policy variables. */
export const targetOf = (
  _call: Call,
  resource: Owned,
  more: {
    variables?: Record<string, Variable>;
    permissions?: readonly string[];
    when?: readonly string[];
  } = {},
): Target => {
  const idVariable = ID_VARIABLE[resource.type];
  const { variables, ...rest } = more;
  return {
    compartment: resource.model.compartmentId,
    variables: {
      ...(idVariable && { [idVariable]: resource.id }),
      ...tagVariables(resource),
      ...variables,
    },
    resource: resource.id,
    ...rest,
  };
};

/** True when a compartment is there; nothing new can be made in one that is deleted or on its way out. */
const isThere = ({ cloud, operation }: Call, compartment: string): boolean => {
  if (compartment === cloud.tenancy.id) return true;
  const found = cloud.store.get(compartment);
  return found?.type === "compartment" && (operation.method === "GET" || isAlive(found));
};

/**
 * The target of an operation in a compartment: a create, a list.
 * @throws 404 when there is no such compartment
 */
export const compartmentTarget = (
  call: Call,
  compartment: string | null | undefined,
  more: {
    variables?: Record<string, Variable>;
    permissions?: readonly string[];
    when?: readonly string[];
  } = {},
): Target => {
  if (!compartment || !isThere(call, compartment)) throw notFound();
  const { variables, ...rest } = more;
  return {
    compartment,
    ...(variables && { variables }),
    ...rest,
  };
};

/** The response that shows a resource, with its entity tag. */
export const responseOf = <K extends string, H extends string = never>(
  resource: Resource<K>,
  more: { status?: number; headers?: Readonly<Record<H, string>> } = {},
): Reply<ModelOf<K>, H | "etag"> => ({
  body: resource.model,
  ...more,
  headers: { etag: etagOf(resource), ...more.headers },
});

/**
 * Time for which a terminated resource stays visible before it gives 404, in ms. Unverified; OCI does not
 * say.
 */
const TERMINATED_VISIBLE_MS = 3_600_000;

/** A state to come. */
export const transitionTo = <S extends string>(state: S, at: number, then?: () => void): Transition<S> => ({
  state,
  at,
  ...(then && { then }),
});

/** A later action that is no lifecycle state. */
export const later = (at: number, then: () => void): Transition<never> => ({ at, then });

/** Puts a resource into an intermediate state, and into `state` when the transition time has passed. */
export const moveTo = <K extends string>(
  cloud: State,
  resource: Resource<K>,
  via: StateOf<K>,
  state: StateOf<K>,
  then?: () => void,
): void => {
  const model: Model = resource.model;
  model.lifecycleState = via;
  resource.transitions = [transitionTo(state, cloud.clock.now() + cloud.settings.transitionMs, then)];
  cloud.store.touch(resource);
};

/** Takes a resource out through two states and then removes it, after a time in which it is still visible. */
export const takeOut = <K extends string>(
  cloud: State,
  resource: Resource<K>,
  via: StateOf<K>,
  state: StateOf<K>,
): void => {
  moveTo(cloud, resource, via, state);
  const forgottenAt = resource.transitions[0]!.at + TERMINATED_VISIBLE_MS;
  resource.transitions.push(transitionTo(state, forgottenAt, () => cloud.store.remove(resource.id)));
};

/** The state and transition that a new resource starts with. */
export const starting = <S extends string>(
  cloud: State,
  state: S,
  then?: () => void,
): { transitions: Transition<S>[] } => ({
  transitions: [transitionTo(state, cloud.clock.now() + cloud.settings.transitionMs, then)],
});

/** Throws 409 IncorrectState unless the resource is in one of the states. Text unverified. */
export const requireState = <K extends string>(
  resource: Resource<K>,
  ...states: readonly StateOf<K>[]
): void => {
  const model: Model = resource.model;
  const state = model.lifecycleState ?? "";
  if (!states.some((s) => s === state))
    throw incorrectState(
      `The resource ${resource.id} is in state ${state}; it must be ${states.join(" or ")}.`,
    );
};
