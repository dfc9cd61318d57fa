/** Work requests: how far something that takes a while has got. @module */

import { listReply } from "../../list.ts";
import type { Call, Handler, Reply, Target } from "../../service.ts";
import type { Loose } from "../../state/models.ts";
import type { Resource } from "../../state/store.ts";
import { compartmentTarget, find, type Owned, step, targetOf } from "./resources.ts";

/** What a work request did to a resource. */
export interface WorkItem {
  entityType: string;
  actionType: "CREATED" | "UPDATED" | "DELETED" | "RELATED" | "IN_PROGRESS";
  identifier: string;
  entityUri?: string;
}

/**
 * Starts a work request: ACCEPTED, IN_PROGRESS, SUCCEEDED within the transition time.
 * @param type as in the OCID: `logworkrequest`, `coreservicesworkrequest`
 * @param done when it has succeeded
 * @returns its OCID, for the `opc-work-request-id` header
 */
export const startWork = (
  call: Call,
  type: string,
  operationType: string,
  compartmentId: string,
  items: readonly WorkItem[],
  done?: () => void,
): string => {
  const { cloud } = call;
  const id = cloud.store.newId(type, call.region);
  const now = cloud.clock.now();
  const about = cloud.store.get(items[0]?.identifier ?? "");
  const work: Resource = cloud.store.add({
    id,
    type,
    region: call.region,
    model: {
      id,
      operationType,
      compartmentId,
      status: "ACCEPTED",
      resources: items,
      percentComplete: 0,
      timeAccepted: cloud.clock.iso(now),
    },
    hidden: {
      permissions: call.operation.permissions?.always.slice(0, 1),
      variables: about && targetOf(call, about as Owned).variables,
    },
    transitions: [
      step("IN_PROGRESS", now + cloud.settings.transitionMs / 2, () => {
        Object.assign(work.model, {
          status: "IN_PROGRESS",
          percentComplete: 50,
          timeStarted: cloud.clock.iso(),
        });
      }),
      step("SUCCEEDED", now + cloud.settings.transitionMs, () => {
        Object.assign(work.model, {
          status: "SUCCEEDED",
          percentComplete: 100,
          timeFinished: cloud.clock.iso(),
        });
        done?.();
      }),
    ],
  });
  return id;
};

/** 202 with a work request's OCID. */
export const accepted = (workRequestId: string, more: Reply = {}): Reply => ({
  status: 202,
  ...more,
  headers: { "opc-work-request-id": workRequestId, ...more.headers },
});

const visible = ({ lifecycleState: _state, ...model }: Loose): Loose => model;

const summary = ({ resources: _resources, ...rest }: Loose): Loose => rest;

/** The handlers of a service's work requests: those whose OCIDs have one of the types. */
export const workRequestHandlers = (types: readonly string[]): Record<string, Handler> => {
  const one = (call: Call): Resource => {
    const id = call.params["workRequestId"] ?? "";
    return find(call, types.find((t) => t === id.split(".")[1]) ?? types[0]!, id);
  };
  // Docs: "work requests inherit the permissions of the operation that spawns" them; of several, the one on what
  // the work request is about.
  const target: Handler["target"] = (call) => {
    const { id, model, hidden } = one(call);
    const { permissions, variables } = hidden as Pick<Target, "permissions" | "variables">;
    return {
      compartment: String(model.compartmentId),
      resource: id,
      permissions: permissions ?? [],
      ...(variables && { variables }),
    };
  };
  return {
    GetWorkRequest: {
      target,
      run: (call) => ({ body: visible(one(call).model), headers: { "retry-after": "1" } }),
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
                (w.model["resources"] as WorkItem[]).some(
                  (i) => i.identifier === call.query.get("resourceId"),
                ),
            )
            .map((w) => summary(visible(w.model))),
          { filters: ["compartmentId"], sortBy: { timeaccepted: "timeAccepted" } },
        ),
    },
    ListWorkRequestErrors: { target, run: () => ({ body: [] }) },
    ListWorkRequestLogs: { target, run: () => ({ body: [] }) },
  };
};
