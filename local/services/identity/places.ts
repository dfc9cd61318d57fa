/** Regions, the tenancy, availability and fault domains. @module */
import type { IdentityClient } from "oci-identity";
import { availabilityDomains, faultDomains } from "../../availability-domains.ts";
import { invalidParameter, missingParameter, notFound } from "../../errors.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Target } from "../../service.ts";
import { ocid } from "../../state/ocids.ts";
import type { Region } from "../../state/region.ts";
import type { State } from "../../state/state.ts";
import { compartmentTarget } from "../support/resources.ts";

/** The tenancy named in the path, which must be this one. */
const ownTenancy = (call: Call<"tenancyId">): Target => {
  const { id } = call.cloud.tenancy;
  if (call.params["tenancyId"] !== id) throw notFound();
  return { compartment: id, resource: id };
};

const keyOf = (region: Region): string => region.key.toUpperCase();

const subscription = (cloud: State, region: Region) => ({
  regionKey: keyOf(region),
  regionName: region.id,
  status: "READY" as const,
  isHomeRegion: region === cloud.regions[0],
});

/** The compartment that a list asks about; the identity service has no default for it. */
const queried = (call: Call): Target => {
  const id = call.query.get("compartmentId");
  if (!id) throw missingParameter("compartmentId");
  return compartmentTarget(call, id);
};

/** Handlers for what is there before anything is made. */
export const places = {
  GetTenancy: {
    target: ownTenancy,
    run: ({ cloud }) => ({ body: cloud.store.get(cloud.tenancy.id, "tenancy")!.model }),
  },
  ListRegions: {
    target: ({ cloud }) => ({ compartment: cloud.tenancy.id }),
    run: ({ cloud }) => ({ body: cloud.regions.map((r) => ({ key: keyOf(r), name: r.id })) }),
  },
  ListRegionSubscriptions: {
    target: ownTenancy,
    run: ({ cloud }) => ({ body: cloud.regions.map((r) => subscription(cloud, r)) }),
  },
  ListAvailabilityDomains: {
    target: queried,
    run: (call) => ({
      body: availabilityDomains(call.region).map((name) => ({
        name,
        id: ocid("availabilitydomain", "", name),
        compartmentId: call.query.get("compartmentId")!,
      })),
    }),
  },
  ListFaultDomains: {
    target: queried,
    run: (call) => {
      const wanted = call.query.get("availabilityDomain");
      if (!wanted) throw missingParameter("availabilityDomain");
      const name = availabilityDomains(call.region).find((ad) => ad.toLowerCase() === wanted.toLowerCase());
      if (!name) throw invalidParameter(`Unknown availability domain '${wanted.slice(0, 80)}'`);
      return {
        body: faultDomains.map((fd) => ({
          name: fd,
          id: ocid("faultdomain", "", `${name}/${fd}`),
          compartmentId: call.query.get("compartmentId")!,
          availabilityDomain: name,
        })),
      };
    },
  },
} satisfies Handlers<IdentityClient>;
