/** Helpers that the handlers of the identity service share. @module */
import { z } from "zod";
import { conflict, notFound, notHomeRegion } from "../../errors.ts";
import type { Call, Handler, Reply, Target, Variable } from "../../service.ts";
import type { HiddenOf, Model, ModelOf, Models, StateOf } from "../../state/models.ts";
import type { NewResource, Resource, Transition } from "../../state/store.ts";
import { setMembers, tagMembers } from "../support/body.ts";
import { isAlive, responseOf } from "../support/resources.ts";
import { checkDefinedTags, tagMembersOf, tagVariables } from "../support/tags.ts";

/** Types of resources that have a name and lie in a compartment. */
type NamedType = {
  [K in keyof Models]: Models[K] extends { compartmentId: string; name: string } ? K : never;
}[keyof Models];

/** A resource that has a name and lies in a compartment. */
interface NamedResource extends Pick<Resource, "id"> {
  model: Model & { compartmentId: string; name: string };
}

/** A required text, as descriptions are: 1 to 400 characters. */
export const description = z.string().min(1).max(400);

/** Names of groups, dynamic groups, policies and users: no spaces (SDK documentation of the create details). */
export const identityName = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[\w.+@-]+$/, "may contain letters, digits, hyphens, periods, underscores, + and @ only");

/** Members that every update may change. */
export const tagChanges = tagMembers;

/**
 * Wraps handlers that write: outside the home region they are refused before anything else is looked at. The
 * result has the same operations, which Object.fromEntries cannot say.
 */
export const homeOnly = <H extends Readonly<Record<string, Handler>>>(handlers: H): H =>
  Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [
      name,
      {
        run: handler.run,
        target: (call: Call) => {
          const [home] = call.cloud.regions;
          if (call.region !== home) throw notHomeRegion(home.key);
          return handler.target(call);
        },
      },
    ]),
  ) as H;

/** A live resource of a type by the OCID in the path. @throws 404 when there is none */
export const findIdentity = <K extends keyof Models>(
  call: Call,
  type: K,
  id: string | undefined,
): Resource<K> => {
  const resource = call.cloud.store.get(id, type);
  if (!resource || !isAlive(resource)) throw notFound();
  return resource;
};

/** Live resources of a type. */
export const liveOf = <K extends keyof Models>(call: Call, type: K): Resource<K>[] =>
  call.cloud.store.list(type).filter(isAlive);

/** The target of users, groups and dynamic groups, which live in the root. */
export const inRoot = (call: Call, variables: Record<string, Variable> = {}, resource?: string): Target => ({
  compartment: call.cloud.tenancy.id,
  variables: variables,
  ...(resource && { resource }),
});

/**
 * A resource as target.
 * @param prefix of the variables that name it: `target.user` for `target.user.id` and `target.user.name`
 */
export const identityTarget = (resource: NamedResource, prefix: string): Target => ({
  compartment: resource.model.compartmentId,
  variables: {
    ...tagVariables(resource),
    [`${prefix}.id`]: resource.id,
    [`${prefix}.name`]: resource.model.name,
  },
  resource: resource.id,
});

/** Throws 409 when a live resource of the type (or of one of `types`) has the name, ignoring case. */
export const checkName = <K extends NamedType>(
  call: Call,
  type: K,
  name: string,
  { code, text, among = () => true, types = [type] }: NameConflict<K>,
): void => {
  const taken = types.some((t) => liveOf(call, t).some((r) => same(r.model.name, name) && among(r)));
  if (taken) throw conflict(code, text(name));
};

/** The conflict that responses report for a name that is taken. */
interface NameConflict<K extends NamedType> {
  code: string;
  text: (name: string) => string;
  /** Types that share their names. */
  types?: readonly K[];
  /** Selects the resources among which the name must be unique; all of the type when absent. */
  among?: (resource: Resource<K>) => boolean;
}

/**
 * Types that share their names: groups and dynamic groups (registry page of oci_identity_dynamic_group: the
 * name "has to be also unique across all groups in your tenancy").
 */
export const GROUP_TYPES = ["group", "dynamicgroup"] as const;

const same = (a: string | undefined, b: string): boolean => (a ?? "").toLowerCase() === b.toLowerCase();

interface Tagged {
  freeformTags?: Record<string, string> | undefined;
  definedTags?: Record<string, Record<string, string>> | undefined;
}

/** Members that `create` fills in. */
type MadeMember = "id" | "lifecycleState" | "timeCreated" | "freeformTags" | "definedTags";

/** Adds a resource that is active at once, unless states are still to come. */
export const create = <K extends keyof Models>(
  call: Call,
  type: K,
  model: Omit<Models[K], MadeMember>,
  tags: Tagged,
  more: { hidden?: HiddenOf<K>; id?: string; transitions?: Transition<StateOf<K>>[] } = {},
): Resource<K> => {
  const { cloud } = call;
  checkDefinedTags(cloud, tags.definedTags);
  const id = more.id ?? cloud.store.newId(type);
  const added = {
    id,
    type,
    model: {
      id,
      ...model,
      ...tagMembersOf(tags),
      lifecycleState: more.transitions?.length ? "CREATING" : "ACTIVE",
      timeCreated: cloud.clock.iso(),
    },
    ...(more.hidden && { hidden: more.hidden }),
    ...(more.transitions && { transitions: more.transitions }),
  };
  // What every model of the service has is added here; the rest is the caller's.
  return cloud.store.add(added as unknown as NewResource<K>);
};

/** Sets the members that an update sends. */
export const update = <
  K extends keyof Models,
  C extends { [M in keyof C]: M extends keyof Models[K] ? Models[K][M] | undefined : never },
>(
  call: Call,
  resource: Resource<K>,
  changes: C & Tagged,
): Reply<ModelOf<K>> => {
  checkDefinedTags(call.cloud, changes.definedTags);
  // The type of `changes` has checked the names.
  setMembers<object>(resource.model, changes);
  call.cloud.store.touch(resource);
  return responseOf(resource);
};

/** Removes a resource. */
export const remove = (call: Call, resource: Pick<Resource, "id">): Reply<undefined> => {
  call.cloud.store.remove(resource.id);
  return { status: 204 };
};
