/** Prometheus remote_write 1.0: `POST /prometheus/api/v1/write` becomes PostMetricData. @module */
import type { AgentForm } from "../agents/form.ts";
import { metricsPlace, namedBy, POST_METRIC_DATA } from "../agents/granted.ts";
import { ProxyError } from "../errors.ts";

const PATH =
  /^\/prometheus((?:\/[^/?]+)*)\/api\/v1\/write(?:\?resourceGroup=([A-Za-z][A-Za-z0-9._$-]{0,255}))?$/;
/** The media type of 1.0, which may say its message. */
const TYPE = /^application\/x-protobuf(?:[ \t]*;[ \t]*proto=prometheus\.WriteRequest)?$/i;

export const prometheus: AgentForm = {
  route({ client, method, url, contentType, policy }) {
    const [whole, segments, resourceGroup] = PATH.exec(url) ?? [];
    if (method !== "POST" || whole === undefined) {
      throw new ProxyError(
        "UnknownOperation",
        "remote_write is POST /prometheus/api/v1/write, with a metric namespace or a compartment's OCID between /prometheus and /api, and ?resourceGroup=<name> behind",
      );
    }
    if (!TYPE.test(contentType ?? "")) {
      throw new ProxyError(
        "UnsupportedBody",
        `Content-Type is ${JSON.stringify(contentType?.slice(0, 100) ?? "absent")}: remote_write 1.0 is application/x-protobuf; 2.0 (io.prometheus.write.v2.Request) is not read, so set protobuf_message: prometheus.WriteRequest`,
      );
    }
    const { log, ...named } = namedBy(segments!.split("/").slice(1));
    if (log !== undefined)
      throw new ProxyError("BadTarget", `the path names the log ${log}: metrics have none`);
    const place = metricsPlace(
      client,
      policy,
      { ...named, ...(resourceGroup !== undefined && { resourceGroup }) },
      "POST /prometheus/<namespace>/<compartment OCID>/api/v1/write",
    );
    return {
      target: POST_METRIC_DATA,
      encodings: ["snappy"],
      load: async () => (await import("./write.ts")).translateWrite(place),
    };
  },
  failure: (message) => ({ type: "text/plain; charset=utf-8", body: `${message}\n` }),
};
