/** The policy language from the command line: what `npm run -s iam` does with its arguments. @module */
import type { ParseArgsConfig } from "node:util";
import { commandLine, UsageError } from "../shared/exit.ts";
import { canICommand } from "./can-i.ts";
import { checkCommand } from "./check.ts";
import { consolidateCommand } from "./consolidate.ts";
import { decideCommand } from "./decide.ts";
import { diffCommand } from "./diff.ts";
import { exportCommand } from "./export-command.ts";
import type { Io } from "./io.ts";
import { lintCommand } from "./lint.ts";
import { operationsCommand, permissionsCommand } from "./lookup.ts";
import { parseCommand } from "./parse.ts";
import { planCommand } from "./plan/plan-command.ts";
import { reachCommand } from "./reach.ts";
import type { Subcommand } from "./subcommand.ts";
import { whoCanCommand } from "./who-can.ts";

/** Subcommands by name, in the help's order. */
const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  parse: parseCommand,
  lint: lintCommand,
  decide: decideCommand,
  diff: diffCommand,
  check: checkCommand,
  consolidate: consolidateCommand,
  permissions: permissionsCommand,
  operations: operationsCommand,
  export: exportCommand,
  "can-i": canICommand,
  "who-can": whoCanCommand,
  reach: reachCommand,
  plan: planCommand,
};

/** Column at which the help says what a subcommand does. */
const COLUMN = 26;

const helpOf = ({ usage, about }: Subcommand): string[] => {
  const head = `  ${usage}`;
  const lines = about.map((line) => `${" ".repeat(COLUMN)}${line}`);
  // A long usage stands on a line of its own.
  if (head.length + 2 > COLUMN) return [head, ...lines];
  return [`${head.padEnd(COLUMN)}${about[0]}`, ...lines.slice(1)];
};

const all = Object.values(SUBCOMMANDS);

const USAGE = `usage: npm run -s iam -- COMMAND [options] FILE|NAME

${all.flatMap(helpOf).join("\n")}

  FILE may be - for standard input. In parse and lint, blank lines and lines that begin with # are skipped; a
  statement (a rule) may go on over several lines, as a heredoc leaves it, to the next blank line or first word.
${all
  .flatMap(({ optionLines = [] }) => optionLines)
  .map((line) => `  ${line}\n`)
  .join("")}  --json    JSON also on a terminal
  --help    this text

exit codes: 0 good; 1 not allowed (can-i), a line does not parse, an error was found, the tenancies differ, an
assertion does not hold, or no table lists what the operation needs; 2 wrong use, or no such operation or permission`;

const COMMON = {
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const OPTIONS: NonNullable<ParseArgsConfig["options"]> = Object.assign(
  {},
  ...all.map(({ options = {} }) => options),
  COMMON,
);

/** @throws UsageError for an option that this subcommand does not take, naming those that do */
const checkOptions = (given: readonly string[], { options = {} }: Subcommand): void => {
  for (const name of given) {
    if (Object.hasOwn(options, name) || Object.hasOwn(COMMON, name)) continue;
    const takers = Object.entries(SUBCOMMANDS).filter(([, one]) => Object.hasOwn(one.options ?? {}, name));
    throw new UsageError(`--${name} goes with ${takers.map(([taker]) => taker).join(" and ")}`, USAGE);
  }
};

/**
 * Runs the command.
 * @param args the command line after the script's name
 * @returns the exit code
 * @throws UsageError, TenancyError
 */
export const iamCommand = (args: readonly string[], io: Io): number | Promise<number> => {
  const { values, positionals } = commandLine(
    { args: [...args], allowPositionals: true, options: OPTIONS },
    USAGE,
  );
  if (values["help"]) {
    io.print(USAGE);
    return 0;
  }
  const [name, ...rest] = positionals;
  const subcommand = name !== undefined && Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  if (!subcommand) throw new UsageError(USAGE);
  const { count, what } = subcommand.takes;
  if (rest.length !== count)
    throw new UsageError(
      `${name} takes ${count === 0 ? "no" : count} ${what}${count === 1 ? "" : "s"}`,
      USAGE,
    );
  checkOptions(Object.keys(values), subcommand);
  if (rest.filter((file) => file === "-").length > 1)
    throw new UsageError("only one of the two can be standard input (-)");
  return subcommand.run(io, rest, values, values["json"] === true || !io.terminal);
};
