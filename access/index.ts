/**
 * The one declaration of access and what follows from it: statements, allowRules, probes, findings.
 * @module
 */
export { allowRules, compileStatements, policyCompartments } from "./compile.ts";
export { declared } from "./declared.ts";
export { deployerStatements, keyStatements } from "./deployer.ts";
export { FINDING_CODES } from "./finding-codes.ts";
export { type FindingsContext, findings } from "./findings.ts";
export type { AccessFinding, AttachedStatement } from "./grant.ts";
export type { SeenBy, StackIds } from "./ids.ts";
export { type Grant, grantKinds, kindOf } from "./kinds/index.ts";
export { LOOKUP_OPERATIONS, type Lookup, type LookupIds, type LookupOperation } from "./lookup.ts";
export { proofMetrics } from "./own.ts";
export { probes } from "./probes.ts";
export { type Access, accessSchema } from "./schema.ts";
