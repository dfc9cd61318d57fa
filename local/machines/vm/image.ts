/**
 * The image: a Debian made of its packages, built once and kept by a hash of what goes into it.
 * @module
 */
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { guestFiles, guestPackages, maskedUnits } from "./guest-files.ts";
import { missingForVm, systemPath } from "./packages.ts";

const SUITE = "trixie";
const SIZE = "3G";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const DEFAULT_MIRROR = "http://deb.debian.org/debian";

/** The files of an image. */
export interface Image {
  /** ext4, no partitions; never written to. */
  disk: string;
  kernel: string;
  initrd: string;
}

/**
 * Run in mmdebstrap with the root folder as `$1`: the file system is made of a view without what is mounted in it.
 * `$OUT` is where the image's files go.
 */
const PACK = `set -eu
cp -a "$FILES"/. "$1"/
for unit in $MASKED; do ln -sf /dev/null "$1/etc/systemd/system/$unit"; done
chroot "$1" systemctl -q enable systemd-networkd.service systemd-networkd-wait-online.service
ln -sf ../run/systemd/resolve/stub-resolv.conf "$1/etc/resolv.conf"
rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/etc/ssh/ssh_host_* "$1"/etc/hostname
: >"$1/etc/machine-id"
# Nothing to bring up to date at the first boot.
touch "$1/etc/.updated" "$1/var/.updated"
cp "$1"/boot/vmlinuz-* "$OUT/vmlinuz"
cp "$1"/boot/initrd.img-* "$OUT/initrd"
chmod 0644 "$OUT/vmlinuz" "$OUT/initrd"
view=$(mktemp -d)
mount --bind "$1" "$view"
mke2fs -q -t ext4 -L root -d "$view" "$OUT/disk.img" "$SIZE"
umount "$view"
rmdir "$view"
`;

/** The folder that images are kept in. */
const imageFolder = (): string =>
  join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "keyless", "images");

const hashOfContents = (): string =>
  createHash("sha256")
    .update(JSON.stringify([SUITE, SIZE, guestPackages, guestFiles, maskedUnits, PACK]))
    .digest("hex")
    .slice(0, 16);

const imageIn = (folder: string): Image => ({
  disk: join(folder, "disk.img"),
  kernel: join(folder, "vmlinuz"),
  initrd: join(folder, "initrd"),
});

/**
 * The Debian mirror: `KEYLESS_DEBIAN_MIRROR`, else the one that this computer's own packages come from, else
 * Debian's.
 */
const mirror = async (): Promise<string> => {
  const given = process.env["KEYLESS_DEBIAN_MIRROR"];
  if (given) return given;
  const { stdout } = await promisify(execFile)("apt-get", [
    "indextargets",
    "--format",
    "$(ORIGIN) $(REPO_URI)",
    "Created-By: Packages",
  ]).catch(() => ({ stdout: "" }));
  const own = stdout.split("\n").find((line) => line.startsWith("Debian ") && !line.includes("security"));
  return own?.split(" ")[1] ?? DEFAULT_MIRROR;
};

/** Settings of this computer's apt that reaching a mirror may need. */
const aptOptions = async (): Promise<string[]> => {
  const folder = "/etc/apt/apt.conf.d";
  const names = await readdir(folder).catch(() => []);
  const kept = names.filter((name) => /proxy|registry|mirror/i.test(name));
  return kept.map((name) => `--aptopt=${join(folder, name)}`);
};

const run = (
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  progress: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn("mmdebstrap", args, {
      env: environment,
      stdio: ["ignore", "ignore", "pipe"],
      ...(signal && { signal }),
    });
    const said: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      if (/^I: (?!using|removing|success)/.test(line)) progress(`image: ${line.slice(3, 100)}`);
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) return resolve();
      const errors = said.filter((line) => /^(E|W|Err)[:\s]/.test(line)).slice(-5);
      reject(
        new Error(`the image could not be built: ${errors.join("; ") || `mmdebstrap ended with ${code}`}`),
      );
    });
  });

/** Removes what builds that were killed have left. */
const sweep = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = /\.(\d+)\.part$/.exec(name)?.[1];
    if (pid && !existsSync(`/proc/${pid}`)) await rm(join(folder, name), { recursive: true, force: true });
  }
};

const folderOfImage = (): string => join(imageFolder(), hashOfContents());

const isBuilt = (): boolean => existsSync(imageIn(folderOfImage()).disk);

/**
 * The programs that this computer lacks for a virtual machine, as one message that names the packages;
 * undefined when none is lacking.
 */
export const lackingForVm = (): Promise<string | undefined> => missingForVm(!isBuilt());

export interface BuildOptions {
  progress: (line: string) => void;
  signal?: AbortSignal | undefined;
}

/**
 * The image, built when there is none.
 * @throws Error naming the packages that are missing, or what went wrong
 */
export const findVmImage = async ({ progress, signal }: BuildOptions): Promise<Image> => {
  const folder = folderOfImage();
  const lacking = await lackingForVm();
  if (lacking) throw new Error(lacking);
  if (isBuilt()) return imageIn(folder);
  await sweep(imageFolder());
  const part = `${folder}.${process.pid}.part`;
  // mmdebstrap without root runs as a user of its own, who must be able to write here.
  const work = await mkdtemp(join(tmpdir(), "keyless-image-"));
  try {
    const files = join(work, "files");
    const out = join(work, "out");
    await mkdir(out, { recursive: true });
    for (const file of guestFiles) {
      const path = join(files, file.path);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, file.content, { mode: 0o644 });
    }
    await chmod(work, 0o755);
    await chmod(out, 0o777);
    await run(
      [
        "--variant=minbase",
        "--format=null",
        `--include=${guestPackages.join(",")}`,
        ...(await aptOptions()),
        `--customize-hook=${PACK}`,
        SUITE,
        "/dev/null",
        `deb [signed-by=${KEYRING}] ${await mirror()} ${SUITE} main`,
      ],
      {
        ...process.env,
        PATH: systemPath(),
        FILES: files,
        OUT: out,
        SIZE,
        MASKED: maskedUnits.join(" "),
      },
      progress,
      signal,
    );
    await mkdir(part, { recursive: true });
    await promisify(execFile)("cp", ["--recursive", "--sparse=always", `${out}/.`, part]);
    await rename(part, folder).catch(async (error: unknown) => {
      // Somebody else was faster.
      if (!isBuilt()) throw error;
    });
    return imageIn(folder);
  } finally {
    await rm(work, { recursive: true, force: true });
    await rm(part, { recursive: true, force: true });
  }
};
