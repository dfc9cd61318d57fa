/** The tenancy's namespace, and the compartments in which its S3 and Swift interfaces make buckets. @module */
import type { models, ObjectStorageClient } from "oci-objectstorage";
import { z } from "zod";
import type { Handlers } from "../../sdk.ts";
import type { Call, Target } from "../../service.ts";
import type { State } from "../../state/state.ts";
import type { Wire } from "../../state/wire.ts";
import { details, readBody } from "../support/body.ts";
import { compartmentTarget } from "../support/resources.ts";
import { checkNamespace } from "./targets.ts";

const update = details<models.UpdateNamespaceMetadataDetails>()({
  defaultS3CompartmentId: z.string().min(1).optional(),
  defaultSwiftCompartmentId: z.string().min(1).optional(),
});
type Defaults = z.output<typeof update>;

/**
 * The defaults that each local OCI was given; the root compartment where it was given none (SDK
 * documentation: NamespaceMetadata).
 */
const changedDefaults = new WeakMap<State, Map<string, Defaults>>();

/**
 * The namespace metadata of a region, each its own: a bucket is made in the region that is asked. Unverified.
 */
const metadataOf = ({ cloud, region }: Call): Wire<models.NamespaceMetadata> => ({
  namespace: cloud.tenancy.namespace,
  defaultS3CompartmentId: cloud.tenancy.id,
  defaultSwiftCompartmentId: cloud.tenancy.id,
  ...changedDefaults.get(cloud)?.get(region.key),
});

/** The target of namespace metadata: the tenancy. */
const ofTenancy = (call: Call<"namespaceName">): Target => {
  checkNamespace(call, call.params["namespaceName"]);
  return { compartment: call.cloud.tenancy.id };
};

/** The handlers of the namespace. */
export const namespaces = {
  GetNamespace: {
    target: (call) => {
      const compartment = call.query.get("compartmentId");
      return compartment
        ? compartmentTarget(call, compartment, { when: ["with compartmentId"] })
        : { compartment: call.cloud.tenancy.id };
    },
    run: (call) => ({ body: call.cloud.tenancy.namespace }),
  },
  GetNamespaceMetadata: { target: ofTenancy, run: (call) => ({ body: metadataOf(call) }) },
  UpdateNamespaceMetadata: {
    target: ofTenancy,
    run: (call) => {
      const changes = readBody(call, update);
      // 404 for a compartment that is not there, as for one that may not be seen.
      for (const id of Object.values(changes)) compartmentTarget(call, id);
      const regions = changedDefaults.get(call.cloud) ?? new Map<string, Defaults>();
      changedDefaults.set(
        call.cloud,
        regions.set(call.region.key, { ...regions.get(call.region.key), ...changes }),
      );
      return { body: metadataOf(call) };
    },
  },
} satisfies Handlers<ObjectStorageClient>;
