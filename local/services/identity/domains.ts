/**
 * Identity domains as resources: made, changed, switched on and off, deleted. What is inside a domain (users, groups
 * and apps of its own, at its URL) is not imitated; the tenancy's own users and groups are in Default.
 * @module
 */

import type { IdentityClient, models } from "oci-identity";
import { z } from "zod";
import { conflict, incorrectState, invalidParameter, missingParameter } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { HandlerOf, Handlers } from "../../sdk.ts";
import type { Call, Reply, Target } from "../../service.ts";
import { uniquePart } from "../../state/ocids.ts";
import type { Resource } from "../../state/store.ts";
import { details, displayName, readBody, tagMembers } from "../support/body.ts";
import { compartmentTarget, moveTo, requireState, responseOf, starting } from "../support/resources.ts";
import { checkDefinedTags } from "../support/tags.ts";
import { create, findIdentity, homeOnly, liveOf } from "./common.ts";
import { startIdentityWork } from "./work-requests.ts";

/** Types of domain that can be made (docs.oracle.com "IAM with Identity Domains"). */
const LICENSE_TYPES = [
  { licenseType: "free", name: "Free" },
  { licenseType: "oracle-apps-premium", name: "Oracle Apps Premium" },
  { licenseType: "premium", name: "Premium" },
  { licenseType: "external-user", name: "External User" },
].map((type) => ({ ...type, description: `${type.name} identity domain` }));

const description = z.string().max(1000);
const createBody = details<models.CreateDomainDetails>()({
  compartmentId: z.string(),
  displayName,
  description,
  homeRegion: z.string(),
  licenseType: z.string(),
  isHiddenOnLogin: z.boolean().optional(),
  ...tagMembers,
});
const updateBody = details<models.UpdateDomainDetails>()({
  displayName: displayName.optional(),
  description: description.optional(),
  isHiddenOnLogin: z.boolean().optional(),
  ...tagMembers,
});

const one = (call: Call<"domainId">) => findIdentity(call, "domain", call.params["domainId"]);

const domainTarget = (call: Call<"domainId">): Target => {
  const { id, model } = one(call);
  return {
    ...compartmentTarget(call, model.compartmentId, {
      variables: { "target.domain.id": id, "target.domain.name": model.displayName },
    }),
    resource: id,
  };
};

type DomainWork = "CREATE" | "UPDATE" | "ACTIVATE" | "DEACTIVATE" | "DELETE";

const working = (call: Call, kind: DomainWork, domain: Resource<"domain">): Reply<undefined> => ({
  status: 202,
  headers: {
    "opc-work-request-id": startIdentityWork(call, "iamworkrequest", {
      operationType: `${kind}_DOMAIN`,
      compartmentId: domain.model.compartmentId,
      // The provider takes a deletion for done when its work request says UPDATED.
      resource: {
        entityType: "domain",
        actionType: kind === "CREATE" ? "CREATED" : "UPDATED",
        identifier: domain.id,
      },
    }),
  },
});

const switching = (
  kind: "ACTIVATE" | "DEACTIVATE",
  from: "ACTIVE" | "INACTIVE",
  via: "ACTIVATING" | "DEACTIVATING",
  to: "ACTIVE" | "INACTIVE",
): HandlerOf<IdentityClient, "ActivateDomain"> => ({
  target: domainTarget,
  run: (call) => {
    const domain = one(call);
    if (domain.model.lifecycleDetails)
      throw incorrectState(`The domain ${domain.id} is ${domain.model.lifecycleDetails} already.`);
    requireState(domain, from);
    // The SDK's lifecycle states have no name for what is on its way; its lifecycle details do.
    domain.model.lifecycleDetails = via;
    moveTo(call.cloud, domain, from, to, () => {
      delete domain.model.lifecycleDetails;
    });
    return working(call, kind, domain);
  },
});

/** @throws 400 for what no domain can be made of. Texts unverified. */
const checkPlace = (call: Call, { homeRegion, licenseType }: z.output<typeof createBody>): void => {
  const regions = call.cloud.regions.map((r) => r.id);
  if (!regions.includes(homeRegion))
    throw invalidParameter(
      `homeRegion: the tenancy is subscribed to ${regions.join(", ")}, not ${homeRegion}`,
    );
  const types = LICENSE_TYPES.map((t) => t.licenseType);
  if (!types.includes(licenseType))
    throw invalidParameter(`licenseType: must be one of ${types.join(", ")}, not ${licenseType}`);
};

const checkNameFree = (call: Call, name: string | undefined, but?: string): void => {
  if (liveOf(call, "domain").some((d) => d.model.displayName === name && d.id !== but))
    throw conflict("Conflict", `Domain '${name}' already exists`); // unverified
};

/** Handlers for identity domains. */
export const domains = {
  ...homeOnly({
    CreateDomain: {
      target: (call) => compartmentTarget(call, readBody(call, createBody).compartmentId),
      run: (call) => {
        const { cloud } = call;
        const { freeformTags, definedTags, ...body } = readBody(call, createBody);
        checkPlace(call, body);
        checkNameFree(call, body.displayName);
        const id = cloud.store.newId("domain");
        const host = `idcs-${uniquePart(id).slice(8, 40)}`;
        const model = {
          isHiddenOnLogin: false,
          ...body,
          url: `https://${host}.identity.${cloud.realm.domain}:443`,
          homeRegionUrl: `https://${host}.${body.homeRegion}.identity.${cloud.realm.domain}:443`,
          replicaRegions: [],
          type: "SECONDARY" as const,
        };
        const { transitions } = starting(cloud, "ACTIVE");
        return working(
          call,
          "CREATE",
          create(call, "domain", model, { freeformTags, definedTags }, { id, transitions }),
        );
      },
    },
    UpdateDomain: {
      target: domainTarget,
      run: (call) => {
        const domain = one(call);
        const body = readBody(call, updateBody);
        requireState(domain, "ACTIVE", "INACTIVE");
        checkNameFree(call, body.displayName, domain.id);
        checkDefinedTags(call.cloud, body.definedTags);
        Object.assign(domain.model, body);
        call.cloud.store.touch(domain);
        return working(call, "UPDATE", domain);
      },
    },
    ActivateDomain: switching("ACTIVATE", "INACTIVE", "ACTIVATING", "ACTIVE"),
    DeactivateDomain: switching("DEACTIVATE", "ACTIVE", "DEACTIVATING", "INACTIVE"),
    DeleteDomain: {
      target: domainTarget,
      run: (call) => {
        const domain = one(call);
        // SDK documentation: "You must also deactivate the identity domain". Text unverified.
        if (domain.model.lifecycleState !== "INACTIVE")
          throw incorrectState(`The domain ${domain.id} must be deactivated before it is deleted.`);
        moveTo(call.cloud, domain, "DELETING", "DELETING", () => call.cloud.store.remove(domain.id));
        return working(call, "DELETE", domain);
      },
    },
  }),
  GetDomain: { target: domainTarget, run: (call) => responseOf(one(call)) },
  ListDomains: {
    target: (call) => {
      const id = call.query.get("compartmentId");
      if (!id) throw missingParameter("compartmentId");
      return compartmentTarget(call, id);
    },
    run: (call) =>
      listReply(
        call,
        liveOf(call, "domain").map((d) => d.model),
        {
          filters: [
            "compartmentId",
            "displayName",
            "url",
            "homeRegionUrl",
            "type",
            "licenseType",
            "lifecycleState",
          ],
        },
      ),
  },
  ListAllowedDomainLicenseTypes: {
    target: ({ cloud }) => ({ compartment: cloud.tenancy.id }),
    run: (call) => {
      const current = call.query.get("currentLicenseTypeName");
      return { body: LICENSE_TYPES.filter((t) => t.licenseType !== current) };
    },
  },
} satisfies Handlers<IdentityClient>;
