/** Work requests of the core services. @module */
import type { Call } from "../../service.ts";
import type { WorkItem } from "../../state/models.ts";
import type { Owned } from "../support/resources.ts";
import { startWork } from "../support/work-requests.ts";

/**
 * Starts a work request on one resource.
 * @returns the header that names it
 */
export const coreWork = (
  call: Call,
  operationType: string,
  resource: Owned,
  actionType: WorkItem["actionType"],
): { "opc-work-request-id": string } => ({
  "opc-work-request-id": startWork(
    call,
    "coreservicesworkrequest",
    operationType,
    resource.model.compartmentId,
    [{ entityType: resource.type, actionType, identifier: resource.id }],
  ),
});

/**
 * Responds 202 with a work request on a VCN or subnet. The action on their resources stays IN_PROGRESS, also
 * when the work request has succeeded: the provider waits for just that (core_vcn_resource.go).
 */
export const networkWork = (call: Call, operationType: string, resource: Owned) => ({
  status: 202,
  headers: coreWork(call, operationType, resource, "IN_PROGRESS"),
});
