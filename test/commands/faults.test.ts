import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readStackConfig } from "../../commands/stack-config.ts";
import { faults } from "../../commands/start/faults.ts";
import { isKeptByOci } from "../../commands/start/leftovers.ts";
import { runStory } from "../../commands/start/story.ts";

const config = {
  ...readStackConfig(resolve(import.meta.dirname, "../../Pulumi.local.yaml")),
  "keyless:deadlineS": "4",
};

const run = (name?: string) =>
  runStory({
    config: name === "slow-propagation" ? { ...config, "keyless:deadlineS": "20" } : config,
    stack: "local",
    engine: "embedded",
    machine: "process",
    fault: faults.find((f) => f.name === name),
    signal: new AbortController().signal,
    progress: () => {},
  });

describe("npm start", () => {
  it("ends well when nothing is broken, and leaves only what OCI keeps", async () => {
    const outcome = await run();
    expect(outcome).toMatchObject({ ok: true, verdict: { ok: true } });
    expect(outcome.leftovers.every(isKeptByOci)).toBe(true);
    expect(outcome.leftovers.map((l) => l.type).sort()).toEqual([
      "oci:Kms/key:Key",
      "oci:Kms/vault:Vault",
      "oci:Vault/secret:Secret",
      "oci:Vault/secret:Secret",
    ]);
  });

  for (const fault of faults)
    it(`with ${fault.broken} ends with ${fault.end.join(" or ") || "a good verdict"}`, async () => {
      const outcome = await run(fault.name);
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
      if (fault.name === "slow-propagation") expect(outcome.verdict?.tries).toBeGreaterThan(1);
      if (fault.name === "tampered-bundle") expect(outcome.verdict?.probes).toEqual([]);
    });
});
