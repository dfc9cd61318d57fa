/**
 * The access report of a stack, from its settings alone: who, what, where, what the proxy lets through, what the
 * check tries, and what is too wide. Plain data, so that a report made by another version can be compared.
 * @module
 */
import { createHash } from "node:crypto";
import {
  type AccessFinding,
  allowRules,
  compileStatements,
  declared,
  findings,
  policyCompartments,
  probes,
  type StackIds,
} from "../../access/index.ts";
import type { Constraint } from "../../document/schema.ts";
import type { Tenancy } from "../../iam/index.ts";
import { matchingRule, type Selected } from "../../infra/matching-rule.ts";
import { stackSuffix } from "../../infra/names.ts";
import type { Settings } from "../../infra/settings/settings.ts";
import { STACK_TAG, workloadTags } from "../../infra/tags.ts";
import { userData } from "../../infra/user-data.ts";
import { compartmentWords, NAMES, OCIDS, shown } from "./placeholders.ts";

/** A dynamic group and whom it selects. */
export interface PrincipalReport {
  group: string;
  /** Matching rule; absent for an existing group, whose rule is its owner's. */
  rule?: string;
  selects: string;
}

/** Access of one client of the proxy. */
export interface ClientReport {
  name: string;
  grants: string[];
  allow: { operations: string[]; where: Record<string, Constraint> }[];
}

/**
 * The access report of a stack. Texts are for people (`<group>`); `tenancy` has OCIDs and can be decided and
 * compared.
 */
export interface AccessReport {
  version: 1;
  stack: string;
  principals: PrincipalReport[];
  statements: { attachedTo: string; text: string; grant: string }[];
  clients: ClientReport[];
  /** The secret that the app reads. */
  secret: string;
  probes: { says: string; operation: string; target: string; expected: string; client?: string }[];
  findings: AccessFinding[];
  /** Codes of findings that a severity of `off` leaves out; absent in older reports. */
  silenced?: string[];
  tenancy: Tenancy;
  /** By what the deployed stack is recognised, and where its instance is; absent in older reports. */
  workload?: {
    /** Name of the dynamic group and the policies. */
    name: string;
    /** Value of the stack's free-form tag. */
    stack: string;
    compartment: string;
    tags: Readonly<Record<string, string>>;
  };
  /** Values that each resource cannot change without being replaced, by their names for people. */
  replacedWith: Record<string, Record<string, string>>;
}

/** Settings as they stand in a stack's file. */
export interface StackSettings extends Settings {
  /** True when the file names the region. */
  regionNamed?: boolean;
}

/** Selection of the dynamic group, as data and in words. */
export const selectedOf = (settings: Settings, name: string): { selected: Selected; words: string } => {
  const { workload } = settings.compartments;
  const place = compartmentWords(workload, settings.tenancyId);
  if (settings.selection === "instance")
    return {
      selected: { by: "instance", instanceId: OCIDS.instance },
      words: "the stack's instance, and no other",
    };
  if (settings.selection === "compartment")
    return {
      selected: { by: "compartment", compartmentId: workload },
      words: `every instance in ${place}, not below it`,
    };
  const tag = {
    namespace: settings.tagNamespace ?? name,
    key: settings.tagKey,
    value: settings.tagValue ?? settings.name,
  };
  return {
    selected: { by: "tag", compartmentId: workload, ...tag },
    words: `every instance in ${place} with the defined tag ${tag.namespace}.${tag.key} = '${tag.value}'`,
  };
};

const idsOf = (settings: Settings, groupId: string, bucketName: string): StackIds => ({
  tenancyId: settings.tenancyId,
  groupId,
  workloadCompartmentId: settings.compartments.workload,
  namespace: NAMES.namespace,
  release: { bucketName, objectName: NAMES.bundle },
  secret: {
    id: settings.secretId ?? OCIDS.secret,
    // An existing secret lies where it lies: the configuration does not say where.
    compartmentId: settings.secretId ? OCIDS.secretCompartment : settings.compartments.security,
    seen: settings.secretId ? "deployer" : "stack",
  },
  decoy: { id: settings.decoyId ?? OCIDS.decoy, seen: settings.decoyId ? "deployer" : "stack" },
  vault: { id: settings.vaultId ?? OCIDS.vault, seen: settings.vaultId ? "deployer" : "stack" },
  key: {
    id: settings.keyId ?? OCIDS.key,
    managementEndpoint: NAMES.managementEndpoint,
    seen: settings.keyId ? "deployer" : "stack",
  },
  ...(settings.signDocument && {
    signingKey: {
      id: settings.signingKeyId ?? OCIDS.signingKey,
      cryptoEndpoint: NAMES.cryptoEndpoint,
      seen: settings.signingKeyId ? "deployer" : "stack",
    },
  }),
  auditLog: settings.auditLogId
    ? {
        id: settings.auditLogId,
        groupId: OCIDS.auditLogGroup,
        compartmentId: settings.auditLogCompartmentId ?? settings.compartments.workload,
      }
    : undefined,
});

/** The name of the stack's dynamic group. */
export const groupName = (settings: Settings): string =>
  `${settings.name}-${stackSuffix(settings.project, settings.stack, settings.compartments.workload)}`;

/** The OCIDs and names of a stack as far as its settings say, placeholders for the others. */
export const stackIds = (settings: Settings): StackIds =>
  idsOf(
    settings,
    settings.dynamicGroupId ?? OCIDS.group,
    `${settings.name}-release-${groupName(settings).slice(-6)}`,
  );

/** Clients with their grants in words and their rules. */
const clientsOf = (settings: Settings, ids: StackIds): ClientReport[] =>
  Object.entries(allowRules(settings.access, ids) ?? {}).map(([name, { allow }]) => ({
    name,
    grants: declared(settings.access)
      .filter((d) => d.client === name)
      .map((d) => shown(d.kind.label(d.grant))),
    allow: allow.map(({ operations, where }) => ({ operations, where: where ?? {} })),
  }));

/**
 * The rule with the stack's own instance, which is always a member: it has the compartment and the tag asked
 * for.
 */
const withOwn = (rule: string, settings: Settings): string =>
  settings.selection === "instance" ? rule : `Any {instance.id = '${OCIDS.instance}', ${rule}}`;

/** The rule as it is deployed, of one with the stack's own instance. */
export const withoutOwn = (rule: string): string => {
  const start = `Any {instance.id = '${OCIDS.instance}', `;
  return rule.startsWith(start) ? rule.slice(start.length, -1) : rule;
};

/**
 * Values that each of the stack's own resources cannot change in place, by the provider's schema and by what
 * the program ignores: names are chosen once. A region that the file does not name is the environment's, and
 * not compared.
 */
const replacedWith = (
  settings: StackSettings,
  policyCompartment: string,
  name: string,
): AccessReport["replacedWith"] => {
  const { dynamicGroupId, secretId, vaultId, keyId, subnetId, selection, tagNamespace } = settings;
  const { signDocument, signingVaultId, signingKeyId } = settings;
  // A secret brings its vault: another one may, too.
  const signingVault = signingVaultId ?? vaultId ?? (secretId ? `that of ${secretId}` : "new");
  const place: Record<string, string> = settings.regionNamed ? { "its region": settings.region } : {};
  const own = (is: boolean, resource: string, values: Record<string, string>) =>
    is ? { [resource]: values } : {};
  const content = { ...place, "its vault": vaultId ?? "new", "its key": keyId ?? "new" };
  return {
    ...own(!dynamicGroupId, "dynamic group", { "its identity domain": settings.identityDomain ?? "Default" }),
    policy: { "its compartment": policyCompartment },
    ...own(selection === "tag" && !dynamicGroupId && !tagNamespace, "tag namespace", { "its name": name }),
    ...own(!subnetId, "network", place),
    ...own(!vaultId, "vault", place),
    ...own(!keyId, "key", { ...place, "its vault": vaultId ?? "new" }),
    ...own(!secretId, "secret", content),
    ...own(!settings.decoyId, "decoy", content),
    "release bucket": place,
    instance: {
      ...place,
      "its availability domain": settings.availabilityDomain,
      "its subnet": subnetId ?? "new",
      "encryption in transit": String(settings.encryptInTransit),
      "its signing key": signDocument ? (signingKeyId ?? `new, in the vault ${signingVault}`) : "none",
      user_data: createHash("sha256").update(userData("unsigned")).digest("hex"),
    },
  };
};

/** The report of a stack. */
export const accessReport = (settings: StackSettings): AccessReport => {
  const { tenancyId, compartments, access } = settings;
  const name = groupName(settings);
  const groupId = settings.dynamicGroupId ?? OCIDS.group;
  const { selected, words } = selectedOf(settings, name);
  const rule = matchingRule(selected);
  const ids = stackIds(settings);
  const statements = compileStatements(access, ids);
  const attached = policyCompartments(statements);
  const places = new Set([...attached, ...Object.values(compartments)]);
  for (const { text } of statements)
    for (const [id] of text.matchAll(/ocid1\.compartment\.[^\s,'}]+/g)) places.add(id);
  const existing = settings.dynamicGroupId;
  const policies = attached.map((compartment) => ({
    compartment,
    statements: statements.filter((s) => s.compartmentId === compartment).map((s) => s.text),
  }));
  return {
    version: 1,
    stack: settings.stack,
    principals: [
      existing
        ? { group: existing, selects: "whom its own rule selects: the configuration does not say" }
        : { group: name, rule: shown(rule), selects: words },
    ],
    statements: statements.map((s) => ({
      attachedTo: shown(s.compartmentId),
      text: shown(s.text),
      grant: shown(s.grant),
    })),
    clients: clientsOf(settings, ids),
    secret: shown(ids.secret.id),
    probes: probes(access, ids).map(({ says, operation, target, expected, client }) => ({
      says,
      operation,
      target: shown(target.id),
      expected,
      ...(client && { client }),
    })),
    findings: findings(access, settings, settings.severities),
    silenced: Object.keys(settings.severities).filter((code) => settings.severities[code] === "off"),
    tenancy: {
      tenancy: tenancyId,
      // A statement that denies is deployed only where denying is enabled.
      denyEnabled: true,
      compartments: [...places]
        .filter((id) => id !== tenancyId)
        .sort()
        .map((id) => ({ id, name: `…${id.slice(-8)}` })),
      dynamicGroups: [
        existing
          ? // Somebody is in it; nobody here knows who.
            { id: existing, name: existing, matchingRule: `All {instance.id = '${OCIDS.member}'}` }
          : { id: groupId, name: settings.name, matchingRule: withOwn(rule, settings) },
      ],
      policies,
    },
    workload: {
      name,
      stack: workloadTags(settings).freeformTags[STACK_TAG]!,
      compartment: compartments.workload,
      tags: {
        ...settings.definedTags,
        ...(selected.by === "tag" && { [`${selected.namespace}.${selected.key}`]: selected.value }),
      },
    },
    replacedWith: replacedWith(settings, attached[0]!, name),
  };
};
