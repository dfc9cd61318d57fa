/** Networks and instances through Oracle's own SDK. */
import { BlockstorageClient, ComputeClient, models, VirtualNetworkClient } from "oci-core";
import { WorkRequestClient } from "oci-workrequests";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiIdentity, WELL_KNOWN } from "../../../local/bootstrap.ts";
import { type LocalOci, startLocal } from "../../../local/index.ts";
import type { MachineSpec } from "../../../local/machines/driver.ts";
import { publishImage } from "../../../local/services/core/index.ts";
import { quickly, refusal, sdkClient } from "../../support/sdk.ts";
import { signedCall } from "../../support/signed-call.ts";

const compartmentId = WELL_KNOWN.compartments.app;
const launched: MachineSpec[] = [];
const actions: string[] = [];
let failNext = false;
let oci: LocalOci;
let network: VirtualNetworkClient;
let compute: ComputeClient;
let blocks: BlockstorageClient;

beforeAll(async () => {
  oci = await startLocal({
    settings: { transitionMs: 5 },
    deployerStatements: ["Allow group Deployers to use vcns in compartment network"],
    machineDriver: {
      name: "none",
      launch: async (spec) => {
        launched.push(spec);
        if (failNext) throw new Error("no such machine");
        return {
          console: () => Buffer.from(`console of ${spec.hostname}\n`.repeat(1000)),
          action: async (name) => void actions.push(name),
          terminate: async () => void actions.push("TERMINATE"),
        };
      },
      close: async () => {},
    },
  });
  network = sdkClient(oci, VirtualNetworkClient, "core");
  compute = sdkClient(oci, ComputeClient, "core");
  blocks = sdkClient(oci, BlockstorageClient, "core");
});
afterAll(() => oci.close());

const work = () => sdkClient(oci, WorkRequestClient, "workrequests") as never;

const newVcn = async (cidr = "10.0.0.0/16", more = {}) => {
  const { vcn } = await network.createVcn({
    createVcnDetails: { compartmentId, cidrBlocks: [cidr], ...more },
  });
  return vcn;
};

const newSubnet = async (vcnId: string, cidrBlock = "10.0.1.0/24", more = {}) => {
  const { subnet } = await network.createSubnet({
    createSubnetDetails: { compartmentId, vcnId, cidrBlock, ...more },
  });
  return subnet;
};

const newestImage = async (shape = "VM.Standard.A1.Flex", version = "9") =>
  (
    await compute.listImages({
      compartmentId,
      operatingSystem: "Oracle Linux",
      operatingSystemVersion: version,
      shape,
      sortBy: "TIMECREATED" as never,
      sortOrder: "DESC" as never,
    })
  ).items[0]!;

const launch = async (subnetId: string, more = {}) => {
  const image = await newestImage();
  const launchInstanceDetails = {
    compartmentId,
    availabilityDomain: "Uocm:US-ASHBURN-AD-1",
    shape: "VM.Standard.A1.Flex",
    shapeConfig: { ocpus: 1, memoryInGBs: 6 },
    displayName: "box",
    createVnicDetails: { subnetId, assignPublicIp: false },
    sourceDetails: { sourceType: "image", imageId: image.id },
    metadata: { user_data: "IyEvYmluL3No", keyless: "{}" },
    ...more,
  } as models.LaunchInstanceDetails;
  const { instance } = await compute.launchInstance({ launchInstanceDetails });
  const running = await compute
    .createWaiters(work(), quickly)
    .forInstance({ instanceId: instance.id }, models.Instance.LifecycleState.Running);
  return running!.instance;
};

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
    const vcn = await newVcn("10.2.0.0/16");
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
      const answer = await network.listSubnets({ ...request, limit: 2, ...(page && { page }) });
      expect(answer.items.length).toBeLessThanOrEqual(2);
      names.push(...answer.items.map((s) => s.displayName));
      page = answer.opcNextPage;
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

describe("images and shapes", () => {
  test("a newer image comes first, for its shape's architecture only", async () => {
    const before = await newestImage();
    expect(before.displayName).toContain("aarch64");
    expect((await newestImage("VM.Standard.E4.Flex")).displayName).not.toContain("aarch64");
    expect((await newestImage("VM.Standard.A1.Flex", "10")).displayName).toMatch(/^Oracle-Linux-10/);
    const id = publishImage(oci.cloud, oci.cloud.regions[0], {
      operatingSystem: "Oracle Linux",
      operatingSystemVersion: "9",
      architecture: "aarch64",
      release: "9.7",
      date: "2026-10-01",
    });
    expect((await newestImage()).id).toBe(id);
    const { items } = await compute.listShapes({ compartmentId, imageId: id });
    expect(items.map((s) => s.shape)).toEqual(["VM.Standard.A1.Flex", "VM.Standard.A2.Flex"]);
  });
});

describe("instances", () => {
  let subnetId: string;
  let vcnId: string;
  beforeAll(async () => {
    vcnId = (await newVcn("10.8.0.0/16", { dnsLabel: "eight" })).id;
    subnetId = (await newSubnet(vcnId, "10.8.1.0/24", { prohibitPublicIpOnVnic: true, dnsLabel: "app" })).id;
  });

  test("boots a machine when it runs, has a VNIC and a boot volume, ends both", async () => {
    const instance = await launch(subnetId);
    expect(instance).toMatchObject({
      metadata: { user_data: "IyEvYmluL3No", keyless: "{}" },
      extendedMetadata: {},
      systemTags: {},
      securityAttributes: {},
      region: "iad",
      shapeConfig: { ocpus: 1, memoryInGBs: 6 },
      sourceDetails: { sourceType: "image" },
    });
    await expect.poll(() => launched.at(-1)?.instanceId).toBe(instance.id);
    expect(launched.at(-1)).toMatchObject({ userData: "IyEvYmluL3No", hostname: "box" });
    const [attachment] = (await compute.listVnicAttachments({ compartmentId, instanceId: instance.id }))
      .items;
    const { vnic } = await network.getVnic({ vnicId: attachment!.vnicId! });
    expect(vnic).toMatchObject({ privateIp: "10.8.1.2", isPrimary: true, subnetId });
    expect(vnic.publicIp).toBeUndefined();
    const [volume] = (
      await compute.listBootVolumeAttachments({
        compartmentId,
        availabilityDomain: instance.availabilityDomain,
        instanceId: instance.id,
      })
    ).items;
    expect((await blocks.getBootVolume({ bootVolumeId: volume!.bootVolumeId })).bootVolume.sizeInGBs).toBe(
      47,
    );
    expect((await refusal(network.deleteSubnet({ subnetId })))[0]).toBe(409);
    await compute.terminateInstance({ instanceId: instance.id, preserveBootVolume: true });
    await expect.poll(() => actions).toContain("TERMINATE");
    const after = await compute.getInstance({ instanceId: instance.id });
    expect(after.instance.lifecycleState).toMatch(/TERMINAT/);
    const kept = await blocks.getBootVolume({ bootVolumeId: volume!.bootVolumeId });
    expect(kept.bootVolume.lifecycleState).toBe("AVAILABLE");
    expect((await refusal(compute.terminateInstance({ instanceId: instance.id })))[0]).toBe(404);
  });

  test("a machine that fails to start does not take the server down; its console says so", async () => {
    failNext = true;
    const instance = await launch(subnetId, { displayName: "broken" });
    await expect.poll(() => launched.at(-1)?.instanceId).toBe(instance.id);
    failNext = false;
    const text = await captured(instance.id);
    expect(text).toContain("no such machine");
    await compute.terminateInstance({ instanceId: instance.id });
  });

  /** The content is plain text, which Oracle's TypeScript SDK reads as JSON: so without it. */
  const content = (id: string, query: string) =>
    signedCall(oci, "core", "GET", `/20160918/instanceConsoleHistories/${id}/data${query}`);

  const captured = async (instanceId: string): Promise<string> => {
    const { consoleHistory } = await compute.captureConsoleHistory({
      captureConsoleHistoryDetails: { instanceId },
    });
    const id = consoleHistory.id;
    await compute
      .createWaiters(work(), quickly)
      .forConsoleHistory({ instanceConsoleHistoryId: id }, models.ConsoleHistory.LifecycleState.Succeeded);
    return (await content(id, "?length=1000000")).text;
  };

  test("console history is read in pieces", async () => {
    const instance = await launch(subnetId, { displayName: "talker" });
    const { consoleHistory } = await compute.captureConsoleHistory({
      captureConsoleHistoryDetails: { instanceId: instance.id },
    });
    const id = { instanceConsoleHistoryId: consoleHistory.id };
    await expect
      .poll(async () => (await compute.getConsoleHistory(id)).consoleHistory.lifecycleState)
      .toBe("SUCCEEDED");
    expect((await content(consoleHistory.id, "?length=10")).text).toBe("console of");
    const next = await content(consoleHistory.id, "?offset=10&length=7");
    expect(next.text).toBe(" talker");
    expect(next.headers.get("opc-bytes-remaining")).toBe(String("console of talker\n".length * 1000 - 17));
    expect((await content(consoleHistory.id, "?offset=x")).status).toBe(400);
    await compute.deleteConsoleHistory(id);
    expect((await refusal(compute.getConsoleHistory(id)))[0]).toBe(404);
  });

  test("metadata: what may change, what must be sent again, its size", async () => {
    const instance = await launch(subnetId, { displayName: "meta" });
    const update = (updateInstanceDetails: models.UpdateInstanceDetails) =>
      compute.updateInstance({ instanceId: instance.id, updateInstanceDetails });
    const user_data = "IyEvYmluL3No";
    const { instance: changed } = await update({ metadata: { user_data, other: "1" } });
    expect(changed.metadata).toEqual({ user_data, other: "1" });
    expect((await refusal(update({ metadata: { other: "1" } })))[2]).toContain("metadata.user_data");
    expect((await refusal(update({ metadata: { user_data: "eA==" } })))[0]).toBe(400);
    expect((await refusal(update({ metadata: { user_data, ssh_authorized_keys: "k" } })))[0]).toBe(400);
    expect((await refusal(update({ metadata: { user_data, big: "x".repeat(32_000) } })))[2]).toContain(
      "32000 bytes",
    );
    const reshaped = await update({ shapeConfig: { ocpus: 2 }, displayName: "renamed" });
    expect(reshaped.instance.shapeConfig).toMatchObject({ ocpus: 2, memoryInGBs: 6 });
    expect(reshaped.opcWorkRequestId).toMatch(/^ocid1\.coreservicesworkrequest\./);
    expect((await refusal(update({ shape: "VM.Standard.E4.Flex" })))[2]).toContain("architecture");
    const old = (
      await compute.listImages({ compartmentId, operatingSystemVersion: "8", shape: instance.shape })
    ).items[0]!;
    const source = { sourceType: "image", imageId: old.id } as models.UpdateInstanceSourceViaImageDetails;
    expect((await update({ sourceDetails: source })).instance.imageId).toBe(old.id);
  });

  test("moved to another compartment with its attachments; its VNIC and volume stay", async () => {
    const instance = await launch(subnetId, { displayName: "mover" });
    const to = WELL_KNOWN.compartments.network;
    await compute.changeInstanceCompartment({
      instanceId: instance.id,
      changeInstanceCompartmentDetails: { compartmentId: to },
    });
    const request = { compartmentId: to, instanceId: instance.id };
    const [attachment] = (await compute.listVnicAttachments(request)).items;
    expect((await network.getVnic({ vnicId: attachment!.vnicId! })).vnic.compartmentId).toBe(compartmentId);
    const availabilityDomain = instance.availabilityDomain;
    expect((await compute.listBootVolumeAttachments({ ...request, availabilityDomain })).items).toHaveLength(
      1,
    );
    expect((await compute.listVnicAttachments({ ...request, compartmentId })).items).toEqual([]);
  });

  test("power actions pass through their states and reach the machine", async () => {
    const instance = await launch(subnetId, { displayName: "power" });
    const act = (action: string) =>
      compute.instanceAction({ instanceId: instance.id, action: action as never });
    const state = async () =>
      (await compute.getInstance({ instanceId: instance.id })).instance.lifecycleState;
    expect((await act("SOFTSTOP")).instance.lifecycleState).toBe("STOPPING");
    await expect.poll(state).toBe("STOPPED");
    expect((await refusal(act("STOP")))[1]).toBe("IncorrectState");
    await act("START");
    await expect.poll(state).toBe("RUNNING");
    await expect.poll(() => actions).toEqual(expect.arrayContaining(["SOFTSTOP", "START"]));
    expect((await refusal(act("EXPLODE")))[2]).toContain("EXPLODE");
  });

  test("launches that OCI refuses", async () => {
    const wrong = async (more: object, text: string) =>
      expect((await refusal(launch(subnetId, more)))[2]).toContain(text);
    await wrong({ shape: "VM.Nope" }, "VM.Nope");
    await wrong({ shape: "VM.Standard.E4.Flex" }, "is not valid for image");
    await wrong({ availabilityDomain: "Uocm:PHX-AD-1" }, "availabilityDomain");
    await wrong({ shapeConfig: { ocpus: 1, memoryInGBs: 1000 } }, "memoryInGBs");
    await wrong({ createVnicDetails: { subnetId, assignPublicIp: true } }, "prohibits public IP");
    await wrong({ createVnicDetails: { subnetId, privateIp: "10.8.1.1" } }, "reserved or in use");
    await wrong({ metadata: { user_data: "%%" } }, "not base64");
    await wrong({ metadata: { a: "x".repeat(33_000) } }, "32000 bytes");
    expect((await refusal(launch("ocid1.subnet.oc1.iad.nope")))[0]).toBe(404);
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
  const vcn = await newVcn("10.11.0.0/16");
  const details = { vcnId: vcn.id, addVcnCidrDetails: { cidrBlock: "10.12.0.0/16" } };
  const { opcWorkRequestId: workRequestId } = await network.addVcnCidr(details);
  const as = (user: ApiIdentity) => sdkClient(oci, WorkRequestClient, "workrequests", user);
  expect((await as(oci.administrator).getWorkRequest({ workRequestId })).workRequest.resources).toHaveLength(
    1,
  );
  expect((await refusal(as(oci.deployer).getWorkRequest({ workRequestId })))[0]).toBe(404);
});
