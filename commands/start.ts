/** `npm start`: the whole scenario on the local OCI. @module */
import { resolve } from "node:path";
import { styleText } from "node:util";
import { readSettings } from "../infra/settings/settings.ts";
import { lackingForVm } from "../local/machines/vm/image.ts";
import { stackNameOf } from "./access/stack-file.ts";
import { commandLine, runCommand, UsageError } from "./shared/exit.ts";
import { explanationLines } from "./shared/explain/explanation.ts";
import { readStackConfig } from "./shared/stack-config.ts";
import { verdictLines } from "./shared/verdict/show-verdict.ts";
import { endOf, type Fault } from "./start/faults.ts";
import { keepRunning } from "./start/keep.ts";
import { leftoverLine } from "./start/leftovers.ts";
import { faultsOf } from "./start/machine-faults.ts";
import { missingPrograms } from "./start/pulumi-cli.ts";
import { type RunOutcome, runScenario } from "./start/scenario.ts";

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

const MACHINES = ["process", "vm"] as const;
const ENGINES = ["embedded", "pulumi"] as const;
type MachineName = (typeof MACHINES)[number];
type EngineName = (typeof ENGINES)[number];

const OPTIONS = {
  json: { type: "boolean", default: false },
  keep: { type: "boolean", default: false },
  fault: { type: "string" },
  "list-faults": { type: "boolean", default: false },
  config: { type: "string", default: "Pulumi.local.yaml" },
  engine: { type: "string", default: "embedded" },
  machine: { type: "string", default: "process" },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** An option's value, which must be one of some. @throws UsageError */
const oneOf = <T extends string>(option: string, value: string, allowed: readonly T[]): T => {
  const found = allowed.find((one) => one === value);
  if (!found) throw new UsageError(`--${option} is ${value}; allowed: ${allowed.join(", ")}`);
  return found;
};

const listFaults = (faults: readonly Fault[], json: boolean): void => {
  const [names, texts] = (["name", "broken"] as const).map((part) =>
    Math.max(...faults.map((f) => f[part].length)),
  );
  for (const fault of faults)
    console.log(
      json
        ? JSON.stringify({ name: fault.name, broken: fault.broken, end: endOf(fault) })
        : `${fault.name.padEnd(names! + 2)}${fault.broken.padEnd(texts! + 2)}${endOf(fault)}`,
    );
};

const faultNamed = (name: string, faults: readonly Fault[], machine: string): Fault => {
  const fault = faults.find((f) => f.name === name);
  if (fault) return fault;
  throw new UsageError(
    `there is no fault ${name} of a ${machine} machine; there are: ${faults.map((f) => f.name).join(", ")}`,
  );
};

/** Looks for the programs that a run needs. @throws UsageError naming what is missing */
const checkPrograms = async (engine: EngineName, machine: MachineName): Promise<void> => {
  const lacking = machine === "vm" ? await lackingForVm() : undefined;
  if (lacking) throw new UsageError(lacking);
  const missing = engine === "pulumi" ? await missingPrograms() : [];
  if (missing.length)
    throw new UsageError(
      `--engine pulumi needs ${missing.join(", ")} on PATH: install the Pulumi CLI and its OCI provider`,
    );
};

/** Listens for signals: they end a run, or the wait of one that is kept. */
const listenForSignals = (): { signal: AbortSignal; nextInterrupt(): Promise<void> } => {
  const interrupt = new AbortController();
  let kept: (() => void) | undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      if (kept) return kept();
      if (!interrupt.signal.aborted) console.error(`${signal}: tearing down`);
      interrupt.abort(new Error(`interrupted by ${signal}`));
    });
  return {
    signal: interrupt.signal,
    nextInterrupt: () =>
      new Promise<void>((done) => {
        kept = done;
      }),
  };
};

const colour = process.stdout.isTTY === true;

/** Prints lines for people: with `--json` standard output is for JSON alone. */
type Print = (line?: string) => void;

const printOutcome = (outcome: RunOutcome, totalMs: number, print: Print): void => {
  if (outcome.verdict) {
    print();
    for (const line of verdictLines(outcome.verdict, colour)) print(line);
  }
  if (outcome.explanation) for (const line of explanationLines(outcome.explanation)) print(line);
  const teardown = outcome.steps.find(({ name }) => name === "teardown");
  print();
  if (teardown)
    print(`torn down in ${(teardown.ms / 1000).toFixed(1)} s; left: ${leftoverLine(outcome.leftovers)}`);
  const word = outcome.ok ? "good" : `bad (${outcome.cause})`;
  const text = `verdict: ${word}, ${(totalMs / 1000).toFixed(1)} s in all`;
  print(colour ? styleText(outcome.ok ? "green" : "red", text) : text);
};

const main = async (): Promise<number> => {
  const args = commandLine({ options: OPTIONS }, HELP).values;
  if (args.help) {
    console.log(HELP);
    return 0;
  }
  const machine = oneOf("machine", args.machine, MACHINES);
  const faults = faultsOf(machine);
  if (args["list-faults"]) {
    listFaults(faults, args.json);
    return 0;
  }
  const fault = args.fault === undefined ? undefined : faultNamed(args.fault, faults, machine);
  const engine = oneOf("engine", args.engine, ENGINES);
  const { signal, nextInterrupt } = listenForSignals();
  const print: Print = (line = "") => (args.json ? console.error(line) : console.log(line));
  await checkPrograms(engine, machine);
  const config = readStackConfig(resolve(args.config));
  const stack = stackNameOf(args.config);
  // The program checks them again; here all that is wrong is said before anything is started.
  readSettings({ config, isSecret: () => true, project: "keyless", stack, env: process.env, calls: true });
  const start = performance.now();
  const outcome = await runScenario({
    config,
    stack,
    engine,
    machine,
    fault,
    signal,
    progress: (line) => console.error(line),
    ...(args.keep && {
      onVerdict: async (up) => {
        // Interrupted between the verdict and here: nobody would end the wait again.
        if (signal.aborted) return;
        if (up.verdict) for (const line of verdictLines(up.verdict, colour)) print(line);
        const ended = nextInterrupt();
        console.error("kept up until Ctrl-C; .keyless/run.json says where everything is");
        await keepRunning(up, stack, resolve(".keyless"), ended);
      },
    }),
  });
  printOutcome(outcome, performance.now() - start, print);
  if (args.json) console.log(JSON.stringify(outcome));
  return outcome.ok ? 0 : 1;
};

await runCommand(main);
