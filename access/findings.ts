import { lintStatements } from "../iam/index.ts";
import { declared } from "./declared.ts";
import type { Finding } from "./grant.ts";
import type { Access, Severity } from "./schema.ts";

/** What is known of the stack that a declaration belongs to. */
export interface FindingsContext {
  tenancyId: string;
  /** OCID of an existing decoy. */
  decoyId?: string | undefined;
}

/** A dynamic group's OCID as good as any, where only a statement's form counts. */
const SOME_GROUP = `ocid1.dynamicgroup.oc1..${"a".repeat(60)}`;

/** What the language's own lint says of a statement that is written by hand; its codes stand after `iam/`. */
const linted = (statement: string): Omit<Finding, "where">[] =>
  lintStatements([statement.replaceAll("<group>", SOME_GROUP)])[0]!.map((f) => ({
    code: `iam/${f.code}`,
    severity: f.severity,
    message: f.message,
  }));

/** Statements that a policy may hold (OCI's limit). */
const STATEMENTS_PER_POLICY = 50;

const found = (access: Access, context: FindingsContext): Finding[] => {
  const list: Finding[] = [];
  const seen = new Map<string, string>();
  for (const { grant, kind, where, client } of declared(access)) {
    list.push(...(kind.findings?.(grant) ?? []).map((f) => ({ ...f, where })));
    if ("raw" in grant) list.push(...linted(grant.raw.statement).map((f) => ({ ...f, where })));
    if (kind.compartment(grant) === context.tenancyId && !("raw" in grant)) {
      list.push({
        code: "tenancy-wide",
        severity: "error",
        where,
        message: `${kind.words(grant)} reaches every compartment of the tenancy; name the compartment it is for`,
      });
    }
    if ("secret" in grant && grant.secret === context.decoyId) {
      list.push({
        code: "decoy-granted",
        severity: "error",
        where,
        message: "the decoy is there to be refused; grant another secret",
      });
    }
    const words = `${client ?? ""}/${kind.words(grant)}`;
    const first = seen.get(words);
    if (first) {
      list.push({
        code: "duplicate-grant",
        severity: "warning",
        where,
        message: `says what ${first} says already`,
      });
    }
    seen.set(words, where);
  }
  if (declared(access).length >= STATEMENTS_PER_POLICY) {
    list.push({
      code: "too-many-grants",
      severity: "error",
      where: "access",
      message: `${declared(access).length} grants and the own secret's make more than the ${STATEMENTS_PER_POLICY} statements that a policy may hold`,
    });
  }
  return list;
};

/**
 * What is too wide or pointless in a declaration of access, in the declaration's order.
 * @param severities by code, in place of the findings' own; `off` leaves one out
 */
export const findings = (
  access: Access,
  context: FindingsContext,
  severities: Readonly<Record<string, Severity>> = {},
): Finding[] =>
  found(access, context).flatMap((finding) => {
    const severity = severities[finding.code] ?? finding.severity;
    return severity === "off" ? [] : [{ ...finding, severity }];
  });
