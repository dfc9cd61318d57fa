/**
 * The reports at a commit. The stacks' files are read from it; where the code that makes statements is another
 * one there, that code runs, in a folder of its own: a change of it is a change of access too.
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { SettingsError } from "../../infra/settings/error.ts";
import { ConfigError } from "../shared/stack-config.ts";
import { codeSpan } from "./markdown-text.ts";
import { type AccessReport, accessReport } from "./report.ts";
import { settingsIn, stackOf } from "./stack-file.ts";

const run = promisify(execFile);
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_MS = 60_000;

/** Code that decides what a configuration means. */
const CODE = [
  "access",
  "iam",
  "infra",
  "oci",
  "document",
  "commands/access.ts",
  "commands/access",
  "commands/shared/stack-config.ts",
];
/** Files that this code needs to run, beside itself. */
const AROUND = ["app", "commands", "package.json", "tsconfig.json"];

const launcher = fileURLToPath(new URL("../run.mjs", import.meta.url));

const git = async (cwd: string, args: readonly string[]): Promise<string> =>
  (await run("git", [...args], { cwd, maxBuffer: MOST_BYTES })).stdout;

/** Reports of the stacks at the commit. */
export interface BaseReports {
  reports: Map<string, AccessReport>;
  /** Notes for the reader. */
  notes: string[];
}

/** A commit, as seen from a folder of the repository. */
interface Base {
  root: string;
  commit: string;
  /** Stack files that stand there. */
  files: readonly string[];
}

/** Reports of some files by the code in a folder. @throws Error with what it said when there are none */
const reportsIn = async (folder: string, files: readonly string[]): Promise<AccessReport[]> => {
  const args = [launcher, "--root", folder, "access", "--json", ...files.flatMap((f) => ["--config", f])];
  const options = { cwd: folder, maxBuffer: MOST_BYTES, timeout: MOST_MS };
  const { stdout, stderr } = await run(process.execPath, args, options).catch(
    // Reports with a finding that is an error come with exit code 1.
    (error: { stdout?: string; stderr?: string; message: string }) => ({
      stdout: error.stdout ?? "",
      stderr: error.stderr || error.message,
    }),
  );
  try {
    return JSON.parse(stdout) as AccessReport[];
  } catch {
    throw new Error(stderr.trim().split("\n")[0]);
  }
};

/** Note that a file at the base makes no report, and why. */
const unusable = (file: string, why: string): string =>
  `${codeSpan(file)} at the base cannot be used, so that everything in it counts as new: ${codeSpan(why)}`;

/**
 * The reports made by the commit's own code.
 * @throws Error saying why that code makes no reports
 */
const byOwnCode = async ({ root, commit, files }: Base): Promise<BaseReports> => {
  const folder = await mkdtemp(join(tmpdir(), "keyless-base-"));
  const index = join(folder, ".index");
  try {
    const wanted = [...new Set([...CODE, ...AROUND])];
    const listed = await git(root, ["ls-tree", "--name-only", commit, ...wanted, ...files]);
    // The working tree is elsewhere, so that paths are from the repository's top.
    const prefix = (await git(root, ["rev-parse", "--show-prefix"])).trim();
    const paths = listed
      .split("\n")
      .filter(Boolean)
      .map((path) => `${prefix}${path}`);
    // An index of its own: the one of the working tree stays as it is.
    await run("git", ["--work-tree", folder, "restore", "--source", commit, "--worktree", "--", ...paths], {
      cwd: root,
      env: { ...process.env, GIT_INDEX_FILE: index },
    });
    const at = join(folder, prefix);
    await symlink(join(root, "node_modules"), join(at, "node_modules"));
    const notes: string[] = [];
    const all = await reportsIn(at, files).catch(async (error: Error) => {
      if (files.length === 0) throw error;
      // One file that cannot be read must not hide the others.
      const each = await Promise.all(
        files.map((file) =>
          reportsIn(at, [file]).catch((why: Error) => {
            notes.push(unusable(file, why.message));
            return [];
          }),
        ),
      );
      if (each.every((reports) => reports.length === 0)) throw error;
      return each.flat();
    });
    if (all.some((r) => r.version !== 1)) throw new Error("its reports are of another version");
    return { reports: new Map(all.map((r) => [r.stack, r])), notes };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const byCodeOfToday = async ({ root, commit, files }: Base): Promise<BaseReports> => {
  const texts = await Promise.all(files.map((file) => git(root, ["show", `${commit}:./${file}`])));
  const notes: string[] = [];
  const reports = new Map<string, AccessReport>();
  for (const [i, file] of files.entries())
    try {
      reports.set(stackOf(basename(file))!, accessReport(settingsIn(file, texts[i]!)));
    } catch (error) {
      if (!(error instanceof SettingsError || error instanceof ConfigError)) throw error;
      notes.push(unusable(file, error.message));
    }
  return { reports, notes };
};

/**
 * Reads a commit's stacks.
 * @param root a folder of the repository, with the stacks' files in it
 * @param wanted which stacks; all when undefined
 * @throws ConfigError when there is no such commit
 */
export const reportsAt = async (
  root: string,
  ref: string,
  wanted?: (stack: string) => boolean,
): Promise<BaseReports> => {
  let commit: string;
  try {
    commit = (
      await git(root, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`])
    ).trim();
  } catch {
    throw new ConfigError(`--base is ${ref}; allowed: a commit, branch or tag of this repository`);
  }
  const [listed, changed] = await Promise.all([
    git(root, ["ls-tree", "--name-only", commit, "./"]),
    git(root, ["diff", "--name-only", "--relative", commit, "--", ...CODE]),
  ]);
  const files = listed.split("\n").filter((name) => {
    const stack = stackOf(name);
    return stack !== undefined && (wanted?.(stack) ?? true);
  });
  const base = { root, commit, files };
  if (changed.trim() === "") return byCodeOfToday(base);
  try {
    const { reports, notes } = await byOwnCode(base);
    return {
      reports,
      notes: ["The code that makes the statements is compared too: it changed.", ...notes],
    };
  } catch (error) {
    const { reports, notes } = await byCodeOfToday(base);
    const why = `The code at the base makes no reports (${codeSpan((error as Error).message)}): its configuration is read with today's code, so that what a change of code does is not seen.`;
    return { reports, notes: [why, ...notes] };
  }
};
