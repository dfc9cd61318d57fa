/** Network sources: addresses that policies can require requests to come from. @module */
import type { IdentityClient, models } from "oci-identity";
import { z } from "zod";
import { invalidParameter, missingParameter } from "../../errors.ts";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call } from "../../service.ts";
import { details, ocidText, readBody } from "../support/body.ts";
import { responseOf } from "../support/resources.ts";
import {
  checkName,
  create,
  findIdentity,
  homeOnly,
  identityName,
  identityTarget,
  inRoot,
  liveOf,
  remove,
  tagChanges,
  update,
} from "./common.ts";

const range = z.union(
  [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
  "must be an IP address or a range in CIDR notation",
);
const members = {
  publicSourceList: z.array(range).optional(),
  virtualSourceList: z.array(z.object({ vcnId: ocidText, ipRanges: z.array(range).min(1) })).optional(),
  services: z.array(z.string()).optional(),
  ...tagChanges,
};
// SDK documentation: the description may be an empty string.
const text = z.string().max(400);
const createBody = details<models.CreateNetworkSourceDetails>()({
  compartmentId: z.string(),
  name: identityName,
  description: text,
  ...members,
});
const updateBody = details<models.UpdateNetworkSourceDetails>()({ description: text.optional(), ...members });

const one = (call: Call<"networkSourceId">) =>
  findIdentity(call, "networksource", call.params["networkSourceId"]);

/** A network source as target. Docs: "Details for IAM": `target.networksource.…`, unverified. */
const target = (call: Call<"networkSourceId">) => identityTarget(one(call), "target.networksource");

/** Handlers for network sources. */
export const networkSources = {
  ...homeOnly({
    CreateNetworkSource: {
      target: (call) => inRoot(call),
      run: (call) => {
        const { freeformTags, definedTags, ...body } = readBody(call, createBody);
        if (body.compartmentId !== call.cloud.tenancy.id)
          throw invalidParameter("Network source can only be created in the tenancy compartment");
        checkName(call, "networksource", body.name, {
          code: "NetworkSourceAlreadyExists",
          text: (name) => `Network source '${name}' already exists`, // unverified
        });
        const { publicSourceList = [], virtualSourceList = [], services = ["all"], ...rest } = body;
        const model = { ...rest, publicSourceList, virtualSourceList, services };
        return responseOf(create(call, "networksource", model, { freeformTags, definedTags }));
      },
    },
    UpdateNetworkSource: {
      target,
      run: (call) => update(call, one(call), readBody(call, updateBody)),
    },
    DeleteNetworkSource: { target, run: (call) => remove(call, one(call)) },
  }),
  GetNetworkSource: { target, run: (call) => responseOf(one(call)) },
  ListNetworkSources: {
    target: (call) => {
      if (!call.query.get("compartmentId")) throw missingParameter("compartmentId");
      return inRoot(call);
    },
    run: (call) =>
      listReply(
        call,
        liveOf(call, "networksource").map((n) => n.model),
        { filters: ["compartmentId", "name", "lifecycleState"] },
      ),
  },
} satisfies Handlers<IdentityClient>;
