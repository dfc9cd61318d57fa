/**
 * The whole scenario on the local OCI: provision, boot, check, verdict, teardown.
 * @module
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cause, Verdict } from "../../document/verdict.ts";
import { EmbeddedEngine, type Leftover, type Stack } from "../../engine/engine.ts";
import { buildBundle } from "../../infra/bundle.ts";
import type { LocalOci } from "../../local/index.ts";
import type { RunningMachine } from "../../local/machines/driver.ts";
import type { VmOptions } from "../../local/machines/vm/driver.ts";
import type { OciClient } from "../../oci/client.ts";
import { explain } from "../shared/explain/explain.ts";
import type { Explanation } from "../shared/explain/explanation.ts";
import { awaitVerdict } from "../shared/verdict/await.ts";
import { evaluateTargets } from "../shared/verdict/targets.ts";
import type { RunCause } from "./causes.ts";
import { type RunCloud, startCloud } from "./cloud.ts";
import type { Fault } from "./faults.ts";
import { isKeptByOci } from "./leftovers.ts";
import { PulumiEngine } from "./pulumi-engine.ts";
import { checkDigest } from "./verdict.ts";

/**
 * Longest time until a machine comes to the check, in ms, by its kind; emulated hardware on a busy computer
 * is slow.
 */
const BOOT_MS = { process: 60_000, vm: 300_000 };
/** Shortest deadline of an emulated machine's check, in s: it takes long for a single try. */
const SHORTEST_VM_DEADLINE_S = 240;
const POLL_MS = 200;
const PROGRESS_EVERY_MS = 15_000;

/** Limits lines of progress to one in `PROGRESS_EVERY_MS`, the first one no earlier than after that time. */
const seldom = (progress: (line: string) => void): ((line: string) => void) => {
  let lastMs = performance.now();
  return (line) => {
    if (performance.now() - lastMs < PROGRESS_EVERY_MS) return;
    lastMs = performance.now();
    progress(`  ${line}`);
  };
};

/** One step and how long it took. */
export interface ScenarioStep {
  name: string;
  ms: number;
}

/** Result of a run. */
export interface RunOutcome {
  ok: boolean;
  cause?: string;
  verdict?: Verdict;
  /** Explanation of a bad or missing verdict, from what is deployed. */
  explanation?: Explanation;
  steps: ScenarioStep[];
  leftovers: Leftover[];
}

export interface ScenarioOptions {
  /** Stack configuration, `namespace:key` → text. */
  config: Readonly<Record<string, string>>;
  /** Keys of `config` whose values are secret. */
  secretKeys?: readonly string[];
  stack: string;
  engine: "embedded" | "pulumi";
  machine: "process" | "vm";
  /** Options of the virtual machine, beside what follows from the rest. */
  vm?: VmOptions;
  fault?: Fault | undefined;
  /** Stops the run; it tears down all the same. */
  signal: AbortSignal;
  /** One line of progress, for people. */
  progress: (line: string) => void;
  /** Called with what the machine's services write to their journal. */
  journal?: (text: string) => void;
  /** Called with a good or bad verdict before the teardown; the run stays up until it returns. */
  onVerdict?: (up: KeptRun) => Promise<void>;
}

/** Parts of a run that are up while it is kept. */
export interface KeptRun {
  local: LocalOci;
  client: OciClient;
  stack: Stack;
  verdict: Verdict | undefined;
  /** The newest machine. */
  machine: RunningMachine;
  /** A folder that is the run's own. */
  folder: string;
}

/** Runs the scenario to its end; throws only what is wrong before anything was made. */
export const runScenario = async (options: ScenarioOptions): Promise<RunOutcome> => {
  const { fault, signal, progress } = options;
  const steps: ScenarioStep[] = [];
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    try {
      return await work();
    } finally {
      const ms = Math.round(performance.now() - start);
      steps.push({ name, ms });
      progress(`${name}: ${(ms / 1000).toFixed(1)} s`);
    }
  };

  const folder = await mkdtemp(join(tmpdir(), "keyless-start-"));
  const nonce = randomBytes(16).toString("hex");
  let cause: Cause | RunCause | undefined;
  let verdict: Verdict | undefined;
  let explanation: Explanation | undefined;
  let leftovers: Leftover[] = [];
  let cloud: RunCloud | undefined;
  try {
    const { path: bundlePath } = await step("bundle", () => buildBundle());
    const started = await step("local OCI", () =>
      startCloud({
        ...{ folder, bundlePath, fault, progress, signal },
        machine: options.machine,
        vm: options.vm,
        journal: options.journal,
      }),
    );
    cloud = started;
    const { client, local } = started;
    const engine = engineOf(options, started, folder, nonce);
    let repair = async () => {};
    try {
      const { machines } = local.cloud;
      if (machines.prepare) await step("image", () => machines.prepare!());
      const stack = await step("provision", () => engine.up(signal));
      const instanceId = String(stack.outputs["instance"]);
      const document = started.document(instanceId);
      repair = async () => fault?.afterwards?.({ ...started, document });
      const awaited = await step("boot and check", () =>
        awaitVerdict({
          client,
          instanceId,
          timeoutMs: document.check.deadlineS * 1000 + BOOT_MS[options.machine],
          longestWaitMs: POLL_MS,
          progress: seldom(progress),
          signal,
        }),
      );
      verdict = awaited.verdict;
      if (verdict) {
        verdict = await step("targets", () => evaluateTargets(client, verdict!));
        await checkDigest(started.administrator, document, verdict, nonce);
      }
      cause = verdict ? (verdict.ok ? undefined : verdict.cause) : "no-verdict";
      if (cause) {
        const { console, before } = awaited;
        const input = { tenancyId: local.cloud.tenancy.id, instanceId, verdict, console, before };
        explanation = await step("explain", () => explain(client, input));
      }
      const machine = started.machine();
      if (machine) await options.onVerdict?.({ local, client, stack, verdict, machine, folder });
    } catch (error) {
      cause ??= signal.aborted ? "interrupted" : "error";
      if (!signal.aborted) progress(`error: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      const teardown = async () => {
        await repair();
        return engine.destroy();
      };
      leftovers = await step("teardown", teardown).catch((error: unknown) => {
        cause ??= "teardown";
        progress(`teardown: ${error instanceof Error ? error.message : String(error)}`);
        return [];
      });
    }
  } finally {
    await cloud?.close();
    await rm(folder, { recursive: true, force: true });
  }
  if (!leftovers.every(isKeptByOci)) cause ??= "teardown";
  return {
    ok: cause === undefined,
    ...(cause && { cause }),
    ...(verdict && { verdict }),
    ...(explanation && { explanation }),
    steps,
    leftovers,
  };
};

/** The engine that the run was asked for. */
const engineOf = (
  options: ScenarioOptions,
  cloud: RunCloud,
  folder: string,
  nonce: string,
): EmbeddedEngine | PulumiEngine => {
  const { progress, secretKeys } = options;
  const regionId = cloud.local.deployer.region;
  const deadlineS = Number(options.config["keyless:deadlineS"] ?? SHORTEST_VM_DEADLINE_S);
  const isRaised = options.machine === "vm" && deadlineS < SHORTEST_VM_DEADLINE_S;
  const common = {
    client: cloud.client,
    regionId,
    stack: options.stack,
    config: {
      "oci:region": regionId,
      ...options.config,
      ...(isRaised && { "keyless:deadlineS": String(SHORTEST_VM_DEADLINE_S) }),
      "keyless:nonce": nonce,
    },
    ...(secretKeys && { secretKeys }),
  };
  if (options.engine === "pulumi")
    return new PulumiEngine({ ...common, folder, environment: cloud.environment(), progress });
  return new EmbeddedEngine({
    ...common,
    project: "keyless",
    program: async () => (await import("../../infra/index.ts")).default(),
    onProgress: ({ action, type, name, ms }) =>
      progress(
        `  ${action === "create" ? "+" : "-"} ${type.split(":").at(-1)} ${name} ${(ms / 1000).toFixed(1)} s`,
      ),
  });
};
