/**
 * The instance's user_data: Node from the distribution, one launcher, hardened units, and no more. It is the
 * same for every stack, every setting and every release, since a changed one replaces the instance.
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

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");

/** The files of user_data, as they stand in this folder. */
export const bootFiles = (): BootFile[] => [
  { path: "/usr/local/lib/keyless/launcher.mjs", permissions: "0755", content: read("launcher.mjs") },
  { path: "/usr/local/lib/keyless/setup.sh", permissions: "0755", content: read("setup.sh") },
  ...["keyless-check.service", "keyless-proxy.service"].map((name) => ({
    path: `/etc/systemd/system/${name}`,
    permissions: "0644",
    content: read(name),
  })),
];

/** The cloud-config text; `pack.ts` makes the user_data of it. */
export const cloudConfig = (): string =>
  `#cloud-config\n${stringify(
    {
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
      write_files: bootFiles().map((file) => ({ ...file, owner: "root:root" })),
      runcmd: [["/usr/local/lib/keyless/setup.sh"]],
    },
    { lineWidth: 0 },
  )}`;
