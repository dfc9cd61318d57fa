import { expect, it } from "vitest";
import { bootFiles } from "../../infra/boot/cloud-config.ts";
import { describe, output, up } from "./support/machine.ts";

const APP_UNITS = ["keyless-check.service", "keyless-proxy.service"];

describe("what cloud-init has set up", () => {
  it("came to a good verdict, with probes through the proxy", () => {
    expect(up().verdict).toMatchObject({ ok: true });
    expect(up().verdict!.probes.filter((probe) => probe.client).length).toBeGreaterThan(10);
    expect(up().verdict!.boot).toMatch(/^[0-9a-f]{32}$/);
  });

  it("ended without an error, by the Oracle datasource", async () => {
    const status = JSON.parse(await output("cloud-init status --format json; true"));
    expect(status).toMatchObject({ status: "done", errors: [], datasource: "oracle" });
    expect(await output("systemctl --failed --no-legend")).toBe("");
  });

  it("wrote every file of user_data byte for byte, for root alone to change", async () => {
    for (const { path, content, permissions } of bootFiles()) {
      const [stat, ...rest] = (await output(`stat -c '%U:%G %04a' ${path}; cat ${path}; echo .`)).split("\n");
      expect({ path, stat }).toEqual({ path, stat: `root:root ${permissions}` });
      expect(rest.join("\n")).toBe(`${content}.`);
    }
  });

  it("ran the user's own script, once, beside keyless's set-up", async () => {
    expect(await output("cat /var/lib/user-script")).toBe("installed by the user");
  });

  it("made users that nobody can log in as", async () => {
    for (const user of ["keyless-check", "keyless-proxy"])
      expect((await output(`getent passwd ${user}`)).split(":").at(-1)).toBe("/usr/sbin/nologin");
    expect(await output("passwd -S keyless-check | cut -d ' ' -f 2")).toMatch(/^(L|!)/);
  });

  it.each(APP_UNITS)("%s is sandboxed: exposure at most 2.0", async (unit) => {
    const last = (await output(`systemd-analyze security --no-pager ${unit}`)).split("\n").at(-1)!;
    const exposure = Number(/: ([\d.]+) /.exec(last)![1]);
    expect(exposure).toBeLessThanOrEqual(2.0);
  });

  it.each(APP_UNITS)("%s runs as its own user, without capabilities, within limits", async (unit) => {
    const properties = "MemoryMax,TasksMax,MemorySwapMax,NRestarts,Restart,RestartSteps,LimitCORE,User";
    const shown = Object.fromEntries(
      (await output(`systemctl show ${unit} -p ${properties}`)).split("\n").map((line) => line.split("=")),
    );
    expect(shown).toMatchObject({
      MemoryMax: String(512 * 1024 * 1024),
      MemorySwapMax: "0",
      LimitCORE: "0",
      Restart: "always",
      RestartSteps: "5",
      NRestarts: "0",
      User: unit.replace(".service", ""),
    });
    expect(Number(shown["TasksMax"])).toBeLessThanOrEqual(128);
    // Launcher and app; the app is started anew when the document has changed.
    const procs = `/sys/fs/cgroup/system.slice/${unit}/cgroup.procs`;
    await output(
      `for i in $(seq 60); do [ $(wc -l <${procs}) -ge 2 ] && exit 0; sleep 1; done; exit 1`,
      120_000,
    );
    const pids = (await output(`cat ${procs}`)).split("\n");
    for (const pid of pids) {
      const status = await output(`cat /proc/${pid}/status`);
      expect(status).toMatch(/CapEff:\s+0+\n/);
      expect(status).toMatch(/CapBnd:\s+0+\n/);
      expect(status).toMatch(/NoNewPrivs:\s+1\n/);
      expect(status).toMatch(/Seccomp:\s+2\n/);
    }
  });

  it("installed Node from the distribution", async () => {
    expect(await output("dpkg-query -S /usr/bin/node")).toMatch(/^nodejs/);
  });
});
