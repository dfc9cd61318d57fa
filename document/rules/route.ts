/** Finds the operation that a target means. @module */
import { matchOperation, type OperationMatch, services } from "../../oci/operations/index.ts";
import { ambiguousTarget } from "./ambiguous.ts";
import { Memo } from "./memo.ts";
import type { SplitTarget } from "./target.ts";

/** Services that a path may begin with: those whose operations are known. */
export const proxiedServices: readonly string[] = services;

/** Parameters whose value is somebody's own text and may hold slashes and percent signs. */
const FREE_TEXT = new Set(["objectName", "parId"]);

/** Characters that in any other parameter would make one value of two, or another path, on the other side. */
const AMBIGUOUS = /[/\\%;?#\s]/;

/**
 * The operation that a target means.
 * @returns undefined when the service has no such operation: then nothing can have been granted
 * @throws AmbiguousRequest for pre-authenticated requests and for values that a server might split
 */
export const route = (method: string, { service, path }: SplitTarget): OperationMatch | undefined =>
  matches.get(`${method} ${service}${path}`);

const matches = new Memo((key: string): OperationMatch | undefined => {
  const space = key.indexOf(" ");
  const slash = key.indexOf("/");
  return find(key.slice(0, space), key.slice(space + 1, slash), key.slice(slash));
});

const find = (method: string, service: string, path: string): OperationMatch | undefined => {
  if (/^\/(p|%70)(\/|$)/i.test(path)) {
    throw ambiguousTarget("pre-authenticated requests (/p/…) need no signature and are not proxied");
  }
  const match = matchOperation(service, method, path);
  if (!match) return undefined;
  for (const [name, value] of Object.entries(match.params)) {
    if (!FREE_TEXT.has(name) && AMBIGUOUS.test(value)) {
      throw ambiguousTarget(`the path's ${name} has a character that no ${name} has`);
    }
  }
  const free = Object.keys(match.params).some((name) => FREE_TEXT.has(name));
  if (path.endsWith("/") && !free && path !== "/n/") throw ambiguousTarget("the path ends with a slash");
  return match;
};
