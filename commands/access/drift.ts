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
  type Difference,
  type Policy,
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
import { ConfigError } from "../shared/stack-config.ts";
import type { AccessEntry } from "./entry.ts";
import { OCIDS } from "./placeholders.ts";
import { type Attribution, attributionWords, parted, type Surroundings } from "./presence.ts";
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
    | "grants-less"
    | "without-effect";
  /** Place: a policy with its compartment, the dynamic group, or the instance. */
  where: string;
  says: string;
}

/** Differences that were found, and what could not be read. */
export interface DriftReport {
  drift: Drift[];
  unread: string[];
  /** What the differences do not change, because of the tenancy's other policies; where a tenancy is given. */
  withoutEffect?: Drift[];
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
 * @param surroundings the tenancy in whose presence the differences are compared
 * @throws OciError for failures that are no refusals; Error when nothing can be compared
 */
export const driftOf = async (
  client: OciClient,
  settings: Settings,
  tenancyId: string,
  instanceId: string,
  surroundings?: Surroundings,
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
  const { differences, open, withoutEffect } = effect(deployed, declared, declaredRule, group, surroundings);
  return {
    drift: [...drift, ...differences],
    unread: [...deployed.unread, ...open],
    ...(withoutEffect && { withoutEffect }),
  };
};

type Group = Deployed["groups"][number];

/**
 * A tenancy with what is not the stack's: without the statements that name the group, which were read and are newer.
 */
const othersIn = (tenancy: Tenancy, group: Group): Policy[] =>
  (tenancy.policies ?? []).map((policy) => ({
    ...policy,
    statements: policy.statements.filter((text) => !names(text, group.id, group.name)),
  }));

/** The difference in the presence of the tenancy's other policies. */
const inPresence = (
  states: readonly [Tenancy, Tenancy],
  { tenancy, file }: Surroundings,
  group: Group,
): ReturnType<typeof effect> => {
  if (tenancy.tenancy !== states[0].tenancy)
    throw new ConfigError(
      `${file} is of ${tenancy.tenancy}; the stack is of ${states[0].tenancy}: export that one`,
    );
  const others = othersIn(tenancy, group);
  const kept = (tenancy.dynamicGroups ?? []).filter((g) => g.id !== group.id);
  const [declared, deployed] = states.map(
    (state): Tenancy => ({
      ...tenancy,
      policies: [...others, ...(state.policies ?? [])],
      dynamicGroups: [...kept, ...(state.dynamicGroups ?? []).filter((g) => g.id === group.id)],
    }),
  ) as [Tenancy, Tenancy];
  const words = {
    order: () => 0,
    entry: (d: Difference): AccessEntry => ({
      who: d.principal,
      what: d.summary,
      where: d.compartmentName ?? d.compartment,
      ...(d.condition !== undefined && { condition: d.condition }),
      example: d.operations[0] ?? d.permissions[0]!,
      witness: d.witness,
    }),
  };
  const known = { file, recognised: [], notes: [] };
  const { gained, lost, undecided, presence } = parted(declared, deployed, others.length, words, known);
  const of =
    (kind: Drift["kind"]) =>
    (e: AccessEntry & Attribution): Drift => {
      const because = attributionWords(e, (name) => name, "the deployed deny");
      const says = `${e.who}: ${e.what}${e.condition ? ` where ${e.condition}` : ""}`;
      return { kind, where: e.where, says: because ? `${says} (${because})` : says };
    };
  return {
    differences: [...gained.map(of("grants-more")), ...lost.map(of("grants-less"))],
    open: undecided,
    withoutEffect: presence.withoutEffect.map(of("without-effect")),
  };
};

/** Effect of the differences: access that is deployed and not declared, and the other way round. */
const effect = (
  deployed: Deployed,
  declared: readonly { text: string; compartmentId: string }[],
  rule: string,
  group: Group,
  surroundings: Surroundings | undefined,
): { differences: Drift[]; open: string[]; withoutEffect?: Drift[] } => {
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
  const states = [
    asTenancy(deployed, wanted, rule, group.id),
    asTenancy(deployed, ours, group.matchingRule, group.id),
  ] as const;
  if (surroundings) return inPresence(states, surroundings, group);
  const { gained, lost, undecided = [], notes = [] } = compareTenancies(...states);
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
