/** Work requests: the progress of something that takes a while. @module */

import { type ListRules, listReply } from "../../list.ts";
import type { Call, Reply, Target } from "../../service.ts";
import type { ModelOf, WorkItem } from "../../state/models.ts";
import type { NewResource, Resource } from "../../state/store.ts";
import { compartmentTarget, find, isOwned, later, type Owned, targetOf } from "./resources.ts";

/** The last status of a work request that went well, by its type. */
const DONE = {
  logworkrequest: "SUCCEEDED",
  queueworkrequest: "SUCCEEDED",
  coreservicesworkrequest: "SUCCEEDED",
  objectstorageworkrequest: "COMPLETED",
} as const;

/** Types of work requests that several services have. */
type WorkType = keyof typeof DONE;

/**
 * Starts a work request: ACCEPTED, IN_PROGRESS, SUCCEEDED (in Object Storage COMPLETED) within the transition
 * time.
 * @param type as in the OCID: `logworkrequest`, `coreservicesworkrequest`
 * @param done when it has succeeded
 * @returns its OCID, for the `opc-work-request-id` header
 */
export const startWork = <T extends WorkType>(
  call: Call,
  type: T,
  operationType: ModelOf<T>["operationType"],
  compartmentId: string,
  items: readonly WorkItem[],
  done?: () => void,
): string => {
  const { cloud } = call;
  const id = cloud.store.newId(type, call.region);
  const now = cloud.clock.now();
  const about = cloud.store.get(items[0]?.identifier ?? "");
  const started = {
    id,
    type,
    region: call.region,
    model: {
      id,
      operationType,
      compartmentId,
      status: "ACCEPTED",
      resources: [...items],
      percentComplete: 0,
      timeAccepted: cloud.clock.iso(now),
    },
    hidden: {
      permissions: call.operation.permissions?.always.slice(0, 1) ?? [],
      variables: about && isOwned(about) ? targetOf(call, about).variables : undefined,
    },
    transitions: [
      later(now + cloud.settings.transitionMs / 2, () => {
        work.model.status = "IN_PROGRESS";
        work.model.percentComplete = 50;
        work.model.timeStarted = cloud.clock.iso();
      }),
      later(now + cloud.settings.transitionMs, () => {
        Object.assign(work.model, { status: DONE[type] });
        work.model.percentComplete = 100;
        work.model.timeFinished = cloud.clock.iso();
        done?.();
      }),
    ],
  };
  // The services' work requests have the same members; their operation types differ.
  const work: Resource<WorkType> = cloud.store.add(started as unknown as NewResource<WorkType>);
  return id;
};

/** Responds 202 with a work request's OCID. */
export const accepted = <H extends string = never>(
  workRequestId: string,
  headers?: Readonly<Record<H, string>>,
): Reply<undefined, H | "opc-work-request-id"> => ({
  status: 202,
  headers: { "opc-work-request-id": workRequestId, ...headers },
});

/**
 * The handlers of a service's work requests. What they are given and respond with is the service's own: it
 * satisfies the handlers of its client in Oracle's SDK with them.
 * @param type the type in their OCIDs
 * @param rules those of the list
 */
export const workRequestHandlers = <
  T extends "logworkrequest" | "queueworkrequest" | "coreservicesworkrequest",
  N extends string,
  S = ModelOf<T>,
>(
  type: T,
  rules: ListRules<ModelOf<T>, N, S>,
) => {
  const one = (call: Call<"workRequestId">): Owned<T> => find(call, type, call.params["workRequestId"]);
  // Docs: "work requests inherit the permissions of the operation that spawns" them; of several, the one on what
  // the work request is about.
  const target = (call: Call<"workRequestId">): Target => {
    const { id, model, hidden } = one(call);
    const { permissions, variables } = hidden;
    return {
      compartment: model.compartmentId,
      resource: id,
      permissions,
      ...(variables && { variables }),
    };
  };
  return {
    GetWorkRequest: {
      target,
      run: (call: Call<"workRequestId">): Reply<ModelOf<T>> => ({
        body: one(call).model,
        headers: { "retry-after": "1" },
      }),
    },
    ListWorkRequests: {
      target: (call: Call<"compartmentId">) => compartmentTarget(call, call.query.get("compartmentId")),
      run: (call: Call<N>) => {
        const found = call.cloud.store.list(type, call.region);
        return listReply(
          call,
          found.map((w) => w.model),
          rules,
        );
      },
    },
    ListWorkRequestErrors: { target, run: () => ({ body: [] }) },
    ListWorkRequestLogs: { target, run: () => ({ body: [] }) },
  };
};
