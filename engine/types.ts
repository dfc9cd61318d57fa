/** Types of a resource type as the engine sees it. @module */
import type { OciClient } from "../oci/client.ts";

/** A resource's inputs or outputs, by Pulumi's names. */
export type ResourceValues = Record<string, unknown>;

/** The client and region that a kind works with. */
export interface EngineContext {
  client: OciClient;
  /** Region of the resource's provider. */
  regionId: string;
}

/** The result of a create: Pulumi's id and the outputs beside the inputs. */
export interface Created {
  id: string;
  outputs: ResourceValues;
}

/** The state that OCI shows for a resource that is gone, or is on its way out. */
export interface Remains {
  state: string;
  /** RFC 3339, when OCI removes it for good. */
  until?: string;
}

/** A type of resource. */
export interface ResourceType {
  create(inputs: ResourceValues, context: EngineContext): Promise<Created>;
  /** Reads it; the outputs, or undefined when there is none. */
  read(id: string, inputs: ResourceValues, context: EngineContext): Promise<ResourceValues | undefined>;
  remove(id: string, inputs: ResourceValues, context: EngineContext): Promise<void>;
  /**
   * Set where OCI made it with another resource, and removes it with that one: nothing of its own is left.
   */
  belongsToAnother?: true;
}
