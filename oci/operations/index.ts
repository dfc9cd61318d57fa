/**
 * The one table of OCI's operations: the local OCI routes and authorises by it, the proxy matches by it, and
 * the evaluator reads from it the permissions that an operation needs. Data: `generate.ts`.
 * @module
 */
import table from "./operations.data.json" with { type: "json" };
import type { Method, Operation, OperationPermissions } from "./types.ts";

export type { Operation, OperationPermissions } from "./types.ts";

const data = table as unknown as {
  operations: Operation[];
  unlisted: Record<string, OperationPermissions>;
};

/** Every operation of the services in the table. */
export const operations: readonly Operation[] = data.operations;

const byName = new Map<string, Operation[]>();
for (const operation of operations) {
  const key = operation.name.toLowerCase();
  byName.set(key, [...(byName.get(key) ?? []), operation]);
}
const unlisted = new Map(Object.entries(data.unlisted).map(([name, p]) => [name.toLowerCase(), p]));

/** Operations by their name, ignoring case; several when services share a name. */
export const findOperations = (name: string): readonly Operation[] => byName.get(name.toLowerCase()) ?? [];

/** The operation of a service, by `service.Operation`, ignoring the name's case. */
export const findOperation = (qualifiedName: string): Operation | undefined => {
  const [service, name = ""] = qualifiedName.split(".");
  return findOperations(name).find((o) => o.service === service);
};

/**
 * The permissions of an operation by its name, ignoring case: also for operations that stand in the published
 * permission tables and in no SDK package of the table. Undefined when no table lists it.
 */
export const permissionsOf = (name: string): OperationPermissions | undefined =>
  findOperations(name).find((o) => o.permissions)?.permissions ?? unlisted.get(name.toLowerCase());

/** Every operation name that has permissions, as Oracle spells it. */
export const operationNames = (): string[] => [
  ...new Set([...operations.filter((o) => o.permissions).map((o) => o.name), ...Object.keys(data.unlisted)]),
];

/** An operation found for a request, with its path parameters decoded. */
export interface OperationMatch {
  operation: Operation;
  params: Record<string, string>;
}

interface Node {
  fixed: Map<string, Node>;
  param?: Node;
  /** Path parameters in order, per method, where a template ends. */
  ends: Map<Method, { operation: Operation; names: string[] }>;
}

const newNode = (): Node => ({ fixed: new Map(), ends: new Map() });
const roots = new Map<string, Node>();

/** Parameters that hold slashes: the Go SDK leaves `/` unescaped in them. */
const GREEDY = new Set(["objectName", "parId"]);

for (const operation of operations) {
  let node = roots.get(operation.service) ?? newNode();
  roots.set(operation.service, node);
  const names: string[] = [];
  for (const segment of operation.path.split("/").slice(1)) {
    const name = segment.match(/^\{(\w+)\}$/)?.[1];
    if (name) {
      names.push(name);
      node.param ??= newNode();
      node = node.param;
    } else {
      const next = node.fixed.get(segment) ?? newNode();
      node.fixed.set(segment, next);
      node = next;
    }
  }
  if (!node.ends.has(operation.method)) node.ends.set(operation.method, { operation, names });
}

interface RouteMatch {
  operation: Operation;
  names: string[];
  values: string[];
}

const walk = (
  node: Node,
  method: Method,
  segments: string[],
  at: number,
  values: string[],
): RouteMatch | undefined => {
  if (at === segments.length) {
    const end = node.ends.get(method);
    return end && { ...end, values };
  }
  const fixed = node.fixed.get(segments[at]!);
  const viaFixed = fixed && walk(fixed, method, segments, at + 1, values);
  if (viaFixed || !node.param) return viaFixed;
  if (segments[at] !== "") {
    const viaParam = walk(node.param, method, segments, at + 1, [...values, segments[at]!]);
    if (viaParam) return viaParam;
  }
  const end = node.param.ends.get(method);
  const last = end?.names.at(-1);
  if (!end || !last || !GREEDY.has(last)) return undefined;
  // Names and ids may begin with a slash, as one of 64 pre-authenticated requests' does; none is empty.
  const value = segments.slice(at).join("/");
  return value === "" ? undefined : { ...end, values: [...values, value] };
};

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

/**
 * Finds the operation that a request means.
 * @param service the table's service name
 * @param method the request's method
 * @param rawPath the request target's path as sent, without the query; parameters are decoded once here
 * @returns undefined when the service has no such operation, or a parameter is not well-formed percent-encoding
 */
export const matchOperation = (
  service: string,
  method: string,
  rawPath: string,
): OperationMatch | undefined => {
  const root = roots.get(service);
  if (!root || !rawPath.startsWith("/")) return undefined;
  const segments = rawPath.slice(1).split("/");
  const found =
    walk(root, method as Method, segments, 0, []) ??
    // A trailing slash means the same collection (the TypeScript SDK sends `/n/`).
    (segments.at(-1) === "" ? walk(root, method as Method, segments.slice(0, -1), 0, []) : undefined);
  if (!found) return undefined;
  const params: Record<string, string> = {};
  for (const [i, name] of found.names.entries()) {
    const value = decode(found.values[i]!);
    if (value === undefined) return undefined;
    params[name] = value;
  }
  return { operation: found.operation, params };
};
