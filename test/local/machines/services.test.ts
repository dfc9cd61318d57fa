/** The services of a process machine: what cannot start, and what is started twice. */
import { afterAll, expect, it, vi } from "vitest";
import { stringify } from "yaml";
import type { MachineSpec } from "../../../local/machines/driver.ts";
import { processDriver } from "../../../local/machines/process/driver.ts";

const unit = (name: string, command: string, more = ""): { path: string; content: string } => ({
  path: `/etc/systemd/system/${name}.service`,
  content: `[Service]\nExecStart=${command}\n${more}\n[Install]\nWantedBy=multi-user.target\n`,
});

const specOf = (files: { path: string; content: string }[]): MachineSpec => ({
  instanceId: "ocid1.instance.oc1.iad.test",
  userData: Buffer.from(`#cloud-config\n${stringify({ write_files: files })}`).toString("base64"),
  hostname: "test",
  metadataUrl: "http://127.0.0.1:9/opc/v2",
  tlsPort: 9,
  caFile: "/nonexistent.pem",
  vnic: { address: "10.0.0.2", macAddress: "02:00:00:00:00:01", prefixBits: 24, router: "10.0.0.1" },
  serves: () => false,
  routed: () => false,
});

let journal = "";
const driver = processDriver({
  onJournal: (text) => {
    journal += text;
  },
});
afterAll(() => driver.close());

it("a service whose state directory cannot be made is said in the journal, and hurts nothing else", async () => {
  const machine = await driver.launch(
    specOf([
      { path: "/var/lib/taken", content: "a file, no folder" },
      unit("broken", "/usr/bin/node --version", "StateDirectory=taken/below"),
      unit("sound", "/usr/bin/node --version"),
    ]),
  );
  await vi.waitFor(() => expect(journal).toMatch(/^broken: cannot start: .*ENOTDIR/m), 20_000);
  await vi.waitFor(() => expect(machine.console().toString()).toContain(process.version), 20_000);
  await machine.terminate();
});

it("a machine that is reset while a service waits to be started again runs it once", async () => {
  // Its first run ends at once, all others stay.
  const script = `
    const { existsSync, writeFileSync } = require("node:fs");
    console.log("started " + process.pid);
    if (existsSync("ended")) setInterval(() => {}, 1000);
    writeFileSync("ended", "");`;
  const machine = await driver.launch(
    specOf([{ path: "/started.cjs", content: script }, unit("one", "/usr/bin/node /started.cjs")]),
  );
  const started = (): number[] =>
    [
      ...machine
        .console()
        .toString()
        .matchAll(/started (\d+)/g),
    ].map(([, pid]) => Number(pid));
  const alive = (): number[] =>
    started().filter((pid) => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    });
  await vi.waitFor(() => expect(started()).toHaveLength(1), { timeout: 20_000, interval: 10 });
  await machine.action("RESET");
  await vi.waitFor(() => expect(alive()).toHaveLength(1), { timeout: 20_000, interval: 10 });
  // Longer than a service waits before it is started again.
  await new Promise((done) => setTimeout(done, 2_000));
  expect(alive()).toHaveLength(1);
  await machine.terminate();
});
