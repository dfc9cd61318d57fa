/** A stack's file as the CLI leaves it: keys that stand outside `config:` are ignored by the engine without a word. @module */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "./error.ts";
import { misplacedIn } from "./misplaced.ts";

/**
 * Folders in which the project may be: the one that the engine names, then the one in which the program runs.
 */
export const projectFolders = (): string[] => [
  ...new Set([pulumi.runtime.getRootDirectory?.() ?? "", process.cwd()]),
];

/** Misplaced keys in the file of a stack that is being deployed; none where the file is elsewhere (`--config-file`). */
export const misplacedInStack = (stack: string): Problem[] => {
  const files = projectFolders().flatMap((folder) =>
    ["yaml", "yml"].map((ending) => join(folder, `Pulumi.${stack}.${ending}`)),
  );
  const file = files.find((path) => existsSync(path));
  return file ? misplacedIn(`Pulumi.${stack}.yaml`, readFileSync(file, "utf8")) : [];
};
