/** Work requests: the progress of something that takes a while. @module */

import { listReply } from "../../list.ts";
import type { Call, Handler, Reply } from "../../service.ts";
import type { ModelOf } from "../../state/models.ts";
import type { NewResource, Resource } from "../../state/store.ts";
import { compartmentTarget, find, later, type Owned, targetOf } from "./resources.ts";

/** A resource in a work request, with the action on it. */
export type WorkItem = WorkModel["resources"][number];

/** Types of work requests that several services have. */
type WorkType = "logworkrequest" | "coreservicesworkrequest" | "objectstorageworkrequest";

type WorkModel = ModelOf<"coreservicesworkrequest">;

/**
 * Starts a work request: ACCEPTED, IN_PROGRESS, SUCCEEDED within the transition time.
 * @param type as in the OCID: `logworkrequest`, `coreservicesworkrequest`
 * @param done when it has succeeded
 * @returns its OCID, for the `opc-work-request-id` header
 */
export const startWork = (
  call: Call,
  type: WorkType,
  operationType: string,
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
      variables: about && targetOf(call, about as Owned).variables,
    },
    transitions: [
      later(now + cloud.settings.transitionMs / 2, () => {
        Object.assign(work.model, {
          status: "IN_PROGRESS",
          percentComplete: 50,
          timeStarted: cloud.clock.iso(),
        } satisfies Partial<WorkModel>);
      }),
      later(now + cloud.settings.transitionMs, () => {
        Object.assign(work.model, {
          status: "SUCCEEDED",
          percentComplete: 100,
          timeFinished: cloud.clock.iso(),
        } satisfies Partial<WorkModel>);
        done?.();
      }),
    ],
  };
  // The services' work requests have the same members; their operation types differ.
  const work: Resource<WorkType> = cloud.store.add(started as unknown as NewResource<WorkType>);
  return id;
};

/** Responds 202 with a work request's OCID. */
export const accepted = (workRequestId: string, more: Omit<Reply, "body"> = {}): Reply<undefined> => ({
  status: 202,
  ...more,
  headers: { "opc-work-request-id": workRequestId, ...more.headers },
});

const summary = ({ resources: _resources, ...rest }: ModelOf<WorkType>) => rest;

/** The handlers of a service's work requests: those whose OCIDs have one of the types. */
export const workRequestHandlers = (types: readonly WorkType[]): Record<string, Handler> => {
  const one = (call: Call): Resource<WorkType> => {
    const id = call.params["workRequestId"] ?? "";
    return find(call, types.find((t) => t === id.split(".")[1]) ?? types[0]!, id);
  };
  // Docs: "work requests inherit the permissions of the operation that spawns" them; of several, the one on what
  // the work request is about.
  const target: Handler["target"] = (call) => {
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
      run: (call) => ({ body: one(call).model, headers: { "retry-after": "1" } }),
    },
    ListWorkRequests: {
      target: (call) => compartmentTarget(call, call.query.get("compartmentId")),
      run: (call) =>
        listReply(
          call,
          types
            .flatMap((type) => call.cloud.store.list(type, call.region))
            .filter(
              (w) =>
                !call.query.get("resourceId") ||
                w.model.resources.some((i) => i.identifier === call.query.get("resourceId")),
            )
            .map((w) => summary(w.model)),
          { filters: ["compartmentId"], sortBy: { timeaccepted: "timeAccepted" } },
        ),
    },
    ListWorkRequestErrors: { target, run: () => ({ body: [] }) },
    ListWorkRequestLogs: { target, run: () => ({ body: [] }) },
  };
};
