/** The repository's own files, for tests about the repository. @module */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** The repository's root. */
export const root = resolve(import.meta.dirname, "../..");

/** Paths of all files that are, or are about to be, under version control, from the root. Sorted. */
export const allFiles: readonly string[] = execFileSync(
  "git",
  ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"],
  { cwd: root, encoding: "utf8" },
)
  .split("\n")
  .filter((file) => file !== "")
  .sort();

/** Those that hold code. */
export const sources: readonly string[] = allFiles.filter((file) => /\.(ts|mjs|cjs)$/.test(file));

/** The text of a file, by its path from the root. */
export const readText = (file: string): string => readFileSync(join(root, file), "utf8");

/** The path, from the root, of what a file names by a relative path. Begins with `..` for what is outside. */
export const target = (file: string, path: string): string =>
  relative(root, resolve(root, dirname(file), path)) || ".";
