/** `npm run teardown`: removes a stack and what it left, and says what OCI keeps. @module */
import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { parseArgs, promisify } from "node:util";
import { SettingsError } from "../infra/settings/error.ts";
import { settingsIn } from "./access/stack-file.ts";
import { clientWith, readOciConfig } from "./shared/oci-config.ts";
import { keptRun } from "./shared/stack.ts";
import { ConfigError } from "./shared/stack-config.ts";
import { inventory, seenWords } from "./teardown/inventory.ts";
import type { Item } from "./teardown/kind.ts";
import { earliest } from "./teardown/kinds.ts";
import { ownerOf, scopeOf } from "./teardown/scope.ts";
import { type Swept, sweep } from "./teardown/sweep.ts";

const HELP = `Usage: npm run teardown -- [--stack NAME | --config FILE] [--plan | --yes] [--json] [--engine pulumi|none]
                            [--former-name NAME]… [--remove]

Destroys a stack with its engine, removes what is left of it in OCI, moves scheduled deletions to the earliest
date, and lists what OCI keeps. Only what carries the stack's tag and name is touched. Interrupted, run it again.

  --stack NAME    the stack of Pulumi.NAME.yaml (default dev)
  --config FILE   another stack file
  --former-name NAME  what keyless:name was before: what is chosen once keeps the name it was made with
  --plan          only show what would go, and what OCI keeps of it
  --yes           do not ask
  --remove        remove the emptied stack, with its history, from the Pulumi backend too; its settings'
                  file Pulumi.NAME.yaml is kept
  --engine NAME   pulumi: pulumi destroy first; none: only what OCI lists (default: pulumi where it knows the stack)
  --json          the last line of standard output is {"ok","removed":[{"ocid","type"}],
                  "leftovers":[{"ocid","type","state","until"?,"counts"?}],"errors":[…]}

Exit codes: 0 nothing is left but what OCI keeps, 1 something is, 2 wrong use or broken settings.`;

/** Wrong use: exit code 2. */
class UsageError extends Error {}

const OPTIONS = {
  stack: { type: "string" },
  config: { type: "string" },
  "former-name": { type: "string", multiple: true },
  plan: { type: "boolean", default: false },
  yes: { type: "boolean", default: false },
  remove: { type: "boolean", default: false },
  engine: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

const parse = () => {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    if (values.engine !== undefined && !["pulumi", "none"].includes(values.engine))
      throw new Error(`--engine is ${values.engine}; allowed: pulumi, none`);
    return values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${HELP}`);
  }
};

const run = promisify(execFile);

/** Whether the Pulumi CLI is there and knows the stack. */
const knowsStack = (stack: string): Promise<boolean> =>
  run("pulumi", ["stack", "--stack", stack, "--show-name"]).then(
    () => true,
    () => false,
  );

/** Runs the CLI with its output on standard error. @returns its exit code */
const pulumi = (args: readonly string[], signal: AbortSignal): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn("pulumi", [...args], { stdio: ["ignore", 2, 2] });
    const interrupt = (): void => void child.kill("SIGINT");
    signal.addEventListener("abort", interrupt, { once: true });
    child.on("error", reject);
    child.on("close", (code) => {
      signal.removeEventListener("abort", interrupt);
      resolve(code ?? 1);
    });
  });

const day = (time: string | number): string => new Date(time).toISOString().slice(0, 10);

const planLine = ({ kind, name, id, state, until }: Item): string => {
  const kept = kind.scheduled
    ? `OCI keeps it until ${day(until && state === "PENDING_DELETION" ? Math.min(Date.parse(until), earliest(kind.scheduled)) : earliest(kind.scheduled))}`
    : "goes at once";
  return `  ${kind.name.padEnd(16)} ${name.padEnd(36)} ${state.padEnd(18)} ${kept}  ${id}`;
};

const leftLine = ({ kind, name, state, until }: Item): string =>
  `  ${kind.name} ${name}: ${state}${until ? ` until ${day(until)}` : ""}${kind.scheduled ? `; counts against ${kind.scheduled.counts}` : ""}`;

const strangerLine = (item: Item): string =>
  `  ${item.kind.name} ${item.name}: carries the stack's tag and not its name, and is not touched. If it is the stack's from before it was renamed: --former-name; if not, take the tag keyless-stack off it. ${item.id}`;

const resultOf = (swept: Swept, before: readonly Item[] = []) => ({
  ok: swept.done,
  removed: before
    .filter(({ id }) => !swept.items.some((i) => i.id === id))
    .map(({ id, kind }) => ({ ocid: id, type: kind.name })),
  leftovers: [...swept.items, ...swept.strangers].map((i) => ({
    ocid: i.id,
    type: i.kind.name,
    state: i.state,
    ...(i.until && { until: i.until }),
    ...(i.kind.scheduled && { counts: i.kind.scheduled.counts }),
  })),
  errors: [...swept.errors, ...swept.unread],
});

/** The file is the person's own, and may be all that is left of their settings. */
const removedWords = (stack: string): string =>
  `the stack ${stack} and its history are removed from the Pulumi backend; Pulumi.${stack}.yaml is kept`;

const agreed = async (): Promise<boolean> => {
  if (!process.stdin.isTTY) throw new UsageError("nobody is there to agree: --yes, or --plan to only look");
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await ask.question("Remove all of this? Type yes: ");
  ask.close();
  return answer.trim() === "yes";
};

const readSettingsOf = (file: string) => {
  if (!existsSync(file))
    throw new ConfigError(`${file}: there is no such file; --stack NAME or --config FILE`);
  return settingsIn(file, readFileSync(file, "utf8"), { calls: true });
};

const main = async (): Promise<number> => {
  const values = parse();
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const settings = readSettingsOf(values.config ?? `Pulumi.${values.stack ?? "dev"}.yaml`);
  const stack = values.stack ?? settings.stack;
  const say = (line: string): void => (values.json ? console.error(line) : console.log(line));
  const kept = keptRun(stack);
  const env = kept?.env ?? process.env;
  const config = await readOciConfig(env);
  const { client, close } = clientWith({ ...config, region: settings.region }, env);
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupt.abort());
  try {
    const scope = await scopeOf(client, settings, config.tenancyId);
    const owner = ownerOf(settings, values["former-name"]);
    const before = await inventory(scope, owner);
    say(seenWords(before, owner.tag));
    for (const item of before.items) say(planLine(item));
    for (const line of before.strangers.map(strangerLine)) say(line);
    for (const line of before.unread) say(`  could not be looked at: ${line}`);
    for (const { kind, name, id, model } of before.endangered)
      say(
        `  ${kind.name} ${name} is not the stack's, and would go with its vault ${model["vaultId"]}: ${id}`,
      );
    if (values.plan) {
      if (values.json)
        console.log(
          JSON.stringify(
            resultOf({ ...before, done: before.endangered.length + before.unread.length === 0, errors: [] }),
          ),
        );
      return before.unread.length + before.endangered.length ? 1 : 0;
    }
    if (before.endangered.length) {
      say(
        "nothing is removed: move or delete what is not the stack's, or let the stack use an existing vault",
      );
      return 1;
    }
    if (!values.yes && before.items.length && !(await agreed())) return 1;
    const engine = values.engine ?? (!kept && (await knowsStack(stack)) ? "pulumi" : "none");
    let settled = true;
    if (engine === "pulumi") {
      const code = await pulumi(
        ["destroy", "--yes", "--skip-preview", "--non-interactive", "--continue-on-error", "--stack", stack],
        interrupt.signal,
      );
      settled = code === 0;
      if (!settled) say(`pulumi destroy ended with ${code}; what it left is removed one by one`);
    }
    interrupt.signal.throwIfAborted();
    const swept = await sweep({
      scope,
      owner,
      progress: (line) => console.error(line),
      signal: interrupt.signal,
    });
    if (engine === "pulumi" && values.remove && swept.done) {
      // Nothing is left that a lock of an interrupted run could protect.
      if (!settled) await pulumi(["cancel", "--yes", "--stack", stack], interrupt.signal);
      const args = ["stack", "rm", "--yes", "--force", "--preserve-config", "--stack", stack];
      const code = await pulumi(args, interrupt.signal);
      if (code === 0) say(removedWords(stack));
      else say(`pulumi stack rm ended with ${code}: the stack ${stack} is still in the Pulumi backend`);
    } else if (!settled)
      say(
        `the state of ${stack} still lists what is gone: pulumi cancel, if it is locked, and pulumi destroy --refresh`,
      );
    say(swept.items.length ? "left:" : swept.unread.length ? seenWords(swept, owner.tag) : "left: nothing");
    for (const item of swept.items) say(leftLine(item));
    for (const line of swept.strangers.map(strangerLine)) say(line);
    for (const line of [...swept.errors, ...swept.unread]) say(`  ${line}`);
    if (values.json) console.log(JSON.stringify(resultOf(swept, before.items)));
    return swept.done ? 0 : 1;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    console.error("interrupted; run it again, it goes on");
    return 1;
  } finally {
    await close();
  }
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  const usage = error instanceof UsageError || error instanceof ConfigError || error instanceof SettingsError;
  process.exitCode = usage ? 2 : 1;
}
