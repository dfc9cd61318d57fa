/**
 * Comparison of what is deployed with what is declared: policies and rules edited by hand, and statements
 * elsewhere that name the stack's group.
 * @module
 */

import { compileStatements } from "../../access/index.ts";
import { decoyIdOf } from "../../document/probe-names.ts";
import type { KeylessDocument } from "../../document/schema.ts";
import {
  compareTenancies,
  parseMatchingRule,
  parseStatement,
  printMatchingRule,
  printStatement,
  type Tenancy,
} from "../../iam/index.ts";
import { matchingRule } from "../../infra/matching-rule.ts";
import type { Settings } from "../../infra/settings/settings.ts";
import type { OciClient } from "../../oci/client.ts";
import { type Deployed, type DeployedPolicy, readDeployed } from "../shared/explain/deployed.ts";
import { OCIDS } from "./placeholders.ts";
import { groupName, selectedOf, stackIds } from "./report.ts";

/** One difference. */
export interface Drift {
  kind:
    | "statement-missing"
    | "statement-added"
    | "rule-changed"
    | "rule-missing"
    | "document-refused"
    | "grants-more"
    | "grants-less";
  /** Place: a policy with its compartment, the dynamic group, or the instance. */
  where: string;
  says: string;
}

/** Differences that were found, and what could not be read. */
export interface DriftReport {
  drift: Drift[];
  unread: string[];
}

/** A statement in one spelling: white space, case and quotes say nothing. */
const canonical = (text: string): string => {
  const parsed = parseStatement(text);
  return (parsed.ok ? printStatement(parsed.statement) : text.trim()).toLowerCase();
};

const canonicalRule = (text: string): string => {
  const parsed = parseMatchingRule(text);
  return (parsed.ok ? printMatchingRule(parsed.rule) : text.trim()).toLowerCase();
};

const placeOf = ({ name, compartment }: DeployedPolicy): string => `policy ${name} in ${compartment}`;

/** True when a statement names the group: by OCID, or by a name in any spelling. */
const names = (text: string, groupId: string, name: string): boolean => {
  const lower = text.toLowerCase();
  return (
    lower.includes(groupId.toLowerCase()) ||
    (/dynamic-group/.test(lower) && lower.includes(name.toLowerCase()))
  );
};

const asTenancy = (
  deployed: Deployed,
  policies: Tenancy["policies"] & object,
  rule: string,
  groupId: string,
): Tenancy => ({
  ...deployed.tenancy,
  policies,
  dynamicGroups: (deployed.tenancy.dynamicGroups ?? []).map((g) =>
    g.id === groupId ? { ...g, matchingRule: rule } : g,
  ),
});

/** The log group of a log, as the deployed probes name it. */
const logGroupOf = ({ check }: KeylessDocument, logId: string): string =>
  check.probes.find((p) => p.operation === "logging.GetLog" && p.params["logId"] === logId)?.params[
    "logGroupId"
  ] ?? OCIDS.auditLogGroup;

/**
 * Compares the deployed stack with its settings.
 * @param instanceId the stack's instance, from its outputs
 * @throws OciError for failures that are no refusals; Error when nothing can be compared
 */
export const driftOf = async (
  client: OciClient,
  settings: Settings,
  tenancyId: string,
  instanceId: string,
): Promise<DriftReport> => {
  const deployed = await readDeployed(client, tenancyId, instanceId, true);
  const { document } = deployed;
  if (!document)
    throw new Error(
      `nothing can be compared: the instance ${instanceId} is absent, may not be read, or has no metadata key keyless`,
    );
  const refused: Drift[] = deployed.documentProblem
    ? [{ kind: "document-refused", where: `instance ${instanceId}`, says: deployed.documentProblem }]
    : [];
  const name = groupName(settings);
  const group = deployed.groups.find((g) =>
    settings.dynamicGroupId ? g.id === settings.dynamicGroupId : g.name === name,
  );
  const drift: Drift[] = [...refused];
  // A group of another domain than Default, and groups that may not be listed, are not known to be absent.
  if (!group && (settings.identityDomain || !deployed.groupsRead))
    return {
      drift,
      unread: [...new Set([...deployed.unread, `the dynamic group ${settings.dynamicGroupId ?? name}`])],
    };
  if (!group) {
    drift.push({
      kind: "rule-missing",
      where: `dynamic group ${settings.dynamicGroupId ?? name}`,
      says: "is absent, or may not be read",
    });
    return { drift, unread: deployed.unread };
  }
  const decoy = decoyIdOf(document);
  const ids = stackIds(settings);
  const declared = compileStatements(settings.access, {
    ...ids,
    groupId: group.id,
    secret: {
      ...ids.secret,
      id: document.check.secretId,
      compartmentId: String(deployed.secret?.["compartmentId"] ?? ids.secret.compartmentId),
    },
    ...(decoy && { decoy: { ...ids.decoy, id: decoy } }),
    ...(ids.auditLog && { auditLog: { ...ids.auditLog, groupId: logGroupOf(document, ids.auditLog.id) } }),
  });
  const found = deployed.policies.flatMap((policy) => policy.statements.map((text) => ({ text, policy })));
  for (const { text, compartmentId } of declared)
    if (!found.some((f) => f.policy.compartment === compartmentId && canonical(f.text) === canonical(text)))
      drift.push({ kind: "statement-missing", where: compartmentId, says: text });
  for (const { text, policy } of found)
    if (
      names(text, group.id, group.name) &&
      !declared.some((d) => d.compartmentId === policy.compartment && canonical(d.text) === canonical(text))
    )
      drift.push({ kind: "statement-added", where: placeOf(policy), says: text });
  const { selected } = selectedOf(settings, name);
  const rule = matchingRule(selected.by === "instance" ? { by: "instance", instanceId } : selected);
  const declaredRule = settings.dynamicGroupId ? group.matchingRule : rule;
  if (canonicalRule(declaredRule) !== canonicalRule(group.matchingRule))
    drift.push({
      kind: "rule-changed",
      where: `dynamic group ${group.name}`,
      says: `${group.matchingRule}   (declared: ${declaredRule})`,
    });
  const { differences, open } = effect(deployed, declared, declaredRule, group);
  return { drift: [...drift, ...differences], unread: [...deployed.unread, ...open] };
};

/** Effect of the differences: access that is deployed and not declared, and the other way round. */
const effect = (
  deployed: Deployed,
  declared: readonly { text: string; compartmentId: string }[],
  rule: string,
  group: { id: string; name: string; matchingRule: string },
): { differences: Drift[]; open: string[] } => {
  const places = [...new Set(declared.map((d) => d.compartmentId))];
  const wanted = places.map((compartment) => ({
    compartment,
    statements: declared.filter((d) => d.compartmentId === compartment).map((d) => d.text),
  }));
  const ours = deployed.policies
    .map(({ compartment, statements }) => ({
      compartment,
      statements: statements.filter((s) => names(s, group.id, group.name)),
    }))
    .filter((p) => p.statements.length > 0);
  const {
    gained,
    lost,
    undecided = [],
    notes = [],
  } = compareTenancies(
    asTenancy(deployed, wanted, rule, group.id),
    asTenancy(deployed, ours, group.matchingRule, group.id),
  );
  const entry =
    (kind: Drift["kind"]) =>
    (d: (typeof gained)[number]): Drift => ({
      kind,
      where: d.compartmentName ?? d.compartment,
      says: `${d.principal}: ${d.summary}${d.condition ? ` where ${d.condition}` : ""}`,
    });
  return {
    differences: [...gained.map(entry("grants-more")), ...lost.map(entry("grants-less"))],
    open: [...undecided.map((text) => `what this grants: ${text}`), ...notes],
  };
};
