/** Work requests of the identity service: compartments', tags' and domains'. @module */
import type { IdentityClient } from "oci-identity";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call } from "../../service.ts";
import type { ModelOf } from "../../state/models.ts";
import type { NewResource, Resource } from "../../state/store.ts";
import { compartmentTarget, find, later } from "../support/resources.ts";

/** The three kinds: each has paths of its own. */
type IdentityWorkType = "workrequest" | "taggingworkrequest" | "iamworkrequest";

type Item<K extends IdentityWorkType> = NonNullable<ModelOf<K>["resources"]>[number];

interface IdentityWork<K extends IdentityWorkType> {
  operationType: ModelOf<K>["operationType"];
  compartmentId: string;
  resource: Pick<Item<K>, "entityType" | "actionType" | "identifier">;
  error?: { code: string; message: string };
}

/**
 * Starts a work request that ends after the transition time.
 * @returns its OCID, for `opc-work-request-id`
 */
export const startIdentityWork = <K extends IdentityWorkType>(
  call: Call,
  type: K,
  { resource, error, ...work }: IdentityWork<K>,
): string => {
  const { cloud } = call;
  const id = cloud.store.newId(type);
  const timestamp = cloud.clock.iso();
  const request = {
    id,
    type,
    model: {
      id,
      ...work,
      status: "IN_PROGRESS",
      resources: [{ ...resource, entityUri: `/20160918/${resource.entityType}s/${resource.identifier}` }],
      timeAccepted: timestamp,
      timeStarted: timestamp,
      percentComplete: 0,
    },
    hidden: { errors: error ? [{ ...error, timestamp }] : [] },
    transitions: [
      later(cloud.clock.now() + cloud.settings.transitionMs, () => {
        Object.assign(added.model, {
          status: error ? "FAILED" : "SUCCEEDED",
          timeFinished: cloud.clock.iso(),
          percentComplete: 100,
        } satisfies Partial<ModelOf<IdentityWorkType>>);
      }),
    ],
  };
  // The three kinds have the same members; `IdentityWork` sees to the values that differ.
  const added: Resource<K> = cloud.store.add(request as unknown as NewResource<K>);
  return id;
};

const inItsCompartment = (call: Call, type: IdentityWorkType, id: string | undefined) => {
  const work = find(call, type, id);
  return { ...compartmentTarget(call, work.model.compartmentId), resource: work.id };
};

const ofCompartments = (call: Call<"workRequestId">) =>
  inItsCompartment(call, "workrequest", call.params["workRequestId"]);
const ofTags = (call: Call<"workRequestId">) =>
  inItsCompartment(call, "taggingworkrequest", call.params["workRequestId"]);
const ofDomains = (call: Call<"iamWorkRequestId">) =>
  inItsCompartment(call, "iamworkrequest", call.params["iamWorkRequestId"]);

const queried = (call: Call<"compartmentId">) => compartmentTarget(call, call.query.get("compartmentId"));

const isAsked = (
  call: Call<"compartmentId" | "resourceIdentifier">,
  model: ModelOf<IdentityWorkType>,
): boolean => {
  const identifier = call.query.get("resourceIdentifier");
  return (
    model.compartmentId === call.query.get("compartmentId") &&
    (!identifier || (model.resources ?? []).some((r) => r.identifier === identifier))
  );
};

const listed = <K extends IdentityWorkType>(call: Call<"compartmentId" | "resourceIdentifier">, type: K) =>
  listReply(
    call,
    call.cloud.store
      .list(type)
      .map((w) => w.model)
      .filter((model) => isAsked(call, model)),
  );

/** Handlers for work requests. */
export const workRequests = {
  GetWorkRequest: {
    target: ofCompartments,
    run: (call) => {
      const { model, hidden } = find(call, "workrequest", call.params["workRequestId"]);
      return { body: { ...model, errors: hidden.errors, logs: [] } };
    },
  },
  ListWorkRequests: { target: queried, run: (call) => listed(call, "workrequest") },
  GetTaggingWorkRequest: {
    target: ofTags,
    run: (call) => ({ body: find(call, "taggingworkrequest", call.params["workRequestId"]).model }),
  },
  ListTaggingWorkRequests: { target: queried, run: (call) => listed(call, "taggingworkrequest") },
  ListTaggingWorkRequestErrors: {
    target: ofTags,
    run: (call) => ({ body: find(call, "taggingworkrequest", call.params["workRequestId"]).hidden.errors }),
  },
  ListTaggingWorkRequestLogs: { target: ofTags, run: () => ({ body: [] }) },
  GetIamWorkRequest: {
    target: ofDomains,
    run: (call) => ({ body: find(call, "iamworkrequest", call.params["iamWorkRequestId"]).model }),
  },
  ListIamWorkRequests: { target: queried, run: (call) => listed(call, "iamworkrequest") },
  ListIamWorkRequestErrors: {
    target: ofDomains,
    run: (call) => ({ body: find(call, "iamworkrequest", call.params["iamWorkRequestId"]).hidden.errors }),
  },
  ListIamWorkRequestLogs: { target: ofDomains, run: () => ({ body: [] }) },
} satisfies Handlers<IdentityClient>;
