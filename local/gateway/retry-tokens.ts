/** `opc-retry-token`: the same token of the same caller for the same operation never does its work twice. @module */

import { invalidatedRetryToken, invalidParameter } from "../errors.ts";
import type { Call, Caller, Reply } from "../service.ts";
import type { State } from "../state/state.ts";
import { idIn } from "./reply.ts";

/** Lifetime of a retry token. SDK documentation: "Retry tokens expire after 24 hours". */
const LIFETIME_MS = 24 * 3_600_000;
const MAX_LENGTH = 64;
const MAX_KEPT = 20_000;

interface Kept {
  reply: Promise<Reply>;
  atMs: number;
  /** OCID of the resource that was made, when the response shows one. */
  made?: string;
}

/** Runs an operation, or repeats the response of an earlier request with its retry token. */
export type RetryTokens = (call: Call, run: () => Promise<Reply>) => Promise<Reply>;

const callerKey = (caller: Caller): string => (caller.type === "anonymous" ? "" : caller.id);

/** Copies the response, so that later changes of the model do not change it. */
const frozen = (reply: Reply): Reply =>
  reply.body === undefined || Buffer.isBuffer(reply.body)
    ? reply
    : { ...reply, body: JSON.parse(JSON.stringify(reply.body)) };

const GONE = new Set(["DELETED", "DELETING", "TERMINATED", "TERMINATING"]);

const isGone = (cloud: State, id: string): boolean => {
  const resource = cloud.store.get(id);
  return !resource || GONE.has(resource.model.lifecycleState ?? "");
};

/** Retry tokens of one local OCI. Requests without a token, and reads, just run. */
export const retryTokens = (cloud: State): RetryTokens => {
  const kept = new Map<string, Kept>();
  return async (call, run) => {
    const token = call.headers["opc-retry-token"];
    if (token === undefined || call.operation.method === "GET" || call.operation.method === "HEAD")
      return run();
    if (typeof token !== "string" || !token || token.length > MAX_LENGTH) {
      throw invalidParameter(`opc-retry-token must have 1 to ${MAX_LENGTH} characters`);
    }
    const { service, name } = call.operation;
    const key = JSON.stringify([call.region.key, service, name, call.params, callerKey(call.caller), token]);
    const nowMs = cloud.clock.now();
    const earlier = kept.get(key);
    if (earlier && nowMs - earlier.atMs < LIFETIME_MS) {
      const reply = await earlier.reply;
      if (earlier.made && isGone(cloud, earlier.made)) throw invalidatedRetryToken();
      return reply;
    }
    const entry: Kept = { reply: run().then(frozen), atMs: nowMs };
    kept.set(key, entry);
    if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value!);
    try {
      const reply = await entry.reply;
      const id = idIn(reply.body);
      if (cloud.store.get(id)) entry.made = id;
      return reply;
    } catch (error) {
      kept.delete(key);
      throw error;
    }
  };
};
