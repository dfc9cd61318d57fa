import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const read = (name: string): string =>
  readFileSync(new URL(`../../infra/boot/${name}`, import.meta.url), "utf8");
const setup = read("setup.sh");
const packages = read("packages.sh");

/** What a function runs on a distribution, package managers standing in that only say what they were told. */
const commandsOn = (id: string, version: string, work: string): string[] => {
  const folder = mkdtempSync(join(tmpdir(), "keyless-setup-"));
  try {
    writeFileSync(join(folder, "os-release"), `ID="${id}"\nVERSION_ID="${version}"\n`);
    const said = `#!/bin/sh\necho "$(basename $0) $*" >>${folder}/said\n`;
    for (const name of ["dnf", "apt-get"]) writeFileSync(join(folder, name), said, { mode: 0o755 });
    const script = `${packages.replace("/etc/os-release", `${folder}/os-release`)}\n${work}\nprintf %s "$failed"`;
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

/** Only what is needed is read: all enabled repositories' metadata are more than a small shape's memory. */
const dnf = (release: number): string =>
  `dnf -y -q --disablerepo=* --enablerepo=ol${release}_baseos_latest --enablerepo=ol${release}_appstream ` +
  "--setopt=install_weak_deps=False --setopt=timeout=20 --setopt=retries=3";

test.each([
  ["ol", "9.6", [`${dnf(9)} module enable nodejs:22`, `${dnf(9)} install nodejs acl nftables`]],
  ["ol", "10.0", [`${dnf(10)} install nodejs acl nftables`]],
  ["debian", "13", ["apt-get -qq update", "apt-get -qq -y install nodejs acl nftables"]],
  ["ubuntu", "24.04", ["apt-get -qq update", "apt-get -qq -y install nodejs acl nftables"]],
  ["arch", "1", ["no packages are known for arch 1"]],
])("%s %s installs what the app needs", (id, version, commands) => {
  expect(commandsOn(id, version, "install_packages")).toEqual(commands);
});

const APT_UPGRADE =
  "apt-get -qq -y -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold -o Dir::Etc::Preferences=PINS " +
  "-o Dir::Etc::PreferencesParts=/dev/null install --only-upgrade nodejs libssl3";
const APT_UPDATE = "apt-get -qq -o APT::Update::Error-Mode=any update";

test.each([
  ["ol", "9.6", [`${dnf(9)} upgrade --security nodejs libssl3`]],
  ["ol", "10.0", [`${dnf(10)} upgrade --security nodejs libssl3`]],
  ["debian", "13", [APT_UPDATE, APT_UPGRADE]],
  ["ubuntu", "24.04", [APT_UPDATE, APT_UPGRADE]],
  ["arch", "1", ["no packages are known for arch 1"]],
])("%s %s updates the packages of what the app runs on", (id, version, commands) => {
  const work = "installed() { printf '%s\\n' 'nodejs 20.19.2' 'libssl3 3.0.1'; }\nupdate_packages";
  const found = commandsOn(id, version, work).map((command) => command.replace(/\/tmp\/tmp\.\w+/, "PINS"));
  expect(found).toEqual(commands);
});

/** What setup.sh says on the console when a package manager ends so. */
const saidOf = (script: string): { says: string; advice: string } => {
  const folder = mkdtempSync(join(tmpdir(), "keyless-setup-"));
  try {
    writeFileSync(join(folder, "os-release"), 'ID="ol"\nVERSION_ID="9.6"\n');
    writeFileSync(join(folder, "dnf"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    writeFileSync(join(folder, "report.sh"), `printf '%s\\n%s' "$2" "$3" >${folder}/said\n`);
    for (const name of ["systemctl", "sleep"])
      writeFileSync(join(folder, name), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    writeFileSync(
      join(folder, "packages.sh"),
      packages
        .replaceAll("/etc/os-release", `${folder}/os-release`)
        .replace("/var/log/keyless-setup.log", `${folder}/log`)
        .replace("300 module", "1 module"),
    );
    const text = setup
      .replace("/usr/local/lib/keyless", folder)
      .replace(/^is_ready\(\).*$/m, "is_ready() { false; }");
    spawnSync("sh", ["-c", text], { env: { PATH: `${folder}:${process.env["PATH"]}` } });
    const [says, advice] = readFileSync(join(folder, "said"), "utf8").split("\n") as [string, string];
    return { says, advice };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

test.each([
  ["kill -9 $$", "dnf was killed, most likely for want of memory"],
  ["exec /bin/sleep 30", "dnf took longer than 1 s"],
  ['echo "Errors during downloading metadata \\"x\\" {}" >&2; exit 1', "dnf ended with code 1"],
])("a package manager that ends by %s is said so", (script, why) => {
  const { says, advice } = saidOf(script);
  expect(says).toBe(`Node, setfacl and nft could not be installed from the distribution: ${why}`);
  if (script.startsWith("echo"))
    expect(advice).toContain("said last: Errors during downloading metadata x .");
});
