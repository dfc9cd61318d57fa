/** Services that a Host header names: `objectstorage.us-ashburn-1.oraclecloud.com`. @module */
import { type HostMatch, hostLookup } from "../../../oci/hosts.ts";
import type { Identity } from "../../instance-principal/index.ts";
import { ProxyError } from "../errors.ts";

const REGION = /^[a-z]{2,}(-[a-z0-9]+)+-\d+$/;

/** A Host header's name in lower case, without its port. */
export const nameOf = (host: string): string => host.toLowerCase().replace(/:\d{1,5}$/, "");

/**
 * True for names in the form of a service's host, whichever region and realm: a name that has a region among its
 * labels. Such a name is never passed over: it names a service of the table, or the request is refused.
 */
export const isServiceForm = (name: string): boolean => {
  const labels = name.split(".");
  return labels.length >= 4 && labels.some((label) => REGION.test(label));
};

type Place = Pick<Identity, "regionId" | "realmDomain">;

let known: { place: Place; lookup: (host: string) => HostMatch | undefined } | undefined;

/**
 * The services of a host name by the table of hosts, for the instance's own region and realm.
 * @param name in the form of a service's host
 * @param only the service that the entrance is for: the host must be its own
 * @throws ProxyError `WrongHost` for a host that is in the table for no service, or is a resource's own
 */
export const servicesAt = (name: string, place: Place, only: string | undefined): readonly string[] => {
  const { regionId, realmDomain } = place;
  if (known?.place.regionId !== regionId || known.place.realmDomain !== realmDomain) {
    known = { place: { regionId, realmDomain }, lookup: hostLookup([regionId], realmDomain) };
  }
  const found = known.lookup(name);
  if (found && found.ownPrefix === undefined) {
    if (only === undefined) return found.services;
    if (found.services.includes(only)) return [only];
    throw new ProxyError("WrongHost", `the Host header is ${name}, and this entrance is for ${only}`);
  }
  throw new ProxyError(
    "WrongHost",
    found
      ? `the Host header is ${name}, which is a resource's own host: write the path as /${found.services[0]}/…, and the proxy finds the host`
      : `the Host header is ${JSON.stringify(name.slice(0, 100))}, which is no service's host of the instance's region, ${regionId}.${realmDomain}`,
  );
};
