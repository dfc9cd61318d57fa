/**
 * Proves one question of one principal in one compartment: no request that meets the condition is allowed, or here
 * is one that is. A request is allowed only where, for each permission that it takes, some statement grants it; so
 * each choice of such statements is looked at alone, over every combination of values that these statements, those
 * that deny and the condition can tell apart.
 * @module
 */
import {
  byPermission,
  combinations,
  dimensionsOf,
  MOST_COMBINATIONS,
  requestFor,
  taggedOperation,
} from "../compare/requests.ts";
import type { Cell, Sides } from "../compare/types.ts";
import type { CompiledStatement, CompiledTenancy } from "../decide/compile.ts";
import { DecisionContext } from "../decide/context.ts";
import { decide, holds } from "../decide/decide.ts";
import { membershipsOf } from "../decide/principals.ts";
import { NO, type Truth, UNKNOWN, YES } from "../decide/truth.ts";
import type { Decision, Principal, Request } from "../decide/types.ts";
import { atomsOf } from "../lint/conditions.ts";
import { type ReadyCondition, speaksOf } from "./condition.ts";
import type { Question } from "./questions.ts";

/** Somebody in a compartment, with the statements there that are about them and the assertion. */
export interface Situation {
  compiled: CompiledTenancy;
  principal: Principal;
  /** OCID of the compartment. */
  compartment: string;
  allow: readonly CompiledStatement[];
  deny: readonly CompiledStatement[];
  condition: ReadyCondition | undefined;
}

/** A request that is allowed, or that nobody can be certain about. */
export interface Found {
  truth: Truth;
  request?: Request;
  decision?: Decision;
}

const NOTHING: Found = { truth: NO };

/** Most choices of statements for an operation that takes several permissions. */
const MOST_CHOICES = 2_000;

/** Instances list compartments without any statement. */
const needsNoStatement = ({ principal }: Situation, permission: string): boolean =>
  permission === "COMPARTMENT_INSPECT" && principal.type === "instance";

/** The statements that may grant a permission. */
export const granting = (statements: readonly CompiledStatement[], permission: string): CompiledStatement[] =>
  statements.filter((s) => holds(s, permission) !== NO);

type Choice = ReadonlySet<CompiledStatement>;

/**
 * Choices of statements that grant together what a question takes.
 * @returns undefined where there are too many
 */
const choicesFor = (situation: Situation, { permissions, mode }: Question): Choice[] | undefined => {
  const needed = permissions.filter((p) => !needsNoStatement(situation, p));
  if (needed.length < permissions.length && mode === "any") return [new Set()];
  const grants = needed.map((p) => granting(situation.allow, p));
  if (mode === "any") return [...new Set(grants.flat())].map((s) => new Set([s]));
  let choices: Choice[] = [new Set()];
  for (const statements of grants) {
    const next = new Map<string, Choice>();
    for (const choice of choices) {
      for (const s of statements) {
        const more = new Set([...choice, s]);
        next.set(
          [...more]
            .map(({ ref }) => `${ref.policy}.${ref.statement}`)
            .sort()
            .join(),
          more,
        );
        if (next.size > MOST_CHOICES) return undefined;
      }
    }
    choices = [...next.values()];
  }
  // A single statement that grants all of it is the simplest witness.
  return choices.sort((a, b) => a.size - b.size);
};

/**
 * The condition's truth for a request. It describes the request, and grants nothing: a target's tag counts also with a
 * permission that no tag can grant.
 */
const conditionHolds = (
  { compiled, principal, compartment, condition }: Situation,
  request: Request,
): Truth => {
  if (!condition) return YES;
  const { directory, userNames } = compiled;
  const name = principal.type === "user" ? userNames.get(principal.id.toLowerCase()) : undefined;
  const place = directory.placeById.get(compartment)!;
  const memberships = membershipsOf(compiled, principal);
  const context = new DecisionContext(request, place, directory.places, memberships, name);
  if (speaksOf(condition.atoms, /^request\.permission$/)) context.permission = request.permissions?.[0] ?? "";
  return condition.test(context);
};

/** The requests of a choice of statements. */
const requestsOf = function* (
  situation: Situation,
  question: Question,
  choice: Choice,
  incomplete: () => void,
): Generator<Request> {
  const { compiled, principal, compartment, deny, condition } = situation;
  const sides: Sides = [compiled, compiled];
  const statements = [...choice, ...deny];
  const atoms = [...statements.flatMap((s) => atomsOf(s.tree.condition)), ...(condition?.atoms ?? [])];
  const [permission = ""] = question.permissions;
  const byOperation = question.request.operation !== undefined;
  const tagged = byOperation ? undefined : taggedOperation(atoms, permission);
  const cell: Cell = { sides, statements: [statements, []], principal, compartment };
  for (const operation of tagged === undefined ? [undefined] : [undefined, tagged]) {
    const dimensions = dimensionsOf(cell, atoms, permission, incomplete).filter(
      ({ variable }) => !byOperation || variable.toLowerCase() !== "request.operation",
    );
    const sizes = dimensions.map((d) => d.samples.length);
    if (sizes.reduce((product, size) => product * size, 1) > MOST_COMBINATIONS) incomplete();
    const asked = operation === undefined ? cell : { ...cell, operation };
    for (const combination of combinations(sizes, MOST_COMBINATIONS)) {
      const request = requestFor(asked, permission, dimensions, combination);
      if (!byOperation) yield byPermission(request);
      else {
        const { permissions: _, operation: __, ...rest } = request;
        yield { ...rest, ...question.request };
      }
    }
  }
};

/** The decision that breaks an assertion: allowed, and where a pattern asked, by a statement. */
const breaks = (decision: Decision, { byPattern }: Question): boolean =>
  decision.decision === "allow" && !(byPattern && decision.granted.length === 0);

/**
 * Looks for a request of a question that is allowed.
 * @param incomplete called when there are more requests than are looked at
 * @returns the first that is allowed; else the first about which nobody can be certain; else NO
 */
export const prove = (situation: Situation, question: Question, incomplete: () => void): Found => {
  let doubt: Found | undefined;
  const found = question.unlisted ? [new Set<CompiledStatement>()] : choicesFor(situation, question);
  if (!found) incomplete();
  const choices = found ?? [new Set(situation.allow)];
  for (const choice of choices) {
    for (const request of requestsOf(situation, question, choice, incomplete)) {
      const truth = conditionHolds(situation, request);
      if (truth === NO) continue;
      const decision = decide(situation.compiled, request);
      if (decision.decision === "deny") continue;
      if (truth === YES && breaks(decision, question)) return { truth: YES, request, decision };
      if (decision.decision === "unknown" || truth === UNKNOWN)
        doubt ??= { truth: UNKNOWN, request, decision };
    }
  }
  return doubt ?? NOTHING;
};

/** True where statements or condition compare a variable. @param name tells by the name in lower case */
const compares = ({ allow, deny, condition }: Situation, name: RegExp): boolean =>
  speaksOf(
    [...[...allow, ...deny].flatMap((s) => atomsOf(s.tree.condition)), ...(condition?.atoms ?? [])],
    name,
  );

/** True where the outcome may differ between principals that the same statements are about. */
export const dependsOnPrincipal = (situation: Situation): boolean =>
  compares(situation, /^request\.(principal|user|groups|instance|resource|service)\./);

/** True where the outcome may differ between compartments with the same statements. */
export const dependsOnPlace = (situation: Situation): boolean =>
  compares(situation, /^target\.(resource\.)?compartment\./);

/** True where the outcome may differ between permissions, or operations, that the same statements grant. */
export const dependsOnQuestion = (situation: Situation): boolean =>
  compares(situation, /^(request\.(permission|operation)$|target\.resource\.tag\.)/);
