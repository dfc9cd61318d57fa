/**
 * The stack that a command is about: by `--instance`, a run that `npm start -- --keep` keeps up
 * (`.keyless/run.json`), or the outputs of a stack of the Pulumi CLI. In this order.
 * @module
 */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import type { DeployedState } from "../../infra/deployed-state.ts";
import { SettingsError } from "../../infra/settings/error.ts";
import { misplacedIn } from "../../infra/settings/misplaced.ts";
import { ConfigError } from "./stack-config.ts";

const run = promisify(execFile);

/** Options of the command line that name the stack. */
export interface StackOptions {
  instance?: string | undefined;
  /** Pulumi's stack; the selected one when absent. */
  stack?: string | undefined;
  /** File of a kept run. @default .keyless/run.json */
  runFile?: string;
}

/** A found stack. */
export interface FoundStack {
  instanceId: string;
  /** Environment that reaches it: a kept run's own credentials, proxy and authority. */
  env: NodeJS.ProcessEnv;
  /** Source of the instance's OCID, for people. */
  from: string;
  /**
   * The stack's output `deployed`: what was deployed last. Undefined for an instance that was named by its OCID, and a
   * stack of a version before.
   */
  deployed?: DeployedState;
}

interface RunFile {
  /** Name of the stack; absent in files of older runs, which were of the stack `local`. */
  stack?: string;
  localOci: { proxyUrl: string; caFile: string; ociConfig: string };
  instance: { ocid: string };
  outputs?: { deployed?: DeployedState };
}

/** Variables that would win over a kept run's own configuration file. */
const CREDENTIALS = /^(OCI|TF_VAR)_/;

const RUN_FILE = ".keyless/run.json";

/**
 * The run that `npm start -- --keep` keeps up here, if there is one of the stack.
 * @param stack any when undefined
 * @throws ConfigError when its file is broken
 */
export const keptRun = (stack: string | undefined, file = RUN_FILE): FoundStack | undefined => {
  if (!existsSync(file)) return undefined;
  let found: RunFile;
  try {
    found = JSON.parse(readFileSync(file, "utf8")) as RunFile;
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${(error as Error).message}`);
  }
  if (stack !== undefined && stack !== (found.stack ?? "local")) return undefined;
  const { proxyUrl, caFile, ociConfig } = found.localOci;
  const deployed = found.outputs?.deployed;
  const others = Object.entries(process.env).filter(([name]) => !CREDENTIALS.test(name));
  return {
    instanceId: found.instance.ocid,
    env: {
      ...Object.fromEntries(others),
      HTTPS_PROXY: proxyUrl,
      https_proxy: proxyUrl,
      SSL_CERT_FILE: caFile,
      OCI_CONFIG_FILE: ociConfig,
      // With the rights that deployed it, not with an administrator's.
      OCI_CONFIG_PROFILE: "DEPLOYER",
    },
    from: file,
    ...(deployed && { deployed }),
  };
};

/**
 * Checks a stack's file.
 * @throws SettingsError for settings that stand in it where they are ignored
 */
const refuseMisplaced = (stack: string): void => {
  const file = `Pulumi.${stack}.yaml`;
  const misplaced = existsSync(file) ? misplacedIn(file, readFileSync(file, "utf8")) : [];
  if (misplaced.length) throw new SettingsError(misplaced);
};

const ofPulumi = async (stack: string | undefined): Promise<FoundStack> => {
  const args = ["stack", "output", "--json", ...(stack ? ["--stack", stack] : [])];
  if (stack) refuseMisplaced(stack);
  let outputs: Record<string, unknown>;
  try {
    outputs = JSON.parse((await run("pulumi", args)).stdout) as Record<string, unknown>;
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    const why =
      code === "ENOENT" ? "the Pulumi CLI is not on PATH" : (stderr ?? "").trim().split("\n").at(-1);
    throw new ConfigError(
      `which instance? pulumi ${args.join(" ")}: ${why}. Allowed: --instance OCID, --stack NAME with the Pulumi CLI, or a run kept up by npm start -- --keep`,
    );
  }
  // Which one is selected is asked only when its outputs could be read.
  if (!stack) refuseMisplaced((await run("pulumi", ["stack", "--show-name"])).stdout.trim());
  const instanceId = outputs["instance"];
  if (typeof instanceId !== "string")
    throw new ConfigError("the stack has no output `instance`: it is not deployed; pulumi up");
  const deployed = outputs["deployed"] as DeployedState | undefined;
  return {
    instanceId,
    env: process.env,
    from: `stack ${stack ?? "selected"}`,
    ...(deployed && { deployed }),
  };
};

/** Keys that stand in OCIDs of the two oldest regions in place of their identifiers. */
const REGION_KEYS: Readonly<Record<string, string>> = { iad: "us-ashburn-1", phx: "us-phoenix-1" };

/** The region in a regional OCID: credentials may be another region's. Undefined when it names none that is known. */
export const regionIn = (ocid: string): string | undefined => {
  const part = ocid.split(".")[3] ?? "";
  return REGION_KEYS[part] ?? (/^[a-z]+(-[a-z0-9]+)+-\d+$/.test(part) ? part : undefined);
};

/** Finds the stack. @throws ConfigError saying what to name */
export const findStack = async (options: StackOptions): Promise<FoundStack> => {
  if (options.instance) return { instanceId: options.instance, env: process.env, from: "--instance" };
  return keptRun(options.stack, options.runFile) ?? (await ofPulumi(options.stack));
};
