/**
 * Values of variables, and what a literal or a pattern matches. Everything is compared in lower case
 * (Oracle, "Conditions": condition matching ignores case).
 * @module
 */
import type { Pattern, Text } from "../syntax/tree.ts";
import type { VariableValue } from "./types.ts";

/** The values that a variable has: in lower case, and whether it has, or may have, others that are not known. */
export interface VariableValues {
  known: readonly string[];
  unknown: boolean;
}

/** The values of a variable that is there and not known. */
export const NOT_KNOWN: VariableValues = { known: [], unknown: true };

/** One known value. */
export const one = (text: string): VariableValues => ({ known: [text.toLowerCase()], unknown: false });

/**
 * Makes values of what a request gives.
 * @returns undefined for a variable that does not apply. An empty list is one: whether the tag variable of a
 *   taggable but untagged resource does not apply, or is an empty set (which would make `!=` true), is NOT
 *   documented; this is the one place that decides it.
 */
export const toValues = (value: VariableValue | undefined): VariableValues | undefined => {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return one(value);
  if (typeof value === "number" || typeof value === "boolean") return one(String(value));
  if (!Array.isArray(value)) return NOT_KNOWN;
  const items = value as readonly (string | { unknown: true })[];
  if (items.length === 0) return undefined;
  const known = items.filter((item) => typeof item !== "object").map((item) => String(item).toLowerCase());
  return { known, unknown: known.length < items.length };
};

/** Tests whether a value (in lower case) matches. */
export type Matcher = (value: string) => boolean;

const starred = (text: string): Matcher => {
  const first = text.startsWith("*");
  const last = text.endsWith("*");
  if (text === "*") return () => true;
  if (first && last) return (value) => value.includes(text.slice(1, -1));
  if (last) return (value) => value.startsWith(text.slice(0, -1));
  if (first) return (value) => value.endsWith(text.slice(1));
  return (value) => value === text;
};

/** True for a tag variable: `….tag.<namespace>.<key>`. */
export const isTagVariable = (name: string): boolean => name.toLowerCase().includes(".tag.");

/**
 * Makes the matcher of a literal or a pattern. Patterns are prefix, suffix, contains and any value; a star
 * elsewhere is itself. In plain quotes stars are literal, but for two cases that Oracle documents: `'*'` for a
 * tag variable is any value ("Support for Wildcards"), and a leading or trailing star for target.object.name.
 * @param variable the variable that is compared
 */
export const matcher = (value: Text | Pattern, variable: string): Matcher => {
  const text = value.text.toLowerCase();
  if (value.kind === "pattern") return starred(text);
  if (text === "*" && isTagVariable(variable)) return () => true;
  if (text.includes("*") && variable.toLowerCase() === "target.object.name") return starred(text);
  return (other) => other === text;
};
