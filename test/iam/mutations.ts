/**
 * `npm run mutations [FIRST [LAST]]`: changes the evaluator one line at a time, in a copy, and runs the tests of
 * decisions on it. A mutation that no test notices survives, and is said; exit code 1 then.
 * @module
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface Mutation {
  rule: string;
  file: string;
  from: string;
  to: string;
}

/** Every rule of the evaluator, broken: one a line. */
const mutations: readonly Mutation[] = readFileSync(new URL("mutations.data.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [rule, file, from, to] = line.split("\t").map((part) => part.replaceAll("⏎", "\n")) as [
      string,
      string,
      string,
      string,
    ];
    return { rule, file: `iam/${file}`, from, to };
  });

const root = fileURLToPath(new URL("../..", import.meta.url));
const TESTS = ["decide", "deny", "conditions", "variables", "names", "rules", "naive"].map(
  (name) => `test/iam/${name}.test.ts`,
);
const TIMEOUT_MS = 180_000;

/** A copy of what the tests need, to be broken. */
const makeCopy = (): string => {
  const copy = mkdtempSync(join(root, ".keyless", "mutations-"));
  for (const part of [
    "iam",
    "oci",
    "data",
    "test/iam",
    "test/support",
    "package.json",
    "tsconfig.json",
    "vitest.config.ts",
  ]) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
};

const testsPass = (copy: string): boolean => {
  const env = { ...process.env, KEYLESS_NAIVE_CASES: "3000", KEYLESS_CI: "" };
  const run = spawnSync(
    "node",
    ["node_modules/vitest/vitest.mjs", "run", "--bail=1", "--no-file-parallelism", ...TESTS],
    {
      cwd: copy,
      env,
      timeout: TIMEOUT_MS,
    },
  );
  return run.status === 0;
};

const main = (first: number, last: number): number => {
  const copy = makeCopy();
  const survivors: string[] = [];
  try {
    if (!testsPass(copy)) {
      console.error("the tests fail before anything is broken");
      return 2;
    }
    for (const [i, { rule, file, from, to }] of mutations.entries()) {
      if (i < first || i > last) continue;
      const path = join(copy, file);
      const text = readFileSync(path, "utf8");
      if (text.split(from).length < 2) throw new Error(`${rule}: ${file} has no longer: ${from}`);
      writeFileSync(
        path,
        text.replace(from, () => to),
      );
      const survived = testsPass(copy);
      writeFileSync(path, text);
      console.log(`${i} ${survived ? "SURVIVED" : "killed"} ${rule}`);
      if (survived) survivors.push(rule);
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
  console.log(JSON.stringify({ mutations: mutations.length, survivors }));
  return survivors.length === 0 ? 0 : 1;
};

const [first = 0, last = mutations.length] = process.argv.slice(2).map(Number);
process.exitCode = main(first, last);
