/** What a subcommand of `iam` is made of. @module */
import type { ParseArgsConfig } from "node:util";
import type { Io } from "./io.ts";

/** Values of the command line's options, by name. */
export type OptionValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** One subcommand. An option's name has one type, whichever subcommands take it. */
export interface Subcommand {
  /** `decide FILE`: what is typed, as the help shows it. */
  usage: string;
  /** What it does: lines of the help. */
  about: readonly string[];
  /** Its options beside `--json` and `--help`. */
  options?: NonNullable<ParseArgsConfig["options"]>;
  /** Lines of the help about its options, where they stand below all subcommands. */
  optionLines?: readonly string[];
  /** What its positional arguments are: how many, and of what. */
  takes: { count: number; what: "file" | "name" };
  /** @returns the exit code @throws UsageError, and what is wrong with its input */
  run(io: Io, positionals: readonly string[], values: OptionValues, json: boolean): number | Promise<number>;
}
