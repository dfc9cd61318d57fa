/** Metrics that clients post, and their reading. @module */
import type { MonitoringClient, models } from "oci-monitoring";
import { z } from "zod";
import { invalidParameter } from "../../errors.ts";
import { paginate } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Service, Target } from "../../service.ts";
import type { Region } from "../../state/region.ts";
import type { State } from "../../state/state.ts";
import type { Wire } from "../../state/wire.ts";
import { checkValue, details, readBody } from "../support/body.ts";
import { compartmentTarget } from "../support/resources.ts";
import { aggregate, parseQuery } from "./query.ts";

/** One stream of values: the members that make a metric what it is, and its newest values. */
export interface MetricStream {
  namespace: string;
  resourceGroup?: string | undefined;
  compartmentId: string;
  name: string;
  dimensions: Record<string, string>;
  metadata: Record<string, string>;
  points: { time: number; value: number; count: number }[];
}

/** Values kept of one stream: the newest ones, so that memory stays bounded. */
const KEPT_POINTS = 10_000;
const PAST_MS = 2 * 3_600_000;
const FUTURE_MS = 10 * 60_000;
const MAX_STREAMS = 50;

const namespaceText = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,255}$/i, "takes letters, numbers and underscores, a letter first")
  .refine((name) => !/^(oci|oracle)_/i.test(name), "must not begin with oci_ or oracle_");

const metricData = details<models.MetricDataDetails>()({
  namespace: namespaceText,
  resourceGroup: z.string().optional(),
  compartmentId: z.string(),
  name: z
    .string()
    .regex(
      /^[A-Za-z][\w.$-]{0,254}$/,
      "takes letters, numbers, dots, underscores, hyphens and $, a letter first",
    ),
  dimensions: z
    .record(z.string().min(1).max(256), z.string().min(1).max(512))
    .refine((d) => Object.keys(d).length >= 1 && Object.keys(d).length <= 20, "takes 1 to 20 dimensions"),
  metadata: z.record(z.string(), z.string()).optional(),
  datapoints: z
    .array(
      z.object({
        timestamp: z.iso.datetime({ offset: true }),
        value: z.number(),
        count: z.number().int().min(1).optional(),
      }),
    )
    .min(1),
});

const postMetricData = z.object({
  metricData: z.array(z.unknown()).min(1).max(MAX_STREAMS),
  batchAtomicity: z.enum(["ATOMIC", "NON_ATOMIC"]).optional(),
});
const compartmentAndNamespace = details<models.MetricDataDetails>()({
  compartmentId: z.string(),
  namespace: z.string(),
});

const listDetails = details<models.ListMetricsDetails>()({
  name: z.string().optional(),
  namespace: z.string().optional(),
  resourceGroup: z.string().optional(),
  dimensionFilters: z.record(z.string(), z.string()).optional(),
  groupBy: z.array(z.enum(["name", "namespace", "resourceGroup", "compartmentId"])).optional(),
});
const summarizeDetails = details<models.SummarizeMetricsDataDetails>()({
  namespace: z.string(),
  resourceGroup: z.string().optional(),
  query: z.string(),
  startTime: z.iso.datetime({ offset: true }).optional(),
  endTime: z.iso.datetime({ offset: true }).optional(),
  resolution: z.string().optional(),
});

const streams = new WeakMap<State, Map<string, MetricStream>>();

const streamsOf = (cloud: State): Map<string, MetricStream> => {
  const found = streams.get(cloud) ?? new Map<string, MetricStream>();
  streams.set(cloud, found);
  return found;
};

const keyOf = (region: Region, m: Omit<MetricStream, "points" | "metadata">): string =>
  JSON.stringify([
    region.key,
    m.compartmentId,
    m.namespace,
    m.resourceGroup ?? "",
    m.name,
    Object.entries(m.dimensions).sort(),
  ]);

/** Every stream of a region, for tests and for reading. */
const metricStreams = (cloud: State, region: Region): MetricStream[] =>
  [...streamsOf(cloud)].filter(([key]) => key.startsWith(`["${region.key}"`)).map(([, stream]) => stream);

const checkTimes = (call: Call, datum: z.output<typeof metricData>): void => {
  const now = call.cloud.clock.now();
  for (const { timestamp } of datum.datapoints) {
    const at = Date.parse(timestamp);
    if (at < now - PAST_MS || at > now + FUTURE_MS)
      throw invalidParameter(
        `datapoints.timestamp: ${timestamp} is not between two hours ago and ten minutes from now`,
      );
  }
};

const store = (call: Call, datum: z.output<typeof metricData>): void => {
  const { datapoints, metadata = {}, ...rest } = datum;
  const all = streamsOf(call.cloud);
  const key = keyOf(call.region, rest);
  const stream = all.get(key) ?? { ...rest, metadata, points: [] };
  all.set(key, stream);
  stream.metadata = { ...stream.metadata, ...metadata };
  const added = datapoints.map((p) => ({
    time: Date.parse(p.timestamp),
    value: p.value,
    count: p.count ?? 1,
  }));
  stream.points = [...stream.points, ...added].sort((a, b) => a.time - b.time).slice(-KEPT_POINTS);
};

/** A compartment and a namespace in it as target. */
const metricTarget = (call: Call, compartment: string | null, namespace: string | undefined): Target =>
  compartmentTarget(
    call,
    compartment,
    namespace ? { variables: { "target.metrics.namespace": namespace } } : {},
  );

const matching = (
  call: Call<"compartmentId">,
  namespace: string | undefined,
  resourceGroup: string | undefined,
): MetricStream[] => {
  const compartment = call.query.get("compartmentId");
  return metricStreams(call.cloud, call.region).filter(
    (s) =>
      s.compartmentId === compartment &&
      (!namespace || s.namespace === namespace) &&
      (resourceGroup === undefined || s.resourceGroup === resourceGroup),
  );
};

const hasDimensions = (stream: MetricStream, wanted: Record<string, string> = {}): boolean =>
  Object.entries(wanted).every(([name, value]) => value === "*" || stream.dimensions[name] === value);

const summarize = (call: Call<"compartmentId">): Wire<models.MetricData>[] => {
  const body = readBody(call, summarizeDetails);
  const query = parseQuery(body.query);
  const end = body.endTime ? Date.parse(body.endTime) : call.cloud.clock.now();
  const start = body.startTime ? Date.parse(body.startTime) : end - 3 * 3_600_000;
  if (start >= end) throw invalidParameter("startTime: must be before endTime");
  const groups = new Map<string, MetricStream[]>();
  for (const stream of matching(call, body.namespace, body.resourceGroup)) {
    if (stream.name.toLowerCase() !== query.name.toLowerCase() || !hasDimensions(stream, query.dimensions))
      continue;
    const key = query.groupBy
      ? JSON.stringify(query.groupBy.map((g) => stream.dimensions[g] ?? ""))
      : JSON.stringify(Object.entries(stream.dimensions).sort());
    groups.set(key, [...(groups.get(key) ?? []), stream]);
  }
  return [...groups.values()].map((members) => {
    const first = members[0]!;
    const intervals = new Map<number, { value: number; count: number }[]>();
    for (const point of members.flatMap((m) => m.points)) {
      if (point.time < start || point.time >= end) continue;
      const at = Math.floor(point.time / query.intervalMs) * query.intervalMs;
      intervals.set(at, [...(intervals.get(at) ?? []), point]);
    }
    const dimensions = query.groupBy
      ? Object.fromEntries(query.groupBy.map((g) => [g, first.dimensions[g] ?? ""]))
      : first.dimensions;
    return {
      namespace: first.namespace,
      compartmentId: first.compartmentId,
      name: first.name,
      ...(first.resourceGroup !== undefined && { resourceGroup: first.resourceGroup }),
      dimensions,
      metadata: first.metadata,
      resolution: body.resolution ?? "1m",
      aggregatedDatapoints: [...intervals]
        .sort(([a], [b]) => a - b)
        .map(([at, points]) => ({
          timestamp: new Date(at).toISOString(),
          value: aggregate(query.statistic, points, query.intervalMs),
        })),
    };
  });
};

/** The handlers of metrics. */
export const monitoring: Service = {
  name: "monitoring",
  handlers: {
    PostMetricData: {
      target: (call) => {
        const wanted = readBody(call, postMetricData).metricData.map((m) =>
          checkValue(m, compartmentAndNamespace),
        );
        const distinct = new Map(wanted.map((m) => [`${m.compartmentId}/${m.namespace}`, m]));
        return [...distinct.values()].map((m) => metricTarget(call, m.compartmentId, m.namespace));
      },
      run: (call) => {
        const { metricData: data, batchAtomicity } = readBody(call, postMetricData);
        const failed: Wire<models.FailedMetricRecord>[] = [];
        const good: z.output<typeof metricData>[] = [];
        for (const datum of data) {
          try {
            const checked = checkValue(datum, metricData);
            checkTimes(call, checked);
            good.push(checked);
          } catch (error) {
            if (batchAtomicity === "ATOMIC") throw error;
            // Returned as it was sent.
            const sent = datum as Wire<models.MetricDataDetails>;
            failed.push({ message: error instanceof Error ? error.message : "", metricData: sent });
          }
        }
        for (const datum of good) store(call, datum);
        return { body: { failedMetricsCount: failed.length, failedMetrics: failed } };
      },
    },
    ListMetrics: {
      target: (call) =>
        metricTarget(call, call.query.get("compartmentId"), readBody(call, listDetails).namespace),
      run: (call) => {
        const body = readBody(call, listDetails);
        const found = matching(call, body.namespace, body.resourceGroup).filter(
          (s) => (!body.name || s.name === body.name) && hasDimensions(s, body.dimensionFilters),
        );
        const shown: Wire<models.Metric>[] = found.map(({ points: _points, metadata: _metadata, ...rest }) =>
          body.groupBy ? Object.fromEntries(body.groupBy.map((member) => [member, rest[member]])) : rest,
        );
        const distinct = [...new Map(shown.map((m) => [JSON.stringify(m), m])).values()];
        const { items, nextPage } = paginate(call, distinct, (m) => JSON.stringify(m));
        return { body: items, ...(nextPage && { headers: { "opc-next-page": nextPage } }) };
      },
    },
    SummarizeMetricsData: {
      target: (call) =>
        metricTarget(call, call.query.get("compartmentId"), readBody(call, summarizeDetails).namespace),
      run: (call) => ({ body: summarize(call) }),
    },
  } satisfies Handlers<MonitoringClient>,
};
