/**
 * The document that was accepted last, on disk, as `infra/boot/launcher.mjs` keeps its own: an older one that somebody
 * puts back (replay) is refused after a restart too.
 * @module
 */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

const fileIn = (folder: string): string => join(folder, "accepted.json");

/**
 * Reads the text of the document that was accepted last; undefined where none was.
 * @throws Error for a file that cannot be read: without it older documents could come back
 */
export const readAccepted = (folder: string): Promise<string | undefined> =>
  readFile(fileIn(folder), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return undefined;
  });

/** Keeps a document's text, in one step. @throws Error when it cannot be written */
export const keepAccepted = async (folder: string, text: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const part = `${fileIn(folder)}.part`;
  await writeFile(part, text, { mode: 0o600, flush: true });
  await rename(part, fileIn(folder));
};
