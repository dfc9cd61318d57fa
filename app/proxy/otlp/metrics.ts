/** OTLP's metrics as bodies of PostMetricData. @module */
import { type Translate, TURN_ENTRIES } from "../agents/form.ts";
import type { MetricsPlace } from "../agents/granted.ts";
import { type Dimension, MetricStreams, ownDimensions } from "../agents/metric-streams.ts";
import { Rejected } from "../agents/rejected.ts";
import { addRejected } from "../agents/service-answers.ts";
import { answer, type Encoding, readRequest } from "./encoding.ts";
import { metricsRequest } from "./fields.ts";
import { attributeTexts, list, type Members, members, number, text, timeMs } from "./values.ts";

/** Attributes of a resource that become dimensions of its metrics, the first of them first. */
const RESOURCE_DIMENSIONS = [
  "service.name",
  "service.namespace",
  "service.instance.id",
  "host.name",
  "host.id",
  "deployment.environment.name",
  "deployment.environment",
  "container.name",
  "k8s.cluster.name",
  "k8s.namespace.name",
  "k8s.node.name",
  "k8s.pod.name",
  "k8s.container.name",
];

/** `DataPointFlags`: the point says that there is no value. */
const NO_RECORDED_VALUE = 1;

/** What a data point is in OCI: further names and dimensions, each with a value. */
type Values = [suffix: string, value: number, ...more: Dimension[]][];

const numberValues = (point: Members): Values => {
  const value = number(point["asDouble"] ?? point["asInt"], "the value of a data point");
  return [["", value ?? Number.NaN]];
};

const countAndSum = (point: Members): Values => {
  const sum = number(point["sum"], "sum");
  return [
    [".count", number(point["count"], "count") ?? 0],
    ...(sum === undefined ? [] : ([[".sum", sum]] as Values)),
  ];
};

const histogramValues = (point: Members): Values => [
  ...countAndSum(point),
  ...(["min", "max"] as const).flatMap((of): Values => {
    const value = number(point[of], of);
    return value === undefined ? [] : [[`.${of}`, value]];
  }),
];

const summaryValues = (point: Members): Values => [
  ...countAndSum(point),
  ...Array.from(list(point["quantileValues"], "quantileValues"), (one): Values[number] => {
    const quantile = number(one["quantile"], "quantile") ?? 0;
    return ["", number(one["value"], "value") ?? 0, ["quantile", String(quantile)]];
  }),
];

/** The kinds of metric, by the member that has their data points. */
const KINDS: Readonly<Record<string, (point: Members) => Values>> = {
  gauge: numberValues,
  sum: numberValues,
  histogram: histogramValues,
  exponentialHistogram: histogramValues,
  summary: summaryValues,
};

/** What the data points of a metric have in common. */
interface Origin {
  name: string;
  further: readonly Dimension[];
  key: string;
  unit: string;
}

const originOf = (metric: Members, resource: { further: readonly Dimension[]; key: string }): Origin => ({
  ...resource,
  name: text(metric["name"], "name"),
  unit: text(metric["unit"], "unit"),
});

/** Adds one data point, of which several of OCI's may come. */
const addPoint = (
  streams: MetricStreams,
  rejected: Rejected,
  point: Members,
  values: Values,
  of: Origin,
): void => {
  if ((Number(point["flags"]) & NO_RECORDED_VALUE) !== 0) return;
  const at = timeMs(point["timeUnixNano"], "timeUnixNano");
  const own = ownDimensions(attributeTexts(point["attributes"]));
  let why: string | undefined;
  for (const [suffix, value, ...more] of values) {
    const dimensions = more.length > 0 ? ownDimensions(more, own) : own;
    const reason = streams.add(of.name === "" ? "" : of.name + suffix, dimensions, of, at, value);
    why ??= reason;
  }
  if (why !== undefined) rejected.add(why, of.name);
};

function* postMetricData(
  request: Members,
  streams: MetricStreams,
  rejected: Rejected,
): Generator<Buffer | undefined> {
  let resources = 0;
  let points = 0;
  for (const { resource, scopeMetrics } of list(request["resourceMetrics"], "resourceMetrics")) {
    const about = new Map(attributeTexts(members(resource, "resource")["attributes"]));
    const further = RESOURCE_DIMENSIONS.map((name): Dimension => [name, about.get(name) ?? ""]);
    resources += 1;
    for (const { metrics } of list(scopeMetrics, "scopeMetrics")) {
      for (const metric of list(metrics, "metrics")) {
        const origin = originOf(metric, { further, key: String(resources) });
        for (const kind in KINDS) {
          for (const point of list(members(metric[kind], kind)["dataPoints"], "dataPoints")) {
            addPoint(streams, rejected, point, KINDS[kind]!(point), origin);
            points += 1;
            if (points % TURN_ENTRIES === 0) yield;
          }
        }
      }
    }
  }
  yield* streams.bodies();
}

/** Translates `ExportMetricsServiceRequest`. */
export const translateMetrics =
  (encoding: Encoding, place: MetricsPlace): Translate =>
  (body, input) => {
    const rejected = new Rejected();
    const streams = new MetricStreams(place, input);
    return {
      bodies: postMetricData(readRequest(body, encoding, metricsRequest), streams, rejected),
      answer: (responses) => {
        for (const one of responses) if (one.status < 300) addRejected(rejected, one);
        return answer(encoding, "rejectedDataPoints", rejected, responses.at(-1));
      },
    };
  };
