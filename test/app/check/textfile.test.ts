/** The proof's outcome for Prometheus and for OCI Monitoring. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { metricBody } from "../../../app/check/post-metric.ts";
import { proofText, writeTextfile } from "../../../app/check/textfile.ts";
import type { ProbeResult, Verdict } from "../../../document/verdict.ts";

const probe = (observed: ProbeResult["observed"]): ProbeResult => ({
  name: "vault",
  says: "read the vault",
  operation: "keymanagement.GetVault",
  target: { id: "v", seen: "stack" },
  expected: "refused",
  observed,
  status: 200,
  ok: false,
});
const VERDICT: Verdict = {
  version: 1,
  ok: false,
  cause: "too-much-allowed",
  says: 'what a service said: "} 1\nevil 1',
  documentSha256: "a".repeat(64),
  probes: [probe("allowed"), probe("refused"), probe("refused")],
  time: "2026-11-27T10:00:00.000Z",
  proof: { runs: 7, everyS: 600, heartbeatS: 3600 },
};

it("has outcome, time and number of runs, and nothing that a service said", () => {
  const samples = proofText(VERDICT, false)
    .split("\n")
    .filter((line) => line && !line.startsWith("#"));
  expect(samples).toEqual([
    "keyless_check_proof_ok 0",
    `keyless_check_proof_info{document="${"a".repeat(64)}",cause="too-much-allowed"} 1`,
    "keyless_check_proof_time_seconds 1795773600",
    "keyless_check_proof_interval_seconds 600",
    "keyless_check_proof_runs 7",
    'keyless_check_probes{expected="refused",observed="allowed"} 1',
    'keyless_check_probes{expected="refused",observed="refused"} 2',
    "keyless_check_post_failed 0",
  ]);
  expect(proofText({ ...VERDICT, ok: true }, undefined)).not.toContain("post_failed");
});

it("is replaced in one step, and everybody may read it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keyless-textfile-"));
  try {
    await writeTextfile(folder, "one 1\n");
    await writeTextfile(folder, "two 2\n");
    expect(readdirSync(folder)).toEqual(["keyless_check.prom"]);
    const file = join(folder, "keyless_check.prom");
    expect(readFileSync(file, "utf8")).toBe("two 2\n");
    expect(statSync(file).mode & 0o777).toBe(0o644);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it("is posted as two metrics of the instance", () => {
  const place = { namespace: "app", compartmentId: "ocid1.compartment.oc1..a" };
  const common = { ...place, dimensions: { resourceId: "ocid1.instance.oc1.iad.a" } };
  const timestamp = "2026-11-27T10:00:00.000Z";
  expect(metricBody(VERDICT, place, "ocid1.instance.oc1.iad.a")).toEqual({
    batchAtomicity: "ATOMIC",
    metricData: [
      { ...common, name: "keyless_proof_ok", datapoints: [{ timestamp, value: 0 }] },
      { ...common, name: "keyless_proof_runs", datapoints: [{ timestamp, value: 7 }] },
    ],
  });
});
