/** Waiting for lifecycle states, as the provider does after each write. @module */
import { setTimeout as sleep } from "node:timers/promises";
import { OciError } from "../oci/client.ts";
import type { EngineContext, Remains, ResourceType, ResourceValues } from "./types.ts";

const READY = new Set(["AVAILABLE", "ACTIVE", "RUNNING", "ENABLED"]);
const PENDING = new Set([
  "PROVISIONING",
  "STARTING",
  "CREATING",
  "ENABLING",
  "UPDATING",
  "TERMINATING",
  "DELETING",
  "SCHEDULING_DELETION",
]);
const GONE = new Set(["TERMINATED", "DELETED"]);
const POLL_MS = 50;
const TIMEOUT_MS = 120_000;

const stateOf = (outputs: ResourceValues): string | undefined => {
  const state = outputs["lifecycleState"];
  return typeof state === "string" ? state : undefined;
};

/**
 * Reads a new resource until it is ready to be used.
 * @throws Error when it goes to a state that never becomes ready, or takes longer than two minutes
 */
export const untilReady = async (
  kind: ResourceType,
  type: string,
  id: string,
  inputs: ResourceValues,
  context: EngineContext,
): Promise<ResourceValues> => {
  for (const deadline = Date.now() + TIMEOUT_MS; ; await sleep(POLL_MS)) {
    const outputs = (await kind.read(id, inputs, context)) ?? {};
    const state = stateOf(outputs);
    if (state === undefined || READY.has(state)) return outputs;
    if (!PENDING.has(state)) throw new Error(`${type} ${id} went to state ${state}`);
    if (Date.now() > deadline)
      throw new Error(`${type} ${id} is still ${state} after ${TIMEOUT_MS / 1000} s`);
  }
};

/**
 * Reads a resource that is being deleted until it is gone, or in the state that OCI keeps it in.
 * @returns undefined when it is gone
 */
export const untilGone = async (
  kind: ResourceType,
  id: string,
  inputs: ResourceValues,
  context: EngineContext,
): Promise<Remains | undefined> => {
  for (const deadline = Date.now() + TIMEOUT_MS; ; await sleep(POLL_MS)) {
    let outputs: ResourceValues | undefined;
    try {
      outputs = await kind.read(id, inputs, context);
    } catch (error) {
      if (error instanceof OciError && error.status === 404) return undefined;
      throw error;
    }
    const state = outputs && stateOf(outputs);
    if (!outputs || (state && GONE.has(state))) return undefined;
    const until = outputs["timeOfDeletion"];
    if (!state || !PENDING.has(state) || Date.now() > deadline)
      return { state: state ?? "present", ...(typeof until === "string" && { until }) };
  }
};
