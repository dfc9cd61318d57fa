/** The log or metric namespace that an agent's entries go to: what its path names, or the only one of the grants. @module */
import { constraintTexts } from "../../../document/rules/constraint.ts";
import type { AllowRule, ClientPolicy } from "../../../document/rules/policy.ts";
import { ProxyError } from "../errors.ts";

/** What a path names, each at most once: a log, a compartment, a metric namespace. */
export interface Named {
  log?: string;
  compartmentId?: string;
  namespace?: string;
}

/** Where metrics are posted. */
export interface MetricsPlace {
  namespace: string;
  compartmentId: string;
  resourceGroup?: string;
}

/**
 * Sorts the segments of a path by what they name: OCIDs say what they are of, and a namespace is none.
 * @throws ProxyError `BadTarget` where two name the same thing, or one is empty or has other characters
 */
export const namedBy = (segments: readonly string[]): Named => {
  const named: Named = {};
  for (const segment of segments) {
    if (!/^[A-Za-z0-9._-]{1,255}$/.test(segment))
      throw new ProxyError(
        "BadTarget",
        `${JSON.stringify(segment.slice(0, 100))} is neither an OCID nor a metric namespace`,
      );
    const kind = segment.startsWith("ocid1.log.")
      ? "log"
      : segment.startsWith("ocid1.")
        ? "compartmentId"
        : "namespace";
    if (named[kind] !== undefined)
      throw new ProxyError("BadTarget", `the path names ${named[kind]} and ${segment}: name one of them`);
    named[kind] = segment;
  }
  return named;
};

/** Texts of a rule's condition; undefined where there is none, or one that does not spell its values out. */
const textsOf = (
  conditions: AllowRule["early"],
  where: string,
  name: string,
): readonly string[] | undefined => {
  const wanted = conditions.find((c) => c.where === where && c.name === name)?.wanted;
  return wanted === undefined || (typeof wanted === "object" && "prefix" in wanted)
    ? undefined
    : constraintTexts(wanted);
};

/** The logs that a client's grants name, by OCID; undefined where a grant is about others than it spells out. */
const grantedLogs = (policy: ClientPolicy): string[] | undefined => {
  const named: string[] = [];
  for (const { early } of policy.get("loggingingestion.PutLogs") ?? []) {
    const texts = textsOf(early, "path", "logId");
    if (texts === undefined) return undefined;
    named.push(...texts);
  }
  return [...new Set(named)];
};

/**
 * The request target of PutLogs for an agent's entries.
 * @param named the log that the path names, if it names one
 * @param write the request with a log in its path, for messages
 * @throws ProxyError `BadTarget` or `NotGranted` naming what to write
 */
export const putLogsTarget = (
  client: string,
  policy: ClientPolicy,
  named: string | undefined,
  write: string,
): string => {
  const logs = named === undefined ? grantedLogs(policy) : [named];
  if (logs === undefined) {
    throw new ProxyError(
      "BadTarget",
      `the grants of ${client} are about more logs than they name, and the path names none: write ${write}`,
    );
  }
  if (logs.length > 1) {
    throw new ProxyError(
      "BadTarget",
      `the grants of ${client} name ${logs.length} logs, and the path none: write ${write} with one of ${logs.slice(0, 10).join(", ")}`,
    );
  }
  if (logs[0] === undefined) {
    throw new ProxyError(
      "NotGranted",
      `no grant of ${client} names a log. It would need, under keyless:access clients ${client}: { logs: <log OCID>, group: <log group OCID> }`,
    );
  }
  return `/loggingingestion/20200831/logs/${logs[0]}/actions/push`;
};

/** The request target of PostMetricData. */
export const POST_METRIC_DATA = "/monitoring/20180401/metrics";

type PlaceMember = keyof MetricsPlace;

/** Places that a rule allows of what is named; undefined where it is about more than it spells out. */
const placesOf = ({ late }: AllowRule, named: Partial<MetricsPlace>): MetricsPlace[] | undefined => {
  const choices = (member: PlaceMember): readonly string[] | undefined => {
    const texts = textsOf(late, "body", `metricData.*.${member}`);
    const wanted = named[member];
    if (wanted === undefined) return texts;
    return texts === undefined || texts.includes(wanted) ? [wanted] : [];
  };
  const namespaces = choices("namespace");
  const compartments = choices("compartmentId");
  if (!namespaces || !compartments) return undefined;
  return namespaces.flatMap((namespace) =>
    compartments.flatMap((compartmentId) =>
      (choices("resourceGroup") ?? [undefined]).map((resourceGroup) => ({
        namespace,
        compartmentId,
        ...(resourceGroup !== undefined && { resourceGroup }),
      })),
    ),
  );
};

/**
 * Where an agent's metrics are posted. It decides nothing: the allow rules are asked about what is posted there.
 * @param named what path and query name
 * @param write the request with namespace and compartment in its path, for messages
 * @throws ProxyError `BadTarget` or `NotGranted` naming what to write
 */
export const metricsPlace = (
  client: string,
  policy: ClientPolicy,
  named: Partial<MetricsPlace>,
  write: string,
): MetricsPlace => {
  const rules = policy.get("monitoring.PostMetricData") ?? [];
  if (rules.length === 0) {
    throw new ProxyError(
      "NotGranted",
      `no grant of ${client} is about metrics. It would need, under keyless:access clients ${client}: { metrics: <namespace> }`,
    );
  }
  const { namespace, compartmentId } = named;
  const each = rules.map((rule) => placesOf(rule, named));
  const places = [
    ...new Map(each.flatMap((of) => of ?? []).map((place) => [JSON.stringify(place), place])).values(),
  ];
  if (places.length === 1 && !each.includes(undefined)) return places[0]!;
  // Named as a whole, it is for the rules to decide, which say why not.
  if (namespace !== undefined && compartmentId !== undefined) return { ...named, namespace, compartmentId };
  const told = Object.values(named).join(" and ") || "nothing";
  if (places.length === 0 && !each.includes(undefined)) {
    throw new ProxyError(
      "NotGranted",
      `no grant of ${client} is about the metrics that the path names (${told}): write ${write}`,
    );
  }
  const granted = places
    .slice(0, 10)
    .map((p) =>
      [p.namespace, p.compartmentId, p.resourceGroup].filter((part) => part !== undefined).join(" in "),
    );
  throw new ProxyError(
    "BadTarget",
    `the grants of ${client} leave open where its metrics belong, and the path names ${told}: write ${write}${granted.length > 0 ? `, as ${granted.join(", ")}` : ""}`,
  );
};
