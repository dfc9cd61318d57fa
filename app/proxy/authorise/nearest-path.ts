/** What a request that no operation has is nearest to: another method, another version, another path. @module */
import { nearestWord } from "../../../oci/nearest.ts";
import { matchOperation, type Operation, operationsOf } from "../../../oci/operations/index.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const VERSION = /^\d{8}$/;
/** Most segments of a path that is compared, and most letters of one. */
const MAX_SEGMENTS = 12;
const MAX_LETTERS = 60;
const PARAMETER = /^\{\w+\}$/;

const methodsOf = (service: string, path: string): string[] =>
  METHODS.filter((method) => matchOperation(service, method, path) !== undefined);

/** The number of segments that must be spelt otherwise for a path to be an operation's; undefined when it cannot be. */
const distance = (segments: readonly string[], template: readonly string[]): number | undefined => {
  if (segments.length !== template.length) return undefined;
  let count = 0;
  for (const [i, wanted] of template.entries()) {
    const found = segments[i]!;
    if (PARAMETER.test(wanted) ? found !== "" : found === wanted) continue;
    if (found.length > MAX_LETTERS || PARAMETER.test(wanted)) return undefined;
    if (VERSION.test(found) !== VERSION.test(wanted)) return undefined;
    if (!VERSION.test(wanted) && nearestWord(found, [wanted]) === undefined) return undefined;
    count += 1;
  }
  return count;
};

const nearestTemplate = (
  method: string,
  service: string,
  segments: readonly string[],
): string | undefined => {
  let best: { operation: Operation; away: number } | undefined;
  for (const operation of operationsOf(service)) {
    const count = distance(segments, operation.path.split("/").slice(1));
    if (count === undefined) continue;
    const away = count + (operation.method === method ? 0 : 0.5);
    if (best === undefined || away < best.away) best = { operation, away };
  }
  return (
    best &&
    `did you mean ${best.operation.method} /${service}${best.operation.path} (${best.operation.name})?`
  );
};

/**
 * What to write in a path's place, as a half-sentence; undefined when nothing is near. It repeats templates, never the
 * path.
 * @param path the service's own, without the query
 */
export const nearestPath = (method: string, service: string, path: string): string | undefined => {
  const methods = methodsOf(service, path);
  if (methods.length > 0) return `it has this path with ${methods.join(", ")}`;
  const segments = path.split("/").slice(1);
  if (segments.length > MAX_SEGMENTS) return undefined;
  const versions = [...new Set([...operationsOf(service)].map((o) => o.path.split("/")[1]!))].filter((v) =>
    VERSION.test(v),
  );
  const rest = VERSION.test(segments[0]!) ? segments.slice(1) : segments;
  for (const version of versions) {
    if (methodsOf(service, `/${version}/${rest.join("/")}`).length === 0) continue;
    const found = VERSION.test(segments[0]!) ? `not ${segments[0]}` : "which is missing";
    return `the version of this API is ${version}, ${found}: write /${service}/${version}/…`;
  }
  const near = nearestTemplate(method, service, segments);
  if (near !== undefined || versions.length === 0 || VERSION.test(segments[0]!)) return near;
  return (
    nearestTemplate(method, service, [versions[0]!, ...segments]) ??
    `its paths begin with /${service}/${versions.join(` or /${service}/`)}/`
  );
};
