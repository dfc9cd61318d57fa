/** The assertions of a stack's configuration, checked of the access that the stack declares. @module */
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { type AssertionResult, checkAssertions, type Tenancy } from "../../iam/index.ts";
import type { Settings } from "../../infra/settings/settings.ts";
import { type AssertionsFile, readAssertionsFile, refuseProblems } from "../shared/assertions.ts";
import { linedYaml } from "../shared/findings/yaml-lines.ts";
import { UsageError } from "../shared/exit.ts";

const SETTING = "keyless:assertions";

const textOf = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`${SETTING}: cannot read ${file}: ${(error as Error).message}`);
  }
};

/**
 * The assertions of a stack.
 * @param stackFile the stack's file: a name in the setting is relative to its folder
 * @returns undefined where it has none
 * @throws UsageError for a file that cannot be read, or is no list of assertions
 */
export const assertionsOf = (
  { assertions }: Pick<Settings, "assertions">,
  stackFile: string,
): AssertionsFile | undefined => {
  if (assertions === undefined) return undefined;
  if (typeof assertions === "string") {
    const file = relative(".", resolve(dirname(stackFile), assertions));
    return readAssertionsFile(textOf(file), file);
  }
  const { lineOf } = linedYaml(textOf(stackFile));
  const at = (path: readonly (string | number)[]): number => lineOf(["config", SETTING, ...path]);
  return { file: relative(".", stackFile), assertions, lineOf: at };
};

/**
 * Checks a stack's assertions.
 * @param partial true where the tenancy is what the stack declares: it has not every group then
 * @throws UsageError naming each condition, operation or compartment that is none
 */
export const stackAssertions = (
  read: AssertionsFile,
  tenancy: Tenancy,
  partial: boolean,
): readonly AssertionResult[] => {
  const { results, problems } = checkAssertions(tenancy, read.assertions, { partial });
  refuseProblems(read, problems);
  return results;
};
