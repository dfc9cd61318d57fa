import { expect, it } from "vitest";
import { readConsole } from "../../commands/shared/verdict/console-history.ts";
import { readUpdates, type Update } from "../../document/update.ts";
import { underLoad } from "./support/load.ts";
import {
  changeDocument,
  deployer,
  describe,
  instanceId,
  nextVerdict,
  onMachine,
  output,
  verdicts,
} from "./support/machine.ts";
import { useRepositories } from "./support/repository.ts";

const UNIT = "keyless-update.service";
/** Longest run of the updater: without hardware virtualisation, and with other work on the computer. */
const RUN_MS = 1_200_000;
/** The machine has one more Node to start meanwhile: its callers leave it time. */
const PAUSE_S = 2;

const updates = async (): Promise<Update[]> => readUpdates(await readConsole(deployer(), instanceId()));

const versionOf = (name: string): Promise<string> => output(`dpkg-query -W -f '\${Version}' ${name}`);

const mainOf = (mode: "check" | "proxy"): Promise<string> =>
  output(`systemctl show -p MainPID --value keyless-${mode}.service`);

const mains = (): Promise<string[]> => Promise.all([mainOf("check"), mainOf("proxy")]);

/** Runs the updater to its end, and gives its line. */
const run = async (): Promise<{ code: number; said: Update | undefined }> => {
  const before = (await updates()).length;
  const { code } = await onMachine().run(`systemctl start ${UNIT}`, RUN_MS);
  return { code, said: (await updates())[before] };
};

describe("security updates", () => {
  it("are made once a day, not on all instances at once", async () => {
    expect(await output("systemctl is-enabled keyless-update.timer")).toBe("enabled");
    const shown = await output(
      "systemctl show keyless-update.timer -p TimersCalendar -p RandomizedDelayUSec",
    );
    expect(shown).toMatch(/RandomizedDelayUSec=6h/);
    expect(shown).toMatch(/OnCalendar=\*-\*-\* 00:00:00/);
  });

  it("that cannot be had are said so, and the app goes on as it is", async () => {
    const before = await mains();
    const { code, said } = await run();
    expect(code).not.toBe(0);
    expect(said).toMatchObject({ ok: false, updated: [], restarted: false });
    expect(said!.says).toMatch(/^apt-get ended with code 100: /);
    expect(await mains()).toEqual(before);
    expect(await output(`systemctl show -p Result --value ${UNIT}`)).toBe("exit-code");
    await output(`systemctl reset-failed ${UNIT}`);
  });

  it("of Node alone are taken from the security archive", {
    timeout: 2 * RUN_MS,
  }, async () => {
    await useRepositories([
      { suite: "stable-security", name: "nodejs", versionSuffix: "+security1" },
      { suite: "stable", name: "acl", versionSuffix: "+other1" },
    ]);
    const [node, acl] = [await versionOf("nodejs"), await versionOf("acl")];
    const [seen, before] = [await verdicts(), await mains()];
    const counts = await underLoad(async () => {
      const { code, said } = await run();
      expect(said).toMatchObject({ ok: true, updated: [`nodejs ${node}+security1`], restarted: true });
      expect(said).not.toHaveProperty("says");
      expect(code).toBe(0);
      const { ok, cause, says, probes, boot } = await nextVerdict(seen.length);
      const wrong = probes.filter((probe) => !probe.ok);
      expect({ ok, cause, says, wrong, boot }).toMatchObject({ ok: true, boot: seen.at(-1)!.boot });
    }, PAUSE_S);
    expect(Object.keys(counts)).toEqual(["200"]);
    expect(counts["200"]).toBeGreaterThan(5);
    expect(await versionOf("nodejs")).toBe(`${node}+security1`);
    expect(await versionOf("acl")).toBe(acl);
    const after = await mains();
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    // Launcher and app of each, the new ones alone, and none on files that are gone.
    const processes = "cat /sys/fs/cgroup/system.slice/keyless-proxy.service/cgroup.procs";
    await output(
      `for i in $(seq 90); do [ $(${processes} | wc -l) = 2 ] && exit 0; sleep 1; done; exit 1`,
      120_000,
    );
    expect(
      await output(`cat $(${processes} | sed 's|.*|/proc/&/maps|') | grep -c '/usr/.*deleted'; true`),
    ).toBe("0");
    expect(await output("systemctl show -p NRestarts --value keyless-proxy.service")).toBe("0");
    expect(await output(`journalctl -u ${UNIT} -o cat`)).toContain("+security1");
  });

  it("that do not concern the app start nothing anew", async () => {
    const before = await mains();
    const { code, said } = await run();
    expect(said).toMatchObject({ ok: true, updated: [], restarted: false });
    expect(code).toBe(0);
    expect(await mains()).toEqual(before);
  });

  it("are not made where keyless:securityUpdates is none", async () => {
    const [seen, known] = [await verdicts(), (await updates()).length];
    await changeDocument((document) => {
      document.securityUpdates = "none";
    });
    try {
      await nextVerdict(seen.length);
      expect((await run()).said).toBeUndefined();
      expect(await output(`systemctl show -p Result --value ${UNIT}`)).toBe("exec-condition");
      expect(await updates()).toHaveLength(known);
    } finally {
      await changeDocument((document) => {
        document.securityUpdates = "security";
      });
    }
    await nextVerdict(seen.length + 1);
  });

  it("leave a proxy that systemd supervises: it is started again when it ends", async () => {
    const before = await mainOf("proxy");
    await output(`kill -9 ${before}`);
    await output(
      `for i in $(seq 60); do systemctl -q is-active keyless-proxy.service && [ "$(systemctl show -p MainPID --value keyless-proxy.service)" != ${before} ] && exit 0; sleep 1; done; exit 1`,
      120_000,
    );
  });
});
