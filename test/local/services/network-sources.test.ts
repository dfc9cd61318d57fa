/** Network sources and identity domains, through Oracle's SDK. */
import { IdentityClient } from "oci-identity";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";

const compartmentId = WELL_KNOWN.tenancy;
let oci: LocalOci;
let identity: IdentityClient;

beforeAll(async () => {
  oci = await startTestOci({ settings: { transitionMs: 0 } });
  identity = sdkClient(oci, IdentityClient, "identity");
});
afterAll(() => oci.close());

test("a network source is made in the root, changed, listed, deleted", async () => {
  const details = { compartmentId, name: "corpnet", description: "", publicSourceList: ["128.2.13.5"] };
  const create = (changes: object = {}) =>
    identity.createNetworkSource({ createNetworkSourceDetails: { ...details, ...changes } });
  const { networkSources: made } = await create();
  expect(made).toMatchObject({
    ...details,
    virtualSourceList: [],
    services: ["all"],
    lifecycleState: "ACTIVE",
  });
  expect((await refusal(create()))[0]).toBe(409);
  expect((await refusal(create({ name: "b", compartmentId: WELL_KNOWN.compartments.app })))[0]).toBe(400);
  expect((await refusal(create({ name: "b", publicSourceList: ["128.2.13"] })))[2]).toContain(
    "publicSourceList[0]",
  );
  const networkSourceId = made.id;
  const vcnId = "ocid1.vcn.oc1.iad.aaaa";
  const virtualSourceList = [{ vcnId, ipRanges: ["10.0.0.0/16"] }];
  await identity.updateNetworkSource({ networkSourceId, updateNetworkSourceDetails: { virtualSourceList } });
  const { networkSources: changed } = await identity.getNetworkSource({ networkSourceId });
  expect(changed).toMatchObject({ ...details, virtualSourceList });
  const { items } = await identity.listNetworkSources({ compartmentId });
  expect(items.map((s) => s.name)).toEqual(["corpnet"]);
  await identity.deleteNetworkSource({ networkSourceId });
  expect((await refusal(identity.getNetworkSource({ networkSourceId })))[0]).toBe(404);
});

test("an identity domain is made, switched off and on, and deleted only when it is off", async () => {
  const details = {
    compartmentId,
    displayName: "partners",
    description: "",
    homeRegion: "us-ashburn-1",
    licenseType: "premium",
  };
  const create = (changes: object = {}) =>
    identity.createDomain({ createDomainDetails: { ...details, ...changes } });
  expect((await refusal(create({ homeRegion: "ca-toronto-1" })))[2]).toContain("us-ashburn-1");
  expect((await refusal(create({ licenseType: "gold" })))[2]).toContain("premium");
  const { opcWorkRequestId: iamWorkRequestId } = await create();
  const { iamWorkRequest } = await identity.getIamWorkRequest({ iamWorkRequestId });
  expect(iamWorkRequest).toMatchObject({ operationType: "CREATE_DOMAIN", status: "SUCCEEDED" });
  expect((await identity.listIamWorkRequestErrors({ iamWorkRequestId })).items).toEqual([]);
  const domainId = iamWorkRequest.resources![0]!.identifier;
  const stateOf = async () => (await identity.getDomain({ domainId })).domain.lifecycleState;
  expect((await identity.getDomain({ domainId })).domain).toMatchObject({ ...details, type: "SECONDARY" });
  expect((await refusal(create()))[0]).toBe(409);
  expect((await refusal(identity.deleteDomain({ domainId })))[0]).toBe(409);
  await identity.deactivateDomain({ domainId });
  expect(await stateOf()).toBe("INACTIVE");
  expect((await refusal(identity.deactivateDomain({ domainId })))[0]).toBe(409);
  await identity.activateDomain({ domainId });
  expect(await stateOf()).toBe("ACTIVE");
  await identity.updateDomain({ domainId, updateDomainDetails: { displayName: "guests" } });
  const { items } = await identity.listDomains({ compartmentId, displayName: "guests" });
  expect(items.map((d) => d.id)).toEqual([domainId]);
  await identity.deactivateDomain({ domainId });
  await identity.deleteDomain({ domainId });
  expect((await refusal(identity.getDomain({ domainId })))[0]).toBe(404);
  const types = await identity.listAllowedDomainLicenseTypes({ currentLicenseTypeName: "free" });
  expect(types.items.map((t) => t.licenseType)).not.toContain("free");
});
