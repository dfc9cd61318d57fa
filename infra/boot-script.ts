/** The user's own script for the first boot. @module */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { SettingsError } from "./settings/error.ts";
import { projectFolders } from "./settings/stack-file.ts";

const MAX_BYTES = 8000;

/**
 * Reads the user's script.
 * @param path from the project's folder
 * @throws SettingsError when it cannot be read, is no script, or is too long for the metadata
 */
export const readBootScript = (path: string): string => {
  const refuse = (found: string): never => {
    const allowed = `a file of at most ${MAX_BYTES} bytes that begins with #!`;
    throw new SettingsError([
      {
        setting: "keyless:bootScript",
        message: `found ${JSON.stringify(path)}, ${found}; allowed: ${allowed}`,
      },
    ]);
  };
  const file = projectFolders()
    .map((folder) => resolve(folder, path))
    .find((one) => existsSync(one));
  let script: string;
  try {
    script = readFileSync(file ?? path, "utf8");
  } catch (error) {
    return refuse(`which cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const bytes = Buffer.byteLength(script);
  if (bytes > MAX_BYTES) return refuse(`which has ${bytes} bytes`);
  if (!script.startsWith("#!")) return refuse("which does not begin with #!");
  return script;
};
