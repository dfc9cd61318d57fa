/**
 * Statements that can become one: the same subject with other permissions, or other groups with the same ones.
 * @module
 */
import type { Meanings } from "../compare/meaning.ts";
import { type CompiledStatement, type CompiledTenancy, compileAt } from "../decide/compile.ts";
import type { StatementRef } from "../decide/types.ts";
import { parseStatement } from "../syntax/statement.ts";
import { printCondition, printStatement } from "../syntax/print.ts";
import type { AccessStatement, Action, Subject } from "../syntax/tree.ts";
import { groupedNames, type PermissionSet, permissionsFor, spelledPermission } from "../tables/tables.ts";
import { isEqual } from "./redundant.ts";

/** Several statements as one. */
export interface Merge {
  /** Those that become one; the new one stands in the place of the first. */
  statements: StatementRef[];
  into: string;
  why: string;
  /** What is different later, though it is the same today. */
  notes: string[];
}

/** A statement as it is written, or as several have become it. */
interface Item {
  refs: StatementRef[];
  compiled: CompiledStatement;
  /** As it is written, with names. */
  tree: AccessStatement;
  why: Set<string>;
  notes: Set<string>;
}

/** Most permissions that a proposed statement names one by one. */
const MOST_NAMED = 20;

const at = { start: 0, end: 0 };
const VERBS = ["inspect", "read", "use", "manage"] as const;

const NOTES = {
  later:
    "a permission that OCI adds to the verb later is reached too; the statements that name permissions did not",
  frozen:
    "a permission that OCI adds to the verb later is no longer reached: the statement names permissions",
  family: "a resource type that OCI adds to the family later is reached too",
};

const isExactly = (
  { names, maybe, everything, open, unlisted }: PermissionSet,
  all: ReadonlySet<string>,
): boolean =>
  !everything &&
  !open &&
  unlisted.length === 0 &&
  maybe.size === 0 &&
  names.size === all.size &&
  [...names].every((p) => all.has(p));

/** One action for all that some do, with what to say of it. */
const actionFor = (items: readonly Item[]): { action: Action; notes: string[] } | undefined => {
  const sets = items.map((i) => i.compiled.permissions);
  if (sets.some((s) => s.everything || s.open || s.unlisted.length > 0 || s.maybe.size > 0)) return undefined;
  const all = new Set(sets.flatMap((s) => [...s.names]));
  const [{ compiled }] = items as [Item, ...Item[]];
  const listed = items.filter((i) => i.tree.action.kind === "permissions").length;
  for (const name of groupedNames()) {
    for (const verb of VERBS) {
      if (!isExactly(permissionsFor(verb, name.name, compiled.effect), all)) continue;
      // A verb in place of nothing but names reaches what is added later: it is said.
      return {
        action: { kind: "verb", verb, resource: { text: name.name, ...at }, ...at },
        notes: [...(listed > 0 ? [NOTES.later] : []), ...(name.family ? [NOTES.family] : [])],
      };
    }
  }
  if (listed === 0 || all.size > MOST_NAMED) return undefined;
  const permissions = [...all].sort().map((p) => ({ text: spelledPermission(p), ...at }));
  return {
    action: { kind: "permissions", permissions, ...at },
    notes: listed < items.length ? [NOTES.frozen] : [],
  };
};

/** One subject for several of the same kind. */
const subjectFor = (items: readonly Item[]): Subject | undefined => {
  const subjects = items.map((i) => i.tree.subject);
  const [first] = subjects as [Subject];
  if (first.kind === "group" || first.kind === "dynamic-group") {
    const seen = new Set<string>();
    const names = subjects
      .flatMap((s) => (s.kind === "group" || s.kind === "dynamic-group" ? s.names : []))
      .filter((e) => {
        const key = JSON.stringify({ ...e, ...at }).toLowerCase();
        return !seen.has(key) && seen.add(key);
      });
    return { kind: first.kind, names, ...at };
  }
  if (first.kind !== "service") return undefined;
  const names = subjects.flatMap((s) => (s.kind === "service" ? s.names : []));
  return { kind: "service", names, ...at };
};

const groups = (items: readonly Item[], key: (item: Item) => string): Item[][] => {
  const found = new Map<string, Item[]>();
  for (const item of items) {
    const list = found.get(key(item));
    if (list) list.push(item);
    else found.set(key(item), [item]);
  }
  return [...found.values()].filter((list) => list.length > 1);
};

/**
 * Merges what can be merged.
 * @param left the statements to look at; those of a comparison that is equal to the tenancy
 */
export const mergesIn = (
  compiled: CompiledTenancy,
  left: readonly CompiledStatement[],
  meanings: Meanings,
): Merge[] => {
  let items = left.flatMap((s): Item[] => {
    const parsed = parseStatement(s.text);
    if (!parsed.ok || parsed.statement.kind === "define") return [];
    const item = {
      refs: [s.ref],
      compiled: s,
      tree: parsed.statement,
      why: new Set<string>(),
      notes: new Set<string>(),
    };
    return [item];
  });
  const policyPlace = ({ compiled: { ref } }: Item): string =>
    compiled.tenancy.policies![ref.policy]!.compartment?.toLowerCase() ?? "";
  const where = (i: Item): string =>
    [
      i.compiled.effect,
      policyPlace(i),
      i.compiled.place.id,
      i.tree.condition ? printCondition(i.tree.condition) : "",
    ].join("|");
  const attempt = (
    some: readonly Item[],
    tree: AccessStatement,
    why: string,
    notes: readonly string[],
  ): boolean => {
    const [first] = some as [Item];
    const made = compileAt(compiled, first.compiled.ref, printStatement(tree));
    if (!made) return false;
    const current = items.map((i) => i.compiled);
    const gone = new Set(some.map((i) => i.compiled));
    const next = current.flatMap((s) => (s === first.compiled ? [made] : gone.has(s) ? [] : [s]));
    if (!isEqual(compiled, current, next, meanings)) return false;
    const merged: Item = {
      refs: some.flatMap((i) => i.refs),
      compiled: made,
      tree,
      why: new Set([...some.flatMap((i) => [...i.why]), why]),
      notes: new Set([...some.flatMap((i) => [...i.notes]), ...notes]),
    };
    items = items.flatMap((i) => (i === first ? [merged] : some.includes(i) ? [] : [i]));
    return true;
  };
  for (const some of groups(items, (i) => `${where(i)}|${[...i.compiled.keys].sort().join()}`)) {
    const action = actionFor(some);
    if (action)
      attempt(
        some,
        { ...some[0]!.tree, action: action.action },
        "the same subject, place and condition",
        action.notes,
      );
  }
  const actionKey = (i: Item): string =>
    printStatement({ ...i.tree, subject: { kind: "any-user", ...at } }).toLowerCase();
  for (const some of groups(items, (i) => `${where(i)}|${i.tree.subject.kind}|${actionKey(i)}`)) {
    const subject = subjectFor(some);
    if (subject) attempt(some, { ...some[0]!.tree, subject }, "the same action, place and condition", []);
  }
  return items
    .filter((i) => i.refs.length > 1)
    .map((i) => ({
      statements: i.refs,
      into: i.compiled.text,
      why: [...i.why].join("; "),
      notes: [...i.notes],
    }));
};
