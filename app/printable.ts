/**
 * Text that others have chosen, made fit for terminals, logs and tools that read by lines.
 * @module
 */

/**
 * Controls (C0, DEL, C1), format and direction characters, line and paragraph separators, what is drawn as nothing
 * (`Default_Ignorable_Code_Point`, variation selectors and tags among it), lone surrogates, private and unassigned
 * code points: terminals obey some, tools break lines at others, and readers see none of them.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\p{DI}]/gu;
const PLAIN = /^[\x20-\x7e]*$/;

const escaped = (character: string): string => {
  let text = "";
  for (let i = 0; i < character.length; i += 1) {
    text += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }
  return text;
};

/** A text in which what cannot be seen stands as `\uXXXX`. JSON stays the same JSON: it reads back to the same value. */
export const printable = (text: string): string =>
  PLAIN.test(text) ? text : text.replace(UNPRINTABLE, escaped);

/** A value as one line of JSON that is safe to print. */
export const printableJson = (value: unknown): string => printable(JSON.stringify(value));
