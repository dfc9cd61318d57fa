/** A call that was refused, as suggestions read it. @module */

/** A call that was refused. */
export interface RefusedCall {
  /** `service.Operation` */
  operation: string;
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  /** The JSON body's value; undefined where there is none, or where nobody has read it yet. */
  body?: unknown;
  /** The namespace of the stack's tenancy, where it is known. */
  namespace?: string | undefined;
}
