/** `npm run teardown`: removes a stack and what it left, and says what OCI keeps. @module */
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import type { StackSettings } from "./access/report.ts";
import { settingsIn } from "./access/stack-file.ts";
import { commandLine, runCommand, UsageError } from "./shared/exit.ts";
import { clientWith, readOciConfig } from "./shared/oci-config.ts";
import { keptRun } from "./shared/stack.ts";
import { ConfigError } from "./shared/stack-config.ts";
import { type Inventory, inventory, type Owner } from "./teardown/inventory.ts";
import { leftLines, planLines, teardownResult } from "./teardown/lines.ts";
import { destroyStack, knowsStack, removeStack } from "./teardown/pulumi.ts";
import type { Scope } from "./teardown/removable-kind.ts";
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
  const { values } = commandLine({ options: OPTIONS }, HELP);
  if (values.engine !== undefined && !["pulumi", "none"].includes(values.engine))
    throw new UsageError(`--engine is ${values.engine}; allowed: pulumi, none`, HELP);
  return values;
};

type TeardownOptions = ReturnType<typeof parse>;

/** Inputs of every stage. */
interface Teardown {
  values: TeardownOptions;
  stack: string;
  /** A run that `npm start -- --keep` keeps up: Pulumi does not know it. */
  kept: boolean;
  scope: Scope;
  owner: Owner;
  signal: AbortSignal;
  /** Prints lines for people: with `--json` standard output is for JSON alone. */
  print(...lines: string[]): void;
}

const agreed = async (): Promise<boolean> => {
  if (!process.stdin.isTTY) throw new UsageError("nobody is there to agree: --yes, or --plan to only look");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const reply = await terminal.question("Remove all of this? Type yes: ");
  terminal.close();
  return reply.trim() === "yes";
};

const readSettingsOf = (file: string): StackSettings => {
  if (!existsSync(file))
    throw new ConfigError(`${file}: there is no such file; --stack NAME or --config FILE`);
  return settingsIn(file, readFileSync(file, "utf8"), { calls: true });
};

/** Ends `--plan`: prints the result with `--json`. @returns the exit code */
const endPlan = ({ values }: Teardown, found: Inventory): number => {
  const done = found.endangered.length + found.unread.length === 0;
  if (values.json) console.log(JSON.stringify(teardownResult({ ...found, done, errors: [] }, [])));
  return done ? 0 : 1;
};

/** Asks whether what was found may go. */
const mayRemove = async ({ values, print }: Teardown, found: Inventory): Promise<boolean> => {
  if (found.endangered.length) {
    print(
      "nothing is removed: move or delete what is not the stack's, or let the stack use an existing vault",
    );
    return false;
  }
  return values.yes || found.items.length === 0 || (await agreed());
};

/** Destroys the stack with its engine, where it has one. @returns undefined without one, else whether all is destroyed */
const destroyWithEngine = async (teardown: Teardown): Promise<boolean | undefined> => {
  const { values, stack, kept, signal, print } = teardown;
  const engine = values.engine ?? (!kept && (await knowsStack(stack)) ? "pulumi" : "none");
  if (engine !== "pulumi") return undefined;
  const code = await destroyStack(stack, signal);
  if (code !== 0) print(`pulumi destroy ended with ${code}; what it left is removed one by one`);
  return code === 0;
};

/** Settles the engine's own state after the sweep. @param destroyed as `destroyWithEngine` returns it */
const settleState = async (
  { values, stack, signal, print }: Teardown,
  destroyed: boolean | undefined,
  swept: Swept,
): Promise<void> => {
  if (destroyed === undefined) return;
  if (values.remove && swept.done) print(await removeStack(stack, destroyed, signal));
  else if (!destroyed)
    print(
      `the state of ${stack} still lists what is gone: pulumi cancel, if it is locked, and pulumi destroy --refresh`,
    );
};

/** Runs the stages: look, agree, destroy, sweep, settle. @returns the exit code */
const tearDown = async (teardown: Teardown): Promise<number> => {
  const { values, scope, owner, signal, print } = teardown;
  const found = await inventory(scope, owner);
  print(...planLines(found, owner.tag));
  if (values.plan) return endPlan(teardown, found);
  if (!(await mayRemove(teardown, found))) return 1;
  const destroyed = await destroyWithEngine(teardown);
  signal.throwIfAborted();
  const swept = await sweep({ scope, owner, progress: (line) => console.error(line), signal });
  await settleState(teardown, destroyed, swept);
  print(...leftLines(swept, owner.tag));
  if (values.json) console.log(JSON.stringify(teardownResult(swept, found.items)));
  return swept.done ? 0 : 1;
};

const main = async (): Promise<number> => {
  const values = parse();
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const settings = readSettingsOf(values.config ?? `Pulumi.${values.stack ?? "dev"}.yaml`);
  const stack = values.stack ?? settings.stack;
  const kept = keptRun(stack);
  const env = kept?.env ?? process.env;
  const config = await readOciConfig(env);
  const { client, close } = clientWith({ ...config, region: settings.region }, env);
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupt.abort());
  try {
    return await tearDown({
      values,
      stack,
      kept: kept !== undefined,
      scope: await scopeOf(client, settings, config.tenancyId),
      owner: ownerOf(settings, values["former-name"]),
      signal: interrupt.signal,
      print: (...lines) => {
        for (const line of lines) (values.json ? console.error : console.log)(line);
      },
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    console.error("interrupted; run it again, it goes on");
    return 1;
  } finally {
    await close();
  }
};

await runCommand(main);
