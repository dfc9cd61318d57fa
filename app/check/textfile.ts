/** The proof's outcome for Prometheus: a file for the textfile collector of a node exporter. @module */
import { chmod, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Verdict } from "../../document/verdict.ts";

const FILE = "keyless_check.prom";

/** One gauge with its help. */
const gauge = (name: string, help: string, samples: readonly string[]): string =>
  [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...samples.map((s) => `${name}${s}`)].join("\n");

/**
 * The file's text. Its labels hold no text that a service said.
 * @param postFailed whether the metric of this run could not be posted; undefined where none is posted
 */
export const proofText = (verdict: Verdict, postFailed?: boolean): string => {
  const { ok, cause, documentSha256, proof, probes, time } = verdict;
  const counts = new Map<string, number>();
  for (const { expected, observed } of probes) {
    const labels = `{expected="${expected}",observed="${observed}"}`;
    counts.set(labels, (counts.get(labels) ?? 0) + 1);
  }
  return `${[
    gauge("keyless_check_proof_ok", "1 when the last run proved all that it must, else 0", [
      ` ${ok ? 1 : 0}`,
    ]),
    gauge("keyless_check_proof_info", "What the last run was about, and why it is bad", [
      `{document="${documentSha256 ?? ""}",cause="${cause ?? ""}"} 1`,
    ]),
    gauge("keyless_check_proof_time_seconds", "When the last run ended; its age is time() minus this", [
      ` ${Date.parse(time ?? "") / 1000}`,
    ]),
    gauge("keyless_check_proof_interval_seconds", "How often everything is tried", [
      ` ${proof?.everyS ?? 0}`,
    ]),
    gauge("keyless_check_proof_runs", "Runs since the check started with this document", [
      ` ${proof?.runs ?? 0}`,
    ]),
    gauge(
      "keyless_check_probes",
      "Probes of the last run by what was expected and observed",
      [...counts].map(([labels, count]) => `${labels} ${count}`),
    ),
    ...(postFailed === undefined
      ? []
      : [
          gauge("keyless_check_post_failed", "1 when the last run's metric could not be posted", [
            ` ${Number(postFailed)}`,
          ]),
        ]),
  ].join("\n")}\n`;
};

/**
 * Writes the file in one step, readable for everybody.
 * @param folder where it stands: the unit's runtime directory
 */
export const writeTextfile = async (folder: string, text: string): Promise<void> => {
  const file = join(folder, FILE);
  // A collector reads no file that does not end in .prom.
  const part = `${file}.part`;
  await writeFile(part, text);
  await chmod(part, 0o644);
  await rename(part, file);
};
