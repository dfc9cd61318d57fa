/** HTTP methods that OCI's REST services use. */
export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * The permissions that an operation needs.
 * - `all`: every permission of `always`.
 * - `any`: one of `always` is enough.
 * - `none`: no permission (any authenticated principal).
 * - `conditional`: every permission of `always`, and those of `when.<case>` in the cases that the case's name
 *   says.
 */
export interface OperationPermissions {
  mode: "all" | "any" | "none" | "conditional";
  always: readonly string[];
  when?: Readonly<Record<string, readonly string[]>>;
}

/** One operation of an OCI service. */
export interface Operation {
  /** The SDK package's name without `oci-`: `core`, `objectstorage`, `secrets`, … (also the proxy's first path segment). */
  service: string;
  /** The SDK client's class without `Client`: `Compute`, `VirtualNetwork`, `KmsVault`, … */
  client: string;
  /** The operation's name as Oracle's policy reference spells it: `GetSecretBundle`. */
  name: string;
  method: Method;
  /** Path template with the API version: `/20190301/secretbundles/{secretId}`. */
  path: string;
  /** False where the request's body is not part of its signature (object uploads). */
  bodySigned: boolean;
  /** Set where the operation takes `opc-retry-token`: the same token never does its work twice (24 hours). */
  retryToken?: true;
  /** Absent where no published table lists the operation: said, never guessed. */
  permissions?: OperationPermissions;
}
