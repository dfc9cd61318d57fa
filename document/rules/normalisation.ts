/** Texts as another server down the line might come to read them. @module */

const BROKEN_ESCAPES = /%(?![0-9A-Fa-f]{2})/g;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/** `.` or `..` between separators, also where blanks or a parameter behind it would be cut off. */
const DOT_SEGMENT = /(^|[/\\])\s*\.{1,2}\s*([/\\;?#]|$)/;
/** Most levels of nested escapes before a text is refused for them. */
const MAX_DEPTH = 4;

/** Escapes of bytes that some decoders take for a shorter character, as `%c0%ae` for a dot. */
const OVERLONG = /%(?:c[01]|e0%[89]|f0%8|f[89a-f])/i;

/** Decodes as lenient servers do: they put a replacement where an escape is not UTF-8, and go on. */
const decodeLeniently = (text: string): string =>
  text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString());

/**
 * The text decoded once, twice, …, and each of these normalised; or what makes that impossible. What it holds once it
 * is decoded is a name that may have any `%`: only bytes that could be taken for another character are not read.
 */
export const readings = (text: string): string[] | string => {
  const found: string[] = [];
  let current = text;
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    found.push(current, current.normalize("NFKC"));
    if (!/%[0-9A-Fa-f]{2}/.test(current)) return found;
    if (OVERLONG.test(current)) return "percent-escapes that are not UTF-8";
    try {
      current = decodeURIComponent(current.replace(BROKEN_ESCAPES, "%25"));
    } catch {
      if (depth === 0) return "percent-escapes that are not UTF-8";
      current = decodeLeniently(current);
    }
  }
  return "percent-escapes nested too deep";
};

/** Levels of escapes in a value; `%25` in `%25` in `%25`… counts as one. */
const MAX_VALUE_DEPTH = 8;

/**
 * A value that may hold any escapes, as lenient servers might read it: decoded once, twice, … and at last wholly,
 * each also normalised. Linear in its length for each level (ReDoS).
 * @returns undefined when it is nested deeper than any client nests
 */
export const lenientReadings = (text: string): string[] | undefined => {
  const found: string[] = [];
  let current = text;
  for (let depth = 0; depth <= MAX_VALUE_DEPTH; depth += 1) {
    found.push(current, current.normalize("NFKC"));
    if (!/%[0-9A-Fa-f]{2}/.test(current)) return found;
    current = decodeLeniently(current.replace(/%(?:25)+/g, "%25"));
  }
  return undefined;
};

/**
 * Describes the part of a text that could lead another server elsewhere, in some reading of it; to end a
 * sentence with.
 * @returns undefined when all servers read it alike
 */
export const ambiguity = (text: string): string | undefined => {
  const all = readings(text);
  if (typeof all === "string") return all;
  for (const reading of all) {
    if (DOT_SEGMENT.test(reading)) return "a `.` or `..` segment";
    if (reading.includes("\\")) return "a backslash";
    if (CONTROL.test(reading)) return "a control character";
  }
  return undefined;
};

/**
 * A name as a lenient server might read it: in another case or width, with an array's index, with other or no
 * signs between its words.
 */
export const looseName = (name: string): string =>
  name
    .normalize("NFKC")
    .replace(/^[\s[.]+/, "")
    .replace(/[[.].*$/s, "")
    .toUpperCase()
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "");
