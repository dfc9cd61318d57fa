/** A stack's configuration as it stands in its file, here or at a commit; nothing is decrypted. @module */
import { basename } from "node:path";
import { parse } from "yaml";
import { misplacedIn } from "../../infra/settings/misplaced.ts";
import { readSettings } from "../../infra/settings/settings.ts";
import { ConfigError } from "../shared/stack-config.ts";
import { NAMES, OCIDS } from "./placeholders.ts";
import type { StackSettings } from "./report.ts";

/** The stack's name in `Pulumi.<stack>.yaml`; undefined for another file. */
export const stackOf = (file: string): string | undefined =>
  /(?:^|[\\/])Pulumi\.([A-Za-z0-9_.-]+)\.ya?ml$/.exec(file)?.[1];

/** The stack's name, also of a file that is named otherwise. */
export const stackNameOf = (file: string): string => stackOf(file) ?? "stack";

const PROJECT = "keyless";

/** Placeholder for an encrypted value: there must be a value for the settings to be checked. */
const ENCRYPTED = "(encrypted)";

/** Parses a stack file into `namespace:key` → text, and the keys that are encrypted. @throws ConfigError */
const readConfig = (file: string, text: string): { config: Record<string, string>; secrets: Set<string> } => {
  let parsed: unknown;
  try {
    parsed = parse(text);
  } catch (error) {
    throw new ConfigError(`${file}: ${(error as Error).message.split("\n")[0]}`);
  }
  const config = (parsed as { config?: unknown } | null)?.config;
  if (typeof config !== "object" || config === null || Array.isArray(config))
    throw new ConfigError(`${file}: there is no map "config" in it, as in Pulumi.dev.yaml`);
  const secrets = new Set<string>();
  const entries = Object.entries(config).map(([name, value]): [string, string] => {
    const key = name.includes(":") ? name : `${PROJECT}:${name}`;
    if (typeof value !== "object" || value === null) return [key, String(value)];
    if (!("secure" in value)) return [key, JSON.stringify(value)];
    secrets.add(key);
    return [key, ENCRYPTED];
  });
  return { config: Object.fromEntries(entries), secrets };
};

/**
 * The settings in a stack file. What a deployment takes from the environment (tenancy, region) is not asked: the
 * same file says the same everywhere.
 * @param options.calls OCI is going to be called with them: the example's invented OCIDs are an error
 * @throws ConfigError for a file that cannot be read, SettingsError for settings that are wrong
 */
export const settingsIn = (file: string, text: string, options: { calls?: boolean } = {}): StackSettings => {
  const { config, secrets } = readConfig(file, text);
  const settings = readSettings({
    config: { "oci:region": NAMES.region, ...config },
    isSecret: (key) => secrets.has(key),
    project: PROJECT,
    stack: stackNameOf(file),
    problems: misplacedIn(basename(file), text),
    ...options,
    env: { OCI_TENANCY_OCID: OCIDS.tenancy },
  });
  return { ...settings, regionNamed: config["oci:region"] !== undefined };
};
