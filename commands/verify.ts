/** `npm run verify`: does a deployed stack work, and if not, why. @module */
import type { Verdict } from "../document/verdict.ts";
import type { DeployedState } from "../infra/deployed-state.ts";
import type { OciClient } from "../oci/client.ts";
import { runCommand } from "./shared/exit.ts";
import { explain } from "./shared/explain/explain.ts";
import type { Explanation } from "./shared/explain/explanation.ts";
import { clientWith, readOciConfig } from "./shared/oci-config.ts";
import { findStack, regionIn } from "./shared/stack.ts";
import { type Age, ageOf, twoIntervalsS } from "./shared/verdict/age.ts";
import { type Awaited, awaitVerdict } from "./shared/verdict/await.ts";
import { readPostedProof } from "./shared/verdict/posted-proof.ts";
import { evaluateTargets } from "./shared/verdict/targets.ts";
import { findAltered } from "./verify/altered.ts";
import { explainNoMachine } from "./verify/no-machine.ts";
import { HELP, parseOptions } from "./verify/options.ts";
import { causeOf, resultLines, type VerifyResult, verifyResult } from "./verify/result.ts";

/** The instance that is asked about, and how. */
interface VerifiedInstance {
  client: OciClient;
  tenancyId: string;
  instanceId: string;
  /** Reads what the stack deployed last, as its outputs say now; undefined where they do not say it. */
  readDeployed(): Promise<DeployedState | undefined>;
  /** What they said when they were read last. */
  deployed: DeployedState | undefined;
}

/** Explains that the instance is not as it was deployed last. A deployment since the outputs were read is no such thing. */
const alteredIn = async (target: VerifiedInstance): Promise<Explanation | undefined> => {
  const { client, instanceId, deployed } = target;
  const altered = deployed && (await findAltered(client, instanceId, deployed));
  if (!altered) return undefined;
  target.deployed = await target.readDeployed();
  return target.deployed && findAltered(client, instanceId, target.deployed);
};

/**
 * The age of a verdict. Where the console last said so more than two intervals ago, the metrics are asked, which every
 * run posts.
 */
const ageIn = async (
  { client, instanceId }: VerifiedInstance,
  awaited: Awaited,
): Promise<Age | undefined> => {
  const { verdict, provedAt, metrics } = awaited;
  const printed = verdict && ageOf(verdict, provedAt, Date.now());
  if (!printed || !metrics || !verdict.ok || printed.ageS <= twoIntervalsS(verdict)) return printed;
  const sinceMs = Date.now() - printed.limitS * 1000;
  return ageOf(verdict, provedAt, Date.now(), await readPostedProof(client, metrics, instanceId, sinceMs));
};

/** Evaluates what was waited for: the targets of refusals, and why it is bad or missing. */
const evaluated = async (target: VerifiedInstance, awaited: Awaited): Promise<VerifyResult> => {
  const { client, tenancyId, instanceId } = target;
  const verdict = awaited.verdict && (await evaluateTargets(client, awaited.verdict));
  const age = await ageIn(target, awaited);
  const { console, before } = awaited;
  const altered = await alteredIn(target);
  if (altered) return verifyResult({ awaited, verdict, age, isAltered: true, explanation: altered });
  const cause = causeOf(verdict, age);
  const explanation = cause
    ? await explain(client, { tenancyId, instanceId, verdict, age, console, before })
    : undefined;
  return verifyResult({ awaited, verdict, age, explanation });
};

const main = async (): Promise<number> => {
  const values = parseOptions();
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const { instanceId, env, from, deployed } = await findStack(values);
  const config = await readOciConfig(env);
  const { client, close } = clientWith({ ...config, region: regionIn(instanceId) ?? config.region }, env);
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupt.abort());
  const readDeployed = async () => (await findStack(values)).deployed;
  const target: VerifiedInstance = {
    client,
    tenancyId: config.tenancyId,
    instanceId,
    readDeployed,
    deployed,
  };
  const say = (result: VerifyResult): void => {
    const colour = process.stdout.isTTY === true;
    for (const line of resultLines(result, colour)) (values.json ? console.error : console.log)(line);
    if (values.json) console.log(JSON.stringify(result));
  };
  console.error(`instance ${instanceId} (${from})`);
  if (!deployed) console.error("what was deployed last is not known: it is not compared (docs/signing.md)");
  const timeoutMs = values.timeout === undefined ? undefined : Number(values.timeout) * 1000;
  let result: VerifyResult | undefined;
  try {
    const explanation = await explainNoMachine(client, instanceId);
    if (explanation) say(verifyResult({ awaited: {}, verdict: undefined, age: undefined, explanation }));
    for (let seen: Verdict | undefined; !explanation; ) {
      // With an instance that somebody changed no verdict is waited for.
      const isAltered = !result && (await alteredIn(target)) !== undefined;
      const awaited = await awaitVerdict({
        client,
        instanceId,
        timeoutMs: isAltered ? 0 : values.watch && seen ? Number.MAX_SAFE_INTEGER : timeoutMs,
        progress: (line) => console.error(line),
        signal: interrupt.signal,
        seen,
        // What nobody says again becomes too old while it stands there, and somebody may change the instance.
        hasChanged: async (standing) => {
          const was = result?.cause;
          if (!result?.ok && was !== "stale" && was !== "altered") return false;
          if (await alteredIn(target)) return was !== "altered";
          return causeOf(standing.verdict, await ageIn(target, standing)) !== was;
        },
      });
      result = await evaluated(target, awaited);
      say(result);
      seen = awaited.verdict ?? seen;
      // An instance or a console that cannot be read ends the watch: nothing would be waited for.
      if (!values.watch || awaited.console === undefined) break;
    }
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
  } finally {
    await close();
  }
  return result?.ok ? 0 : 1;
};

await runCommand(main);
