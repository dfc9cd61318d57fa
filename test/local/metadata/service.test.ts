/** The metadata service: what it shows, and whom it refuses. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { metadataService, throttling } from "../../../local/gateway/interceptors.ts";
import type { LocalOci } from "../../../local/index.ts";
import { addInstance } from "../../support/instance.ts";
import { startTestOci } from "../../support/local-oci.ts";

let oci: LocalOci;
let machine: Awaited<ReturnType<typeof addInstance>>;

beforeAll(async () => {
  oci = await startTestOci();
  machine = await addInstance(oci);
});
afterAll(() => oci.close());

const get = async (path: string, headers: Record<string, string> = { authorization: "Bearer Oracle" }) => {
  const response = await fetch(`${machine.metadataUrl.replace(/\/v2$/, "")}/${path}`, { headers });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
};

test("shows the instance as JSON, with the region's and realm's names", async () => {
  const { status, type, text } = await get("v2/instance/");
  expect([status, type]).toEqual([200, "application/json"]);
  expect(JSON.parse(text)).toMatchObject({
    id: machine.id,
    compartmentId: machine.compartmentId,
    tenantId: oci.cloud.tenancy.id,
    displayName: "machine",
    hostname: "machine",
    region: "iad",
    canonicalRegionName: "us-ashburn-1",
    regionInfo: {
      realmKey: "oc1",
      realmDomainComponent: "oraclecloud.com",
      regionKey: "IAD",
      regionIdentifier: "us-ashburn-1",
    },
    image: "ocid1.image.oc1.iad.x",
    metadata: { user_data: "aGk=" },
    freeformTags: { a: "b" },
    state: "Running",
  });
  expect((await get("v2/instance")).text).toBe(text);
});

test("shows single fields as text, objects as JSON, without a newline", async () => {
  expect((await get("v2/instance/region")).text).toBe("iad");
  expect((await get("v2/instance/metadata/user_data")).text).toBe("aGk=");
  expect((await get("v2/instance/metadata/with%2Fslash")).text).toBe("x");
  expect(JSON.parse((await get("v2/instance/regionInfo")).text).regionKey).toBe("IAD");
  expect((await get("v2/instance/regionInfo/regionKey")).text).toBe("IAD");
  expect(JSON.parse((await get("v2/vnics/")).text)).toEqual([]);
});

test("refuses a request without the header, a forwarded one, other versions and what is not there", async () => {
  expect((await get("v2/instance/", {})).status).toBe(403);
  expect((await get("v2/instance/", { authorization: "Bearer oracle" })).status).toBe(403);
  for (const name of ["forwarded", "x-forwarded-for", "x-forwarded-host"]) {
    expect((await get("v2/instance/", { authorization: "Bearer Oracle", [name]: "x" })).status).toBe(403);
  }
  for (const path of [
    "v2/instance/nothing",
    "v2/instance/constructor",
    "v2/instance/__proto__/x",
    "v2/x",
    "v3/instance/",
    "v2/identity/",
    "v2/identity/constructor",
    "v2/%ff",
  ]) {
    expect((await get(path)).status, path).toBe(404);
  }
});

test("serves v1 unless legacy endpoints are disabled, and never the identity there", async () => {
  expect((await get("v1/instance/region", {})).text).toBe("iad");
  expect((await get("v1/identity/key.pem", {})).status).toBe(404);
  oci.cloud.store.get(machine.id, "instance")!.model.instanceOptions = {
    areLegacyImdsEndpointsDisabled: true,
  };
  expect((await get("v1/instance/region", {})).status).toBe(404);
  expect((await get("v2/instance/region")).status).toBe(200);
});

test("shows a change at once, or as late as the setting says", async () => {
  const instance = oci.cloud.store.get(machine.id, "instance")!;
  const change = (value: string): void => {
    instance.model.metadata = { keyless: value };
    oci.cloud.store.touch(instance);
  };
  change("first");
  expect((await get("v2/instance/metadata/keyless")).text).toBe("first");
  oci.cloud.settings.metadataDelayMs = 60_000;
  change("second");
  expect((await get("v2/instance/metadata/keyless")).text).toBe("first");
  oci.cloud.clock.offsetMs += 61_000;
  expect((await get("v2/instance/metadata/keyless")).text).toBe("second");
  oci.cloud.settings.metadataDelayMs = 0;
});

test("responds 429 for a time when that is injected", async () => {
  oci.interceptors.push(throttling(metadataService, 150));
  const response = await get("v2/instance/region");
  expect(response.status).toBe(429);
  await new Promise((done) => setTimeout(done, 200));
  expect((await get("v2/instance/region")).status).toBe(200);
  oci.interceptors.pop();
});

test("is gone when it is stopped", async () => {
  const other = await addInstance(oci, "stopped");
  await oci.cloud.stopMetadata(other.id);
  await expect(fetch(`${other.metadataUrl}/instance/`)).rejects.toThrow();
  expect(oci.cloud.metadata.has(other.id)).toBe(false);
});
