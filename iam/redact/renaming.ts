/**
 * Invented texts in place of a tenancy's own, so that every comparison comes out as before: equal texts stay equal,
 * others stay different, and a pattern matches what it matched. For that, an invented text carries a token for each
 * prefix, suffix and part that some pattern of the tenancy asks for.
 * @module
 */

/** Parts of texts that patterns ask for, in lower case. */
export interface PatternParts {
  prefixes: ReadonlySet<string>;
  suffixes: ReadonlySet<string>;
  contained: ReadonlySet<string>;
}

/** A pattern's part, and where it must stand; undefined for a text that is compared as it is. */
export const partOf = (
  pattern: string,
): { part: string; at: "prefixes" | "suffixes" | "contained" } | undefined => {
  const text = pattern.toLowerCase();
  const first = text.startsWith("*");
  const last = text.endsWith("*");
  if (first && last) return { part: text.slice(1, -1), at: "contained" };
  if (last) return { part: text.slice(0, -1), at: "prefixes" };
  return first ? { part: text.slice(1), at: "suffixes" } : undefined;
};

const OCID = "ocid1.";

/** What of an OCID says nothing of the tenancy: `ocid1.<type>.<realm>.<region>.`, or less where it has less. */
const headOf = (text: string): string =>
  text.startsWith(OCID) ? (/^(?:[^.]*\.){4}/.exec(text)?.[0] ?? text) : "";

/** Words for texts and OCIDs; the same text gets the same word for the life of the object. */
export class Renaming {
  private readonly prefixes: readonly string[];
  private readonly suffixes: readonly string[];
  private readonly contained: readonly string[];
  private readonly kept: ReadonlySet<string>;
  private readonly numbers = new Map<string, number>();
  private readonly tokens = new Map<string, string>();

  /** @param kept texts that stay, in lower case, unless a pattern asks for a part of them */
  constructor(parts: PatternParts, kept: ReadonlySet<string>) {
    const sorted = (set: ReadonlySet<string>): string[] =>
      [...set].filter((part) => part !== "").sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    this.prefixes = sorted(parts.prefixes);
    this.suffixes = sorted(parts.suffixes);
    this.contained = sorted(parts.contained);
    this.kept = kept;
  }

  /** The invented text for a text. */
  text(original: string): string {
    const value = original.toLowerCase();
    if (value === "" || value === "*") return original;
    const head = headOf(value);
    if (head === value) return original;
    const middle = this.contained.filter((part) => value.includes(part)).map((part) => this.token("c", part));
    const start = this.start(value, head);
    const end = this.end(value);
    if (this.kept.has(value) && start === "" && middle.length === 0 && end === "") return original;
    return `${start}${middle.join("")}${head ? "id" : "name"}${this.numberOf(value)}${end}`;
  }

  /** The invented pattern for a pattern, stars included. */
  pattern(original: string): string {
    const found = partOf(original);
    if (!found) return this.text(original);
    if (found.part === "") return original;
    if (found.at === "contained") return `*${this.token("c", found.part)}*`;
    if (found.at === "suffixes") return `*${this.end(found.part)}`;
    return `${this.start(found.part, headOf(found.part))}*`;
  }

  /**
   * The beginning of an invented text: an OCID's head, or what a text has in common with all OCIDs, and a token for
   * each longer prefix.
   */
  private start(value: string, head: string): string {
    const fitting = this.prefixes.filter((prefix) => value.startsWith(prefix));
    const shared = head || (fitting.findLast((prefix) => OCID.startsWith(prefix)) ?? "");
    const longer = fitting.filter((prefix) => prefix.length > shared.length);
    return shared + longer.map((prefix) => this.token("p", prefix)).join("");
  }

  private end(value: string): string {
    const fitting = this.suffixes.filter((suffix) => value.endsWith(suffix));
    return fitting
      .reverse()
      .map((suffix) => this.token("s", suffix))
      .join("");
  }

  /** `p7x`: no token stands within another, or within the numbered words. */
  private token(kind: "p" | "c" | "s", part: string): string {
    const key = kind + part;
    const token = this.tokens.get(key) ?? `${kind}${this.tokens.size + 1}x`;
    this.tokens.set(key, token);
    return token;
  }

  private numberOf(value: string): number {
    const number = this.numbers.get(value) ?? this.numbers.size + 1;
    this.numbers.set(value, number);
    return number;
  }
}
