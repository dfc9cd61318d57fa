/** Zones and their records through Oracle's own SDK. */
import { DnsClient, models } from "oci-dns";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";

const compartmentId = WELL_KNOWN.compartments.app;
const { Add, Prohibit, Remove, Require } = models.RecordOperation.Operation;
let oci: LocalOci;
let admin: DnsClient;
let reader: DnsClient;
let zoneNameOrId: string;

const details = (name: string, more: object = {}) => ({
  createZoneDetails: { migrationSource: "NONE", name, compartmentId, ...more },
});

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 0 },
    deployerStatements: [
      "Allow group Deployers to {DNS_RECORD_READ} in compartment app where target.dns-domain.name = 'a.example.com'",
    ],
  });
  admin = sdkClient(oci, DnsClient, "dns", oci.administrator);
  reader = sdkClient(oci, DnsClient, "dns", oci.deployer);
  zoneNameOrId = (await admin.createZone(details("Example.com."))).zone.id;
});
afterAll(() => oci.close());

const a = (domain: string, rdata: string, ttl = 60) => ({ domain, rtype: "A", rdata, ttl });
const recordsOf = async () => {
  const { recordCollection } = await admin.getZoneRecords({ zoneNameOrId });
  return recordCollection.items.map((r) => `${r.domain} ${r.rtype} ${r.rdata} ${r.ttl}`);
};
const patch = (domain: string, ...items: models.RecordOperation[]) =>
  admin.patchRRSet({ zoneNameOrId, domain, rtype: "A", patchRRSetDetails: { items } });

test("a zone has an OCID without a region, and is found by OCID and by name", async () => {
  expect(zoneNameOrId).toMatch(/^ocid1\.dns-zone\.oc1\.\./);
  for (const named of [zoneNameOrId, "example.com", "EXAMPLE.com."])
    expect((await admin.getZone({ zoneNameOrId: named })).zone).toMatchObject({
      id: zoneNameOrId,
      name: "example.com",
      scope: "GLOBAL",
      lifecycleState: "ACTIVE",
    });
  expect((await refusal(admin.getZone({ zoneNameOrId: "example.org" })))[0]).toBe(404);
});

test("a public name is there once; a private zone of the same name is found in its view", async () => {
  expect((await refusal(admin.createZone(details("example.com"))))[0]).toBe(409);
  const [scope, viewId] = [models.Scope.Private, "ocid1.dnsview.oc1.iad.aaaaaaaaone"];
  expect((await refusal(admin.createZone(details("example.com", { scope }))))[0]).toBe(400);
  const { zone } = await admin.createZone(details("example.com", { scope, viewId }));
  const named = { zoneNameOrId: "example.com", scope };
  expect((await admin.getZone({ ...named, viewId })).zone.id).toBe(zone.id);
  expect((await refusal(admin.getZone(named)))[0]).toBe(404);
  expect((await admin.getZone({ zoneNameOrId: "example.com" })).zone.id).toBe(zoneNameOrId);
});

test("records are replaced, patched, read and removed", async () => {
  await admin.updateRRSet({
    zoneNameOrId,
    domain: "a.example.com",
    rtype: "A",
    updateRRSetDetails: { items: [a("a.example.com", "192.0.2.1"), a("a.example.com", "192.0.2.2")] },
  });
  await patch("b.example.com", { ...a("b.example.com", "192.0.2.3"), operation: Add });
  // A time to live alone is that of every record there.
  await patch("a.example.com", { ttl: 300 });
  expect((await recordsOf()).sort()).toEqual([
    "a.example.com A 192.0.2.1 300",
    "a.example.com A 192.0.2.2 300",
    "b.example.com A 192.0.2.3 60",
  ]);
  const { rRSet, opcTotalItems } = await admin.getRRSet({
    zoneNameOrId,
    domain: "none.example.com",
    rtype: "A",
  });
  expect([rRSet.items, opcTotalItems]).toEqual([[], 0]);
  await patch("a.example.com", { rdata: "192.0.2.1", operation: Remove });
  await admin.deleteRRSet({ zoneNameOrId, domain: "b.example.com", rtype: "A" });
  expect(await recordsOf()).toEqual(["a.example.com A 192.0.2.2 300"]);
});

test("text is shown in quotation marks, once", async () => {
  const domain = "t.example.com";
  const txt = { domain, rtype: "TXT", rdata: "one", ttl: 60 };
  for (const rdata of ["one", '"one"'])
    await admin.patchDomainRecords({
      zoneNameOrId,
      domain,
      patchDomainRecordsDetails: { items: [{ ...txt, rdata }] },
    });
  const { recordCollection } = await admin.getDomainRecords({ zoneNameOrId, domain });
  expect(recordCollection.items).toMatchObject([{ rdata: '"one"', isProtected: false }]);
});

test("a precondition that does not hold, and a record beside the path, change nothing", async () => {
  const before = await recordsOf();
  for (const item of [
    { rdata: "192.0.2.9", operation: Require },
    { rdata: "192.0.2.2", operation: Prohibit },
    a("c.example.com", "192.0.2.1"),
    a("a.example.org", "192.0.2.1"),
    { rdata: "192.0.2.1" },
  ])
    expect([item, (await refusal(patch("a.example.com", a("a.example.com", "192.0.2.8"), item)))[0]]).toEqual(
      [item, 400],
    );
  expect(await recordsOf()).toEqual(before);
});

test("an ETag that does not match changes nothing", async () => {
  const items = [{ domain: "a.example.com", rtype: "A", operation: Remove }];
  const { eTag } = await admin.getZoneRecords({ zoneNameOrId });
  const change = (ifMatch: string) =>
    admin.patchZoneRecords({ zoneNameOrId, ifMatch, patchZoneRecordsDetails: { items } });
  expect((await refusal(change("never")))[0]).toBe(412);
  expect((await change(eTag)).recordCollection.items.map((r) => r.rtype)).toEqual(["TXT"]);
});

test("who may read one domain reads neither another one nor the zone", async () => {
  expect((await reader.getDomainRecords({ zoneNameOrId, domain: "a.example.com" })).opcTotalItems).toBe(0);
  for (const work of [
    reader.getDomainRecords({ zoneNameOrId, domain: "t.example.com" }),
    reader.getZoneRecords({ zoneNameOrId }),
    reader.getZone({ zoneNameOrId }),
  ])
    expect((await refusal(work))[0]).toBe(404);
});
