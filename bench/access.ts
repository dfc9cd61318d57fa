/** `npm run access` as processes of its own: a report, and what a change does. @module */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Figure, figureOf } from "./figure.ts";

const RUNS = 5;
const root = fileURLToPath(new URL("..", import.meta.url));
const execute = promisify(execFile);

const CODE = ["access", "app", "iam", "oci", "infra", "commands", "package.json", "tsconfig.json"];

/** A repository with one commit, so that there is something to compare with. */
const repository = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "keyless-bench-"));
  for (const name of [...CODE, "Pulumi.dev.yaml"])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, ".gitignore"), "node_modules\n.keyless\n");
  for (const args of [
    ["init", "-q"],
    ["add", "-A"],
    ["-c", "user.name=b", "-c", "user.email=b@example.com", "commit", "-qm", "one"],
  ])
    await execute("git", args, { cwd: folder });
  return folder;
};

const timed = async (args: readonly string[], cwd: string): Promise<number> => {
  const start = performance.now();
  await execute(process.execPath, [...args], { cwd });
  return performance.now() - start;
};

/** Measures each beside the start of a process that does nothing. */
export async function* run(): AsyncGenerator<Figure> {
  const folder = await repository();
  const access = (...args: string[]) =>
    timed(["commands/run.mjs", "access", "--stack", "dev", ...args], folder);
  const figure = async (name: string, work: () => Promise<number>): Promise<Figure> => {
    const [runs, empty]: [number[], number[]] = [[], []];
    for (let i = 0; i < RUNS; i++) {
      empty.push(await timed(["-e", "0"], folder));
      runs.push(await work());
    }
    return figureOf(name, "ms", runs, empty);
  };
  try {
    yield await figure("access, sources just changed", () => {
      rmSync(join(folder, ".keyless"), { recursive: true, force: true });
      return access();
    });
    yield await figure("access", () => access());
    yield await figure("access --base", () => access("--base", "HEAD"));
    const own = join(folder, "access/own.ts");
    writeFileSync(own, `${readFileSync(own, "utf8")}\n// Another text.\n`);
    await access();
    yield await figure("access --base, the base's own code", () => access("--base", "HEAD"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
