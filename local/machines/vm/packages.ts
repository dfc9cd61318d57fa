/** The programs that the virtual machine needs on this computer. @module */
import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** Programs and the Debian packages that bring them. */
const TO_RUN: Readonly<Record<string, string>> = {
  "qemu-system-x86_64": "qemu-system-x86",
  "qemu-img": "qemu-utils",
  setpriv: "util-linux",
};
const TO_BUILD: Readonly<Record<string, string>> = {
  mmdebstrap: "mmdebstrap",
  mke2fs: "e2fsprogs",
};
/** Programs that mmdebstrap needs beside it where this process is not root. */
const TO_BUILD_UNPRIVILEGED: Readonly<Record<string, string>> = { newuidmap: "uidmap" };

/** Folders that are not on everybody's PATH: `mke2fs` is in one. */
const EXTRA_FOLDERS = ["/usr/sbin", "/sbin"];

/** PATH with the folders of system programs. */
export const systemPath = (): string =>
  [process.env["PATH"] ?? "", ...EXTRA_FOLDERS].filter(Boolean).join(delimiter);

const isThere = async (program: string): Promise<boolean> => {
  for (const folder of systemPath().split(delimiter)) {
    const found = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
};

const missingOf = async (wanted: Readonly<Record<string, string>>): Promise<string[]> => {
  const packages = await Promise.all(
    Object.entries(wanted).map(async ([program, name]) => ((await isThere(program)) ? [] : [name])),
  );
  return packages.flat();
};

/** Oldest version of `qemu-system-x86_64` that has the network that is used here. */
const OLDEST_QEMU = 7.2;

const qemuVersion = (): Promise<number | undefined> =>
  new Promise((resolve) => {
    execFile("qemu-system-x86_64", ["--version"], (_error, stdout) => {
      const version = /version (\d+\.\d+)/.exec(stdout)?.[1];
      resolve(version ? Number(version) : undefined);
    });
  });

/**
 * The programs that are missing, as one message; undefined when nothing is.
 * @param builds true when an image has to be built, too
 */
export const missingForVm = async (builds: boolean): Promise<string | undefined> => {
  if (process.platform !== "linux") return `a virtual machine needs Linux; this is ${process.platform}`;
  const unprivileged = process.getuid?.() !== 0;
  const packages = await missingOf({
    ...TO_RUN,
    ...(builds && TO_BUILD),
    ...(builds && unprivileged && TO_BUILD_UNPRIVILEGED),
  });
  if (packages.length)
    return `a virtual machine needs programs that are not here: apt-get install ${packages.join(" ")}`;
  const version = await qemuVersion();
  if (version !== undefined && version < OLDEST_QEMU)
    return `a virtual machine needs QEMU ${OLDEST_QEMU} or newer; found ${version}`;
  return undefined;
};
