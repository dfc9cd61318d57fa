/**
 * Field numbers of OTLP's messages (opentelemetry-proto 1.x: collector, logs, metrics, resource, common), of what is
 * translated; names are those of its JSON.
 * @module
 */
import type { MessageType } from "../agents/protobuf.ts";

const anyValue: MessageType = {
  1: ["stringValue", "string"],
  2: ["boolValue", "bool"],
  3: ["intValue", "int64"],
  4: ["doubleValue", "double"],
  5: ["arrayValue", () => arrayValue],
  6: ["kvlistValue", () => keyValueList],
  7: ["bytesValue", "base64"],
};
const arrayValue: MessageType = { 1: ["values[]", () => anyValue] };
const keyValueList: MessageType = { 1: ["values[]", () => keyValue] };
const keyValue: MessageType = { 1: ["key", "string"], 2: ["value", () => anyValue] };

const resource: MessageType = { 1: ["attributes[]", () => keyValue] };
const scope: MessageType = {
  1: ["name", "string"],
  2: ["version", "string"],
  3: ["attributes[]", () => keyValue],
};

const logRecord: MessageType = {
  1: ["timeUnixNano", "fixed64"],
  2: ["severityNumber", "int32"],
  3: ["severityText", "string"],
  5: ["body", () => anyValue],
  6: ["attributes[]", () => keyValue],
  8: ["flags", "fixed32"],
  9: ["traceId", "hex"],
  10: ["spanId", "hex"],
  11: ["observedTimeUnixNano", "fixed64"],
  12: ["eventName", "string"],
};
const scopeLogs: MessageType = { 1: ["scope", () => scope], 2: ["logRecords[entry]", () => logRecord] };
const resourceLogs: MessageType = { 1: ["resource", () => resource], 2: ["scopeLogs[]", () => scopeLogs] };

/** `ExportLogsServiceRequest`. */
export const logsRequest: MessageType = { 1: ["resourceLogs[]", () => resourceLogs] };

const numberPoint: MessageType = {
  3: ["timeUnixNano", "fixed64"],
  4: ["asDouble", "double"],
  6: ["asInt", "sfixed64"],
  7: ["attributes[]", () => keyValue],
  8: ["flags", "int32"],
};
const histogramPoint: MessageType = {
  3: ["timeUnixNano", "fixed64"],
  4: ["count", "fixed64"],
  5: ["sum", "double"],
  9: ["attributes[]", () => keyValue],
  10: ["flags", "int32"],
  11: ["min", "double"],
  12: ["max", "double"],
};
const exponentialPoint: MessageType = {
  1: ["attributes[]", () => keyValue],
  3: ["timeUnixNano", "fixed64"],
  4: ["count", "fixed64"],
  5: ["sum", "double"],
  10: ["flags", "int32"],
  12: ["min", "double"],
  13: ["max", "double"],
};
const quantile: MessageType = { 1: ["quantile", "double"], 2: ["value", "double"] };
const summaryPoint: MessageType = {
  3: ["timeUnixNano", "fixed64"],
  4: ["count", "fixed64"],
  5: ["sum", "double"],
  6: ["quantileValues[]", () => quantile],
  7: ["attributes[]", () => keyValue],
  8: ["flags", "int32"],
};
const pointsOf = (point: MessageType): MessageType => ({ 1: ["dataPoints[entry]", () => point] });
const numbers = pointsOf(numberPoint);
const histogram = pointsOf(histogramPoint);
const exponentialHistogram = pointsOf(exponentialPoint);
const summary = pointsOf(summaryPoint);

const metric: MessageType = {
  1: ["name", "string"],
  3: ["unit", "string"],
  5: ["gauge", () => numbers],
  7: ["sum", () => numbers],
  9: ["histogram", () => histogram],
  10: ["exponentialHistogram", () => exponentialHistogram],
  11: ["summary", () => summary],
};
const scopeMetrics: MessageType = { 1: ["scope", () => scope], 2: ["metrics[]", () => metric] };
const resourceMetrics: MessageType = {
  1: ["resource", () => resource],
  2: ["scopeMetrics[]", () => scopeMetrics],
};

/** `ExportMetricsServiceRequest`. */
export const metricsRequest: MessageType = { 1: ["resourceMetrics[]", () => resourceMetrics] };
