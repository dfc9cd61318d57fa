/**
 * OCI's policy language: parse, print, decide, lint, compare. Depends on no cloud and on no engine.
 * @module
 */

export { compareTenancies } from "./compare/compare.ts";
export type { Comparison, Difference } from "./compare/types.ts";
export { type CompiledTenancy, compile } from "./decide/compile.ts";
export { decide } from "./decide/decide.ts";
export { type Resolution, resolveNames } from "./decide/names.ts";
export { isInstant } from "./decide/time.ts";
export { evaluateMatchingRule } from "./decide/rules.ts";
export type {
  Compartment,
  Decision,
  DynamicGroup,
  Group,
  Nearest,
  Policy,
  Principal,
  Request,
  StatementRef,
  Tags,
  Tenancy,
  VariableValue,
} from "./decide/types.ts";
export { lintRule, lintRules, lintStatement, lintStatements } from "./lint/lint.ts";
export { statementsOnPaths } from "./lint/paths.ts";
export { LIMITS, lintTenancy } from "./lint/tenancy.ts";
export type { Finding, Severity, TenancyFinding } from "./lint/types.ts";
export type { SyntaxProblem } from "./syntax/error.ts";
export { printCondition, printMatchingRule, printStatement } from "./syntax/print.ts";
export { parseMatchingRule } from "./syntax/rule.ts";
export { parseStatement } from "./syntax/statement.ts";
export type * from "./syntax/tree.ts";
export {
  grantsOf,
  knownPermissions,
  type PermissionSet,
  permissionsFor,
  resourceNames,
  typesOf,
} from "./tables/tables.ts";
