/** Networks through Oracle's own SDK. */
import { models, VirtualNetworkClient } from "oci-core";
import { WorkRequestClient } from "oci-workrequests";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiIdentity, WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { quickly, refusal, sdkClient } from "../../support/sdk.ts";
import { type Core, coreOf } from "./support/core.ts";

const compartmentId = WELL_KNOWN.compartments.app;
let oci: LocalOci;
let network: Core["network"];
let work: Core["work"];
let newVcn: Core["newVcn"];
let availableVcn: Core["availableVcn"];
let newSubnet: Core["newSubnet"];

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 5 },
    deployerStatements: ["Allow group Deployers to use vcns in compartment network"],
  });
  ({ network, work, newVcn, availableVcn, newSubnet } = coreOf(oci));
});
afterAll(() => oci.close());

describe("networks", () => {
  test("a VCN has its defaults and passes through its states", async () => {
    const vcn = await newVcn("10.1.0.0/16", { dnsLabel: "one" });
    expect(vcn.lifecycleState).toBe("PROVISIONING");
    expect(vcn.vcnDomainName).toBe("one.oraclevcn.com");
    const waited = await network
      .createWaiters(work(), quickly)
      .forVcn({ vcnId: vcn.id }, models.Vcn.LifecycleState.Available);
    expect(waited!.vcn.lifecycleState).toBe("AVAILABLE");
    const { securityList } = await network.getSecurityList({ securityListId: vcn.defaultSecurityListId! });
    expect(securityList.ingressSecurityRules).toHaveLength(3);
    const { routeTable } = await network.getRouteTable({ rtId: vcn.defaultRouteTableId! });
    expect(routeTable.routeRules).toEqual([]);
    const { dhcpOptions } = await network.getDhcpOptions({ dhcpId: vcn.defaultDhcpOptionsId! });
    expect(dhcpOptions.options.map((o) => o.type)).toEqual(["DomainNameServer", "SearchDomain"]);
    await network.deleteVcn({ vcnId: vcn.id });
    expect((await network.getVcn({ vcnId: vcn.id })).vcn.lifecycleState).toMatch(/TERMINAT/);
    expect((await refusal(network.getRouteTable({ rtId: vcn.defaultRouteTableId! })))[0]).toBe(404);
  });

  test("blocks: their size, their overlap, a subnet outside and one that overlaps", async () => {
    expect(await refusal(newVcn("10.0.0.0/8"))).toEqual([
      400,
      "InvalidParameter",
      expect.stringContaining("/16"),
    ]);
    expect((await refusal(newVcn("10.0.0.1/16")))[2]).toContain("not a valid CIDR block");
    expect((await refusal(newVcn("300.0.0.0/16")))[0]).toBe(400);
    const vcn = await availableVcn("10.2.0.0/16");
    expect((await refusal(newSubnet(vcn.id, "10.3.0.0/24")))[2]).toContain("not in a CIDR block of the VCN");
    await newSubnet(vcn.id, "10.2.0.0/24");
    expect((await refusal(newSubnet(vcn.id, "10.2.0.128/25")))[2]).toContain("overlaps");
    expect((await refusal(newSubnet(vcn.id, "10.2.9.0/24", { dnsLabel: "x" })))[2]).toContain("no DNS label");
    const added = await network.addVcnCidr({
      vcnId: vcn.id,
      addVcnCidrDetails: { cidrBlock: "10.20.0.0/16" },
    });
    const request = await sdkClient(oci, WorkRequestClient, "workrequests")
      .createWaiters(quickly)
      .forWorkRequest({ workRequestId: added.opcWorkRequestId });
    expect(request!.workRequest.status).toBe("SUCCEEDED");
    expect((await network.getVcn({ vcnId: vcn.id })).vcn.cidrBlocks).toEqual(["10.2.0.0/16", "10.20.0.0/16"]);
    const removal = { vcnId: vcn.id, removeVcnCidrDetails: { cidrBlock: "10.2.0.0/16" } };
    expect((await refusal(network.removeVcnCidr(removal)))[2]).toContain("has a subnet");
  });

  test("what is referred to is not deleted", async () => {
    const vcn = await newVcn("10.3.0.0/16");
    const services = (await network.listServices({})).items;
    const all = services.find((s) => s.name.startsWith("All IAD"))!;
    const { serviceGateway } = await network.createServiceGateway({
      createServiceGatewayDetails: { compartmentId, vcnId: vcn.id, services: [{ serviceId: all.id }] },
    });
    const rule = {
      networkEntityId: serviceGateway.id,
      destination: all.cidrBlock,
      destinationType: models.RouteRule.DestinationType.ServiceCidrBlock,
    };
    const { routeTable } = await network.createRouteTable({
      createRouteTableDetails: { compartmentId, vcnId: vcn.id, routeRules: [rule] },
    });
    const subnet = await newSubnet(vcn.id, "10.3.1.0/24", { routeTableId: routeTable.id });
    const conflicts = [
      network.deleteServiceGateway({ serviceGatewayId: serviceGateway.id }),
      network.deleteRouteTable({ rtId: routeTable.id }),
      network.deleteVcn({ vcnId: vcn.id }),
    ];
    for (const work of conflicts)
      expect(await refusal(work)).toEqual([
        409,
        "Conflict",
        expect.stringContaining("You must remove the reference"),
      ]);
    expect((await refusal(network.deleteRouteTable({ rtId: vcn.defaultRouteTableId! })))[0]).toBe(409);
    const wrong = {
      ...rule,
      destination: "0.0.0.0/0",
      destinationType: models.RouteRule.DestinationType.CidrBlock,
    };
    expect(
      (
        await refusal(
          network.updateRouteTable({ rtId: routeTable.id, updateRouteTableDetails: { routeRules: [wrong] } }),
        )
      )[2],
    ).toContain("SERVICE_CIDR_BLOCK");
    await network.deleteSubnet({ subnetId: subnet.id });
    await network.deleteRouteTable({ rtId: routeTable.id });
    await network.deleteServiceGateway({ serviceGatewayId: serviceGateway.id });
    await network.deleteVcn({ vcnId: vcn.id });
  });

  test("rules of a security group are added, changed, listed, removed", async () => {
    const vcn = await newVcn("10.4.0.0/16");
    const { networkSecurityGroup: group } = await network.createNetworkSecurityGroup({
      createNetworkSecurityGroupDetails: { compartmentId, vcnId: vcn.id },
    });
    const networkSecurityGroupId = group.id;
    const direction = models.AddSecurityRuleDetails.Direction.Egress;
    const { addedNetworkSecurityGroupSecurityRules: added } =
      await network.addNetworkSecurityGroupSecurityRules({
        networkSecurityGroupId,
        addNetworkSecurityGroupSecurityRulesDetails: {
          securityRules: [{ direction, protocol: "all", destination: "10.0.0.0/8" }],
        },
      });
    const id = added.securityRules![0]!.id!;
    await network.updateNetworkSecurityGroupSecurityRules({
      networkSecurityGroupId,
      updateNetworkSecurityGroupSecurityRulesDetails: {
        securityRules: [{ id, direction: direction as never, protocol: "6", destination: "10.0.0.0/8" }],
      },
    });
    const { items } = await network.listNetworkSecurityGroupSecurityRules({ networkSecurityGroupId });
    expect(items).toMatchObject([{ id, protocol: "6", destinationType: "CIDR_BLOCK", isStateless: false }]);
    const removal = (ids: string[]) =>
      network.removeNetworkSecurityGroupSecurityRules({
        networkSecurityGroupId,
        removeNetworkSecurityGroupSecurityRulesDetails: { securityRuleIds: ids },
      });
    expect((await refusal(removal(["nope"])))[2]).toContain("no rule nope");
    await removal([id]);
    expect((await network.listNetworkSecurityGroupSecurityRules({ networkSecurityGroupId })).items).toEqual(
      [],
    );
  });

  test("lists are cut into pages, filtered and sorted; wrong limits are refused", async () => {
    const vcn = await newVcn("10.5.0.0/16");
    for (const n of [3, 1, 2]) await newSubnet(vcn.id, `10.5.${n}.0/24`, { displayName: `s${n}` });
    const request = { compartmentId, vcnId: vcn.id, sortBy: "DISPLAYNAME" as never };
    const names: (string | undefined)[] = [];
    let page: string | undefined;
    do {
      const response = await network.listSubnets({ ...request, limit: 2, ...(page && { page }) });
      expect(response.items.length).toBeLessThanOrEqual(2);
      names.push(...response.items.map((s) => s.displayName));
      page = response.opcNextPage;
    } while (page);
    expect(names).toEqual(["s1", "s2", "s3"]);
    const all: string[] = [];
    for await (const subnet of network.listAllSubnets({ ...request, limit: 1 }))
      all.push(subnet.displayName!);
    expect(all).toEqual(names);
    expect((await refusal(network.listSubnets({ ...request, limit: 0 })))[0]).toBe(400);
    expect((await refusal(network.listSubnets({ ...request, page: "x" })))[2]).toContain("page");
    expect((await network.listSubnets({ ...request, displayName: "s2" })).items).toHaveLength(1);
  });

  test("If-Match, retry tokens, defined tags of nobody, a member of the wrong type", async () => {
    const vcn = await newVcn("10.6.0.0/16");
    const { etag } = await network.getVcn({ vcnId: vcn.id });
    const updateVcnDetails = { displayName: "renamed" };
    await network.updateVcn({
      vcnId: vcn.id,
      updateVcnDetails,
      ifMatch: (await network.getVcn({ vcnId: vcn.id })).etag,
    });
    expect((await refusal(network.updateVcn({ vcnId: vcn.id, updateVcnDetails, ifMatch: etag })))[0]).toBe(
      412,
    );
    const createVcnDetails = { compartmentId, cidrBlocks: ["10.7.0.0/16"] };
    const twice = [1, 2].map(() => network.createVcn({ createVcnDetails, opcRetryToken: "same" }));
    const [one, two] = await Promise.all(twice);
    expect(one!.vcn.id).toBe(two!.vcn.id);
    const tagged = network.createVcn({
      createVcnDetails: { ...createVcnDetails, definedTags: { nobody: { k: "v" } } },
    });
    expect(await refusal(tagged)).toEqual([
      400,
      "RelatedResourceNotAuthorizedOrNotFound",
      "The following tag namespaces / keys are not authorized or not found: 'nobody'",
    ]);
    const wrong = { ...createVcnDetails, displayName: 7 as never };
    expect(await refusal(network.createVcn({ createVcnDetails: wrong }))).toEqual([
      400,
      "InvalidParameter",
      "displayName: expected string, received number",
    ]);
    expect((await refusal(network.createVcn({ createVcnDetails: { compartmentId } })))[1]).toBe(
      "MissingParameter",
    );
  });
});

test("what is in one region is not in the other", async () => {
  const vcn = await newVcn("10.9.0.0/16");
  const elsewhere = sdkClient(
    oci,
    VirtualNetworkClient,
    "core",
    oci.administrator,
    oci.overrides.urlOf("core", oci.cloud.regions[1]!),
  );
  expect((await refusal(elsewhere.getVcn({ vcnId: vcn.id })))[0]).toBe(404);
  expect((await elsewhere.listVcns({ compartmentId })).items).toEqual([]);
});

test("a work request is read by who may do what began it, and by nobody else", async () => {
  const vcn = await availableVcn("10.11.0.0/16");
  const details = { vcnId: vcn.id, addVcnCidrDetails: { cidrBlock: "10.12.0.0/16" } };
  const { opcWorkRequestId: workRequestId } = await network.addVcnCidr(details);
  const as = (user: ApiIdentity) => sdkClient(oci, WorkRequestClient, "workrequests", user);
  expect((await as(oci.administrator).getWorkRequest({ workRequestId })).workRequest.resources).toHaveLength(
    1,
  );
  expect((await refusal(as(oci.deployer).getWorkRequest({ workRequestId })))[0]).toBe(404);
});
