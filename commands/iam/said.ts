/** Answers for people. @module */
import type { Extent, StatementRef, Tenancy } from "../../iam/index.ts";

/** A compartment, with all below it or alone. */
export const where = (name: string, subtree: boolean): string => `${name}${subtree ? " and below" : ""}`;

/** Lines about the requests that an answer is true of, and its statements. */
export const because = (
  tenancy: Tenancy,
  { condition, dependsOn = [], statements }: Extent & { statements: readonly StatementRef[] },
): string[] => [
  ...(condition === undefined ? [] : [`  where ${condition}`]),
  ...dependsOn.map((on) => `  depends on ${on}`),
  ...statements.map((s) => `  by ${tenancy.policies?.[s.policy]?.statements[s.statement]}`),
];
