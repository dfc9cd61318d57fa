/**
 * The one declaration of access and what follows from it: statements, allowRules, probes, report, findings.
 * @module
 */
export { allowRules, compileStatements, policyCompartments } from "./compile.ts";
export { type Declared, declared } from "./declared.ts";
export { type DeployerScope, type DeployerStatement, deployerStatements } from "./deployer.ts";
export { FINDING_CODES, type FindingCode } from "./finding-codes.ts";
export { type FindingsContext, findings } from "./findings.ts";
export type { AttachedStatement, Finding, GrantKind } from "./grant.ts";
export type { Seen, StackIds } from "./ids.ts";
export { type Grant, kindOf, kinds } from "./kinds/index.ts";
export { ownGrants, ownProbes, secretStatement } from "./own.ts";
export { probes } from "./probes.ts";
export { accessReport, type ReportArgs } from "./report.ts";
export { type Access, accessSchema, type Severity } from "./schema.ts";
