/**
 * Explains a refusal: the statement that came nearest to granting a permission, and the part that did not match.
 * @module
 */
import { printCondition } from "../syntax/print.ts";
import type { Atom, Condition } from "../syntax/tree.ts";
import type { CompiledStatement, CompiledTenancy } from "./compile.ts";
import { compileCondition } from "./condition.ts";
import type { DecisionContext } from "./context.ts";
import { isWithin } from "./directory.ts";
import { YES } from "./truth.ts";
import type { Nearest } from "./types.ts";

/** The atoms of a condition that are not true, in an `any` all of them. */
const failing = (condition: Condition, context: DecisionContext): Atom[] => {
  if (condition.kind !== "any" && condition.kind !== "all") {
    return compileCondition(condition)(context) === YES ? [] : [condition];
  }
  const parts = condition.conditions.map((part) => failing(part, context));
  if (condition.kind === "any" && parts.some((part) => part.length === 0)) return [];
  return parts.flat();
};

/**
 * Weights of matching parts: a statement with the right action and principal is nearer than one elsewhere.
 */
const WEIGHT = { action: 8, subject: 4, location: 2, condition: 1 };

type Parts = Record<keyof typeof WEIGHT, boolean>;

const match = (
  s: CompiledStatement,
  context: DecisionContext,
  keys: ReadonlySet<string>,
  permission: string,
): Parts => ({
  action: s.permissions.everything || s.permissions.names.has(permission),
  subject: s.keys.some((key) => keys.has(key)),
  location: isWithin(context.place, s.place),
  condition: !s.test || s.test(context) === YES,
});

const slice = (s: CompiledStatement, { start, end }: { start: number; end: number }): string =>
  s.text.slice(start, end);

/**
 * The allow statement that came nearest to granting a permission.
 * @param keys the index keys of the principal
 * @returns undefined when there is no allow statement that shares anything with the request
 */
export const nearest = (
  compiled: CompiledTenancy,
  context: DecisionContext,
  keys: ReadonlySet<string>,
  permission: string,
): Nearest | undefined => {
  context.permission = permission;
  context.effect = "allow";
  let best: { statement: CompiledStatement; parts: Parts; score: number } | undefined;
  for (const statement of compiled.statements) {
    if (statement.effect !== "allow") continue;
    const parts = match(statement, context, keys, permission);
    if (!parts.action && !parts.subject) continue;
    let score = 0;
    for (const part of ["action", "subject", "location", "condition"] as const)
      if (parts[part]) score += WEIGHT[part];
    if (!best || score > best.score) best = { statement, parts, score };
  }
  if (!best) return undefined;
  const { statement: s, parts } = best;
  const base = { ...s.ref, text: s.text, permission };
  if (!parts.subject) return { ...base, part: "subject", detail: slice(s, s.tree.subject) };
  if (!parts.action) return { ...base, part: "action", detail: slice(s, s.tree.action) };
  if (!parts.location) return { ...base, part: "location", detail: slice(s, s.tree.location) };
  const { condition } = s.tree;
  const atoms = condition ? failing(condition, context) : [];
  return { ...base, part: "condition", detail: atoms.map(printCondition).join(", ") };
};
