/**
 * The facts that rules read of a statement: its permissions, its literals, what is narrow and what is wide.
 * @module
 */

import type { AccessStatement, Pattern, Text, VariableNode } from "../syntax/tree.ts";
import { permissionsFor, typesOf } from "../tables/tables.ts";
import { atomsOf, variablesOf } from "./conditions.ts";

/** The permissions that a statement's action means, or may mean; undefined when the tables do not know them all. */
export const permissionsIn = (s: AccessStatement): ReadonlySet<string> | undefined => {
  if (s.action.kind === "permissions") return new Set(s.action.permissions.map((p) => p.text.toUpperCase()));
  if (s.action.kind !== "verb") return undefined;
  const { names, maybe, unlisted } = permissionsFor(s.action.verb, s.action.resource.text, s.effect);
  if (unlisted.length > 0 || names.size + maybe.size === 0) return undefined;
  return maybe.size > 0 ? new Set([...names, ...maybe]) : names;
};

/** The single resource types that a statement's action names; undefined when the tables do not know. */
export const typesIn = (s: AccessStatement): readonly string[] | undefined =>
  s.action.kind === "verb" ? typesOf(s.action.resource.text) : undefined;

/** A literal or pattern, and the variable that it is compared with. */
export interface Compared {
  variable: VariableNode;
  value: Text | Pattern;
  negated: boolean;
}

/** Every literal and pattern of a statement's condition. */
export const comparedIn = (s: AccessStatement): Compared[] =>
  atomsOf(s.condition).flatMap((atom) => {
    if (atom.kind !== "compare" && atom.kind !== "in" && atom.kind !== "function") return [];
    const values = atom.kind === "compare" ? [atom.value] : atom.values;
    const negated = atom.kind === "compare" ? atom.operator === "!=" : atom.kind === "in" && atom.negated;
    return values.flatMap((value) =>
      value.kind === "variable" ? [] : [{ variable: atom.variable, value, negated }],
    );
  });

/** Every variable of a statement's condition, on either side. */
export const variablesIn = (s: AccessStatement): VariableNode[] => atomsOf(s.condition).flatMap(variablesOf);

/** True when a variable has a name (case ignored). */
export const isNamed = (variable: VariableNode, name: string): boolean =>
  variable.name.toLowerCase() === name;

/** True when a statement's subject can be anybody at all. */
export const isAnybody = (s: AccessStatement): boolean =>
  s.subject.kind === "any-user" || s.subject.kind === "any-group";

/** True for a plain allow. */
export const isAllow = (s: AccessStatement): boolean => s.kind === "permit" && s.effect === "allow";
