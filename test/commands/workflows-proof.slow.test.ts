/** The local proof, run as the pipeline's step for every pull request is written. Types and style: .ci/run. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { parse } from "yaml";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
const { jobs } = parse(readFileSync(join(root, ".github/workflows/pull-request.yml"), "utf8")) as {
  jobs: Record<string, { steps: { name?: string; run?: string }[] }>;
};

/** Runs a step as the runner does where it names no shell. */
const step = (name: string): Promise<{ stdout: string }> => {
  const script = jobs["test"]!.steps.find((one) => one.name === name)!.run!;
  return run("bash", ["-e", "-c", script], { cwd: root });
};

it("the local proof is good", async () => {
  expect((await step("local proof")).stdout).toContain("verdict: good");
});
