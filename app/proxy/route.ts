/** From a target to the operation it means and the host that serves it. @module */
import { hostOf, servedByOwnHost } from "../../oci/hosts.ts";
import { matchOperation, type OperationMatch, operations } from "../../oci/operations/index.ts";
import type { Identity } from "../instance-principal/index.ts";
import { ProxyError } from "./errors.ts";
import { Memo } from "./memo.ts";
import type { Target } from "./target.ts";

/** Services that a path may begin with: those whose operations are known. */
export const proxiedServices: readonly string[] = [...new Set(operations.map((o) => o.service))].sort();

const known = new Set(proxiedServices);

/** Parameters whose value is somebody's own text and may hold slashes and percent signs. */
const FREE_TEXT = new Set(["objectName", "parId"]);

/** In any other parameter these would make one value of two, or another path, on the other side. */
const AMBIGUOUS = /[/\\%;?#\s]/;

/**
 * The operation that a target means.
 * @returns undefined when the service has no such operation: then nothing can have been granted
 * @throws ProxyError `UnknownService` naming the known ones; `BadTarget` for pre-authenticated requests and
 *   for values that a server might split
 */
export const route = (method: string, { service, path }: Target): OperationMatch | undefined =>
  matches.get(`${method} ${service}${path}`);

const matches = new Memo((key: string): OperationMatch | undefined => {
  const space = key.indexOf(" ");
  const slash = key.indexOf("/");
  return find(key.slice(0, space), key.slice(space + 1, slash), key.slice(slash));
});

const find = (method: string, service: string, path: string): OperationMatch | undefined => {
  if (!known.has(service)) {
    throw new ProxyError(
      "UnknownService",
      `${JSON.stringify(service.slice(0, 60))} is not a service; the path begins with one of: ${proxiedServices.join(", ")}`,
    );
  }
  if (/^\/(p|%70)(\/|$)/i.test(path)) {
    throw new ProxyError(
      "BadTarget",
      "pre-authenticated requests (/p/…) need no signature and are not proxied",
    );
  }
  const match = matchOperation(service, method, path);
  if (!match) return undefined;
  for (const [name, value] of Object.entries(match.params)) {
    if (!FREE_TEXT.has(name) && AMBIGUOUS.test(value)) {
      throw new ProxyError("BadTarget", `the path's ${name} has a character that no ${name} has`);
    }
  }
  const names = Object.keys(match.params);
  const free = names.some((name) => FREE_TEXT.has(name));
  if (path.endsWith("/") && !free && path !== "/n/") {
    throw new ProxyError("BadTarget", "the path ends with a slash");
  }
  return match;
};

/** Hosts by operation: as many entries as there are operations. */
const hosts = new Map<string, string>();

/**
 * The host that serves an operation, built from the table and the instance's own region and realm.
 * @throws ProxyError `NotGranted` for what each vault serves at a host of its own
 */
export const upstreamHost = (
  match: OperationMatch,
  identity: Pick<Identity, "regionId" | "realmDomain">,
): string => {
  const { service, name } = match.operation;
  if (servedByOwnHost(match.operation)) {
    throw new ProxyError("NotGranted", `${name} is served by each vault's own host, which is not proxied`);
  }
  const key = `${service} ${name} ${identity.regionId} ${identity.realmDomain}`;
  const known = hosts.get(key);
  if (known !== undefined) return known;
  const host = hostOf(service, identity.regionId, identity.realmDomain, name);
  hosts.set(key, host);
  return host;
};
