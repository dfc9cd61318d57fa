/** What the subcommands of `iam` read and print. @module */
import { readFileSync } from "node:fs";
import { UsageError } from "../shared/exit.ts";

/** Input and output of the command. */
export interface Io {
  /** All of standard input. */
  input(): string;
  /** Prints a text and a newline to standard output. */
  print(text: string): void;
  /** True where standard output is a terminal: a person reads it. */
  terminal: boolean;
}

/** Reads a text. @param file a path, or - for standard input @throws UsageError */
export const read = (io: Io, file: string): string => {
  try {
    // A byte order mark is no part of the text.
    return (file === "-" ? io.input() : readFileSync(file, "utf8")).replace(/^\ufeff/, "");
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
};
