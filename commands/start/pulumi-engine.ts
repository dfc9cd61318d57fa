/** The real engine and provider, on a backend of the run's own. @module */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import type { Leftover, Stack } from "../../engine/engine.ts";
import { resourceTypes } from "../../engine/resource-types.ts";
import { untilGone } from "../../engine/wait.ts";
import type { OciClient } from "../../oci/client.ts";
import { runPulumi } from "./pulumi-cli.ts";
import { type Planned, readPlan } from "./pulumi-plan.ts";

/** A resource in the engine's exported state. */
interface Exported {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  custom?: boolean;
}

/** Stack configuration, `namespace:key` → text. */
export type StackValues = Readonly<Record<string, string>>;

export interface PulumiOptions {
  client: OciClient;
  regionId: string;
  stack: string;
  config: StackValues;
  /** Keys of `config` that the stack keeps encrypted. */
  secretKeys?: readonly string[];
  /** A folder that is the run's own. */
  folder: string;
  /** Folder of the program. @default this project */
  program?: string;
  /** Environment that points the provider at the local OCI. */
  environment: NodeJS.ProcessEnv;
  progress: (line: string) => void;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** One stack under the real engine: `up`, `preview`, `refresh` as often as wanted, `destroy` at any time. */
export class PulumiEngine {
  readonly #options: PulumiOptions;
  #config: StackValues;
  #ready: Promise<void> | undefined;

  constructor(options: PulumiOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /** Deploys the stack. @throws Error with the engine's diagnostics */
  async up(signal?: AbortSignal): Promise<Stack> {
    await this.#init();
    await this.#pulumi(["up", "--yes", "--skip-preview", "--non-interactive"], { signal });
    const outputs = JSON.parse(await this.#pulumi(["stack", "output", "--json"])) as Record<string, unknown>;
    const resources = (await this.#resources()).map(({ type, urn, id }) => ({
      type,
      name: urn.split("::").at(-1)!,
      id: id!,
    }));
    return { outputs, resources };
  }

  /** Plans what `up` would change. @param options.refresh reads every resource first */
  async preview({ refresh = false } = {}): Promise<Planned[]> {
    await this.#init();
    const flags = refresh ? ["--refresh"] : [];
    return readPlan(await this.#pulumi(["preview", "--json", "--non-interactive", ...flags]));
  }

  /** Runs `preview --expect-no-changes`. @throws Error with the plan when there are changes */
  async expectNoChanges(): Promise<void> {
    await this.#init();
    await this.#pulumi(["preview", "--diff", "--non-interactive", "--expect-no-changes"]);
  }

  /** Reads every resource into the state. @throws Error when one had changed and none may have */
  async refresh({ expectNoChanges = false } = {}): Promise<void> {
    await this.#init();
    const flags = expectNoChanges ? ["--expect-no-changes", "--diff"] : [];
    await this.#pulumi(["refresh", "--yes", "--skip-preview", "--non-interactive", ...flags]);
  }

  /** Sets another configuration for what follows. */
  async configure(config: StackValues): Promise<void> {
    await this.#init();
    this.#config = config;
    await this.#writeConfig();
  }

  /** Destroys the stack and asks OCI what is left of it. */
  async destroy(): Promise<Leftover[]> {
    if (!this.#ready) return [];
    await this.#ready;
    const resources = await this.#resources();
    await this.#pulumi(["destroy", "--yes", "--skip-preview", "--non-interactive"]);
    const { client, regionId } = this.#options;
    const left: Leftover[] = [];
    for (const { type, id, inputs } of resources) {
      const kind = resourceTypes[type];
      if (!kind) continue;
      const remains = await untilGone(kind, id!, inputs ?? {}, { client, regionId });
      if (remains) left.push({ ocid: id!, type, ...remains });
    }
    return left;
  }

  /** A project of the run's own that names the program: the committed stack files are never written to. */
  #init(): Promise<void> {
    this.#ready ??= (async () => {
      const { folder, program = root } = this.#options;
      await mkdir(join(folder, "state"), { recursive: true });
      const project = parse(await readFile(join(program, "Pulumi.yaml"), "utf8")) as Record<string, unknown>;
      await writeFile(join(folder, "Pulumi.yaml"), stringify({ ...project, main: program }));
      await this.#pulumi(["stack", "init", "--non-interactive"]);
      await this.#writeConfig();
    })();
    return this.#ready;
  }

  /** Writes the stack's file. Secret values go through the CLI, on its standard input. */
  async #writeConfig(): Promise<void> {
    const { folder, stack, secretKeys = [] } = this.#options;
    const file = join(folder, `Pulumi.${stack}.yaml`);
    const written = parse(await readFile(file, "utf8").catch(() => "")) as Record<string, unknown> | null;
    const clear = Object.entries(this.#config)
      .filter(([key]) => !secretKeys.includes(key))
      .map(([key, text]) => [key, /^[[{]/.test(text) ? JSON.parse(text) : text]);
    await writeFile(file, stringify({ ...written, config: Object.fromEntries(clear) }));
    for (const key of secretKeys) {
      const input = this.#config[key];
      if (input !== undefined) await this.#pulumi(["config", "set", "--secret", key], { input });
    }
  }

  async #resources(): Promise<Exported[]> {
    const exported = JSON.parse(await this.#pulumi(["stack", "export"])) as {
      deployment: { resources?: Exported[] };
    };
    return (exported.deployment.resources ?? []).filter((r) => r.custom && r.id && r.type.startsWith("oci:"));
  }

  /** Runs the CLI in the project; its standard output. */
  #pulumi(args: string[], more: { signal?: AbortSignal | undefined; input?: string } = {}): Promise<string> {
    const { folder, stack, environment, progress } = this.#options;
    const shows = ["up", "destroy", "refresh"].includes(args[0]!);
    return runPulumi({
      args,
      folder,
      stack,
      environment,
      ...more,
      ...(shows && {
        onLine: (line: string) => {
          if (/^\s+[+~-]/.test(line)) progress(line.slice(0, 160));
        },
      }),
    });
  }
}
