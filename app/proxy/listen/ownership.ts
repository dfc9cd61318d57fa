/**
 * Access to a client's token and socket: for that client's user, and nobody else.
 *
 * The proxy has no privilege, so it cannot give files away; what the owner of a file can do on Linux without
 * any is let one more user in by an access control list, and tmpfs keeps those. So: as root, the file is
 * given to the user (chown); as the user itself, mode 0600 is enough; as anybody else, `setfacl` lets the
 * user in. A user who cannot be let in causes an error, never a wider mode.
 * @module
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { chmod, lchown, stat } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The uid of a user of this machine; undefined when there is no such user. */
export const uidOf = (user: string, passwd = "/etc/passwd"): number | undefined => {
  try {
    const line = readFileSync(passwd, "utf8")
      .split("\n")
      .find((l) => l.startsWith(`${user}:`));
    return line ? Number(line.split(":")[2]) : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Lets one user read (`r`) or read and write (`rw`) a file that this process has made with mode 0600.
 * @param uid undefined: nobody beside the proxy's own user
 * @throws Error when the user cannot be let in
 */
export const giveTo = async (path: string, uid: number | undefined, access: "r" | "rw"): Promise<void> => {
  const own = process.getuid!();
  if (uid === undefined || uid === own) return;
  if (own === 0) {
    const { gid } = await stat(path);
    await lchown(path, uid, gid);
    return;
  }
  try {
    await run("setfacl", ["-m", `u:${uid}:${access}`, path]);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new Error(
      `user ${uid} cannot be let into ${path}: ${missing ? "setfacl is not installed (package acl)" : (error as { stderr?: string }).stderr?.trim()}`,
    );
  }
};

/** Makes a directory passable for the clients' users without letting them list it. */
export const makePassable = async (dir: string): Promise<void> => {
  const { mode, uid } = await stat(dir);
  if ((mode & 0o777) === 0o711) return;
  if (uid !== process.getuid!()) {
    throw new Error(`${dir} belongs to user ${uid}, not to the proxy's: it must be the proxy's own`);
  }
  await chmod(dir, 0o711);
};
