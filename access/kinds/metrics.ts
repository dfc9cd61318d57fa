import { z } from "zod";
import { PLACEHOLDERS } from "../../document/placeholders.ts";
import type { ProbeInput } from "../../document/schema.ts";
import { compartmentId } from "../forms.ts";
import { kind } from "../grant.ts";
import { compartmentLookups } from "../lookup.ts";
import { groupStatement } from "../statement.ts";

const schema = z.strictObject({
  /** The metric namespace. */
  metrics: z.string().regex(/^(?!oci_|oracle_)[a-z][a-z0-9_]{0,255}$/, {
    error: "must be a metric namespace: lower-case letters, digits and _, not beginning with oci_ or oracle_",
  }),
  /** OCID of the compartment in which metrics are posted. @default the workload's compartment */
  compartment: compartmentId.optional(),
});

const post = (name: string, says: string, namespace: string, at: string): ProbeInput => ({
  name,
  says,
  operation: "monitoring.PostMetricData",
  body: {
    metricData: [
      {
        namespace,
        compartmentId: at,
        name: "keyless_check",
        dimensions: { source: "keyless" },
        datapoints: [{ timestamp: PLACEHOLDERS.now, value: 1 }],
      },
    ],
  },
  target: { id: at, seen: "deployer" },
  expected: "allowed",
});

/** Posting metrics to one namespace in one compartment. */
export const metricsGrant = kind<z.infer<typeof schema>>({
  key: "metrics",
  schema,
  id: (g) => `metrics ${g.metrics}`,
  label: (g) => `post metrics to the namespace ${g.metrics}`,
  compartment: (g) => g.compartment,
  statements: (g, ids) => {
    const at = g.compartment ?? ids.workloadCompartmentId;
    const condition = `target.metrics.namespace = '${g.metrics}'`;
    return [{ compartmentId: at, text: groupStatement(ids.groupId, ["METRIC_WRITE"], at, [condition]) }];
  },
  allow: (g, ids) => [
    {
      operations: ["monitoring.PostMetricData"],
      where: {
        "body.metricData.*.namespace": g.metrics,
        "body.metricData.*.compartmentId": g.compartment ?? ids.workloadCompartmentId,
      },
    },
  ],
  // A statement reaches the children of its compartment, and which those are is not known here.
  scope: (g) => [
    { operations: ["monitoring.PostMetricData"], where: { "body.metricData.*.namespace": g.metrics } },
  ],
  probes: (g, ids) => {
    const at = g.compartment ?? ids.workloadCompartmentId;
    return {
      allowed: [post(`metrics-${g.metrics}`, `post a metric to ${g.metrics}`, g.metrics, at)],
      refused: [
        {
          ...post(
            `metrics-${g.metrics}-neighbour`,
            "post a metric to another namespace",
            `${g.metrics.slice(0, 240)}_neighbour`,
            at,
          ),
          expected: "refused",
        },
      ],
    };
  },
  lookups: (g) => compartmentLookups(g.compartment),
});
