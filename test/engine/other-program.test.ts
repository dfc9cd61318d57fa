import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { skipFor } from "../support/skip.ts";
import { type RealEngine, realEngine, STEP_MS, skipReason } from "./support/real-engine.ts";

skipFor(skipReason).describe("somebody else's program, under the real engine", () => {
  let engine: RealEngine;
  beforeAll(async () => {
    engine = await realEngine();
  }, STEP_MS);
  afterAll(() => engine?.close());

  test(
    "is deployed, found unchanged, and removed",
    async () => {
      const program = join(import.meta.dirname, "other-program");
      const pulumi = await engine.pulumi({ stack: "other", config: {}, program });
      const { outputs, resources } = await pulumi.up();
      expect(outputs["content"]).toBe("hello");
      expect(outputs["privateIp"]).toMatch(/^10\.0\.1\./);
      expect(outputs["publicIp"]).toMatch(/^\d+(\.\d+){3}$/);
      expect(new Set(resources.map((r) => r.type)).size).toBe(22);
      await pulumi.expectNoChanges();
      await pulumi.refresh({ expectNoChanges: true });
      const left = await pulumi.destroy();
      expect(left.map((l) => l.type).sort()).toEqual([
        "oci:Kms/key:Key",
        "oci:Kms/key:Key",
        "oci:Kms/vault:Vault",
        "oci:Vault/secret:Secret",
      ]);
    },
    STEP_MS,
  );
});
