/** Tests that need what is not on every computer: when skipped, their names say why. @module */
import { describe as everyDescribe, it as everyIt, type TestFunction, type TestOptions } from "vitest";

/** Declares a test. */
type It = (name: string, ...rest: [TestFunction] | [TestOptions, TestFunction]) => void;
/** Declares a suite. */
type Describe = (name: string, ...rest: [() => void] | [TestOptions, () => void]) => void;

/**
 * `it` and `describe` for tests that need something of the computer. When it is absent they are skipped, and the
 * reason is part of the name: every reporter prints it.
 * @param reason what is absent, as in "setfacl is not on PATH"; undefined when nothing is
 */
export const skipFor = (reason: string | undefined): { it: It; describe: Describe } => {
  const named = (name: string): string => (reason ? `${name} (skipped: ${reason})` : name);
  return {
    it: (name, ...rest) =>
      (everyIt.skipIf(reason) as (name: string, ...rest: unknown[]) => void)(named(name), ...rest),
    describe: (name, ...rest) =>
      (everyDescribe.skipIf(reason) as (name: string, ...rest: unknown[]) => void)(named(name), ...rest),
  };
};

/** The same, by a condition. @param reason said when the condition does not hold */
export const skipUnless = (condition: boolean, reason: string): ReturnType<typeof skipFor> =>
  skipFor(condition ? undefined : reason);
