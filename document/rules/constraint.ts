/** Constraints on one value of a request, checked in every form in which a server may read it. @module */
import { PLACEHOLDERS } from "../placeholders.ts";
import type { Constraint } from "../schema.ts";
import { ambiguity } from "./normalisation.ts";

/** Compares a value with a constraint; `true` and `false` of a body are compared as words. */
const meets = (given: unknown, constraint: Constraint): boolean => {
  const value = typeof given === "boolean" ? String(given) : given;
  if (typeof value !== "string") return false;
  if (typeof constraint === "string") return value === constraint;
  // Whoever asks has a value.
  if ("absent" in constraint) return false;
  return "prefix" in constraint ? value.startsWith(constraint.prefix) : constraint.oneOf.includes(value);
};

const normalised = (wanted: Constraint, form: "NFC" | "NFKC"): Constraint => {
  if (typeof wanted === "string") return wanted.normalize(form);
  if ("absent" in wanted) return wanted;
  if ("oneOf" in wanted) return { oneOf: wanted.oneOf.map((one) => one.normalize(form)) };
  return { prefix: wanted.prefix.normalize(form) };
};

/** Compares a value with a constraint in every form in which a server may read it. */
export const meetsAlways = (value: unknown, wanted: Constraint): boolean => {
  if (!meets(value, wanted)) return false;
  const text = String(value);
  // What goes on behind a prefix is free, but not to lead back out of it.
  if (typeof wanted === "object" && "prefix" in wanted && ambiguity(text)) return false;
  if (/^[\0-\x7f]*$/.test(text)) return true;
  return (["NFC", "NFKC"] as const).every((form) => meets(text.normalize(form), normalised(wanted, form)));
};

/** The texts that a constraint spells out. */
export const constraintTexts = (wanted: Constraint): readonly string[] => {
  if (typeof wanted === "string") return [wanted];
  if ("absent" in wanted) return [];
  return "oneOf" in wanted ? wanted.oneOf : [wanted.prefix];
};

/** The constraint with the instance's OCID in place of its placeholder; undefined while the OCID is not known. */
export const resolveConstraint = (wanted: Constraint, self: string | undefined): Constraint | undefined =>
  wanted === PLACEHOLDERS.instance ? self : wanted;

/** The constraint for people, to follow `must be`. */
export const describeConstraint = (wanted: Constraint): string => {
  if (typeof wanted === "string") return JSON.stringify(wanted);
  if ("absent" in wanted) return "left out";
  if ("oneOf" in wanted) return `one of ${wanted.oneOf.join(", ")}`;
  return `something that begins with ${JSON.stringify(wanted.prefix)}`;
};

/** True when whatever meets the narrow constraint meets the wide one. */
export const constraintImplies = (narrow: Constraint, wide: Constraint): boolean => {
  if (typeof narrow === "string") return meetsAlways(narrow, wide);
  if ("absent" in narrow) return typeof wide === "object" && "absent" in wide;
  if ("oneOf" in narrow) return narrow.oneOf.every((one) => meetsAlways(one, wide));
  return typeof wide === "object" && "prefix" in wide && narrow.prefix.startsWith(wide.prefix);
};
