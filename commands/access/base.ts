/**
 * The reports at a commit. The stacks' files are read from it; where the code that makes statements is another
 * one there, that code runs, in a folder of its own: a change of it is a change of access too.
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { ConfigError } from "../stack-config.ts";
import { type AccessReport, accessReport } from "./report.ts";
import { settingsIn, stackOf } from "./stack-file.ts";

const run = promisify(execFile);
const MOST_BYTES = 64 * 1024 * 1024;

/** Code that decides what a configuration means. */
const CODE = [
  "access",
  "iam",
  "infra",
  "oci",
  "app/settings.ts",
  "commands/access.ts",
  "commands/access",
  "commands/stack-config.ts",
];

const git = async (cwd: string, args: readonly string[]): Promise<string> =>
  (await run("git", [...args], { cwd, maxBuffer: MOST_BYTES })).stdout;

/** What stood at the commit. */
export interface BaseReports {
  reports: Map<string, AccessReport>;
  /** Said to the reader. */
  notes: string[];
}

/** The reports made by the commit's own code; undefined when it cannot make any. */
const byOwnCode = async (
  root: string,
  commit: string,
  files: readonly string[],
): Promise<Map<string, AccessReport> | undefined> => {
  const folder = await mkdtemp(join(tmpdir(), "keyless-base-"));
  try {
    await run("git", ["--work-tree", folder, "restore", "--source", commit, "--worktree", "--", ":/"], {
      cwd: root,
    });
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    const args = [
      "--import",
      "tsx",
      "commands/access.ts",
      "--json",
      ...files.flatMap((f) => ["--config", f]),
    ];
    const { stdout } = await run(process.execPath, args, { cwd: folder, maxBuffer: MOST_BYTES });
    const reports = JSON.parse(stdout) as AccessReport[];
    if (reports.some((r) => r.version !== 1)) return undefined;
    return new Map(reports.map((r) => [r.stack, r]));
  } catch {
    return undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/**
 * Reads a commit's stacks.
 * @param root a folder of the repository, with the stacks' files in it
 * @throws ConfigError when there is no such commit, or a stack's file there cannot be used
 */
export const reportsAt = async (root: string, ref: string): Promise<BaseReports> => {
  let commit: string;
  try {
    commit = (await git(root, ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`])).trim();
  } catch {
    throw new ConfigError(`--base is ${ref}; allowed: a commit, branch or tag of this repository`);
  }
  const [listed, changed] = await Promise.all([
    git(root, ["ls-tree", "--name-only", commit, "./"]),
    git(root, ["diff", "--name-only", "--relative", commit, "--", ...CODE]),
  ]);
  const files = listed.split("\n").filter((name) => stackOf(name));
  if (changed.trim() !== "") {
    const reports = await byOwnCode(root, commit, files);
    if (reports)
      return { reports, notes: ["The code that makes the statements is compared too: it changed."] };
  }
  const texts = await Promise.all(files.map((file) => git(root, ["show", `${commit}:./${file}`])));
  const reports = files.map((file, i): [string, AccessReport] => [
    stackOf(basename(file))!,
    accessReport(settingsIn(file, texts[i]!)),
  ]);
  return {
    reports: new Map(reports),
    notes:
      changed.trim() === ""
        ? []
        : ["The code at the base makes no reports: its configuration is read with today's code."],
  };
};
