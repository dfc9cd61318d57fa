/** `npm start`: the whole scenario on the local OCI. @module */
import { resolve } from "node:path";
import { parseArgs, styleText } from "node:util";
import { readSettings, SettingsError } from "../infra/settings/settings.ts";
import { lackingForVm } from "../local/machines/vm/image.ts";
import { stackNameOf } from "./access/stack-file.ts";
import { explanationLines } from "./shared/explain/explanation.ts";
import { ConfigError, readStackConfig } from "./shared/stack-config.ts";
import { verdictLines } from "./shared/verdict/show-verdict.ts";
import { endOf } from "./start/faults.ts";
import { keepRunning } from "./start/keep.ts";
import { leftoverLine } from "./start/leftovers.ts";
import { faultsOf } from "./start/machine-faults.ts";
import { missingPrograms } from "./start/pulumi-cli.ts";
import { type Outcome, runScenario } from "./start/scenario.ts";

const HELP = `Provisions the Pulumi program into a local OCI, boots a machine, proves its access, tears down.

  npm start                          the whole scenario
  npm start -- --json                the last line of standard output is a JSON object
  npm start -- --keep                stay up after the verdict until Ctrl-C
  npm start -- --fault NAME          one thing broken; --list-faults lists them (with --machine vm some more)
  npm start -- --config FILE         another stack configuration (default Pulumi.local.yaml): its stack
                                     is the file's, Pulumi.<stack>.yaml
  npm start -- --engine pulumi       the real engine and provider, found on PATH (default embedded)
  npm start -- --machine vm          a virtual machine with cloud-init and systemd (default process)

Exit code 0: the verdict is good and nothing is left but what OCI keeps; 1: it is not; 2: wrong use.`;

const fail = (message: string): never => {
  console.error(message);
  process.exit(2);
};

const parse = () => {
  try {
    return parseArgs({
      options: {
        json: { type: "boolean", default: false },
        keep: { type: "boolean", default: false },
        fault: { type: "string" },
        "list-faults": { type: "boolean", default: false },
        config: { type: "string", default: "Pulumi.local.yaml" },
        engine: { type: "string", default: "embedded" },
        machine: { type: "string", default: "process" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
  }
};

const args = parse();
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
const { machine } = args;
if (machine !== "process" && machine !== "vm") fail(`--machine is ${machine}; allowed: process, vm`);
const faults = faultsOf(machine as "process" | "vm");
if (args["list-faults"]) {
  const [names, texts] = (["name", "broken"] as const).map((part) =>
    Math.max(...faults.map((f) => f[part].length)),
  );
  for (const fault of faults)
    console.log(
      args.json
        ? JSON.stringify({ name: fault.name, broken: fault.broken, end: endOf(fault) })
        : `${fault.name.padEnd(names! + 2)}${fault.broken.padEnd(texts! + 2)}${endOf(fault)}`,
    );
  process.exit(0);
}
const fault = faults.find(({ name }) => name === args.fault);
if (args.fault !== undefined && !fault)
  fail(
    `there is no fault ${args.fault} of a ${machine} machine; there are: ${faults.map(({ name }) => name).join(", ")}`,
  );
const { engine } = args;
if (engine !== "embedded" && engine !== "pulumi") fail(`--engine is ${engine}; allowed: embedded, pulumi`);

const interrupt = new AbortController();
let kept: (() => void) | undefined;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => {
    if (kept) return kept();
    if (!interrupt.signal.aborted) console.error(`${signal}: tearing down`);
    interrupt.abort(new Error(`interrupted by ${signal}`));
  });

const colour = process.stdout.isTTY === true;
const say = (line = ""): void => (args.json ? console.error(line) : console.log(line));

const report = (outcome: Outcome, totalMs: number): void => {
  if (outcome.verdict) {
    say();
    for (const line of verdictLines(outcome.verdict, colour)) say(line);
  }
  if (outcome.explanation) for (const line of explanationLines(outcome.explanation)) say(line);
  const teardown = outcome.steps.find(({ name }) => name === "teardown");
  say();
  if (teardown)
    say(`torn down in ${(teardown.ms / 1000).toFixed(1)} s; left: ${leftoverLine(outcome.leftovers)}`);
  const word = outcome.ok ? "good" : `bad (${outcome.cause})`;
  const text = `verdict: ${word}, ${(totalMs / 1000).toFixed(1)} s in all`;
  say(colour ? styleText(outcome.ok ? "green" : "red", text) : text);
  if (args.json) console.log(JSON.stringify(outcome));
};

if (machine === "vm") {
  const lacking = await lackingForVm();
  if (lacking) fail(lacking);
}
if (engine === "pulumi") {
  const missing = await missingPrograms();
  if (missing.length)
    fail(`--engine pulumi needs ${missing.join(", ")} on PATH: install the Pulumi CLI and its OCI provider`);
}

try {
  const config = readStackConfig(resolve(args.config));
  const stack = stackNameOf(args.config);
  // The program checks them again; here all that is wrong is said before anything is started.
  readSettings({ config, isSecret: () => true, project: "keyless", stack, env: process.env, calls: true });
  const start = performance.now();
  const outcome = await runScenario({
    config,
    stack,
    engine: engine as "embedded" | "pulumi",
    machine: machine as "process" | "vm",
    fault,
    signal: interrupt.signal,
    progress: (line) => console.error(line),
    ...(args.keep && {
      onVerdict: async (up) => {
        // Interrupted between the verdict and here: nobody would end the wait again.
        if (interrupt.signal.aborted) return;
        if (up.verdict) for (const line of verdictLines(up.verdict, colour)) say(line);
        const ended = new Promise<void>((done) => {
          kept = done;
        });
        console.error("kept up until Ctrl-C; .keyless/run.json says where everything is");
        await keepRunning(up, stack, resolve(".keyless"), ended);
      },
    }),
  });
  report(outcome, performance.now() - start);
  process.exitCode = outcome.ok ? 0 : 1;
} catch (error) {
  if (error instanceof ConfigError || error instanceof SettingsError) fail(error.message);
  throw error;
}
