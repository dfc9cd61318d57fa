/**
 * Proposals that make a tenancy's policies fewer and shorter. Each is proven: the comparison of before and after is
 * empty and complete.
 * @module
 */
import { Meanings } from "../compare/meaning.ts";
import { compile } from "../decide/compile.ts";
import { statementsOnPaths } from "../decide/paths.ts";
import type { StatementRef, Tenancy } from "../decide/types.ts";
import { LIMITS } from "../limits.ts";
import { type Merge, mergesIn } from "./merge.ts";
import { type Redundant, redundantIn } from "./redundant.ts";

/** Counts that OCI limits. */
export interface PolicyCounts {
  policies: number;
  statements: number;
  /** Most statements of a policy, and on a path from the root to a compartment. */
  mostInPolicy: number;
  mostOnPath: number;
}

/** Policies of one compartment that fit into one. */
export interface Join {
  /** Indices of the policies; the first takes the statements of the others. */
  policies: number[];
}

/** What can be made fewer. */
export interface Consolidation {
  redundant: Redundant[];
  merges: Merge[];
  joins: Join[];
  /** The tenancy with every redundant statement that can go together gone, and merges made; joins are not. */
  after: Tenancy;
  counts: { before: PolicyCounts; after: PolicyCounts };
}

const keyOf = ({ policy, statement }: StatementRef): string => `${policy} ${statement}`;

const countsOf = (tenancy: Tenancy, joined: number): PolicyCounts => {
  const sizes = (tenancy.policies ?? []).map((p) => p.statements.length);
  return {
    policies: sizes.filter((size) => size > 0).length - joined,
    statements: sizes.reduce((sum, size) => sum + size, 0),
    mostInPolicy: Math.max(0, ...sizes),
    mostOnPath: Math.max(0, ...statementsOnPaths(tenancy).map((p) => p.count)),
  };
};

/** Policies of the same compartment, put together in order as far as the limit of one policy goes. */
const joinsOf = ({ policies = [] }: Tenancy): Join[] => {
  const open = new Map<string, { policies: number[]; size: number }[]>();
  for (const [i, { compartment, statements }] of policies.entries()) {
    if (statements.length === 0) continue;
    const place = compartment?.toLowerCase() ?? "";
    const bins = open.get(place) ?? [];
    open.set(place, bins);
    const bin = bins.find((b) => b.size + statements.length <= LIMITS.statementsInPolicy);
    if (bin) {
      bin.policies.push(i);
      bin.size += statements.length;
    } else bins.push({ policies: [i], size: statements.length });
  }
  return [...open.values()]
    .flat()
    .filter((b) => b.policies.length > 1)
    .map(({ policies }) => ({ policies }));
};

/**
 * A tenancy in which every group has a member that is in no other: what is the same only because of who is in the
 * groups today is not taken for the same.
 */
const withStrangers = (tenancy: Tenancy): Tenancy => ({
  ...tenancy,
  ...(tenancy.groups && {
    groups: tenancy.groups.map((g) => ({
      ...g,
      members: [...(g.members ?? []), `ocid1.user.oc1..only-in-${g.id.toLowerCase()}`],
    })),
  }),
});

/** True where every statement and rule is known: beside one that is not, any other may matter. */
const isKnown = ({ policies = [], dynamicGroups = [] }: Tenancy): boolean =>
  policies.every((p) => !p.unknownStatements?.length) && dynamicGroups.every((g) => !g.unknownRule);

/**
 * Finds statements that can be removed and that can become one.
 * @returns proposals that are proven by comparison; what the tables do not know, and what has more combinations of
 *   values than are looked at, is not proposed. Statements that take no part in decisions are left as they are
 */
export const consolidate = (tenancy: Tenancy): Consolidation => {
  const compiled = compile(withStrangers(tenancy));
  const redundant = isKnown(tenancy) ? redundantIn(compiled) : [];
  const gone = new Set(redundant.filter((r) => r.together).map((r) => keyOf(r.statement)));
  const left = compiled.statements.filter((s) => !gone.has(keyOf(s.ref)));
  const merges = isKnown(tenancy) ? mergesIn(compiled, left, new Meanings()) : [];
  const into = new Map(merges.map(({ statements, into: text }) => [keyOf(statements[0]!), text]));
  for (const { statements } of merges) for (const ref of statements.slice(1)) gone.add(keyOf(ref));
  const after: Tenancy = {
    ...tenancy,
    policies: (tenancy.policies ?? []).map((p, policy) => ({
      ...p,
      statements: p.statements.flatMap((text, statement) => {
        const key = keyOf({ policy, statement });
        return gone.has(key) ? [] : [into.get(key) ?? text];
      }),
    })),
  };
  const joins = joinsOf(after);
  const joined = joins.reduce((sum, j) => sum + j.policies.length - 1, 0);
  return {
    redundant,
    merges,
    joins,
    after,
    counts: { before: countsOf(tenancy, 0), after: countsOf(after, joined) },
  };
};
