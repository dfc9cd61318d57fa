/** Finds the operation that a request's method and path mean. @module */
import { newerPath } from "./older-forms.ts";
import { operationsOf } from "./table.ts";
import type { Method, Operation } from "./types.ts";

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
  /** The parameter that may hold slashes, where one stands here. */
  greedy?: string;
}

const newNode = (): Node => ({ fixed: new Map(), ends: new Map() });

/**
 * Parameters that hold slashes, because the Go SDK leaves `/` unescaped in them: names of objects, the identifiers of
 * pre-authenticated requests, paths of artifacts.
 */
export const GREEDY: ReadonlySet<string> = new Set(["objectName", "parId", "artifactPath"]);

const roots = new Map<string, Node>();

const makeRoot = (service: string): Node => {
  const root = newNode();
  for (const operation of operationsOf(service)) {
    let node = root;
    const names: string[] = [];
    for (const segment of operation.path.split("/").slice(1)) {
      const name = /^\{(\w+)\}$/.exec(segment)?.[1];
      if (name) {
        names.push(name);
        node.param ??= newNode();
        node = node.param;
        if (GREEDY.has(name)) node.greedy = name;
      } else {
        const next = node.fixed.get(segment) ?? newNode();
        node.fixed.set(segment, next);
        node = next;
      }
    }
    if (!node.ends.has(operation.method)) node.ends.set(operation.method, { operation, names });
  }
  return root;
};

/** The root of a service's paths, made when it is first asked for. */
const rootOf = (service: string): Node => {
  const known = roots.get(service);
  if (known) return known;
  const made = makeRoot(service);
  // Names that are no service come from callers: they are not kept.
  if (made.fixed.size > 0) roots.set(service, made);
  return made;
};

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
  if (node.param.greedy) return walkGreedy(node.param, method, segments, at, values);
  if (segments[at] === "") return undefined;
  return walk(node.param, method, segments, at + 1, [...values, segments[at]!]);
};

/**
 * Goes on behind a parameter that may hold slashes, wherever it may end. A path that can be read in two ways is none:
 * of `a/versions/versions/content` nobody knows which part is the artifact's.
 */
const walkGreedy = (
  node: Node,
  method: Method,
  segments: string[],
  at: number,
  values: string[],
): RouteMatch | undefined => {
  const isLast = node.fixed.size === 0 && !node.param;
  let found: RouteMatch | undefined;
  for (let end = isLast ? segments.length : at + 1; end <= segments.length; end += 1) {
    const value = segments.slice(at, end).join("/");
    // Names and ids may begin with a slash, as one of 64 pre-authenticated requests' does; none is empty.
    const one = value === "" ? undefined : walk(node, method, segments, end, [...values, value]);
    if (one && found) return undefined;
    found ??= one;
  }
  return found;
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
  const root = rootOf(service);
  if (!rawPath.startsWith("/")) return undefined;
  const segments = rawPath.slice(1).split("/");
  const found =
    walk(root, method as Method, segments, 0, []) ??
    // A trailing slash means the same collection (the TypeScript SDK sends `/n/`).
    (segments.at(-1) === "" ? walk(root, method as Method, segments.slice(0, -1), 0, []) : undefined);
  if (!found) {
    const newer = newerPath(service, rawPath);
    return newer === undefined ? undefined : matchOperation(service, method, newer);
  }
  const params: Record<string, string> = {};
  for (const [i, name] of found.names.entries()) {
    const value = decode(found.values[i]!);
    if (value === undefined) return undefined;
    params[name] = value;
  }
  return { operation: found.operation, params };
};
