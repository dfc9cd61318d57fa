/** The proof in OCI Monitoring, where the check posts each run's outcome (`app/check/post-metric.ts`). @module */
import type { KeylessDocument } from "../../../document/schema.ts";
import type { OciClient } from "../../../oci/client.ts";
import { readable } from "../explain/deployed.ts";
import type { PostedProof } from "./age.ts";

/** The part of SummarizeMetricsData's response that is read. */
interface Stream {
  aggregatedDatapoints?: { timestamp: string; value: number }[];
}

/**
 * Reads when a run last proved all.
 * @param place where the deployed document has its runs posted
 * @param sinceMs the oldest time that is of interest
 * @returns undefined where the metrics may not be read
 * @throws OciError for failures that are no refusals
 */
export const readPostedProof = async (
  client: OciClient,
  { namespace, compartmentId }: NonNullable<KeylessDocument["check"]["metrics"]>,
  instanceId: string,
  sinceMs: number,
): Promise<PostedProof | undefined> => {
  const found = await readable(
    client.call<Stream[]>("monitoring.SummarizeMetricsData", {
      query: { compartmentId },
      body: {
        namespace,
        query: `keyless_proof_ok[1m]{resourceId = "${instanceId}"}.min()`,
        startTime: new Date(sinceMs).toISOString(),
        // A value may be of the minute that is not over.
        endTime: new Date(Date.now() + 60_000).toISOString(),
      },
      idempotent: true,
    }),
  );
  if (!found) return undefined;
  const points = found.body.flatMap((stream) => stream.aggregatedDatapoints ?? []);
  const newest = points.sort((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp)).at(-1);
  return { provedAt: newest?.value === 1 ? newest.timestamp : undefined };
};
