/**
 * Records each run's outcome for monitoring: a metric where one is granted, and a file for Prometheus.
 * @module
 */
import type { Verdict } from "../../document/verdict.ts";
import { printable } from "../printable.ts";
import { type MetricsPlace, postProof } from "./post-metric.ts";
import { proofText, writeTextfile } from "./textfile.ts";

/** The targets that outcomes are recorded at. */
export interface RecordInput {
  /** Absent where the app has no metrics grant. */
  metrics: MetricsPlace | undefined;
  /** Absent where the unit has no runtime directory. */
  folder: string | undefined;
  signal: AbortSignal;
}

/** True when the last post failed; undefined before the first one has ended. */
let postFailed: boolean | undefined;
/** The last run's verdict: a slow post of the run before must not put an older one into the file. */
let latest: Verdict | undefined;

/** Records one run. Never rejects: what cannot be recorded is in the journal, and changes no verdict. */
export const recordRun = async (
  verdict: Verdict,
  { metrics, folder, signal }: RecordInput,
): Promise<void> => {
  const attempt = (what: string, work: Promise<void>): Promise<boolean> =>
    work.then(
      () => false,
      (error: Error) => {
        if (!signal.aborted) console.error(printable(`keyless: ${what}: ${error.message}`));
        return true;
      },
    );
  const write = async (): Promise<void> => {
    if (!folder) return;
    const text = proofText(verdict, metrics && postFailed);
    await attempt("the proof's metrics cannot be written", writeTextfile(folder, text));
  };
  latest = verdict;
  // The file does not wait for a service that may not respond.
  await write();
  if (!metrics) return;
  postFailed = await attempt("the proof's metric cannot be posted", postProof(verdict, metrics, signal));
  if (latest === verdict) await write();
};
