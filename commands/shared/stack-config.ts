/** Stack configuration from `Pulumi.<stack>.yaml`, as the embedded engine takes it. @module */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parse } from "yaml";
import { SettingsError } from "../../infra/settings/error.ts";
import { misplacedIn } from "../../infra/settings/misplaced.ts";

/** A settings file that cannot be used: exit code 2. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/**
 * Reads a stack's configuration.
 * @returns `namespace:key` → text, structured values as JSON
 * @throws ConfigError naming the file and what is wrong with it, SettingsError for settings that are misplaced in it
 */
export const readStackConfig = (file: string): Record<string, string> => {
  let parsed: unknown;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
    parsed = parse(text);
  } catch (error) {
    throw new ConfigError(`${file}: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
  }
  const misplaced = misplacedIn(basename(file), text);
  if (misplaced.length) throw new SettingsError(misplaced);
  const config = (parsed as { config?: unknown } | null)?.config;
  if (typeof config !== "object" || config === null || Array.isArray(config))
    throw new ConfigError(`${file}: there is no map "config" in it, as in Pulumi.dev.yaml`);
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      if (typeof value === "object" && value !== null && "secure" in value)
        throw new ConfigError(
          `${file}: ${key} is encrypted; only the real engine can read it (--engine pulumi with the stack's passphrase)`,
        );
      return [key, typeof value === "object" ? JSON.stringify(value) : String(value)];
    }),
  );
};
