/** Hosts of services, from service to name and back, and hosts of resources' own. */
import { describe, expect, it, test } from "vitest";
import { hostLookup, hostOf, hostWithin, type OwnHost, ownHostOf, serviceNames } from "../../oci/hosts.ts";
import { allOperations, findOperation, services } from "../../oci/operations/index.ts";

const REGION = "us-ashburn-1";
const DOMAIN = "oraclecloud.com";
const own = (name: string): OwnHost => ownHostOf(findOperation(name)!)!;

test("every service of the table of operations has a host, or is said to be outside of the realm", () => {
  expect(
    serviceNames()
      .filter((name) => name !== "auth")
      .sort(),
  ).toEqual([...services]);
  const outside = services.filter((service) => {
    try {
      return !hostOf(service, REGION, DOMAIN).endsWith(`.${REGION}.${DOMAIN}`) && false;
    } catch {
      return true;
    }
  });
  expect(outside).toEqual([
    "identitydomains",
    "osubbillingschedule",
    "osuborganizationsubscription",
    "osubsubscription",
    "osubusage",
  ]);
  expect(() => hostOf("osubusage", REGION, DOMAIN)).toThrow(
    /csaap-e\.oracle\.com, which is not one of the region/,
  );
  expect(() => hostOf("nothing", REGION, DOMAIN)).toThrow("OCI service nothing is not in the table of hosts");
  expect(() => hostOf("toString", REGION, DOMAIN)).toThrow("is not in the table");
});

test("a region whose id holds dots has hosts of its own form", () => {
  expect(hostOf("core", "us-x.y.example", DOMAIN)).toBe("iaas.us-x.y.example");
  expect(hostOf("audit", "us-x.y.example", DOMAIN)).toBe("audit.us-x.y.example");
});

describe("the lookup of a host name", () => {
  const lookup = hostLookup([REGION, "eu-frankfurt-1"], DOMAIN);

  it.each([
    ["iaas.us-ashburn-1.oraclecloud.com", ["computeinstanceagent", "core", "loadbalancer", "workrequests"]],
    ["IAAS.eu-frankfurt-1.ds.oci.oraclecloud.com", ["core"]],
    ["telemetry-ingestion.us-ashburn-1.oraclecloud.com", ["monitoring"]],
    ["objectstorage.us-ashburn-1.oci.customer-oci.com", ["objectstorage"]],
    ["generativeai.us-ashburn-1.ds.oci.oraclecloud.com", ["generativeai"]],
  ])("finds the services of %s", (host, expected) => {
    expect([...(lookup(host)?.services ?? [])].sort()).toEqual(expected);
  });

  it.each([
    "iaas.us-phoenix-1.oraclecloud.com",
    "iaas.us-ashburn-1.oraclecloud.eu",
    "csaap-e.oracle.com",
    "idcs-guid.identity.oraclecloud.com",
    "us-ashburn-1.oraclecloud.com",
    "constructor",
  ])("finds nothing for %s", (host) => {
    expect(lookup(host)).toBeUndefined();
  });

  it.each([
    ["abc-crypto.kms.us-ashburn-1.oraclecloud.com", "keymanagement", "abc"],
    ["cell-1.streaming.us-ashburn-1.oci.oraclecloud.com", "streaming", "cell-1"],
    ["cell-1.queue.messaging.us-ashburn-1.oci.oraclecloud.com", "queue", "cell-1"],
    ["abc123.us-ashburn-1.functions.oci.oraclecloud.com", "functions", "abc123"],
  ])("finds that %s is a resource's own", (host, service, ownPrefix) => {
    expect(lookup(host)).toEqual({ services: [service], regionId: REGION, ownPrefix });
    expect(lookup(host.replace("us-ashburn-1", "us-phoenix-1"))).toBeUndefined();
  });
});

test("what each resource serves at a host of its own is read from an operation with the same parameter", () => {
  const clients = new Map(allOperations().map((o) => [`${o.service}.${o.client}`, o]));
  const ofResources = [...clients].filter(([, operation]) => ownHostOf(operation));
  expect(ofResources.map(([key]) => key).sort()).toEqual([
    "functions.FunctionsInvoke",
    "identitydomains.IdentityDomains",
    "keymanagement.KmsCrypto",
    "keymanagement.KmsManagement",
    "mediaservices.MediaStream",
    "modeldeployment.ModelDeployment",
    "queue.Queue",
    "streaming.Stream",
  ]);
  for (const operation of allOperations()) {
    const host = ownHostOf(operation);
    if (!host) continue;
    const read = findOperation(host.read)!;
    expect([read.method, ownHostOf(read)], host.read).toEqual(["GET", undefined]);
    if (host.param === undefined) continue;
    expect(operation.path).toContain(`{${host.param}}`);
    expect(read.path.match(/\{\w+\}/g)).toEqual([`{${host.param}}`]);
  }
});

test.each([
  [
    "https://cell-1.streaming.us-ashburn-1.oci.oraclecloud.com",
    "cell-1.streaming.us-ashburn-1.oci.oraclecloud.com",
  ],
  ["cell-1.streaming.us-ashburn-1.oci.oraclecloud.com", "cell-1.streaming.us-ashburn-1.oci.oraclecloud.com"],
  ["https://idcs-1.identity.oraclecloud.com:443/admin", "idcs-1.identity.oraclecloud.com"],
  ["http://cell-1.streaming.us-ashburn-1.oci.oraclecloud.com", undefined],
  ["https://cell-1.streaming.us-ashburn-1.oci.oraclecloud.com:8443", undefined],
  ["https://a@cell-1.oraclecloud.com", undefined],
  ["https://evil.example", undefined],
  ["https://oraclecloud.com", undefined],
  ["https://eviloraclecloud.com", undefined],
  ["https://cell-1.oraclecloud.com.evil.example", undefined],
  ["https://evil.example/.oraclecloud.com", undefined],
  ["https://169.254.169.254", undefined],
  ["https://[::1]", undefined],
  ["https://a_b.oraclecloud.com", undefined],
  ["", undefined],
])("of %j the host is %s", (base, host) => {
  expect(hostWithin(base, DOMAIN, own("streaming.GetMessages"))).toBe(host);
});

test("model deployments are in a domain of their own", () => {
  const predict = own("modeldeployment.Predict");
  const host = "modeldeployment.us-ashburn-1.oci.customer-oci.com";
  expect(hostWithin(`https://${host}/ocid1.datasciencemodeldeployment.oc1..a`, DOMAIN, predict)).toBe(host);
  expect(hostWithin("https://iaas.us-ashburn-1.oraclecloud.com", DOMAIN, predict)).toBeUndefined();
});
