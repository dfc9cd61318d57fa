/**
 * Create, get, list, update, delete and move, for the many resources that differ only in their members.
 * @module
 */
import type { VirtualNetworkClient } from "oci-core";
import { z } from "zod";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Handler, Target } from "../../service.ts";
import type { HiddenOf, Model, ModelOf, Models } from "../../state/models.ts";
import type { NewResource, Resource } from "../../state/store.ts";
import { readBody, setMembers, tagMembers } from "./body.ts";
import {
  compartmentTarget,
  find,
  listOf,
  type Owned,
  requireState,
  responseOf,
  starting,
  takeOut,
  targetOf,
} from "./resources.ts";
import { checkDefinedTags, tagMembersOf } from "./tags.ts";

/** Members that every create takes. */
const ownMembers = z.object({
  compartmentId: z.string(),
  displayName: z.string().optional(),
  ...tagMembers,
});
const tagsOnly = z.object(tagMembers);

/** Members that every resource has, which a collection fills in, and those of a VCN that `made` does. */
type CollectionMember =
  | "id"
  | "compartmentId"
  | "displayName"
  | "freeformTags"
  | "definedTags"
  | "lifecycleState"
  | "timeCreated"
  | `default${"RouteTable" | "SecurityList" | "DhcpOptions"}Id`;

/** The members of a new resource beside those that every resource has. */
export interface NewMembers<K extends keyof Models> {
  model: Omit<Models[K], CollectionMember>;
  hidden?: HiddenOf<K>;
}

/** A kind of resource: the names of its operations and its differences from the others. */
export interface CollectionKind<
  K extends keyof Models,
  N extends string,
  P extends string,
  C extends z.ZodObject,
  U extends z.ZodObject,
> {
  /** The noun in operation names: `Vcn`, `InternetGateway`. */
  noun: N;
  /** The plural in the list operation's name, where it is not noun + `s`. */
  plural?: P;
  /** The type in the OCID. */
  type: K;
  /** The path parameter that holds the OCID. */
  param: string;
  create: C;
  update: U;
  /** `X` of the permissions `X_CREATE`, `X_UPDATE`, `X_DELETE` that are about the resource's own compartment. */
  permission: string;
  /** Targets that a create touches beside the resource, each with the permissions that are about it. */
  creates?(call: Call, body: z.output<C>): readonly Target[];
  updates?(call: Call, resource: Owned<K>, body: z.output<U>): readonly Target[];
  deletes?(call: Call, resource: Owned<K>): readonly Target[];
  /** The members of a new resource. Throws for what the service refuses. */
  make(call: Call, body: z.output<C>, id: string): NewMembers<K>;
  /** Called when the new resource stands in the store. */
  made?(call: Call, resource: Owned<K>): void;
  /** Checks an update and gives the members that it sets; the body's own when absent. */
  change?(
    call: Call,
    resource: Owned<K>,
    body: z.output<U>,
  ): { [M in keyof Models[K]]?: Models[K][M] | undefined };
  /** Throws when something still needs the resource. */
  beforeDelete?(call: Call, resource: Owned<K>): void;
  /** Called when the delete was accepted. */
  deleted?(call: Call, resource: Owned<K>): void;
  /** Query parameters that lists filter by, beside compartment, display name and lifecycle state. */
  filters?: readonly (keyof ModelOf<K> & string)[];
}

const moveBody = z.object({ compartmentId: z.string() });

/** The resource's own target, narrowed to its own permission where the operation touches others. */
const withOthers = (
  own: Target,
  permission: string,
  others: readonly Target[],
): Target | readonly Target[] => (others.length ? [{ ...own, permissions: [permission] }, ...others] : own);

const listFilters = ["compartmentId", "displayName", "lifecycleState"] as const;

/** The compartment that a list is about. Throws 400 when the request names none. */
export const listTarget = (call: Call): Target => compartmentTarget(call, call.query.get("compartmentId"));

type CollectionOperation<N extends string, P extends string> =
  | `${"Create" | "Get" | "Update" | "Delete"}${N}`
  | `Change${N}Compartment`
  | `List${P}`;

type Operations = Required<Handlers<VirtualNetworkClient>>;

/**
 * The handlers of one kind of resource of a network: `CreateX`, `GetX`, `ListXs`, `UpdateX`, `DeleteX`,
 * `ChangeXCompartment`.
 */
export const collection = <
  K extends keyof Models,
  N extends string,
  C extends z.ZodObject,
  U extends z.ZodObject,
  P extends string = `${N}s`,
>(
  kind: CollectionKind<K, N, P, C, U>,
): Pick<Operations, CollectionOperation<N, P> & keyof Operations> => {
  const one = (call: Call): Owned<K> => find(call, kind.type, call.params[kind.param]);
  const ownTarget = (call: Call): Target => targetOf(call, find<string>(call, kind.type, one(call).id));
  const handlers: Record<string, Handler> = {
    [`Create${kind.noun}`]: {
      target: (call) => {
        const body = readBody(call, kind.create);
        const own = compartmentTarget(call, readBody(call, ownMembers).compartmentId);
        return withOthers(own, `${kind.permission}_CREATE`, kind.creates?.(call, body) ?? []);
      },
      run: (call) => {
        const { cloud } = call;
        const body = readBody(call, kind.create);
        const own = readBody(call, ownMembers);
        checkDefinedTags(cloud, own.definedTags);
        const id = cloud.store.newId(kind.type, call.region);
        const { model, hidden } = kind.make(call, body, id);
        const added = {
          id,
          type: kind.type,
          region: call.region,
          model: {
            id,
            compartmentId: own.compartmentId,
            displayName: own.displayName ?? `${kind.noun.toLowerCase()}${timestamp(cloud.clock.now())}`,
            ...tagMembersOf(own),
            lifecycleState: "PROVISIONING",
            timeCreated: cloud.clock.iso(),
            ...model,
          },
          ...(hidden && { hidden }),
          ...starting(cloud, "AVAILABLE"),
        };
        // What every model of a network has is added here; `make` has checked the rest.
        const resource = cloud.store.add(added as unknown as NewResource<K>) as Owned<K>;
        kind.made?.(call, resource);
        return responseOf(resource);
      },
    },
    [`Get${kind.noun}`]: {
      target: (call) => ownTarget(call),
      run: (call) => responseOf(one(call)),
    },
    [`List${kind.plural ?? `${kind.noun}s`}`]: {
      target: listTarget,
      run: (call) => {
        const asked = (kind.filters ?? []).filter((name) => call.query.get(name));
        const found = listOf(call, kind.type).filter(({ model }: Resource<K>) =>
          asked.every((name) => model[name] === call.query.get(name)),
        );
        return listReply<Model, keyof Model>(
          call,
          found.map((r) => r.model),
          { filters: listFilters },
        );
      },
    },
    [`Update${kind.noun}`]: {
      target: (call) => {
        const resource = one(call);
        const others = kind.updates?.(call, resource, readBody(call, kind.update)) ?? [];
        return withOthers(ownTarget(call), `${kind.permission}_UPDATE`, others);
      },
      run: (call) => {
        const resource = one(call);
        const body = readBody(call, kind.update);
        requireState<string>(resource, "AVAILABLE", "PROVISIONING", "UPDATING");
        checkDefinedTags(call.cloud, readBody(call, tagsOnly).definedTags);
        const changes = kind.change?.(call, resource, body) ?? body;
        // `details` and `change` have checked the names: here the type is any.
        setMembers<object>(resource.model, changes);
        call.cloud.store.touch(resource);
        return responseOf(resource);
      },
    },
    [`Delete${kind.noun}`]: {
      target: (call) => {
        const resource = one(call);
        const others = kind.deletes?.(call, resource) ?? [];
        return withOthers(ownTarget(call), `${kind.permission}_DELETE`, others);
      },
      run: (call) => {
        const resource = one(call);
        requireState<string>(resource, "AVAILABLE", "PROVISIONING", "UPDATING");
        kind.beforeDelete?.(call, resource);
        takeOut<string>(call.cloud, resource, "TERMINATING", "TERMINATED");
        kind.deleted?.(call, resource);
        return { status: 204 };
      },
    },
    [`Change${kind.noun}Compartment`]: {
      target: (call) => [ownTarget(call), compartmentTarget(call, readBody(call, moveBody).compartmentId)],
      run: (call) => {
        const resource = one(call);
        const model: Model = resource.model;
        model.compartmentId = readBody(call, moveBody).compartmentId;
        call.cloud.store.touch(resource);
        return { status: 204 };
      },
    },
  };
  // Named by the kind's noun: the result's type sees to it that the client has such operations.
  return handlers as unknown as Operations;
};

/** `20261122123000`, as OCI appends it to the names it makes up. */
export const timestamp = (ms: number): string => new Date(ms).toISOString().replace(/\D/g, "").slice(0, 14);
