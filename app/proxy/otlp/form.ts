/** OTLP over HTTP: `POST /otlp/v1/logs` becomes PutLogs, `POST /otlp/v1/metrics` PostMetricData. @module */
import type { AgentForm } from "../agents/form.ts";
import { metricsPlace, namedBy, POST_METRIC_DATA, putLogsTarget } from "../agents/granted.ts";
import { ProxyError } from "../errors.ts";
import type { Encoding } from "./encoding.ts";
import { failure } from "./failure.ts";

const PATH =
  /^\/otlp((?:\/[^/?]+)*)\/v1\/(logs|metrics|traces)(?:\?resourceGroup=([A-Za-z][A-Za-z0-9._$-]{0,255}))?$/;

const encodingOf = (contentType: string | undefined): Encoding => {
  const type = /^[^;\s]*/.exec(contentType?.toLowerCase() ?? "")![0];
  if (type === "application/x-protobuf" || type === "application/json") return type;
  throw new ProxyError(
    "UnsupportedBody",
    `Content-Type is ${JSON.stringify(contentType?.slice(0, 100) ?? "absent")}: OTLP is application/x-protobuf or application/json`,
  );
};

export const otlp: AgentForm = {
  route({ client, method, url, contentType, policy }) {
    const [whole, segments, signal, resourceGroup] = PATH.exec(url) ?? [];
    if (method !== "POST" || whole === undefined || (signal === "logs" && resourceGroup !== undefined)) {
      throw new ProxyError(
        "UnknownOperation",
        "OTLP is POST /otlp/v1/logs or POST /otlp/v1/metrics, with a log's OCID, a compartment's or a metric namespace between /otlp and /v1, and of metrics ?resourceGroup=<name> behind",
      );
    }
    if (signal === "traces") {
      throw new ProxyError(
        "UnknownOperation",
        "traces have no place to go here, for Application Performance Monitoring is not served: export logs and metrics only (OTEL_TRACES_EXPORTER=none)",
      );
    }
    const { log, ...named } = namedBy(segments!.split("/").slice(1));
    const encoding = encodingOf(contentType);
    const encodings = ["", "gzip"] as const;
    if (signal === "logs") {
      return {
        target: putLogsTarget(client, policy, log, "POST /otlp/<log OCID>/v1/logs"),
        encodings,
        load: async () => (await import("./logs.ts")).translateLogs(encoding),
      };
    }
    const wanted = { ...named, ...(resourceGroup !== undefined && { resourceGroup }) };
    const place = metricsPlace(
      client,
      policy,
      wanted,
      "POST /otlp/<namespace>/<compartment OCID>/v1/metrics",
    );
    return {
      target: POST_METRIC_DATA,
      encodings,
      load: async () => (await import("./metrics.ts")).translateMetrics(encoding, place),
    };
  },
  failure,
};
