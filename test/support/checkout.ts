/** A checkout of its own, as somebody has it who works with the project: a repository with its code in it. @module */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

/** What every command needs. */
const CODE = [
  "access",
  "app",
  "commands",
  "document",
  "engine",
  "iam",
  "infra",
  "oci",
  "package.json",
  "tsconfig.json",
];

/** A checkout. */
export interface Checkout {
  folder: string;
  git(...args: string[]): Promise<unknown>;
  /** Commits everything. */
  commit(message: string): Promise<void>;
  remove(): void;
}

/**
 * Makes one, with nothing committed.
 * @param also files and folders of the project beside the commands' code
 */
export const checkout = async (also: readonly string[] = []): Promise<Checkout> => {
  const folder = mkdtempSync(join(tmpdir(), "keyless-checkout-"));
  for (const name of [...CODE, ...also]) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, ".gitignore"), "node_modules\n.keyless\n");
  const git = (...args: string[]) =>
    run("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], { cwd: folder });
  await git("init", "-q");
  return {
    folder,
    git,
    commit: async (message) => {
      await git("add", "-A");
      await git("commit", "-qm", message);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};
