/**
 * The part of two tenancies that their difference depends on: the statements that differ, and those that may hold
 * one of their permissions at the same places for the same kind of principal. A comparison of this part says what
 * one of the whole does; in a large tenancy it looks at a hundredth of it.
 * @module
 */
import { ANY_GROUP, ANY_USER, type CompiledStatement, withStatements } from "../decide/compile.ts";
import { isWithin } from "../decide/directory.ts";
import { variablesIn } from "../lint/facts.ts";
import { isGranted, type PermissionSet } from "../tables/tables.ts";
import type { Meanings } from "./meaning.ts";
import type { Sides } from "./types.ts";

/** The part, and what differs in it. */
export interface Slice {
  sides: Sides;
  /** The keys of subjects of whom something differs; undefined where it may differ for anybody. */
  changed?: {
    keys: ReadonlySet<string>;
    /** OCIDs of the compartments at which something differs. */
    compartments: ReadonlySet<string>;
  };
}

type Kind = "user" | "machine" | "service";

const KINDS: readonly (readonly [prefix: string, kinds: readonly Kind[]])[] = [
  [ANY_USER, ["user", "machine", "service"]],
  [ANY_GROUP, ["user", "machine"]],
  ["group ", ["user"]],
  ["dynamic-group ", ["machine"]],
  ["service ", ["service"]],
];

const kindsOf = ({ keys }: CompiledStatement): readonly Kind[] =>
  KINDS.find(([prefix]) => keys[0]!.startsWith(prefix))![1];

/** Everything that a permission set holds or may hold. */
const holdsOpen = ({ everything, open }: PermissionSet): boolean => everything || open;

const meets = (few: ReadonlySet<string>, many: ReadonlySet<string>): boolean => {
  if (few.size > many.size) return meets(many, few);
  for (const p of few) if (many.has(p)) return true;
  return false;
};

/** Decides whether two sets may have a permission in common; sets are shared, so that pairs come again. */
const overlaps = (): ((a: PermissionSet, b: PermissionSet) => boolean) => {
  const known = new Map<PermissionSet, Map<PermissionSet, boolean>>();
  const parts = (s: PermissionSet): ReadonlySet<string>[] => [s.names, s.maybe].filter((p) => p.size > 0);
  /** True when a set may hold what no table lists, and the other does. */
  const beyond = (a: PermissionSet, b: PermissionSet): boolean =>
    holdsOpen(a) && (holdsOpen(b) || parts(b).some((p) => a.everything || [...p].some((n) => !isGranted(n))));
  const find = (a: PermissionSet, b: PermissionSet): boolean =>
    beyond(a, b) || beyond(b, a) || parts(a).some((p) => parts(b).some((q) => meets(p, q)));
  return (a, b) => {
    const row = known.get(a) ?? new Map<PermissionSet, boolean>();
    known.set(a, row);
    let found = row.get(b);
    if (found === undefined) {
      found = find(a, b);
      row.set(b, found);
    }
    return found;
  };
};

/** Variables whose value depends on all the groups that the principal is in. */
const GROUPS_MATTER = /^request\.(groups\.|principal\.group\.)/i;

/** True when a statement's condition asks for the groups of the principal. */
export const asksGroups = (s: CompiledStatement): boolean =>
  variablesIn(s.tree).some((v) => GROUPS_MATTER.test(v.name));

interface Grouped {
  id: string;
}

/** OCIDs of the groups that are not the same on both sides. */
const differing = (was: readonly Grouped[] = [], is: readonly Grouped[] = []): Set<string> => {
  if (was === is) return new Set();
  const text = (list: readonly Grouped[]): Map<string, string> =>
    new Map(list.map((g) => [g.id.toLowerCase(), JSON.stringify(g)]));
  const [a, b] = [text(was), text(is)];
  return new Set([...a.keys(), ...b.keys()].filter((id) => a.get(id) !== b.get(id)));
};

/** True when the same is asked of both sides: the compartments, the users' names, and who is an administrator. */
const sameGround = ([was, is]: Sides, groups: ReadonlySet<string>): boolean => {
  const places = (c: Sides[0]): string =>
    JSON.stringify(c.directory.places.map((p) => [p.id, p.name, p.parent?.id, p.tags]));
  const names = (c: Sides[0]): string => JSON.stringify([...c.userNames]);
  const { administrators } = was;
  return (
    administrators === is.administrators &&
    !(administrators !== undefined && groups.has(administrators)) &&
    (was.directory === is.directory || places(was) === places(is)) &&
    (was.userNames === is.userNames || names(was) === names(is))
  );
};

/** The statements of each side that the other has not, or of whose subjects something else differs. */
const changedIn = (
  sides: Sides,
  meanings: Meanings,
  subjects: ReadonlySet<string>,
): { statements: CompiledStatement[]; keys: Set<string> } => {
  const part = (s: CompiledStatement, key: string): string => `${meanings.of(s)} ${key} ${s.place.id}`;
  const parts = sides.map((c) => new Set(c.statements.flatMap((s) => s.keys.map((key) => part(s, key)))));
  const keys = new Set<string>(subjects);
  const statements = sides.flatMap((c, side) =>
    c.statements.filter((s) => {
      const missing = s.keys.filter((key) => !parts[1 - side]!.has(part(s, key)));
      for (const key of missing) keys.add(key);
      const moved =
        subjects.size > 0 &&
        (s.keys[0] === ANY_GROUP || s.keys.some((key) => subjects.has(key)) || asksGroups(s));
      return missing.length > 0 || moved;
    }),
  );
  return { statements, keys };
};

/** A side with the statements that matter, and the groups that these speak of. */
const reduced = (
  side: Sides[0],
  statements: readonly CompiledStatement[],
  wanted: ((key: string) => boolean) | undefined,
): Sides[0] => {
  const made = { ...withStatements(side, statements), problems: [] };
  if (!wanted) return made;
  const groupsOf = new Map(
    [...side.groupsOf].flatMap(([user, groups]) => {
      const kept = groups.filter((g) => g.id === side.administrators || wanted(`group ${g.id}`));
      return kept.length > 0 ? [[user, kept] as const] : [];
    }),
  );
  const isWanted = ({ id }: Grouped): boolean => wanted(`dynamic-group ${id.toLowerCase()}`);
  const rules = side.tenancy.dynamicGroups?.filter(isWanted);
  return {
    ...made,
    groupsOf,
    dynamicGroups: side.dynamicGroups.filter(isWanted),
    tenancy: { ...side.tenancy, ...(rules && { dynamicGroups: rules }) },
  };
};

/** Takes the part of two tenancies that their difference depends on. */
export const sliceOf = (sides: Sides, meanings: Meanings): Slice => {
  const [was, is] = sides.map((c) => c.tenancy) as [Sides[0]["tenancy"], Sides[0]["tenancy"]];
  const groups = differing(was.groups, is.groups);
  if (!sameGround(sides, groups)) return { sides };
  const dynamic = differing(was.dynamicGroups, is.dynamicGroups);
  const subjects = new Set([
    ...[...groups].map((id) => `group ${id}`),
    ...[...dynamic].map((id) => `dynamic-group ${id}`),
  ]);
  const { statements: changed, keys } = changedIn(sides, meanings, subjects);
  const overlap = overlaps();
  const kinds = new Map(changed.map((c) => [c, kindsOf(c)]));
  const matters = (s: CompiledStatement): boolean => {
    const mine = kindsOf(s);
    return changed.some(
      (c) =>
        (isWithin(s.place, sides[0].directory.places[c.place.index]!) ||
          c.place.chain.includes(s.place.index)) &&
        kinds.get(c)!.some((k) => mine.includes(k)) &&
        overlap(s.permissions, c.permissions),
    );
  };
  const kept = sides.map((c) => c.statements.filter(matters));
  const all = kept.flat().some((s) => s.keys[0] === ANY_GROUP || asksGroups(s));
  const spoken = new Set([...kept.flat().flatMap((s) => s.keys), ...subjects]);
  const everybody = changed.some((s) => s.keys[0] === ANY_USER || s.keys[0] === ANY_GROUP || asksGroups(s));
  // Where it is about anybody, those who differ are named by their groups.
  const wanted = all
    ? undefined
    : (key: string): boolean => spoken.has(key) || (everybody && key.startsWith("group "));
  const top = new Set(changed.map((c) => c.place.index));
  const compartments = sides[0].directory.places.filter((p) => p.chain.some((i) => top.has(i)));
  return {
    sides: [reduced(sides[0], kept[0]!, wanted), reduced(sides[1], kept[1]!, wanted)],
    changed: {
      keys: everybody ? new Set([...keys, ANY_USER]) : keys,
      compartments: new Set(compartments.map((p) => p.id)),
    },
  };
};
