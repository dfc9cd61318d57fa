/** What services know of only some time after it was written: new tags and compartments. */
import { ComputeClient, VirtualNetworkClient } from "oci-core";
import { IdentityClient } from "oci-identity";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";

const compartmentId = WELL_KNOWN.compartments.app;
const DELAY_MS = 30_000;
const invalid = [400, "InvalidParameter", "Invalid tags"];
let oci: LocalOci;
let identity: IdentityClient;
let network: VirtualNetworkClient;

beforeAll(async () => {
  oci = await startTestOci({ settings: { transitionMs: 0, propagationMs: DELAY_MS } });
  identity = sdkClient(oci, IdentityClient, "identity");
  network = sdkClient(oci, VirtualNetworkClient, "core");
});
afterAll(() => oci.close());

const later = (ms: number): void => {
  oci.cloud.clock.offsetMs += ms;
};
const createVcn = (details: object) =>
  network.createVcn({ createVcnDetails: { compartmentId, cidrBlocks: ["10.0.0.0/16"], ...details } });

test("a new tag key is there at once, and can be set on nothing until it has spread", async () => {
  const { tagNamespace } = await identity.createTagNamespace({
    createTagNamespaceDetails: { compartmentId, name: "late", description: "late" },
  });
  const key = { tagNamespaceId: tagNamespace.id, tagName: "role" };
  await identity.createTag({ ...key, createTagDetails: { name: "role", description: "role" } });
  expect((await identity.getTag(key)).tag.lifecycleState).toBe("ACTIVE");
  const definedTags = { late: { role: "a" } };
  expect(await refusal(createVcn({ definedTags }))).toEqual(invalid);
  const child = { compartmentId, name: "tagged", description: "x", definedTags };
  expect(await refusal(identity.createCompartment({ createCompartmentDetails: child }))).toEqual(invalid);
  later(DELAY_MS);
  expect((await createVcn({ definedTags })).vcn.definedTags).toEqual(definedTags);

  const retire = (isRetired: boolean) => identity.updateTag({ ...key, updateTagDetails: { isRetired } });
  await retire(true);
  await retire(false);
  expect(await refusal(createVcn({ definedTags }))).toEqual(invalid);
  later(DELAY_MS);
  await createVcn({ definedTags });
  await identity.updateTag({ ...key, updateTagDetails: { description: "other", isRetired: false } });
  await createVcn({ definedTags });
});

test("a new compartment is identity's at once, the other services' when it has spread", async () => {
  const { compartment } = await identity.createCompartment({
    createCompartmentDetails: { compartmentId, name: "new", description: "new" },
  });
  const of = { compartmentId: compartment.id };
  expect((await identity.getCompartment(of)).compartment.name).toBe("new");
  const compute = sdkClient(oci, ComputeClient, "core");
  expect((await refusal(createVcn(of)))[0]).toBe(404);
  expect((await refusal(compute.listInstances(of)))[0]).toBe(404);
  later(DELAY_MS);
  expect((await createVcn(of)).vcn.compartmentId).toBe(compartment.id);
  expect((await compute.listInstances(of)).items).toEqual([]);
});
