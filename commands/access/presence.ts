/** A stack's change in the presence of the tenancy's other policies, for people. @module */
import {
  compareInPresence,
  type Difference,
  type PresenceEffect,
  type StatementRef,
  type Tenancy,
} from "../../iam/index.ts";
import type { AccessEntry } from "./entry.ts";
import { joined } from "./join.ts";
import { shown } from "./placeholders.ts";
import type { AccessReport } from "./report.ts";

/** A statement by the name of its policy. */
export interface NamedStatement {
  policy: string;
  statement: string;
}

/** What becomes of the requests of an entry, and by which statements. */
export interface Attribution {
  effect: PresenceEffect;
  /** The statements of the tenancy's other policies that decide it. */
  by: NamedStatement[];
  /** The stack's statements that deny it. */
  through: NamedStatement[];
}

/** A tenancy, and the file that it is from. */
export interface Surroundings {
  tenancy: Tenancy;
  file: string;
}

/** A change in the presence of others: all of it that is no change of access is in `withoutEffect`. */
export interface PresenceReport {
  file: string;
  /** What of the tenancy was recognised as the stack's own. */
  recognised: string[];
  withoutEffect: (AccessEntry & Attribution)[];
  /** New deny statements that stop nothing that is allowed. */
  idleDenies: string[];
  notes: string[];
}

/** The order of entries for people, and an entry in words. */
export interface Words {
  order(a: Difference, b: Difference): number;
  entry(difference: Difference): AccessEntry;
}

const nameOf = (tenancy: Tenancy, { policy, statement }: StatementRef): NamedStatement => {
  const found = tenancy.policies![policy]!;
  return {
    policy: found.name ?? found.id ?? `the policy at place ${policy}`,
    statement: shown(found.statements[statement]!),
  };
};

const isDeny = (text: string): boolean => /^\s*deny\b/i.test(text);

const statementsFrom = ({ policies = [] }: Tenancy, first: number): string[] =>
  policies.slice(first).flatMap((p) => [...p.statements]);

/** Effects that are a change of access. */
const SIGNS: Partial<Record<PresenceEffect, "gained" | "lost">> = {
  gained: "gained",
  lost: "lost",
  stopped: "lost",
};

/** The parts of a comparison in the presence of others. */
export interface Parted {
  gained: (AccessEntry & Attribution)[];
  lost: (AccessEntry & Attribution)[];
  undecided: string[];
  presence: PresenceReport;
}

/**
 * Compares two states of the stack in the tenancy.
 * @param before the tenancy with the stack's policies last
 * @param others how many policies are not the stack's
 */
export const parted = (
  before: Tenancy,
  after: Tenancy,
  others: number,
  words: Words,
  known: Pick<PresenceReport, "file" | "recognised" | "notes">,
): Parted => {
  const { entries, undecided, notes } = compareInPresence(before, after, others);
  const named = [...entries].sort(words.order).map((e) => ({
    ...words.entry(e),
    effect: e.effect,
    by: e.by.map((ref) => nameOf(e.effect === "lost" ? before : after, ref)),
    through: e.through.map((ref) => nameOf(after, ref)),
  }));
  const of = (sign: "gained" | "lost" | undefined): (AccessEntry & Attribution)[] =>
    named.filter((e) => SIGNS[e.effect] === sign);
  const old = statementsFrom(before, others);
  const firing = new Set(named.flatMap((e) => e.through.map((s) => s.statement)));
  const idle = statementsFrom(after, others)
    .filter((text) => isDeny(text) && !old.includes(text))
    .map(shown)
    .filter((text) => !firing.has(text));
  return {
    gained: of("gained"),
    lost: of("lost"),
    undecided: [...undecided, ...notes],
    presence: { ...known, withoutEffect: of(undefined), idleDenies: after.denyEnabled ? idle : [] },
  };
};

/**
 * Compares a stack's reports in a tenancy.
 * @throws ConfigError when the stack is of another tenancy
 */
export const presenceOf = (
  before: AccessReport | undefined,
  after: AccessReport | undefined,
  { tenancy, file }: Surroundings,
  words: Words,
): Parted => {
  const { before: was, after: is, others, recognised, notes } = joined(before, after, tenancy, file);
  return parted(was, is, others.length, words, { file, recognised, notes });
};

const list = (refs: readonly NamedStatement[], name: (policy: string) => string): string =>
  [...new Set(refs.map((r) => name(r.policy)))].join(" and ");

/**
 * An entry's attribution as a sentence without its full stop; empty for access gained or lost that no other policy
 * is concerned with.
 * @param name spells a policy's name
 * @param deny what the stack's deny is called
 */
export const attributionWords = (
  { effect, by }: Attribution,
  name: (policy: string) => string,
  deny = "your deny",
): string => {
  const them = list(by, name);
  switch (effect) {
    case "gained":
      return them && `${them} allows it, and the stack's deny no longer stops it`;
    case "lost":
      return "";
    case "stopped":
      return `${deny} is the first to stop it${them && `: ${them} allows it`}`;
    case "already-allowed":
      return `no change: ${them} already allows it`;
    case "overruled":
      return `no effect: ${them} denies it`;
    case "still-allowed":
      return `no change: ${them} still allows it`;
    case "denied-before":
      return `no change: ${them} denied it before`;
    case "already-denied":
      return `no change: ${them} already denies it`;
    case "still-denied":
      return `no change: ${them} still denies it`;
  }
};
