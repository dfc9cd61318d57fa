/** A resource as OCI lists or reads it: the JSON object of a response, not checked. */
export type OciModel = Record<string, unknown>;
