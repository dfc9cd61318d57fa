/** Work requests of the identity service: compartments', tags' and domains'. @module */

import { listReply } from "../../list.ts";
import type { Call, Handler } from "../../service.ts";
import type { Model, Resource } from "../../state/store.ts";
import { compartmentTarget, find, step } from "../support/resources.ts";

/** The three kinds: each has paths of its own. */
export type WorkType = "workrequest" | "taggingworkrequest" | "iamworkrequest";

interface Work {
  operationType: string;
  compartmentId: string;
  resource: { entityType: string; actionType: string; identifier: string };
  error?: { code: string; message: string };
}

/**
 * Starts a work request that ends after the transition time.
 * @returns its OCID, for `opc-work-request-id`
 */
export const startWork = (call: Call, type: WorkType, { resource, error, ...work }: Work): string => {
  const { cloud } = call;
  const id = cloud.store.newId(type);
  const timestamp = cloud.clock.iso();
  const request: Resource = cloud.store.add<Model>({
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
      step(error ? "FAILED" : "SUCCEEDED", cloud.clock.now() + cloud.settings.transitionMs, () => {
        const { lifecycleState, ...model } = request.model;
        request.model = {
          ...model,
          status: lifecycleState,
          timeFinished: cloud.clock.iso(),
          percentComplete: 100,
        };
      }),
    ],
  });
  return id;
};

const one = (call: Call, type: WorkType): Resource =>
  find(call, type, call.params[type === "iamworkrequest" ? "iamWorkRequestId" : "workRequestId"]);

const inItsCompartment = (type: WorkType) => (call: Call) => {
  const work = one(call, type);
  return { ...compartmentTarget(call, work.model.compartmentId), resource: work.id };
};

const handlersOf = (type: WorkType, noun: string): Record<string, Handler> => ({
  [`Get${noun}`]: {
    target: inItsCompartment(type),
    run: (call) => {
      const { model, hidden } = one(call, type);
      const extra = type === "workrequest" ? { errors: hidden["errors"], logs: [] } : {};
      return { body: { ...model, ...extra } };
    },
  },
  [`List${noun}s`]: {
    target: (call) => compartmentTarget(call, call.query.get("compartmentId")),
    run: (call) => {
      const wanted = call.query.get("compartmentId");
      const found = call.cloud.store.list(type).filter((w) => w.model.compartmentId === wanted);
      return listReply(
        call,
        found.map((w) => w.model),
        { filters: ["resourceIdentifier"] },
      );
    },
  },
});

const detailsOf = (type: WorkType, noun: string): Record<string, Handler> => ({
  [`List${noun}Errors`]: {
    target: inItsCompartment(type),
    run: (call) => ({ body: one(call, type).hidden["errors"] }),
  },
  [`List${noun}Logs`]: { target: inItsCompartment(type), run: () => ({ body: [] }) },
});

/** Handlers for work requests. */
export const workRequests: Readonly<Record<string, Handler>> = {
  ...handlersOf("workrequest", "WorkRequest"),
  ...handlersOf("taggingworkrequest", "TaggingWorkRequest"),
  ...handlersOf("iamworkrequest", "IamWorkRequest"),
  ...detailsOf("taggingworkrequest", "TaggingWorkRequest"),
  ...detailsOf("iamworkrequest", "IamWorkRequest"),
};
