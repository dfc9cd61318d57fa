/**
 * OCI's policy language: parse, print, decide, lint, compare, ask. Depends on no cloud and on no engine.
 * @module
 */

export { type CanIPrincipal, canI } from "./ask/can-i.ts";
export { reach } from "./ask/reach.ts";
export type { Extent, Reach, WhoCan } from "./ask/types.ts";
export { whoCan } from "./ask/who-can.ts";
export { checkAssertions } from "./assert/check.ts";
export { readAssertions } from "./assert/read.ts";
export type { Assertion, AssertionProblem, AssertionResult } from "./assert/types.ts";
export { compareTenancies } from "./compare/compare.ts";
export {
  compareInPresence,
  type PresenceEffect,
  type PresenceEntry,
} from "./compare/presence.ts";
export type { AccessComparison, Difference } from "./compare/types.ts";
export { type Consolidation, consolidate } from "./consolidate/consolidate.ts";
export * from "./core.ts";
export { type ExplainedCode, explainCode, explainedCodes, findingCodes } from "./lint/explain.ts";
export { lintRule, lintRules, lintStatement, lintStatements } from "./lint/lint.ts";
export { lintTenancy } from "./lint/tenancy.ts";
export type { Finding } from "./lint/types.ts";
export { redactTenancy } from "./redact/redact.ts";
export { type Entry, hasComment, rulesIn, statementsIn } from "./syntax/lines.ts";
export {
  explainOperation,
  explainPermission,
  type OperationEntry,
  type PermissionEntry,
} from "./tables/lookup.ts";
export { everyNeedOf, knownOperations, splitOperation } from "./tables/operations.ts";
export { knownPermissions } from "./tables/tables.ts";
