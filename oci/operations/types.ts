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

/** An operation as Oracle's SDK has it. */
export interface SdkOperation {
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
  /** The body that it takes: JSON, or bytes as they are. Absent where it takes none. */
  body?: "json" | "bytes";
  /** Names of its query parameters. */
  query: readonly string[];
  /**
   * Names of its request headers, in lower case; one that ends in `*` stands for all that begin so. Those that
   * nearly every operation has, and that whoever sends the request writes, are left out: `opc-request-id`,
   * `content-type`, `content-length`, `expect`, `authorization`.
   */
  headers: readonly string[];
  /** Set where the operation takes `opc-retry-token`: the same token never does its work twice (24 hours). */
  retryToken?: true;
}

/** One operation of an OCI service. */
export interface Operation extends SdkOperation {
  /** Absent where no published table lists the operation: said, never guessed. */
  permissions?: OperationPermissions;
}
