/**
 * The parser's one error: its place, what was found, what may stand there, and what was probably meant.
 * @module
 */
import { nearestWord } from "../../oci/nearest.ts";

/** The reason why a text is no statement or no rule. Lines and columns count from 1, `offset` from 0. */
export interface SyntaxProblem {
  message: string;
  line: number;
  column: number;
  offset: number;
  /** The offending word or character; empty at the end of the text. */
  found: string;
  /** The words and descriptions of what may stand there. */
  expected: string[];
  /** The nearest of the words that may stand there. */
  nearest?: string;
}

/** The result of parsing: a tree, or the reason why there is none. */
export type Parsed<K extends string, T> = ({ ok: true } & Record<K, T>) | { ok: false; error: SyntaxProblem };

/** Thrown inside the parser only, caught where it is entered. */
export class PolicySyntaxError extends Error {
  override readonly name = "PolicySyntaxError";
  readonly problem: SyntaxProblem;
  constructor(problem: SyntaxProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Line and column, from 1, of an offset. */
export const positionOf = (text: string, offset: number): { line: number; column: number } => {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1 };
};

const LONGEST_SHOWN = 60;

const shown = (text: string): string =>
  text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;

/** The word or character at an offset, for a message. */
const foundAt = (text: string, offset: number): string =>
  /^[^\s'{}(),=!]+/.exec(text.slice(offset, offset + LONGEST_SHOWN + 1))?.[0] ??
  text.slice(offset, offset + 1);

/** Quotes that word processors make, and double ones: the language has the plain single quote only. */
const OTHER_QUOTE = /^["\u201c\u201d\u2018\u2019`]/;

const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;

/**
 * Makes the error for an offset.
 * @param expected what may stand there; words of the language are quoted in it, descriptions ("a group's name") not
 * @param note said in place of "found …", where that would not help
 */
export const problemAt = (text: string, offset: number, expected: string[], note?: string): SyntaxProblem => {
  const found = foundAt(text, offset);
  const known = expected.flatMap((e) => /^"([a-z-]+)"$/.exec(e)?.[1] ?? []);
  const nearest = /^[a-z]/i.test(found) ? nearestWord(found, known) : undefined;
  const what = note ?? (found === "" ? "the statement ends" : `found "${shown(found)}"`);
  const may = expected.length > 0 ? `, expected ${list(expected)}` : "";
  const meant = nearest && nearest !== found.toLowerCase() ? `; did you mean "${nearest}"?` : "";
  const quotes = OTHER_QUOTE.test(found) ? "; the only quote is the plain single one (')" : "";
  return {
    message: `${what}${may}${meant}${quotes}`,
    ...positionOf(text, offset),
    offset,
    found,
    expected: expected.map((e) => e.replaceAll('"', "")),
    ...(meant && { nearest }),
  };
};
