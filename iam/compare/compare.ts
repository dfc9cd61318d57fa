/**
 * The complete difference between two tenancies: who gains or loses which permissions where, and under which
 * condition, each with a witness request that the evaluator has checked. No solver is needed: conditions can tell
 * apart only so many principals and values, and each kind is tried.
 * @module
 */
import {
  ANY_USER,
  type CompiledStatement,
  type CompiledTenancy,
  compile,
  withStatements,
} from "../decide/compile.ts";
import { decide } from "../decide/decide.ts";
import { keysOf } from "../decide/principals.ts";
import type { Tenancy } from "../decide/types.ts";
import { atomsOf } from "../lint/conditions.ts";
import { variablesIn } from "../lint/facts.ts";
import { printCondition } from "../syntax/print.ts";
import { grantedPermissions } from "../tables/tables.ts";
import { type Asking, type CellDifference, differencesIn } from "./cell.ts";
import { grouped, type PermissionChange } from "./group.ts";
import { Meanings } from "./meaning.ts";
import { type Representative, representatives } from "./principals.ts";
import { type Slice, sliceOf } from "./slice.ts";
import type { AccessComparison, Cell, Difference, Judge, Sides } from "./types.ts";

type Statements = readonly [readonly CompiledStatement[], readonly CompiledStatement[]];

/** The statements that speak of a principal in a compartment, each meaning once. */
const statementsFor = (
  compiled: CompiledTenancy,
  keys: readonly string[],
  compartment: string,
  meanings: Meanings,
): CompiledStatement[] => {
  const place = compiled.directory.placeById.get(compartment);
  const found = new Map<string, CompiledStatement>();
  for (const key of keys) {
    const places = place && compiled.index.get(key);
    if (!places) continue;
    for (const index of place.chain) for (const s of places.get(index) ?? []) found.set(meanings.of(s), s);
  }
  return [...found.values()];
};

/** True when a compartment is the same on both sides, with its path and all tags on it. */
const samePlace = (sides: Sides, compartment: string): boolean => {
  if (sides[0].directory === sides[1].directory) return true;
  const [was, is] = sides.map(({ directory }) =>
    directory.placeById
      .get(compartment)
      ?.chain.map((i) => directory.places[i]!)
      .map((p) => [p.id, p.name ?? null, p.tags ?? null]),
  );
  return JSON.stringify(was) === JSON.stringify(is);
};

/** The state of a principal that decisions depend on beside statements: its groups, their tags, and its exemption. */
const standing = (compiled: CompiledTenancy, { groups, principal }: Representative, side: 0 | 1): string => {
  const mine = groups[side];
  const { administrators } = compiled;
  const tagsOf = (id: string): unknown =>
    principal.type === "user"
      ? compiled.groups.get(id)?.tags
      : compiled.dynamicGroups.find((g) => g.id === id)?.tags;
  return JSON.stringify([
    [...mine].sort().map((id) => [id, tagsOf(id) ?? null]),
    principal.type === "user" && administrators !== undefined && mine.has(administrators),
  ]);
};

/** The permissions that some statement in question holds. */
const permissionsIn = (statements: readonly CompiledStatement[]): Set<string> => {
  const all = new Set<string>();
  for (const s of statements)
    for (const p of s.permissions.everything ? grantedPermissions() : s.permissions.names) all.add(p);
  return all;
};

/**
 * Variables with which a permission itself, beside the statements that hold it, can change a condition's
 * outcome.
 */
const PERMISSION_MATTERS = /^(request\.(permission|operation)|target\.resource\.tag\..*)$/i;

const holding = (statements: readonly CompiledStatement[], permission: string): CompiledStatement[] =>
  statements.filter((s) => s.permissions.everything || s.permissions.names.has(permission));

/**
 * The permissions that a principal gains or loses under one condition: together, so that there are few of
 * these.
 */
type Gathered = Omit<CellDifference, "condition"> &
  Pick<PermissionChange, "condition" | "permissions" | "key">;

/** Differences of one principal in one compartment; equal questions are asked once. */
const cellDifferences = (
  cell: Cell,
  changed: readonly CompiledStatement[],
  meanings: Meanings,
  asking: Asking,
): Gathered[] => {
  const known = new Map<string, CellDifference[]>();
  const found = new Map<string, Gathered>();
  for (const permission of permissionsIn(changed)) {
    const statements: Statements = [
      holding(cell.statements[0], permission),
      holding(cell.statements[1], permission),
    ];
    const special =
      (permission === "COMPARTMENT_INSPECT" && cell.principal.type === "instance") ||
      statements.flat().some((s) => variablesIn(s.tree).some((v) => PERMISSION_MATTERS.test(v.name)));
    const key = `${statements.map((side) => side.map((s) => meanings.of(s)).join(" & ")).join(" > ")}${special ? permission : ""}`;
    let differences = known.get(key);
    if (!differences) {
      differences = differencesIn({ ...cell, statements }, permission, asking);
      known.set(key, differences);
    }
    for (const { sign, condition, witness } of differences) {
      const same = `${sign} ${condition ?? ""}`;
      const gathered = found.get(same);
      if (gathered) gathered.permissions.push(permission);
      else {
        const first = { ...witness, permissions: [permission] };
        found.set(same, { sign, condition, permissions: [permission], key: "", witness: first });
      }
    }
  }
  const all = [...found.values()];
  for (const gathered of all) {
    gathered.permissions.sort();
    gathered.key = `${gathered.permissions.join()} ${gathered.condition ?? ""}`;
  }
  return all;
};

/** True when conditions depend on which compartment is the target. */
const comparesPlace = (statements: readonly CompiledStatement[]): boolean =>
  statements.some((s) =>
    atomsOf(s.tree.condition).some((a) =>
      /target\.(compartment|resource\.compartment)\./i.test(printCondition(a)),
    ),
  );

/** Everything that one comparison asks of each principal. */
interface Question {
  slice: Slice;
  meanings: Meanings;
  judge: Judge;
  /** The compartments to look at, and whether each is the same on both sides. */
  compartments: ReadonlyMap<string, boolean>;
  incomplete: (statements: readonly CompiledStatement[]) => void;
}

const compareAt = (
  { slice: { sides, changed: part }, meanings, judge, compartments, incomplete }: Question,
  who: Representative,
): PermissionChange[] => {
  const memo = new Map<string, Gathered[]>();
  const keys = sides.map((_, side) => {
    const memberships = [...who.groups[side]!].map((id) => ({ id, tags: undefined }));
    return keysOf(who.principal, memberships).keys;
  });
  if (part && !part.keys.has(ANY_USER) && !keys.flat().some((key) => part.keys.has(key))) return [];
  const sameStanding = standing(sides[0], who, 0) === standing(sides[1], who, 1);
  const found: PermissionChange[] = [];
  for (const [compartment, samePath] of compartments) {
    const statements = [0, 1].map((side) =>
      statementsFor(sides[side]!, keys[side]!, compartment, meanings),
    ) as unknown as Statements;
    const said = statements.map((side) => side.map((s) => meanings.of(s)).sort());
    const sameAround = sameStanding && samePath;
    if (sameAround && said[0]!.join() === said[1]!.join()) continue;
    const [was, is] = said.map((m) => new Set(m)) as [Set<string>, Set<string>];
    const changed = statements
      .flat()
      .filter((s) => !sameAround || was.has(meanings.of(s)) !== is.has(meanings.of(s)));
    if (changed.length === 0) continue;
    const here = sides.map((s) => s.directory.placeById.has(compartment));
    const place = comparesPlace(statements.flat()) || !sameAround || !here[0] || !here[1] ? compartment : "";
    const key = `${said.map((m) => m.join(" & ")).join(" > ")} @ ${place}`;
    let differences = memo.get(key);
    if (!differences) {
      differences = cellDifferences(
        { sides, statements, principal: who.principal, compartment },
        changed,
        meanings,
        { judge, incomplete: () => incomplete(changed) },
      );
      memo.set(key, differences);
    }
    for (const difference of differences) {
      found.push({ who, ...difference, compartment, witness: { ...difference.witness, compartment } });
    }
  }
  return found;
};

/** Statements on one side only, of whose resource type the tables do not have every permission. */
const undecidable = (sides: Sides, meanings: Meanings): string[] => {
  const texts = sides.map(
    (c) =>
      new Map(
        c.statements
          .filter(({ permissions: { unlisted, maybe } }) => unlisted.length > 0 || maybe.size > 0)
          .map((s) => [`${meanings.of(s)} ${s.keys.join()} ${s.place.id}`, s.text]),
      ),
  );
  const only = (a: Map<string, string>, b: Map<string, string>): string[] =>
    [...a].filter(([key]) => !b.has(key)).map(([, text]) => text);
  return [...only(texts[0]!, texts[1]!), ...only(texts[1]!, texts[0]!)];
};

/** Statements about other tenancies that one side has and the other has not. */
const crossingOnOneSide = (before: Tenancy, after: Tenancy): string[] => {
  const [was, is] = [before, after].map(
    ({ policies = [] }) =>
      new Set(
        policies.flatMap((p) => p.statements).filter((s) => /^\s*(deny\s+)?(endorse|admit)\b/i.test(s)),
      ),
  ) as [Set<string>, Set<string>];
  return [...[...was].filter((s) => !is.has(s)), ...[...is].filter((s) => !was.has(s))];
};

/** A tenancy without the statements that are not known: they are told apart by nothing. */
export const knownOf = (compiled: CompiledTenancy): CompiledTenancy => {
  const policies = compiled.tenancy.policies ?? [];
  if (!policies.some((p) => p.unknownStatements)) return compiled;
  return withStatements(
    compiled,
    compiled.statements.filter(
      ({ ref }) => !policies[ref.policy]!.unknownStatements?.includes(ref.statement),
    ),
  );
};

/** Statements and rules that are not known on one side, and are not the same on the other. */
const notKnown = (before: Tenancy, after: Tenancy): string[] => {
  const [was, is] = [before, after].map(
    ({ policies = [], dynamicGroups = [] }) =>
      new Set([
        ...policies.flatMap((p) => (p.unknownStatements ?? []).map((i) => p.statements[i] ?? "")),
        ...dynamicGroups
          .filter((g) => g.unknownRule)
          .map((g) => `dynamic group ${g.name}: ${g.matchingRule}`),
      ]),
  ) as [Set<string>, Set<string>];
  return [...was].filter((text) => !is.has(text)).concat([...is].filter((text) => !was.has(text)));
};

/** The class of access that only the one side or the other gives. */
const oneSided: Judge = (before, after) => {
  const [was, is] = [before.decision === "allow", after.decision === "allow"];
  return was === is ? undefined : is ? "gained" : "lost";
};

/** The classes of requests that a comparison found, and what it could not say. */
export interface Classes {
  entries: ReadonlyMap<string, readonly Difference[]>;
  undecided: string[];
  notes: string[];
}

/**
 * Compares two tenancies by classes of requests.
 * @param judge the class of a request; called only for requests that a difference between the two may touch
 * @param meanings names for statements; those of another comparison of the same statements save work
 */
export const compareBy = (sides: Sides, judge: Judge, meanings = new Meanings()): Classes => {
  const notes = new Set<string>();
  const incomplete = (statements: readonly CompiledStatement[]): void => {
    for (const text of new Set(statements.map((s) => s.text)))
      notes.add(
        `not wholly compared, its conditions have more combinations of values than are looked at: ${text}`,
      );
  };
  const slice = sliceOf(sides, meanings);
  const { changed } = slice;
  const undecided = [...undecidable(sides, meanings), ...notKnown(sides[0].tenancy, sides[1].tenancy)];
  for (const text of crossingOnOneSide(sides[0].tenancy, sides[1].tenancy))
    notes.add(`not compared, access across tenancies is outside the comparison: ${text}`);
  if (changed?.keys.size === 0) return { entries: new Map(), undecided, notes: [...notes] };
  const all = slice.sides.flatMap((c) => c.directory.places.map((p) => p.id));
  const places = [...new Set(all)].filter((id) => !changed || changed.compartments.has(id));
  const compartments = new Map(places.map((id) => [id, samePlace(slice.sides, id)]));
  const everybody = representatives(
    slice.sides,
    () =>
      notes.add(
        "not every principal was looked at: the matching rules have too many combinations of ids, compartments and tags",
      ),
    [],
    changed,
  );
  const question = { slice, meanings, judge, compartments, incomplete };
  const found = everybody.flatMap((who) => compareAt(question, who));
  const entries = new Map<string, Difference[]>();
  for (const [sign, differences] of grouped(slice.sides, everybody, found)) {
    const [before, after] = slice.sides;
    const witnessed = differences.filter(
      ({ witness }) => judge(decide(before, witness), decide(after, witness)) === sign,
    );
    if (witnessed.length > 0) entries.set(sign, witnessed);
  }
  return { entries, undecided, notes: [...notes] };
};

/** {@link compareTenancies} of tenancies that are compiled. */
export const compareCompiled = (sides: Sides, meanings?: Meanings): AccessComparison => {
  const { entries, undecided, notes } = compareBy(sides, oneSided, meanings);
  return {
    gained: [...(entries.get("gained") ?? [])],
    lost: [...(entries.get("lost") ?? [])],
    ...(undecided.length > 0 && { undecided }),
    ...(notes.length > 0 && { notes }),
  };
};

/**
 * Compares two tenancies.
 * @returns the access gained and lost, by principal, compartment and condition; both empty when neither side
 *   allows a request that the other does not, however differently they are written
 */
export const compareTenancies = (before: Tenancy, after: Tenancy): AccessComparison =>
  compareCompiled([knownOf(compile(before)), knownOf(compile(after))]);
