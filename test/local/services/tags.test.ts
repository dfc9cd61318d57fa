/** Defined tags: who may set them, and what exists. */
import { VirtualNetworkClient } from "oci-core";
import { IdentityClient } from "oci-identity";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiIdentity, WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";

const compartmentId = WELL_KNOWN.compartments.app;
const refused = (namespace: string) => [
  400,
  "RelatedResourceNotAuthorizedOrNotFound",
  `The following tag namespaces / keys are not authorized or not found: '${namespace}'`,
];
let oci: LocalOci;

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 0 },
    deployerStatements: [
      "Allow group Deployers to manage vcns in compartment app",
      "Allow group Deployers to use tag-namespaces in compartment app where target.tag-namespace.name = 'open'",
    ],
  });
  const identity = sdkClient(oci, IdentityClient, "identity");
  for (const name of ["open", "closed"]) {
    const { tagNamespace } = await identity.createTagNamespace({
      createTagNamespaceDetails: { compartmentId, name, description: name },
    });
    await identity.createTag({
      tagNamespaceId: tagNamespace.id,
      createTagDetails: { name: "role", description: "role" },
    });
  }
});
afterAll(() => oci.close());

const network = (as: ApiIdentity) => sdkClient(oci, VirtualNetworkClient, "core", as);

const create = async (as: ApiIdentity, definedTags: Record<string, Record<string, string>>) =>
  (
    await network(as).createVcn({
      createVcnDetails: { compartmentId, cidrBlocks: ["10.0.0.0/16"], definedTags },
    })
  ).vcn;

test("a namespace must be there, have the key, and be the caller's to use", async () => {
  expect((await create(oci.deployer, { Open: { Role: "a" } })).definedTags).toEqual({ Open: { Role: "a" } });
  expect(await refusal(create(oci.deployer, { closed: { role: "a" } }))).toEqual(refused("closed"));
  expect(await refusal(create(oci.deployer, { absent: { role: "a" } }))).toEqual(refused("absent"));
  expect(await refusal(create(oci.administrator, { closed: { other: "a" } }))).toEqual(refused("closed"));
});

test("who may change a resource changes no tags that he may not use, and keeps those that are there", async () => {
  const { id: vcnId } = await create(oci.administrator, { closed: { role: "a" }, open: { role: "a" } });
  const update = (updateVcnDetails: object) => network(oci.deployer).updateVcn({ vcnId, updateVcnDetails });
  const kept = { closed: { role: "a" }, open: { role: "b" } };
  expect((await update({ displayName: "x", definedTags: kept })).vcn.definedTags).toEqual(kept);
  expect(await refusal(update({ definedTags: { closed: { role: "b" } } }))).toEqual(refused("closed"));
  expect(await refusal(update({ definedTags: { open: { role: "b" } } }))).toEqual(refused("closed"));
});

test("tags say nothing of a resource to who may not see it", async () => {
  const hidden = { compartmentId: WELL_KNOWN.compartments.network, cidrBlocks: ["10.0.0.0/16"] };
  const { vcn } = await network(oci.administrator).createVcn({ createVcnDetails: hidden });
  const update = (vcnId: string) =>
    network(oci.deployer).updateVcn({ vcnId, updateVcnDetails: { definedTags: { closed: { role: "x" } } } });
  const absent = await refusal(update(vcn.id.slice(0, -4).concat("aaaa")));
  expect(absent[0]).toBe(404);
  expect(await refusal(update(vcn.id))).toEqual(absent);
});
