/**
 * The reader of a text from left to right that the parsers of statements, conditions and rules share. The
 * scanner has no token list, because what a slash or a colon means depends on where the parser is.
 * @module
 */
import { isSpaceCode, isWordCode } from "./characters.ts";
import { PolicySyntaxError, problemAt } from "./error.ts";
import type { Text, VariableNode, Word } from "./tree.ts";

/** Longest text that is read: Oracle's limit for a matching rule, taken for statements too. */
const MAX_LENGTH = 100_000;

/** Deepest nesting of `any {…}` and `all {…}`: keeps every walk over a tree within the stack. */
const MAX_DEPTH = 200;

const SLASH = 47;
const COLON = 58;
const QUOTE = 39;

/** A text, how far it has been read, and the steps that parsers are made of. */
export class Cursor {
  readonly text: string;
  at = 0;
  /** Offset of the end of the thing read last: nodes do not include the white space after them. */
  end = 0;
  depth = 0;
  constructor(text: string) {
    this.text = text;
    if (text.length > MAX_LENGTH) {
      const note = `the text has ${text.length} characters, ${MAX_LENGTH} are the limit`;
      throw new PolicySyntaxError(problemAt(text, 0, [], note));
    }
    this.skip();
  }

  /** Throws the error for what stands here (or at `offset`). */
  fail(expected: string[], note?: string, offset = this.at): never {
    throw new PolicySyntaxError(problemAt(this.text, offset, expected, note));
  }

  /** Moves over white space, and over a comment, which ends the statement. */
  skip(): void {
    const { text } = this;
    let at = this.at;
    while (at < text.length && isSpaceCode(text.charCodeAt(at))) at++;
    if (text.charCodeAt(at) === SLASH && text.charCodeAt(at + 1) === SLASH) at = text.length;
    this.at = at;
  }

  /** Code of the character here; NaN at the end. */
  peek(): number {
    return this.text.charCodeAt(this.at);
  }

  /** Reads a punctuation character if it stands here. */
  take(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at++;
    this.end = this.at;
    this.skip();
    return true;
  }

  /** Reads a punctuation character that must stand here. */
  expect(char: string, others: string[] = []): void {
    if (!this.take(char)) this.fail([`"${char}"`, ...others]);
  }

  /** Offset of the end of the bare word here; `this.at` when there is none. */
  private wordEnd(colons: boolean): number {
    const { text } = this;
    let at = this.at;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (!isWordCode(code) && !(colons && code === COLON)) break;
    }
    return at;
  }

  /** The bare word here in lower case, not read yet; empty when there is none. */
  ahead(): string {
    return this.text.slice(this.at, this.wordEnd(false)).toLowerCase();
  }

  /** Reads the keyword if it stands here. Compares codes in place: a slice for each try would cost most of the parse. */
  keyword(word: string): boolean {
    const { text, at } = this;
    for (let i = 0; i < word.length; i++) {
      const code = text.charCodeAt(at + i);
      const wanted = word.charCodeAt(i);
      if (code !== wanted && !(code >= 65 && code <= 90 && (code | 32) === wanted)) return false;
    }
    const end = at + word.length;
    if (end < text.length && isWordCode(text.charCodeAt(end))) return false;
    this.moveTo(end);
    return true;
  }

  private moveTo(end: number): void {
    this.at = end;
    this.end = end;
    this.skip();
  }

  /** Reads a bare word that must stand here; with `colons` it may hold colons (OCIDs, variables). */
  word(expected: string, colons = false): Word {
    const start = this.at;
    const end = this.wordEnd(colons);
    if (end === start) this.fail([expected]);
    const text = this.text.slice(start, end);
    this.moveTo(end);
    return { text, start, end };
  }

  /** Reads a bare word or a text in quotes. */
  wordOrText(expected: string): Word {
    if (this.peek() !== QUOTE) return this.word(expected);
    const { text, start, end } = this.quoted(expected);
    return { text, start, end };
  }

  /** Reads a text in single quotes that must stand here. There is no escape; it ends on its own line. */
  quoted(expected: string): Text {
    const start = this.at;
    if (this.peek() !== QUOTE) this.fail([expected]);
    const close = this.text.indexOf("'", start + 1);
    const text = this.text.slice(start + 1, close === -1 ? start + 1 : close);
    if (close === -1 || text.includes("\n"))
      this.fail([], "a quote opens here and does not close on its line");
    this.moveTo(close + 1);
    return { kind: "string", text, start, end: close + 1 };
  }

  /** Reads a variable's name. */
  variable(expected = "a variable"): VariableNode {
    const { text, start, end } = this.word(expected, true);
    return { kind: "variable", name: text, start, end };
  }

  /** Runs `read` one level deeper; too many levels are an error. */
  nested<T>(read: () => T): T {
    if (++this.depth > MAX_DEPTH) this.fail([], `braces are nested deeper than ${MAX_DEPTH}`);
    const result = read();
    this.depth--;
    return result;
  }

  /** Reads `first, next, …` without the end. */
  list<T>(read: (cursor: Cursor) => T): T[] {
    const items = [read(this)];
    while (this.take(",")) items.push(read(this));
    return items;
  }
}
