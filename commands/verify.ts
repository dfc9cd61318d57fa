/** `npm run verify`: does a deployed stack work, and if not, why. @module */
import { styleText } from "node:util";
import type { Verdict } from "../document/verdict.ts";
import { commandLine, runCommand, UsageError } from "./shared/exit.ts";
import { explain } from "./shared/explain/explain.ts";
import { type Explanation, explanationLines } from "./shared/explain/explanation.ts";
import { clientWith, readOciConfig } from "./shared/oci-config.ts";
import { findStack, regionIn } from "./shared/stack.ts";
import { awaitVerdict } from "./shared/verdict/await.ts";
import { verdictLines } from "./shared/verdict/show-verdict.ts";
import { evaluateTargets } from "./shared/verdict/targets.ts";
import { explainNoMachine } from "./verify/no-machine.ts";

const HELP = `Usage: npm run verify -- [--stack NAME | --instance OCID] [--watch] [--json] [--timeout S]

Reads the verdict of a deployed stack's check from the instance's serial console, looks whether what was refused
exists, and explains a bad or missing verdict from what is deployed.

  --stack NAME     a stack of the Pulumi CLI (default: a run kept by npm start -- --keep, else the selected stack)
  --instance OCID  the instance itself, with any engine
  --watch          stay, and say each new verdict, until Ctrl-C
  --timeout S      how long to wait for a verdict, in seconds (default 600)
  --json           the last line of standard output is {"ok","cause"?,"verdict"?,"explanation"?}

Credentials: OCI_* variables or ~/.oci/config. Exit codes: 0 good, 1 not, 2 wrong use or broken settings.`;

const OPTIONS = {
  stack: { type: "string" },
  instance: { type: "string" },
  watch: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  timeout: { type: "string", default: "600" },
  help: { type: "boolean", short: "h", default: false },
} as const;

const parse = () => {
  const { values } = commandLine({ options: OPTIONS }, HELP);
  if (!/^\d+$/.test(values.timeout))
    throw new UsageError(`--timeout is ${values.timeout}; allowed: whole seconds`, HELP);
  if (values.instance && !/^ocid1\.instance\./.test(values.instance))
    throw new UsageError(
      `--instance is ${values.instance}; allowed: an OCID that begins with ocid1.instance.`,
      HELP,
    );
  return values;
};

interface Result {
  ok: boolean;
  cause?: string;
  verdict?: Verdict;
  explanation?: Explanation;
}

const main = async (): Promise<number> => {
  const values = parse();
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const { instanceId, env, from } = await findStack(values);
  const config = await readOciConfig(env);
  const { client, close } = clientWith({ ...config, region: regionIn(instanceId) ?? config.region }, env);
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupt.abort());
  const colour = process.stdout.isTTY === true;
  const say = (line: string): void => (values.json ? console.error(line) : console.log(line));
  console.error(`instance ${instanceId} (${from})`);
  let result: Result | undefined;
  try {
    const noMachine = await explainNoMachine(client, instanceId);
    for (let seen: Verdict | undefined; ; ) {
      const { verdict: found, console: text } = noMachine
        ? {}
        : await awaitVerdict({
            client,
            instanceId,
            timeoutMs: values.watch && seen ? Number.MAX_SAFE_INTEGER : Number(values.timeout) * 1000,
            progress: (line) => console.error(line),
            signal: interrupt.signal,
            seen,
          });
      const verdict = found && (await evaluateTargets(client, found));
      const explanation = verdict?.ok
        ? undefined
        : (noMachine ??
          (await explain(client, { tenancyId: config.tenancyId, instanceId, verdict, console: text })));
      result = {
        ok: verdict?.ok === true,
        ...(!verdict?.ok && { cause: verdict?.cause ?? "no-verdict" }),
        ...(verdict && { verdict }),
        ...(explanation && { explanation }),
      };
      for (const line of verdict ? verdictLines(verdict, colour) : ["  no verdict"]) say(line);
      for (const line of explanation ? explanationLines(explanation) : []) say(line);
      const word = result.ok ? "good" : `bad (${result.cause})`;
      say(`${colour ? styleText(result.ok ? "green" : "red", `verdict: ${word}`) : `verdict: ${word}`}`);
      if (values.json) console.log(JSON.stringify(result));
      seen = found;
      if (!values.watch || noMachine) break;
    }
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
  } finally {
    await close();
  }
  return result?.ok ? 0 : 1;
};

await runCommand(main);
