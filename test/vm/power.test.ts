import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  deployer,
  describe,
  instanceId,
  nextVerdict,
  onMachine,
  output,
  up,
  verdicts,
} from "./support/machine.ts";

const act = async (action: string): Promise<void> => {
  await deployer().call("core.InstanceAction", { params: { instanceId: instanceId() }, query: { action } });
};

const consoleBytes = (): number => statSync(join(up().folder, "console.log")).size;

describe("power and replacement", () => {
  it("the check runs again after a reset, in another boot, and the metadata address is locked before services start", async () => {
    const before = await verdicts();
    await act("RESET");
    expect(await nextVerdict(before.length)).toMatchObject({ ok: true, instance: instanceId() });
    const after = await verdicts();
    expect(after.at(-1)!.boot).not.toBe(before.at(-1)!.boot);
    const started = async (unit: string): Promise<number> =>
      Number(await output(`systemctl show ${unit} -p ActiveEnterTimestampMonotonic --value`));
    const locked = await started("keyless-lock.service");
    expect(locked).toBeGreaterThan(0);
    for (const unit of ["ssh.service", "dbus.service", "systemd-logind.service", "getty@tty1.service"]) {
      const at = await started(unit);
      if (at > 0) expect({ unit, after: at > locked }).toEqual({ unit, after: true });
    }
    await output("id intruder 2>/dev/null || useradd intruder");
    const refused = await onMachine().runAs(
      "intruder",
      "curl -s -m 10 http://169.254.169.254/opc/v2/instance/",
    );
    expect(refused.code).toBe(7);
    expect(await output("stat -c %a /run/cloud-init/instance-data.json")).toBe("600");
  });

  it("a machine that is stopped and started gets new tokens", async () => {
    const before = await verdicts();
    await act("SOFTSTOP");
    for (const untilMs = Date.now() + 120_000; ; ) {
      const { body } = await deployer().call("core.GetInstance", { params: { instanceId: instanceId() } });
      if (body["lifecycleState"] === "STOPPED" && !existsSync(join(up().folder, "monitor.sock"))) break;
      if (Date.now() > untilMs) throw new Error("the machine did not stop within 2 minutes");
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    const size = consoleBytes();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(consoleBytes()).toBe(size);
    await act("START");
    const verdict = await nextVerdict(before.length);
    expect(verdict.ok).toBe(true);
    expect(Date.parse(verdict.token!.issued)).toBeGreaterThan(Date.parse(before.at(-1)!.token!.issued));
  });

  it("a replaced instance works when the group's rule names it", async () => {
    const { body: old } = await deployer().call("core.GetInstance", { params: { instanceId: instanceId() } });
    const { body: vnics } = await deployer().call<Record<string, string>[]>("core.ListVnicAttachments", {
      query: { compartmentId: String(old["compartmentId"]), instanceId: instanceId() },
    });
    const { body: made } = await deployer().call("core.LaunchInstance", {
      body: {
        compartmentId: old["compartmentId"],
        availabilityDomain: old["availabilityDomain"],
        displayName: "replacement",
        shape: old["shape"],
        shapeConfig: { ocpus: 1, memoryInGBs: 6 },
        sourceDetails: {
          sourceType: "image",
          imageId: (old["sourceDetails"] as { imageId: string }).imageId,
        },
        createVnicDetails: { subnetId: vnics[0]!["subnetId"], assignPublicIp: false },
        metadata: old["metadata"],
        instanceOptions: { areLegacyImdsEndpointsDisabled: true },
      },
    });
    const id = String(made["id"]);
    const { body: groups } = await deployer().call<Record<string, string>[]>("identity.ListDynamicGroups", {
      query: { compartmentId: String(up().deployer.tenancyId) },
    });
    const group = groups.find((g) => g["matchingRule"]!.includes(instanceId()))!;
    const params = { dynamicGroupId: group["id"]! };
    const rule = group["matchingRule"]!;
    try {
      const matchingRule = rule.replace(instanceId(), id);
      await deployer().call("identity.UpdateDynamicGroup", { params, body: { matchingRule } });
      expect(await nextVerdict(0, 590_000, id)).toMatchObject({ ok: true, instance: id });
    } finally {
      await deployer().call("identity.UpdateDynamicGroup", { params, body: { matchingRule: rule } });
      await deployer().call("core.TerminateInstance", { params: { instanceId: id } });
    }
  });
});
