/** Finds the operation that a target means and the host that serves it. @module */
import { proxiedServices, route as routeKnown } from "../../../document/rules/route.ts";
import { parseTarget, type SplitTarget } from "../../../document/rules/target.ts";
import { hostOf } from "../../../oci/hosts.ts";
import {
  matchOperation,
  type Operation,
  type OperationMatch,
  sdkVersion,
} from "../../../oci/operations/index.ts";
import { serviceHint } from "../../../oci/services.ts";
import type { Identity } from "../../instance-principal/index.ts";
import { ProxyError } from "../errors.ts";

const known = new Set(proxiedServices);

/**
 * The target of a request and the operation that it means, where a host names the service: the one of the host's
 * services that has such an operation.
 * @param services of one host, by the table
 * @throws ProxyError `UnknownService` when none of them is proxied, `BadTarget` when several have such an operation
 * @throws AmbiguousRequest as `document/rules/route.ts`
 */
export const routeAt = (
  services: readonly string[],
  method: string,
  url: string,
): { target: SplitTarget; match: OperationMatch | undefined } => {
  const proxied = services.filter((service) => known.has(service));
  const all = proxied.map((service) => {
    const target = parseTarget(url, service);
    return { target, match: routeKnown(method, target) };
  });
  const [found, ...others] = all.filter((one) => one.match !== undefined);
  if (others.length > 0) {
    throw new ProxyError(
      "BadTarget",
      `the services ${proxied.join(", ")} have one host, and several of them this path: write it as /<service>/…`,
    );
  }
  const one = found ?? all[0];
  if (one) return one;
  throw new ProxyError("UnknownService", `${services.join(", ")} is not proxied`);
};

/**
 * The operation that a target means.
 * @returns undefined when the service has no such operation: then nothing can have been granted
 * @throws ProxyError `UnknownService` naming the known ones
 * @throws AmbiguousRequest as `document/rules/route.ts`
 */
const routeCall = (method: string, target: SplitTarget): OperationMatch | undefined => {
  if (!known.has(target.service)) {
    const has = (service: string): boolean => matchOperation(service, method, target.path) !== undefined;
    const write = (service: string): string =>
      `/${service}${has(service) ? target.path.slice(0, 200) : "/…"}`;
    throw new ProxyError(
      "UnknownService",
      `${JSON.stringify(target.service.slice(0, 60))} is none of the ${proxiedServices.length} services of Oracle's SDK ${sdkVersion}; ${serviceHint(target.service, has, write)}`,
    );
  }
  return routeKnown(method, target);
};

/**
 * The target of a request and the operation that it means.
 * @param named the service that the request's entrance is for; undefined where the path begins with the service
 * @throws as `parseTarget` and `routeCall`
 */
export const routeTo = (
  named: string | undefined,
  method: string,
  url: string,
): { target: SplitTarget; match: OperationMatch | undefined } => {
  const target = parseTarget(url, named);
  return { target, match: routeCall(method, target) };
};

/** Hosts by operation, in the region and realm of one identity. */
let hosts = new Map<Operation, string>();
let place = "";

/**
 * The host of the service that serves an operation, built from the table and the instance's own region and realm.
 * @throws ProxyError `NoEndpoint` where the service's host is outside of the realm's domain
 */
export const serviceHost = (
  operation: Operation,
  { regionId, realmDomain }: Pick<Identity, "regionId" | "realmDomain">,
): string => {
  const at = `${regionId} ${realmDomain}`;
  if (at !== place) {
    place = at;
    hosts = new Map();
  }
  const known = hosts.get(operation);
  if (known !== undefined) return known;
  try {
    const host = hostOf(operation.service, regionId, realmDomain, operation.name);
    hosts.set(operation, host);
    return host;
  } catch (error) {
    throw new ProxyError("NoEndpoint", `${(error as Error).message}: nothing is signed for it`);
  }
};
