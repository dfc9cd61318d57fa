/** An instance that exists only as a resource, with its metadata service. */
import { WELL_KNOWN } from "../../local/bootstrap.ts";
import type { LocalOci } from "../../local/index.ts";
import type { ModelOf } from "../../local/state/models.ts";
import { ocid } from "../../local/state/ocids.ts";

/** Adds a running instance to the store and starts its metadata service. */
export const addInstance = async (
  oci: LocalOci,
  name = "machine",
  model: Record<string, unknown> = {},
): Promise<{ id: string; compartmentId: string; metadataUrl: string }> => {
  const id = ocid("instance", "iad", name);
  const compartmentId = WELL_KNOWN.compartments.app;
  oci.cloud.store.add({
    id,
    type: "instance",
    region: oci.cloud.regions[0],
    model: {
      id,
      compartmentId,
      displayName: name,
      lifecycleState: "RUNNING",
      availabilityDomain: "Uocm:US-ASHBURN-AD-1",
      faultDomain: "FAULT-DOMAIN-1",
      shape: "VM.Standard.A1.Flex",
      sourceDetails: { sourceType: "image", imageId: "ocid1.image.oc1.iad.x" },
      metadata: { user_data: "aGk=", "with/slash": "x", keyless: "{}" },
      timeCreated: oci.cloud.clock.iso(),
      freeformTags: { a: "b" },
      definedTags: {},
      ...model,
    } as unknown as ModelOf<"instance">,
    hidden: { hostname: name, launched: {} },
  });
  return { id, compartmentId, metadataUrl: await oci.cloud.startMetadata(id) };
};
