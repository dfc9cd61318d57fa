/**
 * The instance's user_data: Node from the distribution, one launcher, hardened units, and no more. It is the
 * same for every stack, every setting and every release, since a changed one replaces the instance; a stack's
 * signing key is put behind it (`../user-data.ts`).
 * @module
 */
import { readFileSync } from "node:fs";
import { stringify } from "yaml";

/** A file that user_data puts on the instance. */
export interface BootFile {
  path: string;
  /** Octal, as cloud-init takes it. */
  permissions: string;
  content: string;
}

/** Lines of shell scripts, units and JavaScript with nothing on them but a comment; `#!` is none. */
const COMMENT_LINES = /^[ \t]*(#(?!!).*|\/\/.*|\/\*\*(?:(?!\*\/)[\s\S])*\*\/[ \t]*)\n/gm;

/** A file of this folder. user_data has room for what runs; the comments stay here. */
const read = (name: string): string =>
  readFileSync(new URL(name, import.meta.url), "utf8").replaceAll(COMMENT_LINES, "");

const PROGRAMS = ["launcher.mjs", "lock-metadata.sh", "packages.sh", "report.sh", "setup.sh", "update.sh"];

const UNITS = [
  "keyless-check.service",
  "keyless-lock.service",
  "keyless-proxy-admin.socket",
  "keyless-proxy-s3.socket",
  "keyless-proxy.service",
  "keyless-proxy.socket",
  "keyless-unlocked.service",
  "keyless-update.service",
  "keyless-update.timer",
];

/** The files of user_data. */
export const bootFiles = (): BootFile[] => [
  ...PROGRAMS.map((name) => ({
    path: `/usr/local/lib/keyless/${name}`,
    permissions: "0755",
    content: read(name),
  })),
  ...UNITS.map((name) => ({
    path: `/etc/systemd/system/${name}`,
    permissions: "0644",
    content: read(name),
  })),
  {
    path: "/etc/systemd/system/nftables.service.d/keyless.conf",
    permissions: "0644",
    content: read("nftables.conf"),
  },
];

/**
 * cloud-init's `bootcmd`, run at each boot before other users can log in. At the first boot, while the units are
 * not there, the metadata address is locked for root alone, where the image has nft.
 */
const BOOT_COMMAND = ["sh", "-c", read("lock-metadata.sh")];

/** The cloud-config text; `pack.ts` makes the user_data of it. */
export const cloudConfig = (): string =>
  `#cloud-config\n${stringify(
    {
      bootcmd: [BOOT_COMMAND],
      groups: ["keyless"],
      users: [
        "default",
        ...["keyless-check", "keyless-proxy"].map((name) => ({
          name,
          system: true,
          primary_group: "keyless",
          no_create_home: true,
          shell: "/usr/sbin/nologin",
        })),
      ],
      runcmd: [["/usr/local/lib/keyless/setup.sh"]],
      // Last: a stack's own part of user_data adds one file to the list.
      write_files: bootFiles().map((file) => ({ ...file, owner: "root:root" })),
    },
    { lineWidth: 0 },
  )}`;
