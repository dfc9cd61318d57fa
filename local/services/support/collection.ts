/**
 * Create, get, list, update, delete and move, for the many resources that differ only in their members.
 * @module
 */
import { z } from "zod";
import { listReply } from "../../list.ts";
import type { Call, Handler, Target } from "../../service.ts";
import { readBody } from "./body.ts";
import {
  answer,
  compartmentTarget,
  find,
  listOf,
  type Owned,
  requireState,
  starting,
  takeOut,
  targetOf,
} from "./resources.ts";
import { checkDefinedTags, tagsOf } from "./tags.ts";

type Tagged = { freeformTags?: Record<string, string>; definedTags?: Record<string, Record<string, string>> };

/** What a new resource has beside what every resource has. */
export interface Made {
  model: Record<string, unknown>;
  hidden?: Record<string, unknown>;
}

/** A kind of resource: how its operations are called and where it differs from the others. */
export interface Kind<C extends z.ZodObject, U extends z.ZodObject> {
  /** As in operation names: `Vcn`, `InternetGateway`. */
  noun: string;
  /** As in the list operation's name, where it is not noun + `s`. */
  plural?: string;
  /** As in the OCID. */
  type: string;
  /** The path parameter that holds the OCID. */
  param: string;
  create: C;
  update: U;
  /** `X` of the permissions `X_CREATE`, `X_UPDATE`, `X_DELETE` that are about the resource's own compartment. */
  permission: string;
  /** What else an operation touches, each with the permissions that are about it. */
  creates?(call: Call, body: z.output<C>): readonly Target[];
  updates?(call: Call, resource: Owned, body: z.output<U>): readonly Target[];
  deletes?(call: Call, resource: Owned): readonly Target[];
  /** The members of a new resource. Throws for what the service refuses. */
  make(call: Call, body: z.output<C>, id: string): Made;
  /** After the new resource stands in the store. */
  made?(call: Call, resource: Owned): void;
  /** Checks an update and gives the members that it sets; the body's own when absent. */
  change?(call: Call, resource: Owned, body: z.output<U>): Record<string, unknown>;
  /** Throws when something still needs the resource. */
  beforeDelete?(call: Call, resource: Owned): void;
  /** After the delete was accepted. */
  deleted?(call: Call, resource: Owned): void;
  /** Query parameters that lists filter by, beside compartment, display name and lifecycle state. */
  filters?: readonly string[];
}

const moveBody = z.object({ compartmentId: z.string() });

/** The resource's own target, narrowed to its own permission where the operation touches others. */
const withOthers = (
  own: Target,
  permission: string,
  others: readonly Target[],
): Target | readonly Target[] => (others.length ? [{ ...own, permissions: [permission] }, ...others] : own);

const listFilters = ["compartmentId", "displayName", "lifecycleState"];

/** The compartment that a list is about. Throws 400 when the request names none. */
export const listTarget = (call: Call): Target => compartmentTarget(call, call.query.get("compartmentId"));

/** The handlers of one kind of resource: `CreateX`, `GetX`, `ListXs`, `UpdateX`, `DeleteX`, `ChangeXCompartment`. */
export const collection = <C extends z.ZodObject, U extends z.ZodObject>(
  kind: Kind<C, U>,
): Record<string, Handler> => {
  const one = (call: Call): Owned => find(call, kind.type, call.params[kind.param]);
  return {
    [`Create${kind.noun}`]: {
      target: (call) => {
        const body = readBody(call, kind.create);
        const own = compartmentTarget(call, String(body["compartmentId"]));
        return withOthers(own, `${kind.permission}_CREATE`, kind.creates?.(call, body) ?? []);
      },
      run: (call) => {
        const { cloud } = call;
        const body = readBody(call, kind.create);
        const tags = body as Tagged;
        checkDefinedTags(cloud, tags.definedTags);
        const id = cloud.store.newId(kind.type, call.region);
        const { model, hidden } = kind.make(call, body, id);
        const resource = cloud.store.add({
          id,
          type: kind.type,
          region: call.region,
          model: {
            id,
            compartmentId: String(body["compartmentId"]),
            displayName: String(
              body["displayName"] ?? `${kind.noun.toLowerCase()}${timestamp(cloud.clock.now())}`,
            ),
            ...tagsOf(tags),
            lifecycleState: "PROVISIONING",
            timeCreated: cloud.clock.iso(),
            ...model,
          },
          ...(hidden && { hidden }),
          ...starting(cloud, "AVAILABLE"),
        });
        kind.made?.(call, resource as Owned);
        return answer(resource);
      },
    },
    [`Get${kind.noun}`]: {
      target: (call) => targetOf(call, one(call)),
      run: (call) => answer(one(call)),
    },
    [`List${kind.plural ?? `${kind.noun}s`}`]: {
      target: listTarget,
      run: (call) =>
        listReply(
          call,
          listOf(call, kind.type).map((r) => r.model),
          { filters: [...listFilters, ...(kind.filters ?? [])] },
        ),
    },
    [`Update${kind.noun}`]: {
      target: (call) => {
        const resource = one(call);
        const others = kind.updates?.(call, resource, readBody(call, kind.update)) ?? [];
        return withOthers(targetOf(call, resource), `${kind.permission}_UPDATE`, others);
      },
      run: (call) => {
        const resource = one(call);
        const body = readBody(call, kind.update);
        requireState(resource, "AVAILABLE", "PROVISIONING", "UPDATING");
        checkDefinedTags(call.cloud, (body as Tagged).definedTags);
        const changes = kind.change?.(call, resource, body) ?? body;
        for (const [member, value] of Object.entries(changes))
          if (value !== undefined) resource.model[member] = value;
        call.cloud.store.touch(resource);
        return answer(resource);
      },
    },
    [`Delete${kind.noun}`]: {
      target: (call) => {
        const resource = one(call);
        const others = kind.deletes?.(call, resource) ?? [];
        return withOthers(targetOf(call, resource), `${kind.permission}_DELETE`, others);
      },
      run: (call) => {
        const resource = one(call);
        requireState(resource, "AVAILABLE", "PROVISIONING", "UPDATING");
        kind.beforeDelete?.(call, resource);
        takeOut(call.cloud, resource, "TERMINATING", "TERMINATED");
        kind.deleted?.(call, resource);
        return { status: 204 };
      },
    },
    [`Change${kind.noun}Compartment`]: {
      target: (call) => [
        targetOf(call, one(call)),
        compartmentTarget(call, readBody(call, moveBody).compartmentId),
      ],
      run: (call) => {
        const resource = one(call);
        resource.model.compartmentId = readBody(call, moveBody).compartmentId;
        call.cloud.store.touch(resource);
        return { status: 204 };
      },
    },
  };
};

/** `20261122123000`, as OCI appends it to the names it makes up. */
export const timestamp = (ms: number): string => new Date(ms).toISOString().replace(/\D/g, "").slice(0, 14);
