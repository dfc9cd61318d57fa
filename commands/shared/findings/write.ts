/** Writes what was checked to the files that a command's options name. @module */
import { writeFileSync } from "node:fs";
import { UsageError } from "../exit.ts";
import type { Checked, Explained } from "./checked.ts";
import { junitOf } from "./junit.ts";
import { sarifOf } from "./sarif.ts";

const write = (file: string, text: string): void => {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${(error as Error).message}`);
  }
};

/**
 * Writes the files that were asked for.
 * @param tool what checked: `iam lint`
 * @throws UsageError where a file cannot be written
 */
export const writeFindings = (
  { sarif, junit }: { sarif?: string | undefined; junit?: string | undefined },
  tool: string,
  checked: readonly Checked[],
  explained: Explained = () => undefined,
): void => {
  if (sarif !== undefined) write(sarif, `${JSON.stringify(sarifOf(checked, explained), undefined, 2)}\n`);
  if (junit !== undefined) write(junit, junitOf(tool, checked));
};
