/**
 * The characters of a bare word, and the way a name is written.
 * @module
 */

/** Characters of bare words beside letters and digits: those of group, compartment and tag names. */
const WORD_MARKS = "_.-@+$";

/** A word's characters below 128. A table, because the scanner asks once for every character. */
const ASCII_WORD = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code);
  if (/[A-Za-z0-9]/.test(char) || WORD_MARKS.includes(char)) ASCII_WORD[code] = 1;
}

const UNICODE_WORD = /[\p{L}\p{N}\p{M}\p{S}\u00b7\ud800-\udfff]/u;

/** True when a UTF-16 code unit may stand in a bare word. */
export const isWordCode = (code: number): boolean =>
  code < 128 ? ASCII_WORD[code] === 1 : UNICODE_WORD.test(String.fromCharCode(code));

/** True when a UTF-16 code unit is white space. */
export const isSpaceCode = (code: number): boolean =>
  code === 32 || (code >= 9 && code <= 13) || (code >= 128 && /\s/.test(String.fromCharCode(code)));

/** Words that end a list of names, and so stand for a name in quotes only. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(["to", "in", "where", "of", "id", "with", "as"]);

/** The length of the longest of them. */
export const LONGEST_RESERVED = 5;

/** True when a name may stand without quotes wherever the language has a name. */
export const isBareName = (name: string): boolean => {
  if (name === "" || RESERVED_NAMES.has(name.toLowerCase()) || /^ocid\d/i.test(name)) return false;
  for (let i = 0; i < name.length; i++) if (!isWordCode(name.charCodeAt(i))) return false;
  return true;
};
