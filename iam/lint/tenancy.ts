/**
 * Lints a whole tenancy: every statement and rule, names that do not resolve, and limits.
 * @module
 */
import { makeDirectory } from "../decide/directory.ts";
import { nameHint } from "../decide/name-hint.ts";
import { type Resolution, resolveIn } from "../decide/names.ts";
import { statementsOnPaths } from "../decide/paths.ts";
import type { Tenancy } from "../decide/types.ts";
import { LIMITS } from "../limits.ts";
import { parseMatchingRule } from "../syntax/rule.ts";
import { parseStatement } from "../syntax/statement.ts";
import { lintRules, lintStatements } from "./lint.ts";
import type { Finding, TenancyFinding } from "./types.ts";

const error = (code: string, message: string): Finding => ({ code, severity: "error", message });

/** Names that a policy write would refuse; what was probably meant is said where the tenancy knows it. */
const nameFindings = (tenancy: Tenancy, { errors, unresolved }: Resolution): Finding[] =>
  errors.map((message) => {
    const about = unresolved.find((u) => u.error === message);
    const hint = about && nameHint(tenancy, about);
    if (!hint) return error("unresolved-name", message);
    return error(hint.about === "kind" ? "other-kind" : "other-domain", `${message} ${hint.text}`);
  });

const policyFindings = (tenancy: Tenancy): TenancyFinding[] => {
  const directory = makeDirectory(tenancy);
  const found: TenancyFinding[] = [];
  for (const [p, policy] of (tenancy.policies ?? []).entries()) {
    const attached =
      policy.compartment === undefined
        ? directory.root
        : directory.placeById.get(policy.compartment.toLowerCase());
    const where = `policy ${p}`;
    if (!attached)
      found.push({
        where,
        ...error("unresolved-name", `its compartment ${policy.compartment} does not exist`),
      });
    const findings = lintStatements(policy.statements);
    for (const [s, text] of policy.statements.entries()) {
      if (policy.unknownStatements?.includes(s)) continue;
      const parsed = parseStatement(text);
      const names = parsed.ok && attached ? resolveIn(parsed.statement, directory, attached) : undefined;
      const denies = parsed.ok && parsed.statement.kind !== "define" && parsed.statement.effect === "deny";
      const all = [
        ...findings[s]!,
        ...(names ? nameFindings(tenancy, names) : []),
        ...(denies && !tenancy.denyEnabled
          ? [error("deny-not-enabled", "Deny statement passed into a Allow compilation")]
          : []),
      ];
      found.push(...all.map((f) => ({ where: `policy ${p} statement ${s}`, ...f, text })));
    }
    if (policy.statements.length > LIMITS.statementsInPolicy) {
      found.push({
        where,
        ...error(
          "limit",
          `${policy.statements.length} statements, ${LIMITS.statementsInPolicy} are the limit`,
        ),
      });
    }
  }
  return found;
};

/** Paths with more statements than there may be. */
const pathFindings = (tenancy: Tenancy): TenancyFinding[] =>
  statementsOnPaths(tenancy)
    .filter(({ count }) => count > LIMITS.statementsOnPath)
    .map(({ place, count }) => {
      const message = `${count} statements from the root to ${place.name ?? place.id}, ${LIMITS.statementsOnPath} are the limit`;
      return { where: "tenancy", ...error("limit", message) };
    });

/** Instances that more dynamic groups name than one may be in. */
const membershipFindings = (tenancy: Tenancy): TenancyFinding[] => {
  const groupsOf = new Map<string, Set<string>>();
  for (const { id, matchingRule } of tenancy.dynamicGroups ?? []) {
    for (const [, instance] of matchingRule.matchAll(/instance\.id\s*=\s*'([^']+)'/gi)) {
      const key = instance!.toLowerCase();
      groupsOf.set(key, (groupsOf.get(key) ?? new Set()).add(id));
    }
  }
  return [...groupsOf].flatMap(([instance, groups]) => {
    if (groups.size <= LIMITS.dynamicGroupsOfInstance) return [];
    const message = `${groups.size} dynamic groups name ${instance}, ${LIMITS.dynamicGroupsOfInstance} are the limit`;
    return [{ where: "tenancy", ...error("limit", message) }];
  });
};

const groupFindings = (tenancy: Tenancy): TenancyFinding[] => {
  const groups = (tenancy.dynamicGroups ?? []).filter((g) => !g.unknownRule);
  const findings = lintRules(groups.map((g) => g.matchingRule));
  const domains = new Map<string, number>();
  for (const { domain = "Default" } of groups) domains.set(domain, (domains.get(domain) ?? 0) + 1);
  return [
    ...groups.flatMap((g, i) =>
      findings[i]!.map((f) => ({ where: `dynamic group ${g.name}`, ...f, text: g.matchingRule })),
    ),
    ...[...domains]
      .filter(([, count]) => count > LIMITS.dynamicGroupsInDomain)
      .map(([domain, count]) => {
        const message = `${count} dynamic groups in ${domain}, ${LIMITS.dynamicGroupsInDomain} are the limit`;
        return { where: "tenancy", ...error("limit", message) };
      }),
    ...membershipFindings(tenancy).filter(() => groups.every((g) => parseMatchingRule(g.matchingRule).ok)),
  ];
};

/** Lints a tenancy. Codes beside those of statements and rules: unresolved-name, other-kind, other-domain, deny-not-enabled, limit. */
export const lintTenancy = (tenancy: Tenancy): TenancyFinding[] => {
  const count = tenancy.policies?.length ?? 0;
  const tooMany = error("limit", `${count} policies, ${LIMITS.policies} are the limit`);
  return [
    ...policyFindings(tenancy),
    ...groupFindings(tenancy),
    ...pathFindings(tenancy),
    ...(count > LIMITS.policies ? [{ where: "tenancy", ...tooMany }] : []),
  ];
};
