/**
 * Statements and matching rules in a file: one a line, or over several lines as an editor or a heredoc leaves them.
 * @module
 */
import type { SyntaxProblem } from "./error.ts";
import { parseMatchingRule } from "./rule.ts";
import { parseStatement } from "./statement.ts";

/** One statement or rule of a file. */
export interface Entry {
  /** Line where it begins, from 1. */
  line: number;
  /** The entry's lines, with the line breaks between them. */
  text: string;
  /** The file's number of each of its lines. */
  lines: readonly number[];
}

type Parse = (text: string) => { ok: true } | { ok: false; error: SyntaxProblem };

/** The language that is read: statements or rules. */
interface Language {
  parse: Parse;
  /** True when a line begins a new one, whatever stands before it. */
  begins: (line: string, before: readonly string[]) => boolean;
  /** Words that stand inside only: a line that begins with one goes on, also behind what is wrong. */
  inside: RegExp;
}

const STATEMENT: Language = {
  parse: parseStatement,
  begins: (line, before) =>
    /^\s*(allow|deny|admit|endorse|define)(?![\w.-])/i.test(line) &&
    !(/^\s*(admit|endorse)/i.test(line) && before.length === 1 && /^\s*deny\s*$/i.test(before[0]!)),
  inside: /^\s*([,})]|(to|in|where|and|of|with)(?![\w.:-]))/i,
};
const RULE: Language = { parse: parseMatchingRule, begins: () => false, inside: /^\s*[,}]/ };

const indent = (line: string): number => line.length - line.trimStart().length;

/** An entry that may go on. */
interface Open {
  texts: string[];
  lines: number[];
  /** True when it ends with a comment: a comment ends the statement, and nothing goes on behind it. */
  commented: boolean;
}

/** True when a line has a comment. Quotes end on their line, so a line can be looked at by itself. */
export const hasComment = (line: string): boolean => line.replace(/'[^']*'/g, "").includes("//");

/** True when a line goes on with what stands before it. */
const goesOn = ({ parse, begins, inside }: Language, { texts, commented }: Open, line: string): boolean => {
  if (commented || /^\s*\/\//.test(line) || begins(line, texts)) return false;
  // Inside a list, without a parse for each of its lines.
  if (/[{(,]\s*$/.test(texts.at(-1)!)) return true;
  const text = texts.join("\n");
  const start = text.length + 1 + indent(line);
  const joined = parse(`${text}\n${line}`);
  // What stands first on the line was read as a part of it.
  if (joined.ok || joined.error.offset > start) return true;
  // Else this line is wrong, or what stands before it was: it belongs to what it is indented below.
  return !parse(text).ok && (indent(line) > indent(text) || inside.test(line));
};

const entriesOf = (content: string, language: Language): Entry[] => {
  const entries: Open[] = [];
  let open: Open | undefined;
  for (const [i, line] of content.split(/\r?\n/).entries()) {
    if (line.trim() === "") open = undefined;
    if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
    if (!open || !goesOn(language, open, line)) {
      open = { texts: [], lines: [], commented: false };
      entries.push(open);
    }
    open.texts.push(line);
    open.lines.push(i + 1);
    open.commented ||= hasComment(line);
  }
  return entries.map(({ texts, lines }) => ({ line: lines[0]!, text: texts.join("\n"), lines }));
};

/**
 * The statements of a file. A line that does not begin with a statement's first word, and that goes on where the
 * text before it stops, belongs to it; blank lines part statements, lines that begin with `#` are skipped. What is
 * wrong is kept line by line, so that a misspelt first word spoils no neighbour.
 */
export const statementsIn = (content: string): Entry[] => entriesOf(content, STATEMENT);

/** The matching rules of a file, by the same rules: a line goes on where the rule before it is not at its end. */
export const rulesIn = (content: string): Entry[] => entriesOf(content, RULE);
