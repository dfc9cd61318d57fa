/**
 * Hosts of OCI's services: the templates of Oracle's SDK (`generate.ts`), the forms beside them that clients
 * also use, and the way back from a host name to service and region. Hosts of resources' own: `own.ts`.
 * @module
 */
import type { HostsData } from "./data.ts";
import { OWN_HOST_FORMS } from "./own.ts";
import data from "./templates.data.json" with { type: "json" };

const { templates, dotted, perRealm }: Pick<HostsData, "templates" | "dotted" | "perRealm"> = data;

/** Hosts of operations that are not served where the rest of their service is. */
const OPERATION_HOSTS: Readonly<Record<string, string>> = {
  "monitoring.PostMetricData": "telemetry-ingestion.{region}.{secondLevelDomain}",
};

/** Further forms of a service's host, as clients of other ages build them. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  identity: ["identity.{region}.{secondLevelDomain}"],
  auth: ["auth.{region}.oci.{secondLevelDomain}"],
  monitoring: [OPERATION_HOSTS["monitoring.PostMetricData"]!],
  keymanagement: ["kms.{region}.oci.{secondLevelDomain}"],
  objectstorage: ["objectstorage.{region}.oci.{secondLevelDomain}"],
};

/** The auth service (federation) has no SDK package of its own name. */
const OWN: Readonly<Record<string, string>> = { auth: "auth.{region}.{secondLevelDomain}" };

/** Substitutes a template's places; those that the path's parameters could fill stay empty, as they may. */
const fillTemplate = (template: string, regionId: string, domain: string, dualStack = false): string =>
  template
    .replace(/\{dualStack\?([^:}]*):([^}]*)\}/g, (_, ds: string, plain: string) => (dualStack ? ds : plain))
    .replace("{region}", regionId)
    .replace("{secondLevelDomain}", domain)
    .replace(/\{\w+\+Dot\}/g, "");

/** Every service with a host: the SDK packages' names without `oci-`, and `auth`. */
export const serviceNames = (): string[] => [...Object.keys(templates), ...Object.keys(OWN)];

const templateOf = (service: string): string | undefined =>
  Object.hasOwn(OWN, service)
    ? OWN[service]
    : Object.hasOwn(templates, service)
      ? templates[service]
      : undefined;

/** The host of a service in a region whose id holds dots (`<label>.<region id>`), as Oracle's SDKs build it. */
const dottedHost = (service: string, template: string, regionId: string): string =>
  `${dotted[service] ?? template.split(".", 1)[0]!}.${regionId}`;

/**
 * The host name of a service in a region.
 * @param service as in `oci/operations`, or `auth`
 * @param regionId `us-ashburn-1`
 * @param realmDomain `oraclecloud.com`
 * @param operation name of the operation, for the few that have a host of their own
 * @throws RangeError when no such service is known, or its host is outside of the realm's domain: nothing is signed for it
 */
export const hostOf = (
  service: string,
  regionId: string,
  realmDomain: string,
  operation?: string,
): string => {
  const template = (operation && OPERATION_HOSTS[`${service}.${operation}`]) ?? templateOf(service);
  if (!template) throw new RangeError(`OCI service ${service} is not in the table of hosts`);
  if (regionId.includes(".")) return dottedHost(service, template, regionId);
  const host = fillTemplate(template, regionId, realmDomain);
  if (!template.includes("{region}") || !host.endsWith(`.${realmDomain}`))
    throw new RangeError(
      `the host of ${service} is ${host}, which is not one of the region ${regionId} in ${realmDomain}`,
    );
  return host;
};

/** The parts of a service's host names before the region: `iaas`, `telemetry-ingestion`, `secrets.vaults`. */
export const hostLabels = (service: string): string[] =>
  [templateOf(service) ?? "", ...(ALIASES[service] ?? [])].map((form) => form.split(".{region}", 1)[0]!);

const labelOf = (host: string): string => host.split(".", 1)[0]!.toLowerCase();

/**
 * True when an operation is served at a host of its service: an operation with a host of its own is served
 * there and nowhere else, and nothing else is (SDK documentation of PostMetricData: "the endpoints for this
 * operation differ from other Monitoring operations").
 */
export const isServedAt = (host: string, service: string, operation: string): boolean => {
  const label = labelOf(host);
  const own = OPERATION_HOSTS[`${service}.${operation}`];
  if (own) return labelOf(own) === label;
  return !Object.entries(OPERATION_HOSTS).some(
    ([key, template]) => key.startsWith(`${service}.`) && labelOf(template) === label,
  );
};

/** The services and region that a host name stands for. */
export interface HostMatch {
  /** Services behind the host (`iaas` serves several), in the table's order. */
  services: readonly string[];
  /** `us-ashburn-1` */
  regionId: string;
  /** The resource's part of the name, when it is a resource's own host: a vault's, a stream's cell. */
  ownPrefix?: string;
}

/** Every host name of one region, with the services behind it. */
const hostsIn = (regionId: string, realmDomain: string): Map<string, string[]> => {
  const byHost = new Map<string, string[]>();
  for (const service of serviceNames()) {
    const forms = [
      templateOf(service)!,
      ...(ALIASES[service] ?? []),
      ...Object.values(perRealm[service] ?? {}),
    ];
    const hosts = forms
      .filter((form) => form.includes("{region}"))
      .flatMap((form) =>
        [false, true].map((ds) => fillTemplate(form, regionId, realmDomain, ds).toLowerCase()),
      );
    for (const host of new Set(hosts)) byHost.set(host, [...(byHost.get(host) ?? []), service]);
  }
  return byHost;
};

/**
 * A lookup of host names of the given regions: every template, its dual-stack form, its aliases, its realms' own forms,
 * and the hosts of resources. Case does not matter; a port is not part of a host name. A region's names are made when
 * one of them is first looked up.
 */
export const hostLookup = (
  regionIds: readonly string[],
  realmDomain: string,
): ((host: string) => HostMatch | undefined) => {
  const made = new Map<string, Map<string, string[]>>();
  const inRegion = (regionId: string): Map<string, string[]> => {
    const hosts = made.get(regionId) ?? hostsIn(regionId, realmDomain);
    made.set(regionId, hosts);
    return hosts;
  };
  return (name) => {
    const host = name.toLowerCase();
    const labels = host.split(".");
    for (const regionId of regionIds) {
      const services = labels.includes(regionId) ? inRegion(regionId).get(host) : undefined;
      if (services) return { services, regionId };
    }
    for (const [service, form] of Object.entries(OWN_HOST_FORMS)) {
      const [, ownPrefix, regionId, domain] = form.exec(host) ?? [];
      if (ownPrefix && domain === realmDomain && regionIds.includes(regionId!))
        return { services: [service], regionId: regionId!, ownPrefix };
    }
    return undefined;
  };
};
