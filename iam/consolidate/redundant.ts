/**
 * Statements that can be removed: by themselves, and together.
 * @module
 */
import { compareCompiled } from "../compare/compare.ts";
import { Meanings } from "../compare/meaning.ts";
import { apartBy, presenceIn } from "../compare/presence.ts";
import {
  ANY_GROUP,
  ANY_USER,
  type CompiledStatement,
  type CompiledTenancy,
  withStatements,
} from "../decide/compile.ts";
import type { StatementRef } from "../decide/types.ts";

/** A statement that changes nothing. */
export interface Redundant {
  statement: StatementRef;
  /** The statements that decide all that it is about; none where it applies to no request. */
  by: StatementRef[];
  /** True when it goes together with the other statements for which this is true. */
  together: boolean;
  why: string;
}

/** True when a compartment lies on the other's path, or the other way round. */
const onOnePath = (a: CompiledStatement, b: CompiledStatement): boolean =>
  a.place.chain.includes(b.place.index) || b.place.chain.includes(a.place.index);

/**
 * True when two sets of statements of a tenancy allow the same, and the comparison is complete. Only those on the
 * paths of statements that differ are compared: no other says anything about the same requests.
 */
export const isEqual = (
  compiled: CompiledTenancy,
  before: readonly CompiledStatement[],
  after: readonly CompiledStatement[],
  meanings: Meanings,
): boolean => {
  const [was, is] = [new Set(before), new Set(after)];
  const changed = [...before.filter((s) => !is.has(s)), ...after.filter((s) => !was.has(s))];
  const near = (s: CompiledStatement): boolean => changed.some((c) => onOnePath(s, c));
  const sides = [
    withStatements(compiled, before.filter(near)),
    withStatements(compiled, after.filter(near)),
  ] as const;
  const { gained, lost, undecided, notes } = compareCompiled(sides, meanings);
  return gained.length + lost.length === 0 && !undecided && !notes;
};

const without = (statements: readonly CompiledStatement[], gone: CompiledStatement): CompiledStatement[] =>
  statements.filter((s) => s !== gone);

/** Statements by the compartment that they apply to. */
const byPlace = (statements: readonly CompiledStatement[]): Map<number, CompiledStatement[]> => {
  const found = new Map<number, CompiledStatement[]>();
  for (const s of statements) {
    const list = found.get(s.place.index);
    if (list) list.push(s);
    else found.set(s.place.index, [s]);
  }
  return found;
};

/** True when one statement may speak of somebody for whom another has a key. */
const mayReach = (other: CompiledStatement, key: string): boolean => {
  const [first] = other.keys;
  if (first === ANY_USER || first === ANY_GROUP || key === ANY_USER || key === ANY_GROUP) return true;
  // Rules of dynamic groups may select the same; a group's members may change.
  return key.startsWith("dynamic-group ") ? first!.startsWith("dynamic-group ") : other.keys.includes(key);
};

/** A quick test that rules most statements out: the others have each of its permissions, or some deny is there. */
const mayBeCovered = (
  s: CompiledStatement,
  places: ReadonlyMap<number, readonly CompiledStatement[]>,
): boolean => {
  const near = s.place.chain.flatMap((i) => places.get(i) ?? []).filter((o) => o !== s);
  return s.keys.every((key) => {
    const these = near.filter((o) => mayReach(o, key));
    if (these.some((o) => o.effect === "deny")) return true;
    const sets = these.map((o) => o.permissions);
    if (sets.some((p) => p.everything)) return true;
    if (s.permissions.everything) return false;
    const held = (p: string): boolean => sets.some(({ names, maybe }) => names.has(p) || maybe.has(p));
    return [...s.permissions.names].every(held);
  });
};

const WHY = {
  "already-allowed": "all that it allows, these allow",
  overruled: "what it allows and these do not allow, a deny takes away",
  "already-denied": "all that it denies and that is allowed, these deny",
} as const;

/** Statements, each of which can be removed by itself, and which of them can be removed together. */
export const redundantIn = (compiled: CompiledTenancy): Redundant[] => {
  const { statements } = compiled;
  const meanings = new Meanings();
  const places = byPlace(statements);
  const found = statements.flatMap((s): Redundant[] => {
    // By itself it does nothing: a condition that never holds.
    const idle = (): boolean => s.tree.condition !== undefined && isEqual(compiled, [], [s], meanings);
    const candidate = s.effect === "deny" || mayBeCovered(s, places);
    if (!(candidate ? isEqual(compiled, statements, without(statements, s), meanings) : idle())) return [];
    const isOurs = (ref: StatementRef): boolean =>
      ref.policy === s.ref.policy && ref.statement === s.ref.statement;
    const sides = [withStatements(compiled, without(statements, s)), compiled] as const;
    const { entries } = presenceIn(sides, isOurs, apartBy(isOurs));
    const by = new Map(entries.flatMap((e) => e.by).map((ref) => [`${ref.policy} ${ref.statement}`, ref]));
    const effects = new Set(entries.map((e) => e.effect));
    const why = Object.entries(WHY).flatMap(([effect, text]) =>
      effects.has(effect as keyof typeof WHY) ? [text] : [],
    );
    return [
      {
        statement: s.ref,
        by: [...by.values()].sort((a, b) => a.policy - b.policy || a.statement - b.statement),
        together: false,
        why:
          why.join("; ") ||
          (s.effect === "deny" ? "nothing that it denies is allowed" : "it allows nobody anything"),
      },
    ];
  });
  // Of several that stand for each other the first stays.
  let left: readonly CompiledStatement[] = statements;
  for (const redundant of [...found].reverse()) {
    const { policy, statement } = redundant.statement;
    const s = statements.find(({ ref }) => ref.policy === policy && ref.statement === statement)!;
    const rest = without(left, s);
    if (!isEqual(compiled, left, rest, meanings)) continue;
    redundant.together = true;
    left = rest;
  }
  // A deny of what is no longer allowed stops nothing.
  for (const s of left.filter(({ effect }) => effect === "deny").reverse()) {
    const rest = without(left, s);
    if (!isEqual(compiled, left, rest, meanings)) continue;
    const why = "nothing that it denies is allowed when the others are gone";
    found.push({ statement: s.ref, by: [], together: true, why });
    left = rest;
  }
  return found;
};
