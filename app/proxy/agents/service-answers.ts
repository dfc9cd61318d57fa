/** What OCI says of the data points that it was given. @module */
import type { CallResponse } from "./form.ts";
import type { Rejected } from "./rejected.ts";

interface Failed {
  message?: unknown;
  metricData?: { name?: unknown; datapoints?: unknown[] };
}

const read = (body: Buffer): { failedMetricsCount?: unknown; failedMetrics?: unknown } | undefined => {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
};

/** Adds the data points that the service took the call of, and not them. */
export const addRejected = (rejected: Rejected, { body }: CallResponse): void => {
  const answer = read(body);
  if (!answer) {
    rejected.add("what OCI says of them could not be read", "", 0);
    return;
  }
  const count = Number(answer.failedMetricsCount) || 0;
  const failed = (Array.isArray(answer.failedMetrics) ? answer.failedMetrics : []) as (Failed | null)[];
  for (const one of failed) {
    const { name, datapoints } = one?.metricData ?? {};
    rejected.add(
      `OCI does not take it: ${String(one?.message ?? "").slice(0, 200)}`,
      String(name ?? ""),
      Array.isArray(datapoints) ? Math.max(1, datapoints.length) : 1,
    );
  }
  if (count > failed.length)
    rejected.add("OCI does not take it, and names no reason", "", count - failed.length);
};

/** The text of a failure of the service, for the agent's own log. */
export const failureText = ({ status, body }: CallResponse): string => {
  const { code = "", message = "" } = (read(body) ?? {}) as { code?: unknown; message?: unknown };
  return `OCI answered ${status} ${String(code).slice(0, 100)}: ${String(message).slice(0, 1000)}`;
};

/** Headers of the service's failure that an agent heeds. */
export const failureHeaders = ({ headers }: CallResponse): string[] => {
  const at = headers.indexOf("retry-after");
  return at >= 0 && at % 2 === 0 ? ["retry-after", headers[at + 1]!] : [];
};
