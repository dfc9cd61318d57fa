/**
 * Checks assertions about a tenancy: proven over every request, or broken with a witness.
 * @module
 */
import { representatives, type Representative } from "../compare/principals.ts";
import type { Sides } from "../compare/types.ts";
import { byKey, type CompiledStatement, type CompiledTenancy, compile } from "../decide/compile.ts";
import { isWithin } from "../decide/directory.ts";
import { keysOf } from "../decide/principals.ts";
import { NO, UNKNOWN, YES } from "../decide/truth.ts";
import type { StatementRef, Tenancy } from "../decide/types.ts";
import { type Ready, readyAssertion } from "./ready.ts";
import {
  dependsOnPlace,
  dependsOnPrincipal,
  dependsOnQuestion,
  type Found,
  granting,
  prove,
  type Situation,
} from "./prove.ts";
import type { Question } from "./questions.ts";
import type { Assertion, AssertionProblem, AssertionResult, Breach, StatementWithText } from "./types.ts";
import { mayWhat, whoIs } from "./words.ts";

/** The outcome of a check: a result for each assertion, or what is wrong with them. */
export interface AssertionCheck {
  results: AssertionResult[];
  /** Names that do not exist, conditions that do not parse: no assertion is checked then. */
  problems: readonly AssertionProblem[];
  /** What the tenancy itself has of statements that take no part in decisions. */
  notes: readonly string[];
}

/** Most principals of one assertion whose breach is said. */
const MOST_BREACHES = 20;

/** Most reasons for doubt that are said. */
const MOST_DOUBTS = 20;

/** The identities of objects, as short texts. */
const identities = (): ((of: object) => string) => {
  const known = new Map<object, string>();
  return (of) => {
    const text = known.get(of) ?? String(known.size);
    known.set(of, text);
    return text;
  };
};

/** One assertion while it is checked. */
class Check {
  readonly breaches: Breach[] = [];
  readonly doubts = new Set<string>();
  readonly incomplete = new Set<string>();
  private readonly compiled: CompiledTenancy;
  private readonly ready: Ready;
  private readonly id = identities();
  private readonly known = new Map<string, Found>();
  private readonly distinct = new Map<string, Question[]>();
  private readonly allow: ReadonlyMap<string, readonly CompiledStatement[]>;
  private readonly deny: ReadonlyMap<string, readonly CompiledStatement[]>;
  private readonly freely: boolean;

  constructor(compiled: CompiledTenancy, ready: Ready) {
    this.compiled = compiled;
    this.ready = ready;
    const permissions = [...new Set(ready.questions.flatMap((q) => q.permissions))];
    const relevant = compiled.statements.filter(
      (s) =>
        (isWithin(s.place, ready.place) || isWithin(ready.place, s.place)) &&
        permissions.some((p) => granting([s], p).length > 0),
    );
    this.allow = byKey(relevant.filter((s) => s.effect === "allow"));
    this.deny = byKey(relevant.filter((s) => s.effect === "deny"));
    // Allowed, or not known, without any statement.
    this.freely = ready.questions.some(
      (q) => q.unlisted || q.permissions.length === 0 || q.permissions.includes("COMPARTMENT_INSPECT"),
    );
  }

  /** Looks at one principal. */
  principal(who: Representative): void {
    const { compiled, ready } = this;
    const memberships = [...who.groups[0]].map((id) => ({ id, tags: undefined }));
    const { keys } = keysOf(who.principal, memberships);
    const mine = statementsOf(this.allow, keys);
    if (mine.length === 0 && !this.freely) return;
    const exempt =
      who.principal.type === "user" &&
      compiled.administrators !== undefined &&
      who.groups[0].has(compiled.administrators);
    const against = exempt ? [] : statementsOf(this.deny, keys);
    const seen = new Set<string>();
    for (const place of ready.places) {
      const at = (s: CompiledStatement): boolean => place.chain.includes(s.place.index);
      const allow = mine.filter(at);
      if (allow.length === 0 && !this.freely) continue;
      const situation: Situation = {
        compiled,
        principal: who.principal,
        compartment: place.id,
        allow,
        deny: against.filter(at),
        condition: ready.condition,
      };
      const statements = [...allow, ...situation.deny].map(this.id).join();
      const key = dependsOnPlace(situation) ? `${statements} ${place.id}` : statements;
      if (seen.has(key)) continue;
      seen.add(key);
      if (this.situation(who, situation, key)) return;
    }
  }

  /** Looks at one principal in one compartment. @returns true where the assertion is broken there */
  private situation(who: Representative, situation: Situation, key: string): boolean {
    const own = dependsOnPrincipal(situation)
      ? this.id(who)
      : `${who.principal.type}${who.groups[0].size === 0}${situation.deny.length}`;
    for (const question of this.questionsOf(situation, key)) {
      const memo = `${key} | ${own} | ${this.id(question)}`;
      let found = this.known.get(memo);
      const fresh = found === undefined;
      found ??= prove(situation, question, () => this.incomplete.add(question.label));
      this.known.set(memo, found);
      if (found.truth === NO) continue;
      // The same for somebody else, or elsewhere: with a request of their own.
      const mine = fresh ? found : prove(situation, question, () => {});
      if (mine.truth === YES) {
        this.breaches.push(this.breach(who, question, mine));
        return true;
      }
      if (mine.truth === UNKNOWN) this.doubt(question, mine);
    }
    return false;
  }

  /** The questions that the statements here can tell apart. */
  private questionsOf(situation: Situation, key: string): readonly Question[] {
    const known = this.distinct.get(key);
    if (known) return known;
    const apart = dependsOnQuestion(situation);
    const found = new Map<string, Question>();
    for (const q of this.ready.questions) {
      const grants = q.permissions.map((p) => granting(situation.allow, p));
      const none = grants.map((g, i) => g.length === 0 && q.permissions[i] !== "COMPARTMENT_INSPECT");
      if (
        !q.unlisted &&
        q.permissions.length > 0 &&
        (q.mode === "all" ? none.includes(true) : !none.includes(false))
      )
        continue;
      const by = q.permissions.map((p, i) =>
        [...grants[i]!, ...granting(situation.deny, p)]
          .map((s) => `${this.id(s)}:${holdsFully(s, p)}`)
          .join(),
      );
      const free = q.permissions.filter((p) => p === "COMPARTMENT_INSPECT").join();
      const asked = apart || q.unlisted || q.permissions.length === 0 ? q.label : "";
      const same = [q.mode, q.byPattern, [...new Set(by)].sort().join(" & "), free, asked].join("|");
      if (!found.has(same)) found.set(same, q);
    }
    const questions = [...found.values()];
    this.distinct.set(key, questions);
    return questions;
  }

  private breach(who: Representative, question: Question, { request, decision }: Found): Breach {
    const name = whoIs(this.compiled, who);
    return {
      who: name,
      witness: request!,
      words: `${name} ${mayWhat(this.compiled, request!, question.label)}`,
      statements: decision!.granted.map((ref) => this.withText(ref)),
    };
  }

  private doubt({ label }: Question, { decision }: Found): void {
    const { undecided = [], notes = [] } = decision!;
    const reasons = undecided.length > 0 ? undecided.map((ref) => this.textOf(ref)) : notes;
    for (const reason of reasons) if (this.doubts.size < MOST_DOUBTS) this.doubts.add(`${label}: ${reason}`);
  }

  private textOf({ policy, statement }: StatementRef): string {
    return this.compiled.tenancy.policies![policy]!.statements[statement]!;
  }

  private withText(ref: StatementRef): StatementWithText {
    return { ...ref, text: this.textOf(ref) };
  }
}

const holdsFully = ({ permissions: { everything, names } }: CompiledStatement, permission: string): boolean =>
  everything || names.has(permission);

const statementsOf = (
  index: ReadonlyMap<string, readonly CompiledStatement[]>,
  keys: readonly string[],
): CompiledStatement[] => [...new Set(keys.flatMap((key) => index.get(key) ?? []))];

/** The breaches that other statements allow than those before. */
const byStatements = (breaches: readonly Breach[]): Breach[] => {
  const found = new Map<string, Breach>();
  for (const b of breaches) {
    const key = b.statements.map(({ policy, statement }) => `${policy}.${statement}`).join();
    if (!found.has(key)) found.set(key, b);
  }
  return [...found.values()];
};

const checkOne = (
  compiled: CompiledTenancy,
  everybody: readonly Representative[],
  ready: Ready,
  general: readonly string[],
): AssertionResult => {
  const { assertion, index } = ready;
  const check = new Check(compiled, ready);
  const concerned = [...everybody, ...ready.further].filter(ready.concerns);
  for (const who of concerned) {
    check.principal(who);
    if (check.breaches.length >= MOST_BREACHES) break;
  }
  const [first, ...further] = byStatements(check.breaches);
  const unproven = [
    ...general,
    ...[...check.incomplete].map(
      (label) =>
        `not every request for ${label} was looked at: there are more combinations of values than are tried`,
    ),
  ];
  const notes = [
    ...ready.notes,
    ...(concerned.length === 0 ? ["it speaks of nobody: no principal is in what it names"] : []),
    ...(first ? [] : unproven),
  ];
  const dependsOn = first ? [] : [...check.doubts];
  return {
    assertion: index,
    kind: assertion.kind,
    ...(assertion.name !== undefined && { name: assertion.name }),
    ...(assertion.because !== undefined && { because: assertion.because }),
    holds: !first && dependsOn.length === 0 && unproven.length === 0,
    ...(first && { witness: first.witness, words: first.words, statements: first.statements }),
    ...(further.length > 0 && { further }),
    ...(dependsOn.length > 0 && { dependsOn }),
    ...(notes.length > 0 && { notes }),
  };
};

/**
 * Checks assertions.
 * @param options.partial the tenancy is only a part of one: a group that it does not have is noted, and not refused
 * @returns for each whether it holds for every request, else a request that breaks it or what it depends on; or
 *   every problem at once: a name that does not exist is one
 * @example checkAssertions(tenancy, readAssertions(list).assertions).results.every(({ holds }) => holds)
 */
export const checkAssertions = (
  tenancy: Tenancy,
  assertions: readonly Assertion[],
  { partial = false }: { partial?: boolean } = {},
): AssertionCheck => {
  const compiled = compile(tenancy);
  const made = assertions.map((assertion, i) => readyAssertion(compiled, assertion, i, partial));
  const problems = made.flatMap((m) => m.problems);
  const admits = (tenancy.policies ?? []).some((p) => p.statements.some((text) => /^\s*admit\b/i.test(text)));
  const notes = [
    ...compiled.problems,
    ...(admits ? ["principals of other tenancies, whom admit statements let in, are not looked at"] : []),
  ];
  if (problems.length > 0) return { results: [], problems, notes };
  const ready = made.flatMap((m) => m.ready ?? []);
  const sides: Sides = [compiled, compiled];
  const general = new Set<string>();
  const everybody = representatives(
    sides,
    () =>
      general.add(
        "not every principal was looked at: the matching rules have too many combinations of ids, compartments and tags",
      ),
    ready.flatMap((r) => r.atoms),
  );
  return { results: ready.map((r) => checkOne(compiled, everybody, r, [...general])), problems: [], notes };
};
