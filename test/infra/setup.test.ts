import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const setup = readFileSync(new URL("../../infra/boot/setup.sh", import.meta.url), "utf8");
const installs = /^install_packages\(\) \{\n[\s\S]*?^\}$/m.exec(setup)![0];

/** What `install_packages` runs on a distribution, package managers standing in that only say what they were told. */
const commandsOn = (id: string, version: string): string[] => {
  const folder = mkdtempSync(join(tmpdir(), "keyless-setup-"));
  try {
    writeFileSync(join(folder, "os-release"), `ID="${id}"\nVERSION_ID="${version}"\n`);
    const said = `#!/bin/sh\necho "$(basename $0) $*" >>${folder}/said\n`;
    for (const name of ["dnf", "apt-get"]) writeFileSync(join(folder, name), said, { mode: 0o755 });
    const script = `${installs.replace("/etc/os-release", `${folder}/os-release`)}\ninstall_packages`;
    const output = execFileSync("sh", ["-uc", script], {
      env: { PATH: `${folder}:${process.env["PATH"]}` },
      encoding: "utf8",
    });
    const commands = output.trim()
      ? [output.trim()]
      : readFileSync(join(folder, "said"), "utf8").trim().split("\n");
    return commands;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

test.each([
  ["ol", "9.6", ["dnf -y -q module enable nodejs:22", "dnf -y -q install nodejs acl nftables"]],
  ["ol", "10.0", ["dnf -y -q install nodejs acl nftables"]],
  ["debian", "13", ["apt-get -qq update", "apt-get -qq -y install nodejs acl nftables"]],
  ["ubuntu", "24.04", ["apt-get -qq update", "apt-get -qq -y install nodejs acl nftables"]],
  ["arch", "1", ["no packages are known for arch 1"]],
])("%s %s installs what the app needs", (id, version, commands) => {
  expect(commandsOn(id, version)).toEqual(commands);
});
