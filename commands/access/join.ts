/**
 * A stack's report joined with the tenancy that it is deployed to: placeholders become what is deployed, and the
 * stack's own policies and dynamic group in an export are not taken for somebody else's.
 * @module
 */
import type { DynamicGroup, Policy, Tenancy } from "../../iam/index.ts";
import { STACK_TAG } from "../../infra/tags.ts";
import { ConfigError } from "../shared/stack-config.ts";
import { OCIDS } from "./placeholders.ts";
import { type AccessReport, withoutOwn } from "./report.ts";

/** Before and after in one tenancy. */
export interface Joined {
  before: Tenancy;
  after: Tenancy;
  /** The policies of both that come first and are not the stack's. */
  others: readonly Policy[];
  /** What of the tenancy was recognised as the stack's own, for people. */
  recognised: string[];
  /** What is not known, for people. */
  notes: string[];
}

const same = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

/** Whether something deployed is the stack's: by the stack's free-form tag, or by the name that the program gives. */
const isOwn = (reports: readonly AccessReport[], suffix: boolean) => {
  const names = new Set(reports.flatMap((r) => r.workload?.name.toLowerCase() ?? []));
  const stacks = new Set(reports.flatMap((r) => r.workload?.stack ?? []));
  return ({ name, freeformTags }: Pick<Policy, "name" | "freeformTags">): boolean => {
    const tag = freeformTags?.[STACK_TAG];
    if (tag !== undefined && stacks.has(tag)) return true;
    // A policy of a further compartment has six digits of the compartment's hash behind the name.
    const plain = suffix ? name?.toLowerCase().replace(/-[0-9a-f]{6}$/, "") : undefined;
    return names.has(name?.toLowerCase() ?? "") || (plain !== undefined && names.has(plain));
  };
};

/** A report's texts with the OCIDs of what is deployed. */
const deployedTexts = (report: AccessReport, tenancyId: string, groupId: string): Tenancy =>
  JSON.parse(
    JSON.stringify(report.tenancy).replaceAll(OCIDS.tenancy, tenancyId).replaceAll(OCIDS.group, groupId),
  ) as Tenancy;

/** The dynamic group of a report as it is deployed: an existing one has the rule that the tenancy tells. */
const groupOf = (
  report: AccessReport,
  stack: Tenancy,
  deployed: DynamicGroup | undefined,
  tenancy: Tenancy,
): DynamicGroup[] =>
  (stack.dynamicGroups ?? []).map((group) => {
    const existing = tenancy.dynamicGroups?.find((g) => same(g.id, group.id));
    if (existing && existing !== deployed) return existing;
    return {
      ...group,
      ...(deployed?.domain !== undefined && { domain: deployed.domain }),
      name: deployed?.name ?? report.workload?.name ?? group.name,
      matchingRule: withoutOwn(group.matchingRule),
    };
  });

/** One state of the stack in the tenancy; the others' policies come first. */
const stateOf = (
  report: AccessReport | undefined,
  tenancy: Tenancy,
  others: readonly Policy[],
  deployed: DynamicGroup | undefined,
  workload: AccessReport["workload"],
): { state: Tenancy; stack: Tenancy | undefined } => {
  const stack = report && deployedTexts(report, tenancy.tenancy, deployed?.id ?? OCIDS.group);
  const groups = report && stack ? groupOf(report, stack, deployed, tenancy) : [];
  const kept = (tenancy.dynamicGroups ?? []).filter(
    (g) => g !== deployed && !groups.some((own) => same(own.id, g.id)),
  );
  const own = workload && {
    id: OCIDS.instance,
    compartment: workload.compartment,
    tags: workload.tags,
  };
  return {
    stack,
    state: {
      ...tenancy,
      dynamicGroups: [...kept, ...groups],
      policies: [...others, ...(stack?.policies ?? [])],
      ...(own && { instances: [...(tenancy.instances ?? []), own] }),
    },
  };
};

const isElsewhere = (report: AccessReport | undefined, tenancy: Tenancy): boolean =>
  report !== undefined &&
  report.tenancy.tenancy !== OCIDS.tenancy &&
  !same(report.tenancy.tenancy, tenancy.tenancy);

/**
 * Joins a stack's reports with a tenancy.
 * @param before undefined where the stack was not there
 * @param after undefined where it is no longer
 * @param file the tenancy's file, for messages
 * @throws ConfigError when the stack is of another tenancy
 */
export const joined = (
  before: AccessReport | undefined,
  after: AccessReport | undefined,
  tenancy: Tenancy,
  file: string,
): Joined => {
  const reports = [before, after].filter((r) => r !== undefined);
  if (isElsewhere(after, tenancy))
    throw new ConfigError(
      `${file} is of ${tenancy.tenancy}; the stack ${after!.stack} is of ${after!.tenancy.tenancy}: export that one`,
    );
  const existing = new Set(
    reports.flatMap((r) => r.tenancy.dynamicGroups?.map((g) => g.id.toLowerCase()) ?? []),
  );
  const ownPolicy = isOwn(reports, true);
  const ownGroup = isOwn(reports, false);
  const others = (tenancy.policies ?? []).filter((p) => !ownPolicy(p));
  const policies = (tenancy.policies ?? []).filter(ownPolicy);
  const deployed = tenancy.dynamicGroups?.find((g) => !existing.has(g.id.toLowerCase()) && ownGroup(g));
  // Another tenancy's access is no part of this one.
  const here = isElsewhere(before, tenancy) ? undefined : before;
  const [known, later] = [here?.workload ?? after?.workload, after?.workload ?? before?.workload];
  const was = stateOf(here, tenancy, others, deployed, known);
  const is = stateOf(after, tenancy, others, deployed, later);
  const listed = new Set((tenancy.compartments ?? []).map((c) => c.id.toLowerCase()));
  const places = [was, is].flatMap(({ stack }) => stack?.compartments ?? []);
  const missing = places.filter(
    (c, i) =>
      !listed.has(c.id.toLowerCase()) &&
      !same(c.id, tenancy.tenancy) &&
      places.findIndex((o) => o.id === c.id) === i,
  );
  const compartments = [...(tenancy.compartments ?? []), ...missing];
  const denies = is.stack?.policies?.some((p) => p.statements.some((s) => /^\s*deny\b/i.test(s)));
  const unknown = missing.filter((c) => c.id !== OCIDS.secretCompartment).map((c) => c.id);
  const gone = [...existing].filter(
    (id) => id !== OCIDS.group && !tenancy.dynamicGroups?.some((g) => same(g.id, id)),
  );
  return {
    before: { ...was.state, compartments },
    after: { ...is.state, compartments },
    others,
    recognised: [
      ...policies.map((p) => `policy ${p.name ?? p.id ?? "without a name"}`),
      ...(deployed ? [`dynamic group ${deployed.name}`] : []),
    ],
    notes: [
      ...(missing.length > unknown.length
        ? ["where the existing secret lies is not known: policies for compartments are not seen to reach it"]
        : []),
      ...unknown.map((id) => `the compartment ${id} is not in ${file}: it is taken to lie in the root`),
      ...gone.map((id) => `the dynamic group ${id} is not in ${file}: whom it selects is not known`),
      ...(denies && tenancy.denyEnabled !== true
        ? [`deny statements are not enabled in ${file}: the stack's have no effect there`]
        : []),
    ],
  };
};
