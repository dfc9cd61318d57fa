/** Terraform with the real OCI provider, on a local OCI. @module */
import { execFile } from "node:child_process";
import { access, cp, mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { clientVariables } from "../../../commands/local/environment.ts";
import { type LocalOci, startLocal } from "../../../local/index.ts";

const PROVIDER = "registry.terraform.io/oracle/oci";

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const firstWith = async (folders: readonly string[], file: string): Promise<string | undefined> => {
  for (const folder of folders) if (await exists(join(folder, file))) return folder;
  return undefined;
};

/** Folders in which Terraform itself looks for plugins (its documentation: "Implied Local Mirror Directories"). */
const pluginFolders = [
  join(homedir(), ".terraform.d/plugins"),
  ...(process.env["XDG_DATA_DIRS"] ?? "/usr/local/share:/usr/share")
    .split(":")
    .map((folder) => join(folder, "terraform/plugins")),
];
const terraformFolder = await firstWith((process.env["PATH"] ?? "").split(delimiter), "terraform");
const plugins = await firstWith(pluginFolders, PROVIDER);

/** Why tests with Terraform are skipped; undefined when they are not. The provider is never downloaded. */
export const skipReason = !terraformFolder
  ? "terraform is not on PATH"
  : !plugins
    ? `no ${PROVIDER} in ${pluginFolders.join(", ")}`
    : undefined;

/** Long enough for one command of Terraform on a machine that has much else to do. */
const COMMAND_MS = 240_000;

/** What is on its way out, or gone. */
const GOING = /^(?:DELET|TERMINAT|PENDING_DELETION$|SCHEDULING_DELETION$)/;

/** A local OCI and one Terraform configuration on it. */
export interface TerraformRun {
  /** Makes what the configuration says. @returns its output `found` */
  apply(): Promise<unknown>;
  /** @throws Error with the plan when it has changes */
  expectNoChanges(): Promise<void>;
  /** Removes everything. @returns types of what is left and not on its way out, sorted */
  destroy(): Promise<string[]>;
  close(): Promise<void>;
}

const liveIds = ({ cloud }: LocalOci): Map<string, string> =>
  new Map(
    cloud.store
      .all()
      .filter(({ type, model }) => !/workrequest$/.test(type) && !GOING.test(model.lifecycleState ?? ""))
      .map(({ id, type }) => [id, type]),
  );

/**
 * Starts a local OCI and initialises a configuration for it.
 * @param configuration name of its folder under `test/engine/terraform`
 * @param variables its input variables, beside the credentials that the provider reads from the environment
 */
export const terraformRun = async (
  configuration: string,
  variables: Readonly<Record<string, string>>,
): Promise<TerraformRun> => {
  const folder = await mkdtemp(join(tmpdir(), "keyless-terraform-"));
  await cp(join(import.meta.dirname, "../terraform", configuration), folder, { recursive: true });
  const local = await startLocal({ dir: join(folder, "local") });
  const before = liveIds(local);
  const { TF_CLI_CONFIG_FILE: _own, ...inherited } = process.env;
  const env = {
    ...inherited,
    ...clientVariables({
      proxyUrl: local.addresses.proxyUrl,
      caFile: local.addresses.caFile,
      configFile: "/nonexistent",
      identity: local.administrator,
    }),
    ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [`TF_VAR_${name}`, value])),
    // The current version of a key cannot be deleted in OCI; the provider has this for it.
    disable_kms_version_delete: "true",
    CHECKPOINT_DISABLE: "1",
    TF_IN_AUTOMATION: "1",
  };
  const terraform = (...args: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const options = { cwd: folder, env, timeout: COMMAND_MS, maxBuffer: 64 * 1024 * 1024 };
      execFile("terraform", args, options, (error, stdout, stderr) => {
        if (error)
          reject(new Error(`terraform ${args[0]}: ${error.code}\n${(stdout + stderr).slice(-6000)}`));
        else resolve(stdout);
      });
    });
  const asked = ["-input=false", "-no-color"];
  await terraform("init", ...asked, `-plugin-dir=${plugins}`);
  return {
    apply: async () => {
      await terraform("apply", "-auto-approve", ...asked);
      return JSON.parse(await terraform("output", "-json", "found"));
    },
    expectNoChanges: async () => {
      await terraform("plan", "-detailed-exitcode", ...asked);
    },
    destroy: async () => {
      await terraform("destroy", "-auto-approve", ...asked);
      return [...liveIds(local)]
        .filter(([id]) => !before.has(id))
        .map(([, type]) => type)
        .sort();
    },
    close: async () => {
      await local.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
