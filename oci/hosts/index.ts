/**
 * Hosts of OCI's services: the templates of Oracle's SDKs (`generate.ts`), the forms beside them that clients
 * also use, and the way back from a host name to service and region.
 * @module
 */
import table from "./templates.data.json" with { type: "json" };

const templates: Readonly<Record<string, string>> = table;

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

const substitute = (template: string, regionId: string, domain: string, dualStack = false): string =>
  template
    .replace(/\{dualStack\?([^:}]*):([^}]*)\}/g, (_, ds: string, plain: string) => (dualStack ? ds : plain))
    .replace("{region}", regionId)
    .replace("{secondLevelDomain}", domain);

/** Every service with a host: the SDK packages' names without `oci-`, and `auth`. */
export const serviceNames = (): string[] => [...Object.keys(templates), ...Object.keys(OWN)];

/**
 * The host name of a service in a region.
 * @param service as in `oci/operations`, or `auth`
 * @param regionId `us-ashburn-1`
 * @param realmDomain `oraclecloud.com`
 * @param operation name of the operation, for the few that have a host of their own
 * @throws RangeError when no such service is known
 */
export const hostOf = (
  service: string,
  regionId: string,
  realmDomain: string,
  operation?: string,
): string => {
  const template =
    (operation && OPERATION_HOSTS[`${service}.${operation}`]) ?? OWN[service] ?? templates[service];
  if (!template) throw new RangeError(`OCI service ${service} is not in the table of hosts`);
  return substitute(template, regionId, realmDomain);
};

/** Tells whether each resource serves an operation at a host of its own, as each vault does its keys. */
export const servedByOwnHost = (operation: { service: string; client: string }): boolean =>
  operation.service === "keymanagement" && operation.client !== "KmsVault";

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
  /** The part before `-management` or `-crypto`, when it is a vault's own host. */
  vaultPrefix?: string;
}

const VAULT_HOST = /^([a-z0-9]+)-(?:management|crypto)\.kms\.([a-z0-9-]+)\.(?:oci\.)?(.+)$/;

/**
 * A lookup of host names of the given regions: every template, its dual-stack form, its aliases, and the
 * hosts of vaults. Case does not matter; a port is not part of a host name.
 */
export const hostLookup = (
  regionIds: readonly string[],
  realmDomain: string,
): ((host: string) => HostMatch | undefined) => {
  const byHost = new Map<string, { services: string[]; regionId: string }>();
  for (const regionId of regionIds) {
    for (const service of serviceNames()) {
      const forms = [OWN[service] ?? templates[service]!, ...(ALIASES[service] ?? [])];
      const hosts = forms.flatMap((f) => [
        substitute(f, regionId, realmDomain),
        substitute(f, regionId, realmDomain, true),
      ]);
      for (const host of new Set(hosts.map((h) => h.toLowerCase()))) {
        if (!host.includes(`.${regionId}.`)) continue;
        const found = byHost.get(host) ?? { services: [], regionId };
        found.services.push(service);
        byHost.set(host, found);
      }
    }
  }
  return (name) => {
    const host = name.toLowerCase();
    const fixed = byHost.get(host);
    if (fixed) return fixed;
    const vault = VAULT_HOST.exec(host);
    if (!vault || vault[3] !== realmDomain || !regionIds.includes(vault[2]!)) return undefined;
    return { services: ["keymanagement"], regionId: vault[2]!, vaultPrefix: vault[1]! };
  };
};
