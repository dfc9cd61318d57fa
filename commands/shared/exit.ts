/**
 * The one way in which a command ends: usage errors, other errors that are foreseen, and defects.
 * @module
 */
import { type ParseArgsConfig, parseArgs } from "node:util";

/** Wrong use of a command: exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
  /** Printed below the message, where it helps. */
  readonly usage: string | undefined;
  constructor(message: string, usage?: string) {
    super(message);
    this.usage = usage;
  }
}

/** Errors of which the person's own command line or file is the cause, by name: exit code 2, as for wrong use. */
const WRONG_USE: ReadonlySet<string> = new Set([
  "UsageError",
  "ConfigError",
  "SettingsError",
  "TenancyError",
  "PortInUse",
]);

/** Errors that JavaScript itself throws: a defect of the command, unless they only wrap another's failure. */
const isDefect = (error: Error): boolean =>
  /^(TypeError|RangeError|ReferenceError|SyntaxError|AssertionError)$/.test(error.name) &&
  error.cause === undefined;

/**
 * Exit code and text for what a command threw: message and usage (2) for wrong use and broken settings, one message
 * (1) for what is foreseen, a stack (1) for a defect.
 */
export const endingOf = (thrown: unknown): { code: number; text: string } => {
  if (!(thrown instanceof Error)) return { code: 1, text: String(thrown) };
  if (isDefect(thrown)) return { code: 1, text: thrown.stack ?? thrown.message };
  const usage = thrown instanceof UsageError && thrown.usage ? `\n\n${thrown.usage}` : "";
  return { code: WRONG_USE.has(thrown.name) ? 2 : 1, text: `${thrown.message}${usage}` };
};

/**
 * Reads the command line.
 * @param usage printed below what is wrong with it
 * @throws UsageError naming the option, what was found and what is allowed
 */
export const commandLine = <T extends ParseArgsConfig>(
  config: T,
  usage: string,
): ReturnType<typeof parseArgs<T>> => {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError((error as Error).message, usage);
  }
};

/** Runs a command: its exit code is what `main` returns, or follows from what it throws; errors go to standard error. */
export const runCommand = async (main: () => number | Promise<number>): Promise<void> => {
  try {
    process.exitCode = await main();
  } catch (error) {
    const { code, text } = endingOf(error);
    console.error(text);
    process.exitCode = code;
  }
};
