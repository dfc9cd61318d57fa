/** What the handlers of the identity service share. @module */
import { z } from "zod";
import { conflict, notFound, notHomeRegion } from "../../errors.ts";
import type { Call, Handler, Reply, Target, Variable } from "../../service.ts";
import type { Model, Resource } from "../../state/store.ts";
import { tagMembers } from "../support/body.ts";
import { answer, isAlive } from "../support/resources.ts";
import { checkDefinedTags, tagsOf, tagVariables } from "../support/tags.ts";

/** A resource of the identity service. */
export type IdentityResource = Resource & { model: Model & { compartmentId: string; name: string } };

/** Text that must be there, as descriptions: 1 to 400 characters. */
export const description = z.string().min(1).max(400);

/** Names of groups, dynamic groups, policies and users: no spaces (SDK documentation of the create details). */
export const identityName = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[\w.+@-]+$/, "may contain letters, digits, hyphens, periods, underscores, + and @ only");

/** What every update may change. */
export const tagChanges = tagMembers;

/** Handlers that write: outside the home region they are refused before anything else is looked at. */
export const homeOnly = (handlers: Readonly<Record<string, Handler>>): Record<string, Handler> =>
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
  );

/** A live resource of a type by the OCID in the path. @throws 404 when there is none */
export const findIdentity = (call: Call, type: string, id: string | undefined): IdentityResource => {
  const resource = id ? call.cloud.store.get(id) : undefined;
  if (resource?.type !== type || !isAlive(resource)) throw notFound();
  return resource as IdentityResource;
};

/** Live resources of a type. */
export const liveOf = (call: Call, type: string): IdentityResource[] =>
  call.cloud.store.list(type).filter(isAlive) as IdentityResource[];

/** Where users, groups and dynamic groups live. */
export const inRoot = (call: Call, variables: Record<string, Variable> = {}, resource?: string): Target => ({
  compartment: call.cloud.tenancy.id,
  variables: variables,
  ...(resource && { resource }),
});

/**
 * A resource as target.
 * @param prefix of the variables that name it: `target.user` for `target.user.id` and `target.user.name`
 */
export const identityTarget = (resource: IdentityResource, prefix: string): Target => ({
  compartment: resource.model.compartmentId,
  variables: {
    ...tagVariables(resource),
    [`${prefix}.id`]: resource.id,
    [`${prefix}.name`]: resource.model.name,
  },
  resource: resource.id,
});

/** Throws 409 when a live resource of the type (or of one of `types`) has the name, ignoring case. */
export const checkName = (
  call: Call,
  type: string,
  name: string,
  { code, text, among = () => true, types = [type] }: NameConflict,
): void => {
  const taken = types.some((t) => liveOf(call, t).some((r) => same(r.model.name, name) && among(r)));
  if (taken) throw conflict(code, text(name));
};

/** How a name that is taken is answered. */
export interface NameConflict {
  code: string;
  text: (name: string) => string;
  /** Types that share their names. */
  types?: readonly string[];
  /** Which resources the name must be unique among; all of the type when absent. */
  among?: (resource: IdentityResource) => boolean;
}

/**
 * Groups and dynamic groups share their names (registry page of oci_identity_dynamic_group: the name "has to be
 * also unique across all groups in your tenancy").
 */
export const GROUP_TYPES = ["group", "dynamicgroup"] as const;

const same = (a: unknown, b: string): boolean => String(a ?? "").toLowerCase() === b.toLowerCase();

interface Tagged {
  freeformTags?: Record<string, string> | undefined;
  definedTags?: Record<string, Record<string, string>> | undefined;
}

/** Adds a resource that is active at once, unless states are still to come. */
export const create = (
  call: Call,
  type: string,
  model: Model & { compartmentId: string },
  tags: Tagged,
  more: { hidden?: Record<string, unknown>; id?: string; transitions?: Resource["transitions"] } = {},
): IdentityResource => {
  const { cloud } = call;
  checkDefinedTags(cloud, tags.definedTags);
  const id = more.id ?? cloud.store.newId(type);
  return cloud.store.add({
    id,
    type,
    model: {
      id,
      ...model,
      ...tagsOf(tags),
      lifecycleState: more.transitions?.length ? "CREATING" : "ACTIVE",
      timeCreated: cloud.clock.iso(),
    },
    ...(more.hidden && { hidden: more.hidden }),
    ...(more.transitions && { transitions: more.transitions }),
  }) as IdentityResource;
};

/** Sets the members that an update sends. */
export const update = (
  call: Call,
  resource: IdentityResource,
  changes: Record<string, unknown> & Tagged,
): Reply => {
  checkDefinedTags(call.cloud, changes.definedTags);
  for (const [member, value] of Object.entries(changes)) {
    if (value !== undefined) resource.model[member] = value;
  }
  call.cloud.store.touch(resource);
  return answer(resource);
};

/** Forgets a resource. */
export const remove = (call: Call, resource: IdentityResource): Reply => {
  call.cloud.store.remove(resource.id);
  return { status: 204 };
};
