/**
 * The part of this library that enforces policies: parse, print, decide. A program that only enforces does
 * not load the rules of the linter and the comparison.
 * @module
 */

export { type CompiledTenancy, compile } from "./decide/compile.ts";
export { decide } from "./decide/decide.ts";
export { resolveNames } from "./decide/names.ts";
export { statementsOnPaths } from "./decide/paths.ts";
export { evaluateMatchingRule } from "./decide/rules.ts";
export { isInstant } from "./decide/time.ts";
export type {
  Compartment,
  Decision,
  DynamicGroup,
  Group,
  Policy,
  Principal,
  Request,
  StatementRef,
  Tags,
  Tenancy,
  VariableValue,
} from "./decide/types.ts";
export { LIMITS } from "./limits.ts";
export type { SyntaxProblem } from "./syntax/error.ts";
export { printMatchingRule, printStatement } from "./syntax/print.ts";
export { parseMatchingRule } from "./syntax/rule.ts";
export { parseStatement } from "./syntax/statement.ts";
export type * from "./syntax/tree.ts";
