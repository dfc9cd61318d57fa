import { z } from "zod";
import type { ProbeInput } from "../../document/schema.ts";
import { compartmentId } from "../forms.ts";
import { kind } from "../grant.ts";
import { compartmentLookups } from "../lookup.ts";
import { groupStatement } from "../statement.ts";

const schema = z.strictObject({
  /** The metric namespace, also one of OCI's own: `oci_computeagent`. */
  monitoring: z.string().regex(/^[a-z][a-z0-9_]{0,255}$/, {
    error: "must be a metric namespace: lower-case letters, digits and _",
  }),
  /** OCID of the compartment whose metrics are read. @default the workload's compartment */
  compartment: compartmentId.optional(),
});

/** Reading the metrics of one namespace in one compartment; `metrics` posts them. */
export const monitoringGrant = kind<z.infer<typeof schema>>({
  key: "monitoring",
  schema,
  id: (g) => `monitoring ${g.monitoring}`,
  label: (g) => `read the metrics of the namespace ${g.monitoring}`,
  compartment: (g) => g.compartment,
  statements: (g, ids) => {
    const at = g.compartment ?? ids.workloadCompartmentId;
    const condition = `target.metrics.namespace = '${g.monitoring}'`;
    const text = groupStatement(ids.groupId, ["METRIC_INSPECT", "METRIC_READ"], at, [condition]);
    return [{ compartmentId: at, text }];
  },
  allow: (g, ids) => [
    {
      operations: ["monitoring.SummarizeMetricsData", "monitoring.ListMetrics"],
      where: {
        "query.compartmentId": g.compartment ?? ids.workloadCompartmentId,
        "body.namespace": g.monitoring,
      },
    },
  ],
  // A statement reaches the children of its compartment, and which those are is not known here.
  scope: (g) => [
    {
      operations: ["monitoring.SummarizeMetricsData", "monitoring.ListMetrics"],
      where: { "body.namespace": g.monitoring },
    },
  ],
  probes: (g, ids) => {
    const at = g.compartment ?? ids.workloadCompartmentId;
    const list = (name: string, says: string, namespace: string): ProbeInput => ({
      name,
      says,
      operation: "monitoring.ListMetrics",
      query: { compartmentId: at, limit: "1" },
      body: { namespace },
      target: { id: at, seen: "deployer" },
      expected: "allowed",
    });
    const name = `monitoring-${g.monitoring}`;
    return {
      allowed: [list(name, `list the metrics of ${g.monitoring}`, g.monitoring)],
      refused: [
        {
          ...list(
            `${name}-neighbour`,
            "list the metrics of another namespace",
            `${g.monitoring.slice(0, 240)}_neighbour`,
          ),
          expected: "refused",
        },
      ],
    };
  },
  lookups: (g) => compartmentLookups(g.compartment),
});
