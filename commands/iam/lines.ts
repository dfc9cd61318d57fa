/** Lines of a file of statements or matching rules, and places in them. @module */
import { type Entry, rulesIn, statementsIn } from "../../iam/index.ts";

/** The statements, or rules, of a file. */
export const entriesIn = (content: string, rules: boolean): Entry[] =>
  rules ? rulesIn(content) : statementsIn(content);

/** The file's number of one of an entry's lines; the first where it says none. */
export const fileLine = (entry: Entry, line = 1): number => entry.lines[line - 1] ?? entry.line;

/** An entry's line, in the numbers of the file where it is not the first. */
export const inFile = <T extends { line?: number }>(entry: Entry, { line, ...rest }: T): Omit<T, "line"> => ({
  ...rest,
  ...(line !== undefined && line > 1 && { line: fileLine(entry, line) }),
});

/** A line of a text, counted from 1. */
export const lineOf = (text: string, line = 1): string => text.split("\n")[line - 1] ?? "";

/** A line with a caret below the place. */
export const pointed = (text: string, column: number): string =>
  `    ${text}\n    ${" ".repeat(column - 1)}^`;

/** The option by which lines are rules. */
export const RULES = { rules: { type: "boolean" } } as const;
