/** The form of a kind of resource: how it is listed, removed, and what OCI itself keeps of it. @module */
import type { CallOptions, OciClient } from "../../oci/client.ts";
import type { OciModel } from "../shared/oci-model.ts";

/** Places of a stack's resources, and the client to look with. */
export interface Scope {
  client: OciClient;
  tenancyId: string;
  homeRegion: string;
  /** Compartments that the stack's settings name. */
  compartments: readonly string[];
  /** Object Storage namespace. */
  namespace: string;
  /** Existing vaults that the settings, or an existing secret, name: keys and secrets of the stack may lie in them. */
  vaultIds: readonly string[];
}

/** A resource as OCI lists it. */
export interface RemovableResource {
  kind: RemovableKind;
  id: string;
  name: string;
  tags: Record<string, unknown>;
  state: string;
  /** Time at which OCI deletes it, RFC 3339. */
  until?: string;
  model: OciModel;
}

/** A kind of resource. */
export interface RemovableKind {
  name: string;
  list(scope: Scope): Promise<OciModel[]>;
  remove(item: RemovableResource, scope: Scope): Promise<void>;
  /** Scheduled deletion, for what OCI deletes only after days. */
  scheduled?: {
    minDays: number;
    /** Minutes beyond the earliest time: a vault is never deleted before its keys. */
    slackMinutes: number;
    cancel(item: RemovableResource, scope: Scope): Promise<void>;
    /** The limit that it counts against until then, and other effects, for people. */
    counts: string;
  };
}

/** Lists in every compartment of a scope. */
export const inCompartments = async (
  scope: Scope,
  operation: string,
  of: CallOptions = {},
): Promise<OciModel[]> => {
  const lists = await Promise.all(
    scope.compartments.map((compartmentId) =>
      scope.client.list<OciModel>(operation, { ...of, query: { ...of.query, compartmentId } }),
    ),
  );
  return lists.flat();
};
