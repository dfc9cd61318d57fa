/**
 * The whole story on the local OCI: provision, boot, check, verdict, teardown.
 * @module
 */
import { createHmac, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { KeylessDocument } from "../../app/settings.ts";
import { readVerdicts, type Verdict } from "../../app/verdict.ts";
import { type Bundle, buildBundle } from "../../infra/bundle.ts";
import { clientAs, type LocalClient } from "../../local/client.ts";
import { EmbeddedEngine, type Leftover, type Stack } from "../../local/engine/engine.ts";
import { type LocalOci, startLocal } from "../../local/index.ts";
import type { Machine, MachineDriver } from "../../local/machines/driver.ts";
import { processDriver } from "../../local/machines/process/driver.ts";
import type { Handler, Service } from "../../local/service.ts";
import { services } from "../../local/services/index.ts";
import type { OciClient } from "../../oci/client.ts";
import { readConsole } from "../console-history.ts";
import { localDeployerStatements } from "../local/deployer.ts";
import { clientVariables } from "../local/environment.ts";
import type { Fault } from "./faults.ts";
import { isKeptByOci } from "./leftovers.ts";
import { PulumiEngine } from "./pulumi-engine.ts";
import { judgeTargets } from "./targets.ts";

/** One step and how long it took. */
export interface Step {
  name: string;
  ms: number;
}

/** What a run came to. */
export interface Outcome {
  ok: boolean;
  cause?: string;
  verdict?: Verdict;
  steps: Step[];
  leftovers: Leftover[];
}

export interface StoryOptions {
  /** Stack configuration, `namespace:key` → text. */
  config: Readonly<Record<string, string>>;
  /** Keys of `config` whose values are secret. */
  secretKeys?: readonly string[];
  stack: string;
  engine: "embedded" | "pulumi";
  machine: "process" | "vm";
  fault?: Fault | undefined;
  /** Stops the run; it tears down all the same. */
  signal: AbortSignal;
  /** One line of progress, for people. */
  progress: (line: string) => void;
  /** What the machine's services write to their journal. */
  journal?: (text: string) => void;
  /** Called with a good or bad verdict before the teardown; the run stays up until it returns. */
  onVerdict?: (up: Running) => Promise<void>;
}

/** What is up while a run is kept. */
export interface Running {
  local: LocalOci;
  client: OciClient;
  stack: Stack;
  verdict: Verdict | undefined;
  /** The newest machine. */
  machine: Machine;
  /** A folder that is the run's own. */
  folder: string;
}

const VERDICT_GRACE_MS = 60_000;
const POLL_MS = 200;

/** Runs the story to its end; throws only what is wrong before anything was made. */
export const runStory = async (options: StoryOptions): Promise<Outcome> => {
  const { fault, signal, progress } = options;
  const steps: Step[] = [];
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
  let cause: string | undefined;
  let verdict: Verdict | undefined;
  let leftovers: Leftover[] = [];
  let local: LocalOci | undefined;
  let machine: Machine | undefined;
  const clients: LocalClient[] = [];
  try {
    const bundle = await step("bundle", () => buildBundle());
    let client: OciClient;
    let administrator: OciClient;
    const driver = beforeBoot(
      processDriver({
        clockOffsetMs: fault?.clockOffsetMs ?? 0,
        ...(options.journal && { onJournal: options.journal }),
      }),
      async (instanceId) => {
        if (fault?.beforeBoot)
          await fault.beforeBoot({
            local: local!,
            client,
            administrator,
            document: documentOf(local!, instanceId),
          });
      },
      (launched) => {
        machine = launched;
      },
    );
    const started = await step("local OCI", () =>
      startLocalOci(
        folder,
        driver,
        bundle,
        fault,
        () => local!,
        () => administrator,
      ),
    );
    local = started;
    const as = (user: LocalOci["deployer"]) => {
      const opened = clientAs(user, started.addresses, started.cloud.realm.domain);
      clients.push(opened);
      return opened;
    };
    client = as(started.deployer);
    administrator = as(started.administrator);

    const stackOptions = {
      client,
      regionId: started.deployer.region,
      stack: options.stack,
      config: { "oci:region": started.deployer.region, ...options.config, "keyless:nonce": nonce },
    };
    const engine =
      options.engine === "pulumi"
        ? new PulumiEngine({ ...stackOptions, folder, environment: environmentOf(started), progress })
        : new EmbeddedEngine({
            ...stackOptions,
            project: "keyless",
            ...(options.secretKeys && { secretKeys: options.secretKeys }),
            program: async () => (await import("../../infra/index.ts")).default(),
            onProgress: ({ action, type, name, ms }) =>
              progress(
                `  ${action === "create" ? "+" : "-"} ${type.split(":").at(-1)} ${name} ${(ms / 1000).toFixed(1)} s`,
              ),
          });
    try {
      const stack = await step("provision", () => engine.up(signal));
      const instanceId = String(stack.outputs["instance"]);
      const document = documentOf(started, instanceId);
      verdict = await step("boot and check", () => awaitVerdict(client, instanceId, document, signal));
      if (verdict) {
        verdict = await step("targets", () => judgeTargets(client, verdict!));
        await checkDigest(administrator, document, verdict, nonce);
      }
      cause = verdict ? (verdict.ok ? undefined : verdict.cause) : "no-verdict";
      await options.onVerdict?.({ local: started, client, stack, verdict, machine: machine!, folder });
      await fault?.afterwards?.({ local: started, client, administrator, document });
    } catch (error) {
      cause ??= signal.aborted ? "interrupted" : "error";
      if (!signal.aborted) progress(`error: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      leftovers = await step("teardown", () => engine.destroy()).catch((error: unknown) => {
        cause ??= "teardown";
        progress(`teardown: ${error instanceof Error ? error.message : String(error)}`);
        return [];
      });
    }
  } finally {
    await Promise.all(clients.map((c) => c.close()));
    await local?.close();
    await rm(folder, { recursive: true, force: true });
  }
  if (!leftovers.every(isKeptByOci)) cause ??= "teardown";
  return {
    ok: cause === undefined,
    ...(cause && { cause }),
    ...(verdict && { verdict }),
    steps,
    leftovers,
  };
};

/** A driver that does something before each machine is switched on. */
const beforeBoot = (
  driver: MachineDriver,
  work: (instanceId: string) => Promise<void>,
  launched: (machine: Machine) => void,
): MachineDriver => ({
  name: driver.name,
  launch: async (spec) => {
    await work(spec.instanceId);
    const machine = await driver.launch(spec);
    launched(machine);
    return machine;
  },
  close: () => driver.close(),
});

const startLocalOci = (
  folder: string,
  machineDriver: MachineDriver,
  bundle: Bundle,
  fault: Fault | undefined,
  local: () => LocalOci,
  administrator: () => OciClient,
): Promise<LocalOci> =>
  startLocal({
    dir: folder,
    machineDriver,
    deployerStatements: localDeployerStatements(),
    workload: true,
    ...(fault?.settings && { settings: fault.settings }),
    ...(fault?.interceptors && { interceptors: fault.interceptors(bundle.path) }),
    ...(fault?.alter && { services: [altered(fault.alter, local, administrator)] }),
  });

/** What points the real provider at the local OCI, as its deployer. */
const environmentOf = (local: LocalOci): NodeJS.ProcessEnv =>
  clientVariables({
    proxyUrl: local.addresses.proxyUrl,
    caFile: local.addresses.caFile,
    configFile: "/nonexistent",
    identity: local.deployer,
  });

/** The identity service with what is written to it changed on the way. */
const altered = (
  alter: NonNullable<Fault["alter"]>,
  local: () => LocalOci,
  administrator: () => OciClient,
): Service => {
  const identity = services.find(({ name }) => name === "identity")!;
  const handlers = Object.entries(identity.handlers).map(([name, handler]): [string, Handler] => [
    name,
    {
      ...handler,
      run: async (call) => {
        if (name.startsWith("Create"))
          await alter(`identity.${name}`, call.json(), {
            tenancyId: call.cloud.tenancy.id,
            administrator: administrator(),
            document: () => documentOf(local(), call.cloud.store.list("instance").at(-1)!.id),
          });
        return handler.run(call);
      },
    },
  ]);
  return { ...identity, handlers: Object.fromEntries(handlers) };
};

/** The document in an instance's metadata. */
const documentOf = (local: LocalOci, instanceId: string): KeylessDocument => {
  const metadata = local.cloud.store.get(instanceId)!.model["metadata"] as Record<string, string>;
  return JSON.parse(metadata["keyless"]!) as KeylessDocument;
};

/** The first verdict on the instance's console; undefined when none comes. */
const awaitVerdict = async (
  client: OciClient,
  instanceId: string,
  document: KeylessDocument,
  signal: AbortSignal,
): Promise<Verdict | undefined> => {
  const deadline = Date.now() + document.check.deadlineS * 1000 + VERDICT_GRACE_MS;
  while (Date.now() < deadline) {
    const verdict = readVerdicts(await readConsole(client, instanceId, signal)).at(-1);
    if (verdict) return verdict;
    await sleep(POLL_MS, undefined, { signal });
  }
  return undefined;
};

/** Compares the digest under this run's nonce with the value that an administrator reads: what was read was it. */
const checkDigest = async (
  administrator: OciClient,
  document: KeylessDocument,
  verdict: Verdict,
  nonce: string,
): Promise<void> => {
  if (verdict.secret?.digest === undefined) return;
  const params = { secretId: document.check.secretId };
  const { body } = await administrator.call("secrets.GetSecretBundle", { params });
  const { content } = body["secretBundleContent"] as { content: string };
  const expected = createHmac("sha256", nonce).update(Buffer.from(content, "base64")).digest("hex");
  if (verdict.secret.digest === expected) return;
  verdict.ok = false;
  verdict.cause = "service";
  verdict.says = "the value that was read is not the secret's";
};
