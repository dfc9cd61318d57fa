/** The Pulumi CLI, on a file backend in a folder of its own. @module */
import { spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

/** Inputs of one run of the CLI. */
export interface PulumiRun {
  args: readonly string[];
  /** The project's folder; its backend is `state` in it. */
  folder: string;
  stack: string;
  /** Environment that points the provider at the local OCI, over this process's own. */
  environment: NodeJS.ProcessEnv;
  /** Standard input; what must not stand in a process's arguments. */
  input?: string;
  signal?: AbortSignal | undefined;
  onLine?: (line: string) => void;
}

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

/**
 * Runs the CLI to its end.
 * @returns its standard output
 * @throws Error with the end of what it wrote, when it ends with another code than 0
 */
export const runPulumi = (run: PulumiRun): Promise<string> => {
  const { args, folder, stack, environment, input, signal, onLine } = run;
  const child = spawn("pulumi", [...args, "--stack", stack], {
    cwd: folder,
    env: {
      ...process.env,
      ...environment,
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "local",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const interrupt = () => child.kill("SIGINT");
  signal?.addEventListener("abort", interrupt, { once: true });
  let output = "";
  createInterface({ input: child.stdout }).on("line", (line) => {
    output += `${line}\n`;
    onLine?.(line);
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
      else {
        const command = args.slice(0, 2).join(" ");
        reject(new Error(`pulumi ${command} ended with ${code}: ${(errors + output).slice(-4000)}`));
      }
    });
  });
};
