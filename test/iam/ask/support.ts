/** What the tests of answers share. @module */

import type { Formula } from "../../../iam/ask/formula.ts";
import type { CompiledTenancy } from "../../../iam/decide/compile.ts";
import { compileCondition, type Test } from "../../../iam/decide/condition.ts";
import { DecisionContext } from "../../../iam/decide/context.ts";
import { membershipsOf } from "../../../iam/decide/principals.ts";
import { type AccessStatement, parseStatement, type Request } from "../../../iam/index.ts";

/** A request while conditions are asked for its values. */
export interface Asked {
  compiled: CompiledTenancy;
  request: Request;
  permission: string;
}

const contextOf = ({ compiled, request, permission }: Asked): DecisionContext => {
  const place = compiled.directory.placeById.get(
    (request.compartment ?? compiled.tenancy.tenancy).toLowerCase(),
  )!;
  const { principal } = request;
  const context = new DecisionContext(
    request,
    place,
    compiled.directory.places,
    membershipsOf(compiled, principal),
    principal.type === "user" ? compiled.userNames.get(principal.id.toLowerCase()) : undefined,
  );
  context.permission = permission;
  return context;
};

export type Word = "allow" | "deny" | "unknown";

/** The truth of a formula for a request. */
export const truthOf = (formula: Formula, asked: Asked): Word => {
  switch (formula.kind) {
    case "yes":
      return "allow";
    case "no":
      return "deny";
    case "unknown":
      return "unknown";
    case "leaf": {
      const truth = compileCondition(formula.atom)(contextOf(asked));
      if (truth === 2) return "unknown";
      return (truth === 1) === formula.negated ? "deny" : "allow";
    }
    default: {
      const parts = formula.parts.map((p) => truthOf(p, asked));
      const decisive: Word = formula.kind === "all" ? "deny" : "allow";
      if (parts.includes(decisive)) return decisive;
      if (parts.includes("unknown")) return "unknown";
      return decisive === "deny" ? "allow" : "deny";
    }
  }
};

const tests = new Map<string, Test>();

/** The truth of an answer's condition for a request. */
const conditionHolds = (condition: string | undefined, asked: Asked): Word => {
  if (condition === undefined) return "allow";
  let test = tests.get(condition);
  if (!test) {
    const parsed = parseStatement(`Allow any-user to {X} in tenancy where ${condition}`);
    if (!parsed.ok) throw new Error(`${condition}: ${parsed.error.message}`);
    test = compileCondition((parsed.statement as AccessStatement).condition!);
    tests.set(condition, test);
  }
  return (["deny", "allow", "unknown"] as const)[test(contextOf(asked))]!;
};

/** What entries say together: each is about requests, and depends on what is not known or not. */
export const saidBy = (
  entries: readonly { condition?: string; dependsOn?: string[] }[],
  asked: Asked,
): Word => {
  const words = entries.map(({ condition, dependsOn }): Word => {
    const truth = conditionHolds(condition, asked);
    return truth === "allow" && dependsOn ? "unknown" : truth;
  });
  return words.includes("allow") ? "allow" : words.includes("unknown") ? "unknown" : "deny";
};
