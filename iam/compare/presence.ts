/**
 * What a change of some policies does in the presence of the tenancy's others: which of it is new, which the others
 * allow or deny already, and through which of their statements. Each class of requests is said with the statements
 * that decide every request in it, so that the attribution is exact.
 * @module
 */
import { compile } from "../decide/compile.ts";
import type { Decision, StatementRef, Tenancy } from "../decide/types.ts";
import { compareBy, knownOf } from "./compare.ts";
import { Meanings } from "./meaning.ts";
import type { Difference, Judge, Sides } from "./types.ts";

/**
 * What becomes of requests that a changed statement is about:
 * - `gained`: allowed now, and not before
 * - `lost`: allowed before, and not now
 * - `stopped`: the same, and a deny of the change is the first to stop it; `by` allows it
 * - `already-allowed`: the change allows it anew, and `by` did before
 * - `overruled`: the change allows it anew, and `by` denies it
 * - `still-allowed`: the change allows it no longer, and `by` does
 * - `denied-before`: the change allows it no longer, and `by` denied it
 * - `already-denied`: the change denies it anew, and `by` did before
 * - `still-denied`: the change denies it no longer, and `by` does
 */
export type PresenceEffect =
  | "gained"
  | "lost"
  | "stopped"
  | "already-allowed"
  | "overruled"
  | "still-allowed"
  | "denied-before"
  | "already-denied"
  | "still-denied";

/** A class of requests. */
export interface PresenceEntry extends Difference {
  effect: PresenceEffect;
  /** The others' statements that decide it. */
  by: StatementRef[];
  /** The change's own statements that deny it. */
  through: StatementRef[];
}

/** The effect of a change in the presence of others. */
export interface PresenceComparison {
  entries: PresenceEntry[];
  undecided: string[];
  notes: string[];
}

/** A decision of one side, by whose statements it is. */
interface Shares {
  allowed: boolean;
  ours: { grants: StatementRef[]; denies: StatementRef[] };
  theirs: { grants: StatementRef[]; denies: StatementRef[] };
}

/** Tells the statements that change from the others. */
type IsOurs = (ref: StatementRef) => boolean;

const sharesOf = ({ decision, granted, denied }: Decision, isOurs: IsOurs): Shares => {
  const of = (mine: boolean): Shares["ours"] => {
    const belongs = (ref: StatementRef): boolean => isOurs(ref) === mine;
    return { grants: granted.filter(belongs), denies: denied.filter(belongs) };
  };
  return { allowed: decision === "allow", ours: of(true), theirs: of(false) };
};

const some = (refs: readonly StatementRef[]): boolean => refs.length > 0;

/** The change's statements by themselves allow it. */
const byItself = ({ ours }: Shares): boolean => some(ours.grants) && !some(ours.denies);

type Verdict = readonly [effect: PresenceEffect, by: StatementRef[], through?: StatementRef[]];

/** The class of a request whose outcome changes. */
const changedOutcome = (was: Shares, is: Shares): Verdict => {
  if (is.allowed) return ["gained", was.theirs.grants];
  return some(is.ours.denies) && !some(was.ours.denies)
    ? ["stopped", was.theirs.grants, is.ours.denies]
    : ["lost", []];
};

/** The class of a request that the change is about, and whose outcome is the same. */
const sameOutcome = (was: Shares, is: Shares): Verdict | undefined => {
  const { allowed } = is;
  const [did, does] = [byItself(was), byItself(is)];
  if (does && !did) return allowed ? ["already-allowed", was.theirs.grants] : ["overruled", is.theirs.denies];
  if (did && !does)
    return allowed ? ["still-allowed", is.theirs.grants] : ["denied-before", was.theirs.denies];
  // A deny matters where the others allow something.
  if (!some(is.theirs.grants) || !some(is.theirs.denies)) return undefined;
  if (some(is.ours.denies) && !some(was.ours.denies))
    return ["already-denied", was.theirs.denies, is.ours.denies];
  if (some(was.ours.denies) && !some(is.ours.denies)) return ["still-denied", is.theirs.denies];
  return undefined;
};

const judgeFor =
  (isOurs: IsOurs): Judge =>
  (before, after) => {
    const [was, is] = [sharesOf(before, isOurs), sharesOf(after, isOurs)];
    const verdict = was.allowed === is.allowed ? sameOutcome(was, is) : changedOutcome(was, is);
    return verdict && JSON.stringify(verdict);
  };

/** Names for statements that keep the others' apart where they mean the same: each is named. */
export const apartBy = (isOurs: IsOurs): Meanings =>
  new Meanings(({ ref }) => (isOurs(ref) ? "changed" : `${ref.policy} ${ref.statement}`));

/** {@link compareInPresence} of tenancies that are compiled. @param meanings of {@link apartBy} */
export const presenceIn = (sides: Sides, isOurs: IsOurs, meanings: Meanings): PresenceComparison => {
  const { entries, undecided, notes } = compareBy(sides, judgeFor(isOurs), meanings);
  const found = [...entries].flatMap(([sign, differences]) => {
    const [effect, by, through = []] = JSON.parse(sign) as Verdict;
    return differences.map((d): PresenceEntry => ({ ...d, effect, by, through }));
  });
  return { entries: found, undecided, notes };
};

/**
 * Compares two states of some policies in the presence of others.
 * @param before the tenancy; its first policies are the others, then come those that change
 * @param after the same, with the same others
 * @param others how many policies are the others'
 * @returns the requests that the changed statements are about, each class with the statements that decide it. What
 *   the change neither allows nor denies anew, nor any longer, is left out
 */
export const compareInPresence = (before: Tenancy, after: Tenancy, others: number): PresenceComparison => {
  const isOurs = ({ policy }: StatementRef): boolean => policy >= others;
  return presenceIn([knownOf(compile(before)), knownOf(compile(after))], isOurs, apartBy(isOurs));
};
