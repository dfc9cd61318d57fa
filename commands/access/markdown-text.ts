/**
 * Escaping of others' texts in Markdown: what somebody wrote into a name or a condition is shown, and does
 * nothing (Markdown injection).
 * @module
 */

const longestRun = (text: string): number =>
  Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));

/** A text as code in a line: no backtick in it ends the code, nothing in it is a mention, a tag or a comment. */
export const codeSpan = (text: string): string => {
  const line = text.replace(/\s*[\r\n]\s*/g, " ");
  const ticks = "`".repeat(longestRun(line) + 1);
  // A blank at both ends is taken off again by the reader.
  const pad = /^`|`$|^ .* $/.test(line) ? " " : "";
  return `${ticks}${pad}${line}${pad}${ticks}`;
};

/** Lines as a block of code. */
export const block = (lines: readonly string[], language = ""): string[] => {
  const fence = "`".repeat(Math.max(3, longestRun(lines.join("\n")) + 1));
  return [`${fence}${language}`, ...lines, fence];
};

/** Characters that Markdown, or the page that shows it, would take for more than text. */
const ACTIVE = /[`<>@#*|~[\]\\]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:\/\//;

/** A sentence: as it is where nothing in it is active, else as code. */
export const sentence = (text: string): string => (ACTIVE.test(text) ? codeSpan(text) : text);

/** Cuts a text to at most so many characters, the last one `…`. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;
