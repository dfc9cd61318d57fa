/**
 * The resource that an audit event is about: of a creation the one that was made, else the request's target.
 * It is noted when the request ends: later it may be renamed or gone.
 * @module
 */

import type { Reply, Target } from "../service.ts";
import type { AuditEntry } from "../state/audit-log.ts";
import type { Models } from "../state/models.ts";
import type { State } from "../state/state.ts";
import { isOf, type Resource } from "../state/store.ts";
import { idIn } from "./reply.ts";

type Noted = Pick<AuditEntry, "compartment" | "resource">;

/**
 * The description of a resource in an event. Buckets are named by their path (docs.oracle.com, "Services that
 * Produce Events", Object Storage), instances have details (SDK documentation: Data.additionalDetails).
 */
const describe = (resource: Resource): AuditEntry["resource"] => {
  const { id, model } = resource;
  return {
    id: isOf(resource, "bucket") ? `/n/${resource.model.namespace}/b/${resource.model.name}` : id,
    name: isOf(resource, "vaultsecret") ? resource.model.secretName : (model.displayName ?? model.name),
    availabilityDomain: model.availabilityDomain,
    freeformTags: model.freeformTags,
    definedTags: model.definedTags,
    ...(isOf(resource, "instance") && {
      details: { imageId: resource.model.imageId, shape: resource.model.shape, type: "CustomerVmi" },
    }),
  };
};

/** Types of work requests of all services. */
const WORK_REQUESTS = [
  "coreservicesworkrequest",
  "logworkrequest",
  "queueworkrequest",
  "objectstorageworkrequest",
  "workrequest",
  "taggingworkrequest",
  "iamworkrequest",
] as const satisfies readonly (keyof Models)[];

/** The OCID of what a work request is about. */
const subjectOf = ({ store }: State, workRequestId: string | undefined): string | undefined => {
  const work = WORK_REQUESTS.map((type) => store.get(workRequestId, type)).find((w) => w !== undefined);
  return work?.model.resources?.[0]?.identifier;
};

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
const resourceOfReply = (cloud: State, reply: Reply, hasTarget: boolean): Resource | undefined => {
  const shown = cloud.store.get(idIn(reply.body));
  if (shown || hasTarget) return shown;
  return cloud.store.get(subjectOf(cloud, reply.headers?.["opc-work-request-id"]));
};

/**
 * The resource that a write has made or changed. Empty for a read, and where nothing in the response names
 * it.
 */
export const aboutReply = (cloud: State, method: string, target: Target | undefined, reply: Reply): Noted => {
  if (method === "GET" || method === "HEAD") return {};
  const made = resourceOfReply(cloud, reply, target?.resource !== undefined);
  if (!made) return {};
  const compartment = made.model.compartmentId ?? target?.compartment;
  return { ...(compartment && { compartment }), resource: describe(made) };
};
