/**
 * HTML in which every value is text: a bucket named `<img onerror=…>` is shown, and does nothing (HTML injection).
 * @module
 */

/** A piece of HTML, as made by `html`: nothing else is written without being escaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Control characters and those that turn the direction of what follows (Trojan Source), beside blank and newline. */
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** A text with what cannot be seen written out: `⟨U+202E⟩`. */
export const visible = (text: string): string =>
  text.replace(HIDDEN, (c) => `⟨U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);

const escaped = (text: string): string => visible(text).replace(/[&<>"']/g, (c) => ENTITIES[c]!);

/** What a template may hold; `undefined` and `false` are nothing. */
export type Value = Markup | string | number | undefined | false | readonly Value[];

const written = (value: Value): string => {
  if (value === undefined || value === false) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "object") return value.map(written).join("");
  return escaped(String(value));
};

/**
 * HTML of a template. Attributes' values must stand in double quotes.
 * @example html`<b title="${name}">${name}</b>`
 */
export const html = (parts: TemplateStringsArray, ...values: Value[]): Markup =>
  new Markup(parts.reduce((text, part, i) => `${text}${written(values[i - 1])}${part}`));
