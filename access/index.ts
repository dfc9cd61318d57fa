/**
 * The one declaration of access and what follows from it: statements, allowlist, probes, report, findings.
 * @module
 */
import type { ProbeInput } from "../app/settings.ts";
import { ownProbes, type StackIds, secretStatement } from "./own.ts";
import type { Access, Severity } from "./schema.ts";

export { ownProbes, SELF, type Seen, type StackIds, secretStatement } from "./own.ts";
export { type Access, accessSchema, type Severity } from "./schema.ts";

/** A policy statement and the compartment that its policy is attached to. */
export interface AttachedStatement {
  compartmentId: string;
  text: string;
  /** The grant behind it, in words. */
  grant: string;
}

/** The statements of a stack, the own secret's first, then the grants' in the order of the declaration. */
export const compileStatements = (_access: Access, ids: StackIds): AttachedStatement[] => [
  {
    compartmentId: ids.secret.compartmentId,
    text: secretStatement(ids.groupId, ids.secret),
    grant: "secret own read",
  },
];

/** What the check tries, beside reading the own secret. */
export const probes = (_access: Access, ids: StackIds): ProbeInput[] => ownProbes(ids);

/** Something too wide in a declaration of access. */
export interface Finding {
  code: string;
  severity: Severity;
  message: string;
}

/** What is too wide. */
export const findings = (
  _access: Access,
  _severities: Readonly<Record<string, Severity>> = {},
): Finding[] => [];
