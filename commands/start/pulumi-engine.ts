/** The real engine and provider, on a backend of the run's own. @module */
import { spawn } from "node:child_process";
import { access, constants, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import type { Leftover, Stack } from "../../local/engine/engine.ts";
import { kinds } from "../../local/engine/kinds.ts";
import { untilGone } from "../../local/engine/wait.ts";
import type { OciClient } from "../../oci/client.ts";

/** A resource in the engine's exported state. */
interface Exported {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  custom?: boolean;
}

export interface PulumiOptions {
  client: OciClient;
  regionId: string;
  stack: string;
  /** Stack configuration, `namespace:key` → text. */
  config: Readonly<Record<string, string>>;
  /** A folder that is the run's own. */
  folder: string;
  /** What points the provider at the local OCI. */
  environment: NodeJS.ProcessEnv;
  progress: (line: string) => void;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Programs that the real engine needs and that are not on PATH. */
export const missingPrograms = async (path = process.env["PATH"] ?? ""): Promise<string[]> => {
  const onPath = async (name: string): Promise<boolean> => {
    for (const folder of path.split(delimiter))
      if (
        await access(join(folder, name), constants.X_OK).then(
          () => true,
          () => false,
        )
      )
        return true;
    return false;
  };
  const names = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-oci"];
  const found = await Promise.all(names.map(onPath));
  return names.filter((_, i) => !found[i]);
};

/** One stack under the real engine: `up` as often as wanted, `destroy` at any time. */
export class PulumiEngine {
  readonly #options: PulumiOptions;
  #ready: Promise<void> | undefined;

  constructor(options: PulumiOptions) {
    this.#options = options;
  }

  /** @throws Error with the engine's diagnostics */
  async up(signal?: AbortSignal): Promise<Stack> {
    this.#ready ??= this.#init();
    await this.#ready;
    await this.#pulumi(["up", "--yes", "--skip-preview", "--non-interactive"], signal);
    const outputs = JSON.parse(await this.#pulumi(["stack", "output", "--json"])) as Record<string, unknown>;
    const resources = (await this.#resources()).map(({ type, urn, id }) => ({
      type,
      name: urn.split("::").at(-1)!,
      id: id!,
    }));
    return { outputs, resources };
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
      const kind = kinds[type];
      if (!kind) continue;
      const remains = await untilGone(kind, id!, inputs ?? {}, { client, regionId });
      if (remains) left.push({ ocid: id!, type, ...remains });
    }
    return left;
  }

  /** A project of the run's own that names the program: the committed stack files are never written to. */
  async #init(): Promise<void> {
    const { folder, stack, config } = this.#options;
    await mkdir(join(folder, "state"), { recursive: true });
    const project = parse(await readFile(join(root, "Pulumi.yaml"), "utf8")) as Record<string, unknown>;
    await writeFile(join(folder, "Pulumi.yaml"), stringify({ ...project, main: root }));
    await this.#pulumi(["stack", "init", "--non-interactive"]);
    const values = Object.entries(config).map(([key, text]) => [
      key,
      /^[[{]/.test(text) ? JSON.parse(text) : text,
    ]);
    const file = join(folder, `Pulumi.${stack}.yaml`);
    const written = parse(await readFile(file, "utf8").catch(() => "")) as Record<string, unknown> | null;
    await writeFile(file, stringify({ ...written, config: Object.fromEntries(values) }));
  }

  async #resources(): Promise<Exported[]> {
    const exported = JSON.parse(await this.#pulumi(["stack", "export"])) as {
      deployment: { resources?: Exported[] };
    };
    return (exported.deployment.resources ?? []).filter((r) => r.custom && r.id && r.type.startsWith("oci:"));
  }

  /** Runs the CLI in the project; its standard output. */
  #pulumi(args: string[], signal?: AbortSignal): Promise<string> {
    const { folder, stack, environment, progress } = this.#options;
    const child = spawn("pulumi", [...args, "--stack", stack], {
      cwd: folder,
      env: {
        ...process.env,
        ...environment,
        PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "local",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const interrupt = () => child.kill("SIGINT");
    signal?.addEventListener("abort", interrupt, { once: true });
    let output = "";
    const shows = args[0] === "up" || args[0] === "destroy";
    createInterface({ input: child.stdout }).on("line", (line) => {
      output += `${line}\n`;
      if (shows && /^\s+[+~-]/.test(line)) progress(line.slice(0, 160));
    });
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        signal?.removeEventListener("abort", interrupt);
        if (code === 0) resolve(output);
        else
          reject(
            new Error(
              `pulumi ${args.slice(0, 2).join(" ")} ended with ${code}: ${(errors + output).slice(-4000)}`,
            ),
          );
      });
    });
  }
}
