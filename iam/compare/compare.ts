/**
 * The complete difference between two tenancies: who gains or loses which permissions where, and under which
 * condition, each with a witness request that the evaluator has checked. No solver is needed: conditions can tell
 * apart only so many principals and values, and each kind is tried.
 * @module
 */
import { type CompiledStatement, type CompiledTenancy, compile } from "../decide/compile.ts";
import { decide } from "../decide/decide.ts";
import { keysOf } from "../decide/principals.ts";
import type { Tenancy } from "../decide/types.ts";
import { atomsOf } from "../lint/conditions.ts";
import { variablesIn } from "../lint/facts.ts";
import { printCondition, printStatement } from "../syntax/print.ts";
import { grantedPermissions } from "../tables/tables.ts";
import { type CellDifference, differencesIn } from "./cell.ts";
import { grouped, type PermissionChange } from "./group.ts";
import { type Representative, representatives } from "./principals.ts";
import type { AccessComparison, Cell, Difference, Sides } from "./types.ts";

type Statements = readonly [readonly CompiledStatement[], readonly CompiledStatement[]];

/** Short names for meanings, which may list thousands of permissions; of the comparison that is under way. */
const shortNames = new Map<string, string>();
let nextShortName = 0;

const shortNameOf = (meaning: string): string => {
  let name = shortNames.get(meaning);
  if (name === undefined) {
    // Never used twice: a name of an earlier comparison is no other meaning's.
    nextShortName++;
    name = String(nextShortName);
    shortNames.set(meaning, name);
  }
  return name;
};

/**
 * A short name for the meaning of a statement for those it speaks of, wherever it stands and however it is written:
 * equal for equal meanings.
 */
const meanings = new WeakMap<CompiledStatement, string>();
const meaningOf = (s: CompiledStatement): string => {
  let meaning = meanings.get(s);
  if (meaning === undefined) {
    const { names, maybe, everything, unlisted } = s.permissions;
    const unknown =
      unlisted.length > 0
        ? printStatement({ ...s.tree, subject: { kind: "any-user", start: 0, end: 0 } })
        : [...maybe].sort().join();
    const anyGroup = s.keys[0] === "any-group" ? "any-group" : "";
    const condition = s.tree.condition ? printCondition(s.tree.condition).toLowerCase() : "";
    const held = everything ? "everything" : [...names].sort().join();
    meaning = shortNameOf([s.effect, held, unknown.toLowerCase(), anyGroup, condition].join("|"));
    meanings.set(s, meaning);
  }
  return meaning;
};

/** The statements that speak of a principal in a compartment, each meaning once. */
const statementsFor = (
  compiled: CompiledTenancy,
  keys: readonly string[],
  compartment: string,
): CompiledStatement[] => {
  const place = compiled.directory.placeById.get(compartment);
  const found = new Map<string, CompiledStatement>();
  for (const key of keys) {
    const places = place && compiled.index.get(key);
    if (!places) continue;
    for (const index of place.chain) for (const s of places.get(index) ?? []) found.set(meaningOf(s), s);
  }
  return [...found.values()];
};

/** The state that decisions depend on beside statements: where it differs, no statement may be left out. */
const surroundings = (
  compiled: CompiledTenancy,
  { groups, principal }: Representative,
  side: 0 | 1,
  compartment: string,
): string => {
  const place = compiled.directory.placeById.get(compartment);
  const mine = groups[side];
  const tags = (list: readonly { id: string; tags?: unknown }[] = []): unknown[] =>
    list.filter((g) => mine.has(g.id.toLowerCase())).map((g) => g.tags ?? null);
  return JSON.stringify([
    place
      ? place.chain
          .map((i) => compiled.directory.places[i]!)
          .map((p) => [p.id, p.name ?? null, p.tags ?? null])
      : null,
    tags(compiled.tenancy.groups),
    tags(compiled.tenancy.dynamicGroups),
    [...mine].sort(),
    principal.type === "user" && compiled.administrators !== undefined && mine.has(compiled.administrators),
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
  incomplete: () => void,
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
    const key = `${statements.map((side) => side.map(meaningOf).join(" & ")).join(" > ")}${special ? permission : ""}`;
    let differences = known.get(key);
    if (!differences) {
      differences = differencesIn({ ...cell, statements }, permission, incomplete);
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

const compareAt = (
  sides: Sides,
  who: Representative,
  compartments: readonly string[],
  incomplete: (statements: readonly CompiledStatement[]) => void,
): PermissionChange[] => {
  const memo = new Map<string, Gathered[]>();
  const keys = sides.map((_, side) => {
    const memberships = [...who.groups[side]!].map((id) => ({ id, tags: undefined }));
    return keysOf(who.principal, memberships).keys;
  });
  const found: PermissionChange[] = [];
  for (const compartment of compartments) {
    const statements = [0, 1].map((side) =>
      statementsFor(sides[side]!, keys[side]!, compartment),
    ) as unknown as Statements;
    const meanings = statements.map((side) => side.map(meaningOf).sort());
    const around = [surroundings(sides[0], who, 0, compartment), surroundings(sides[1], who, 1, compartment)];
    const sameAround = around[0] === around[1];
    if (sameAround && meanings[0]!.join() === meanings[1]!.join()) continue;
    const [was, is] = meanings.map((m) => new Set(m)) as [Set<string>, Set<string>];
    const changed = statements
      .flat()
      .filter((s) => !sameAround || was.has(meaningOf(s)) !== is.has(meaningOf(s)));
    if (changed.length === 0) continue;
    const here = sides.map((s) => s.directory.placeById.has(compartment));
    const place = comparesPlace(statements.flat()) || !sameAround || !here[0] || !here[1] ? compartment : "";
    const key = `${meanings.map((m) => m.join(" & ")).join(" > ")} @ ${place}`;
    let differences = memo.get(key);
    if (!differences) {
      differences = cellDifferences(
        { sides, statements, principal: who.principal, compartment },
        changed,
        () => incomplete(changed),
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
const undecidable = (sides: Sides): string[] => {
  const texts = sides.map(
    (c) =>
      new Map(
        c.statements
          .filter(({ permissions: { unlisted, maybe } }) => unlisted.length > 0 || maybe.size > 0)
          .map((s) => [`${meaningOf(s)} ${s.keys.join()} ${s.place.id}`, s.text]),
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
const knownOf = (tenancy: Tenancy): Tenancy => {
  const { policies } = tenancy;
  if (!policies?.some((p) => p.unknownStatements)) return tenancy;
  return {
    ...tenancy,
    policies: policies.map(({ unknownStatements, ...policy }) => ({
      ...policy,
      statements: policy.statements.filter((_, i) => !unknownStatements?.includes(i)),
    })),
  };
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

/** True for a witness: it must be allowed by one side and not by the other. */
const isWitness = ([no, yes]: Sides, { witness }: Difference): boolean => {
  return decide(yes, witness).decision === "allow" && decide(no, witness).decision !== "allow";
};

/**
 * Compares two tenancies.
 * @returns the access gained and lost, by principal, compartment and condition; both empty when neither side
 *   allows a request that the other does not, however differently they are written
 */
export const compareTenancies = (before: Tenancy, after: Tenancy): AccessComparison => {
  shortNames.clear();
  const sides: Sides = [compile(knownOf(before)), compile(knownOf(after))];
  const notes = new Set<string>();
  const incomplete = (statements: readonly CompiledStatement[]): void => {
    for (const text of new Set(statements.map((s) => s.text)))
      notes.add(
        `not wholly compared, its conditions have more combinations of values than are looked at: ${text}`,
      );
  };
  const compartments = [...new Set(sides.flatMap((c) => c.directory.places.map((p) => p.id)))];
  const everybody = representatives(sides, () =>
    notes.add(
      "not every principal was looked at: the matching rules have too many combinations of ids, compartments and tags",
    ),
  );
  for (const text of crossingOnOneSide(before, after))
    notes.add(`not compared, access across tenancies is outside the comparison: ${text}`);
  const found = everybody.flatMap((who) => compareAt(sides, who, compartments, incomplete));
  const { gained, lost } = grouped(sides, everybody, found);
  const undecided = [...undecidable(sides), ...notKnown(before, after)];
  return {
    gained: gained.filter((e) => isWitness(sides, e)),
    lost: lost.filter((e) => isWitness([sides[1], sides[0]], e)),
    ...(undecided.length > 0 && { undecided }),
    ...(notes.size > 0 && { notes: [...notes] }),
  };
};
