/** The commands of the pages about operating a stack are commands that exist, and those without a cloud run. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
const pages = ["review", "pipelines", "verify", "teardown", "rotation"];

const commands = pages.flatMap((page) =>
  [...readFileSync(join(root, "docs", `${page}.md`), "utf8").matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(
    ([, block]) =>
      block!
        .split("\n")
        .filter((line) => line.startsWith("npm run"))
        .map((line): [string, string] => [page, line]),
  ),
);

const scripts = (
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> }
).scripts;

const partsOf = (line: string): { script: string; args: string[] } => {
  const [, script, rest = ""] = /^npm run -s ([\w-]+)(?: -- (.*))?$/.exec(line)!;
  return { script: script!, args: rest.split(" ").filter(Boolean) };
};

describe.each(commands)("%s: %s", (_, line) => {
  const { script, args } = partsOf(line);
  const [program, ...fixed] = scripts[script]!.replace(/^exec /, "").split(" ");
  const call = (...more: string[]) =>
    run(program === "node" ? process.execPath : program!, [...fixed, ...more], { cwd: root });

  it("has options that the command knows", { timeout: 60_000 }, async () => {
    const { stdout } = script === "policy-pack" ? { stdout: "" } : await call("--help");
    for (const option of args.filter((a) => a.startsWith("--"))) expect(stdout).toContain(option);
  });

  const local =
    script === "access" && !args.includes("drift") && !args.includes("--write") && !args.includes("--check");
  it.runIf(local)("runs", { timeout: 60_000 }, async () => {
    const { stdout } = await call(...args);
    expect(stdout.length).toBeGreaterThan(40);
  });
});
