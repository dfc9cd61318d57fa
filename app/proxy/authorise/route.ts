/** Finds the operation that a target means and the host that serves it. @module */
import { proxiedServices, route as routeKnown } from "../../../document/rules/route.ts";
import { parseTarget, type SplitTarget } from "../../../document/rules/target.ts";
import { hostOf, servedByOwnHost } from "../../../oci/hosts.ts";
import { nearestWord } from "../../../oci/nearest.ts";
import { type OperationMatch, sdkVersion } from "../../../oci/operations/index.ts";
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
    const near = nearestWord(target.service, proxiedServices);
    throw new ProxyError(
      "UnknownService",
      `${JSON.stringify(target.service.slice(0, 60))} is none of the ${proxiedServices.length} services of Oracle's SDK ${sdkVersion}${near ? `; did you mean /${near}/…?` : ""}`,
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
