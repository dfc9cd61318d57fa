/** Finds the operation that a target means. @module */
import {
  GREEDY,
  matchOperation,
  type Operation,
  type OperationMatch,
  services,
} from "../../oci/operations/index.ts";
import { ambiguousTarget } from "./ambiguous.ts";
import { Memo } from "./memo.ts";
import type { SplitTarget } from "./target.ts";

/** Services that a path may begin with: those whose operations are known. */
export const proxiedServices: readonly string[] = services;

/** Parameters whose value is somebody's own text and may hold slashes and percent signs. */
const FREE_TEXT = new Set(["artifactPath", "metadatumKeyName", "objectName", "parId"]);
/** Those of one service: names of zones may hold slashes (RFC 2317). A domain's would make a path with a type of it. */
const FREE_TEXT_OF_SERVICE = new Set(["dns.zoneNameOrId"]);

const isFree = ({ service }: Operation, name: string): boolean =>
  FREE_TEXT.has(name) || FREE_TEXT_OF_SERVICE.has(`${service}.${name}`);

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

/** How often a server might decode a path before it takes it apart. */
const DECODINGS = 3;

/**
 * Refuses a value that makes another operation of the path, or other parameters, where a server decodes the path before
 * it takes it apart: a zone `example.com%2Frecords` asks for the records of one. What stands at the end and takes
 * everything behind it (an object's name) is the same in every reading.
 */
const refuseOtherReadings = (match: OperationMatch, name: string, value: string, path: string): void => {
  const { operation } = match;
  if (!/[/%]/.test(value) || (GREEDY.has(name) && operation.path.endsWith(`/{${name}}`))) return;
  let decoded = path;
  for (let i = 0; i < DECODINGS && /%[0-9A-Fa-f]{2}/.test(decoded); i += 1) {
    decoded = decoded.replace(/%2f/gi, "/").replace(/%25/g, "%");
    const other = matchOperation(operation.service, operation.method, decoded);
    if (!other) continue;
    const differs = Object.keys(other.params).some((one) => other.params[one] !== match.params[one]);
    if (other.operation !== operation || differs)
      throw ambiguousTarget(`the path's ${name} can be read as a part of another path`);
  }
};

const find = (method: string, service: string, path: string): OperationMatch | undefined => {
  if (/^\/(p|%70)(\/|$)/i.test(path)) {
    throw ambiguousTarget("pre-authenticated requests (/p/…) need no signature and are not proxied");
  }
  const match = matchOperation(service, method, path);
  if (!match) return undefined;
  for (const [name, value] of Object.entries(match.params)) {
    if (isFree(match.operation, name)) refuseOtherReadings(match, name, value, path);
    else if (AMBIGUOUS.test(value)) {
      throw ambiguousTarget(`the path's ${name} has a character that no ${name} has`);
    }
  }
  const free = Object.keys(match.params).some((name) => isFree(match.operation, name));
  if (path.endsWith("/") && !free && path !== "/n/") throw ambiguousTarget("the path ends with a slash");
  return match;
};
