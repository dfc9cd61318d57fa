/** The proof's outcome as metrics of OCI Monitoring, to alarm on: posted with the app's own metrics grant. @module */
import type { KeylessDocument } from "../../document/schema.ts";
import type { Verdict } from "../../document/verdict.ts";
import { hostOf } from "../../oci/hosts.ts";
import { findOperation } from "../../oci/operations/index.ts";
import { abortable } from "../abortable.ts";
import { type InstanceInfo, readInstanceInfo } from "../own-instance.ts";
import { callDirectly } from "./probe.ts";
import { newProvider } from "./read-secret.ts";

/** The namespace and compartment that the metrics are posted to. */
export type MetricsPlace = NonNullable<KeylessDocument["check"]["metrics"]>;

const TIMEOUT_MS = 30_000;

/** The body of PostMetricData: two metrics, with the instance's OCID as their one dimension. */
export const metricBody = (
  verdict: Verdict,
  { namespace, compartmentId }: MetricsPlace,
  instanceId: string,
): unknown => {
  const timestamp = verdict.time ?? new Date().toISOString();
  const metric = (name: string, value: number) => ({
    ...{ namespace, compartmentId, name },
    dimensions: { resourceId: instanceId },
    datapoints: [{ timestamp, value }],
  });
  return {
    // Otherwise OCI responds with 200 and a count of those it did not take.
    batchAtomicity: "ATOMIC",
    metricData: [
      metric("keyless_proof_ok", verdict.ok ? 1 : 0),
      metric("keyless_proof_runs", verdict.proof?.runs ?? 0),
    ],
  };
};

const urlFor = ({ regionInfo }: InstanceInfo, path: string): string =>
  `https://${hostOf("monitoring", regionInfo.regionIdentifier, regionInfo.realmDomainComponent, "PostMetricData")}${path}`;

/** Posts the verdict's metrics. @throws Error with the status of the response, or saying that none came */
export const postProof = async (verdict: Verdict, place: MetricsPlace, stop: AbortSignal): Promise<void> => {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]);
  const operation = findOperation("monitoring.PostMetricData")!;
  const identity = await readInstanceInfo(signal);
  const body = JSON.stringify(metricBody(verdict, place, identity.id));
  const headers = { "content-type": "application/json" };
  const outgoing = { operation, url: urlFor(identity, operation.path), headers, body };
  const { status } = await callDirectly(outgoing, await abortable(newProvider(), signal), signal);
  if (status !== 200) throw new Error(`PostMetricData answered ${status}`);
};
