/** Stack configuration from `Pulumi.<stack>.yaml`, as the embedded engine takes it. @module */
import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** A settings file that cannot be used: exit code 2. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/**
 * Reads a stack's configuration.
 * @returns `namespace:key` → text, structured values as JSON
 * @throws ConfigError naming the file and what is wrong with it
 */
export const readStackConfig = (file: string): Record<string, string> => {
  let parsed: unknown;
  try {
    parsed = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ConfigError(`${file}: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
  }
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
