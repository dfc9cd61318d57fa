/** The setting that the instance's updater follows (`infra/boot/keyless-update.service`). @module */
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KeylessDocument } from "../../document/schema.ts";
import { printable } from "../printable.ts";

/** The file's name, in the check's state directory: it outlives a check that does not run. */
const SECURITY_UPDATES_FILE = "security-updates";

/**
 * Keeps what the document says, where the updater reads it. Never rejects: the proof does not wait for it.
 * @param folder absent where the unit has no state directory
 */
export const keepSecurityUpdates = async (
  folder: string | undefined,
  setting: KeylessDocument["securityUpdates"],
): Promise<void> => {
  if (!folder) return;
  const file = join(folder, SECURITY_UPDATES_FILE);
  try {
    await writeFile(`${file}.part`, `${setting}\n`);
    await rename(`${file}.part`, file);
  } catch (error) {
    console.error(printable(`keyless: the setting of updates cannot be kept: ${(error as Error).message}`));
  }
};
