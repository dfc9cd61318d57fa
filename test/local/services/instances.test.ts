/** Images, shapes and instances through Oracle's own SDK. */
import { models } from "oci-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import type { MachineSpec } from "../../../local/machines/driver.ts";
import { publishImage } from "../../../local/services/core/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { quickly, refusal } from "../../support/sdk.ts";
import { signedCall } from "../../support/signed-call.ts";
import { type Core, coreOf } from "./support/core.ts";

const compartmentId = WELL_KNOWN.compartments.app;
const launched: MachineSpec[] = [];
const actions: string[] = [];
let failNext = false;
let oci: LocalOci;
let network: Core["network"];
let compute: Core["compute"];
let blocks: Core["blocks"];
let work: Core["work"];
let newVcn: Core["newVcn"];
let newSubnet: Core["newSubnet"];
let newestImage: Core["newestImage"];
let launch: Core["launch"];

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 5 },
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
  ({ network, compute, blocks, work, newVcn, newSubnet, newestImage, launch } = coreOf(oci));
});
afterAll(() => oci.close());

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
      systemTags: { "keyless-local": { machine: "none" } },
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
    const fixed = (key: string) => [
      400,
      "InvalidParameter",
      `The '${key}' metadata field cannot be updated and must be provided with the already existing value.`,
    ];
    expect(await refusal(update({ metadata: { other: "1" } }))).toEqual(fixed("user_data"));
    expect(await refusal(update({ metadata: { user_data: "eA==" } }))).toEqual(fixed("user_data"));
    const keys = { metadata: { user_data, ssh_authorized_keys: "k" } };
    expect(await refusal(update(keys))).toEqual(fixed("ssh_authorized_keys"));
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
    await wrong({ platformConfig: { type: "AMD_VM" } }, "platformConfig.type: AMD_VM is not valid");
    await wrong({ availabilityDomain: "Uocm:PHX-AD-1" }, "availabilityDomain");
    await wrong({ shapeConfig: { ocpus: 1, memoryInGBs: 1000 } }, "memoryInGBs");
    await wrong({ createVnicDetails: { subnetId, assignPublicIp: true } }, "prohibits public IP");
    await wrong({ createVnicDetails: { subnetId, privateIp: "10.8.1.1" } }, "reserved or in use");
    await wrong({ metadata: { user_data: "%%" } }, "not base64");
    await wrong({ metadata: { a: "x".repeat(33_000) } }, "32000 bytes");
    expect((await refusal(launch("ocid1.subnet.oc1.iad.nope")))[0]).toBe(404);
  });
});
