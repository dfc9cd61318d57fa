/** What a type of resource is to the engine. @module */
import type { OciClient } from "../oci/client.ts";

/** A resource's inputs or outputs, by Pulumi's names. */
export type Values = Record<string, unknown>;

/** What a kind works with. */
export interface Context {
  client: OciClient;
  /** Region of the resource's provider. */
  regionId: string;
}

/** What creating gave: Pulumi's id and the outputs beside the inputs. */
export interface Created {
  id: string;
  outputs: Values;
}

/** How OCI answers for a resource that is gone, or is on its way out. */
export interface Remains {
  state: string;
  /** RFC 3339, when OCI removes it for good. */
  until?: string;
}

/** A type of resource. */
export interface ResourceType {
  create(inputs: Values, context: Context): Promise<Created>;
  /** Reads it; the outputs, or undefined when there is none. */
  read(id: string, inputs: Values, context: Context): Promise<Values | undefined>;
  remove(id: string, inputs: Values, context: Context): Promise<void>;
}
