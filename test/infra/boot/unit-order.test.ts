/** The units' order beside the RHEL family's own ones, as systemd computes it. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { bootFiles } from "../../../infra/boot/cloud-config.ts";
import { skipUnless } from "../../support/skip.ts";

const PREFIX = "/etc/systemd/system/";
const units = bootFiles().filter(({ path }) => path.startsWith(PREFIX));

/**
 * Units of the RHEL family that ours are ordered with, where they differ from Debian's: nftables.service has default
 * dependencies there, so it comes after sysinit.target.
 */
const RHEL: Readonly<Record<string, string>> = {
  "nftables.service": `[Unit]
Description=Netfilter Tables
Wants=network-pre.target
Before=network-pre.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
[Install]
WantedBy=multi-user.target
`,
};

const dir = mkdtempSync(join(tmpdir(), "keyless-units-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Enables a unit as systemctl would: a link for each WantedBy and RequiredBy. */
const enable = (name: string, text: string): void => {
  for (const [, how, targets] of text.matchAll(/^(WantedBy|RequiredBy)=(.*)$/gm)) {
    for (const target of targets!.split(" ")) {
      const folder = join(dir, `${target}.${how === "WantedBy" ? "wants" : "requires"}`);
      mkdirSync(folder, { recursive: true });
      symlinkSync(join(dir, name), join(folder, name));
    }
  }
};

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;
const { describe, it } = skipUnless(hasSystemd, "systemd-analyze is not on PATH");

describe("beside the RHEL family's units, all of them enabled", () => {
  beforeAll(() => {
    for (const { path, content } of units) {
      const file = join(dir, path.slice(PREFIX.length));
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, content);
      if (!path.endsWith(".conf")) enable(basename(path), content);
    }
    for (const [name, text] of Object.entries(RHEL)) {
      writeFileSync(join(dir, name), text);
      enable(name, text);
    }
  });

  it("no start job is deleted to break an ordering cycle", () => {
    const run = spawnSync("systemd-analyze", ["verify", "multi-user.target"], {
      encoding: "utf8",
      // The empty part at the end: after this folder, the computer's own.
      env: { ...process.env, SYSTEMD_UNIT_PATH: `${dir}:` },
    });
    const said = (run.stderr + run.stdout).split("\n");
    expect(said.filter((line) => /cycle|deleted/i.test(line))).toEqual([]);
  });
});
