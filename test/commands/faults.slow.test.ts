/** Every fault ends as the list says, and is explained: one run of each serves both. */
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { explain } from "../../commands/shared/explain/explain.ts";
import type { Explanation } from "../../commands/shared/explain/explanation.ts";
import { readStackConfig } from "../../commands/shared/stack-config.ts";
import { faults } from "../../commands/start/faults.ts";
import { isKeptByOci } from "../../commands/start/leftovers.ts";
import { type RunOutcome, runScenario } from "../../commands/start/scenario.ts";
import { clientAs } from "../../local/client.ts";
import { explanations, type RunNames } from "./faults/explanations.ts";

/** Explanations may take this long. */
const MOST_EXPLAIN_MS = 5_000;

const config = readStackConfig(resolve(import.meta.dirname, "../../Pulumi.local.yaml"));

interface FaultRun {
  outcome: RunOutcome;
  made: RunNames;
  /** What an administrator, who may read everything, is told. */
  administrator: Explanation | undefined;
}

const run = async (name?: string): Promise<FaultRun> => {
  let made: RunNames = { decoy: "", instance: "" };
  let administrator: Explanation | undefined;
  const fault = faults.find((f) => f.name === name);
  // What must end well is given the time; what must not, is not waited for.
  const deadlineS = fault?.end.length ? "4" : "30";
  const outcome = await runScenario({
    config: { ...config, "keyless:deadlineS": deadlineS },
    stack: "local",
    engine: "embedded",
    machine: "process",
    fault,
    signal: new AbortController().signal,
    progress: () => {},
    onVerdict: async ({ local, stack, verdict }) => {
      const instanceId = String(stack.outputs["instance"]);
      made = { decoy: String(stack.outputs["decoy"]), instance: instanceId };
      if (verdict?.ok) return;
      const client = clientAs(local.administrator, local.addresses, local.cloud.realm.domain);
      administrator = await explain(client, { tenancyId: local.cloud.tenancy.id, instanceId, verdict });
    },
  });
  return { outcome, made, administrator };
};

describe("npm start", () => {
  it("ends well when nothing is broken, and leaves only what OCI keeps", async () => {
    const { outcome } = await run();
    expect(outcome).toMatchObject({ ok: true, verdict: { ok: true } });
    expect(outcome.leftovers.every(isKeptByOci)).toBe(true);
    expect(outcome.leftovers.map((l) => l.type).sort()).toEqual([
      "oci:Kms/key:Key",
      "oci:Kms/key:Key",
      "oci:Kms/vault:Vault",
      "oci:Vault/secret:Secret",
      "oci:Vault/secret:Secret",
    ]);
  });

  for (const fault of faults)
    it(`with ${fault.broken} ends with ${fault.end.join(" or ") || "a good verdict"}`, async () => {
      const { outcome, made, administrator } = await run(fault.name);
      if (fault.end.length === 0) expect(outcome).toMatchObject({ ok: true });
      else expect(fault.end).toContain(outcome.cause);
      expect(outcome.leftovers.every(isKeptByOci)).toBe(true);

      const allowed = outcome.verdict?.probes.filter(
        (p) => p.expected === "refused" && p.observed === "allowed",
      );
      const names = allowed?.map((p) => p.name);
      if (fault.name === "other-secret" || fault.name === "no-where")
        expect(names).toEqual(["decoy-content"]);
      if (fault.name === "too-wide")
        expect(names).toEqual(
          expect.arrayContaining(["decoy-content", "secret-metadata", "secret-update", "secrets-list"]),
        );
      // The group's and the policy's last change came just before: nothing can be read for five seconds.
      if (fault.name === "slow-propagation")
        expect(outcome.steps.find(({ name }) => name === "boot and check")?.ms).toBeGreaterThan(4_000);
      if (fault.name === "tampered-bundle") expect(outcome.verdict?.probes).toEqual([]);

      const expected = explanations[fault.name];
      expect(outcome.explanation?.code, outcome.explanation?.says).toBe(expected?.code);
      if (!expected || !outcome.explanation) return;
      for (const text of expected.says(made)) {
        if (typeof text === "string") expect(outcome.explanation.says).toContain(text);
        else expect(outcome.explanation.says).toMatch(text);
      }
      expect(outcome.explanation.fix).toMatch(expected.fix);
      expect(outcome.steps.find((step) => step.name === "explain")?.ms).toBeLessThan(MOST_EXPLAIN_MS);
      // Whoever may read the tenancy's policies is told which statement it is.
      if (fault.name === "too-wide")
        expect(administrator).toMatchObject({
          code: "statement-too-wide",
          says: expect.stringMatching(
            /policy keyless-fault-too-wide in the tenancy: .*manage secret-family in tenancy/,
          ),
        });
    });

  it("explains every fault that ends badly", () => {
    expect(Object.keys(explanations).sort()).toEqual(
      faults
        .filter((f) => f.end.length)
        .map((f) => f.name)
        .sort(),
    );
  });
});
