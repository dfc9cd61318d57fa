/**
 * The resource that an audit event is about: of a creation the one that was made, else the request's target.
 * It is noted when the request ends: later it may be renamed or gone.
 * @module
 */

import type { Reply, Target } from "../service.ts";
import type { WorkItem } from "../services/support/work-requests.ts";
import type { AuditEntry } from "../state/audit-log.ts";
import type { State } from "../state/state.ts";
import type { Resource } from "../state/store.ts";

type Noted = Pick<AuditEntry, "compartment" | "resource">;

/**
 * The description of a resource in an event. Buckets are named by their path (docs.oracle.com, "Services that
 * Produce Events", Object Storage), instances have details (SDK documentation: Data.additionalDetails).
 */
const describe = ({ id, type, model }: Resource): AuditEntry["resource"] => ({
  id: type === "bucket" ? `/n/${model["namespace"]}/b/${model.name}` : id,
  name: model.displayName ?? model.name ?? (model["secretName"] as string | undefined),
  availabilityDomain: model["availabilityDomain"] as string | undefined,
  freeformTags: model.freeformTags,
  definedTags: model.definedTags,
  ...(type === "instance" && {
    details: { imageId: model["imageId"], shape: model["shape"], type: "CustomerVmi" },
  }),
});

/** The part of an entry that is known before the operation runs: the target, as it is then. */
export const aboutTarget = (cloud: State, target: Target | undefined): Noted => {
  const resource = target?.resource ? cloud.store.get(target.resource) : undefined;
  return {
    ...(target && { compartment: target.compartment }),
    ...(resource
      ? { resource: describe(resource) }
      : target?.resource && { resource: { id: target.resource, ...target.event } }),
  };
};

/** The resource of a response: its body's, or the one that its work request is about. */
const answered = ({ store }: State, reply: Reply, hasTarget: boolean): Resource | undefined => {
  const id = (reply.body as { id?: unknown } | undefined)?.id;
  const shown = typeof id === "string" ? store.get(id) : undefined;
  if (shown || hasTarget) return shown;
  const work = store.get(reply.headers?.["opc-work-request-id"] ?? "");
  const [item] = (work?.model["resources"] ?? []) as WorkItem[];
  return item && store.get(item.identifier);
};

/**
 * The resource that a write has made or changed. Empty for a read, and where nothing in the response names
 * it.
 */
export const aboutReply = (cloud: State, method: string, target: Target | undefined, reply: Reply): Noted => {
  if (method === "GET" || method === "HEAD") return {};
  const made = answered(cloud, reply, target?.resource !== undefined);
  if (!made) return {};
  const compartment = made.model.compartmentId ?? target?.compartment;
  return { ...(compartment && { compartment }), resource: describe(made) };
};
