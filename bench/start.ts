/** The whole scenario, as `npm start` runs it, as a process of its own. @module */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { userData } from "../infra/user-data.ts";
import { type Figure, figureOf } from "./figure.ts";

const RUNS = 5;
const root = fileURLToPath(new URL("..", import.meta.url));

interface RunResult {
  ok: boolean;
  steps: { name: string; ms: number }[];
}

/** One run; its wall-clock time in ms, from the process's start to its end. */
const once = async (): Promise<{ ms: number; outcome: RunResult }> => {
  const start = performance.now();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", "commands/start.ts", "--json"],
    { cwd: root, maxBuffer: 16 * 1024 * 1024 },
  );
  const ms = performance.now() - start;
  const outcome = JSON.parse(stdout.trim().split("\n").at(-1)!) as RunResult;
  if (!outcome.ok) throw new Error("a run did not end well");
  return { ms, outcome };
};

/** Time of the whole, of each step, and the size of user_data. */
export async function* run(): AsyncGenerator<Figure> {
  const runs = [];
  for (let i = 0; i < RUNS; i++) runs.push(await once());
  yield figureOf(
    "npm start, process start to end",
    "ms",
    runs.map(({ ms }) => ms),
  );
  for (const { name } of runs[0]!.outcome.steps)
    yield figureOf(
      `npm start, ${name}`,
      "ms",
      runs.map(({ outcome }) => outcome.steps.find((step) => step.name === name)!.ms || 1),
    );
  yield figureOf("user_data", "bytes", [userData("unsigned").length]);
}
