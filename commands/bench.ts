/**
 * `npm run bench -- [PART]…`: measures the named parts, or all, and prints a JSON line per figure.
 * @module
 */
import { existsSync } from "node:fs";
import type { Figure } from "../bench/figure.ts";
import { runCommand, UsageError } from "./shared/exit.ts";

const PARTS = ["proxy", "s3", "soak", "traffic", "iam", "local", "start", "access", "vm"];

const USAGE = `usage: npm run bench -- [${PARTS.join("|")}]…

Measures the named parts, or all, and prints a JSON line for each figure.`;

const main = async (names: readonly string[]): Promise<number> => {
  if (names.includes("--help")) {
    console.log(USAGE);
    return 0;
  }
  const unknown = names.find((name) => !PARTS.includes(name));
  if (unknown !== undefined) throw new UsageError(`${unknown} is no part that is measured`, USAGE);
  for (const name of names.length > 0 ? names : PARTS) {
    const url = new URL(`../bench/${name}.ts`, import.meta.url);
    if (!existsSync(url)) {
      console.error(`${name} has no benchmark yet`);
      continue;
    }
    const { run } = (await import(url.href)) as { run: () => AsyncIterable<Figure> | Promise<Figure[]> };
    for await (const figure of await run()) console.log(JSON.stringify(figure));
  }
  return 0;
};

await runCommand(() => main(process.argv.slice(2)));
