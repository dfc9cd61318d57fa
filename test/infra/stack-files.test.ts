import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, expect, test } from "vitest";
import { parse } from "yaml";
import { readStackConfig } from "../../commands/shared/stack-config.ts";
import { EmbeddedEngine } from "../../engine/engine.ts";
import { readSettings } from "../../infra/settings/settings.ts";
import { settingsTable } from "../../infra/settings/table.ts";
import { WELL_KNOWN } from "../../local/bootstrap.ts";
import type { LocalOci } from "../../local/index.ts";
import { localStack } from "../support/local-stack.ts";

const file = (name: string): string => resolve(import.meta.dirname, "../..", name);
const devText = readFileSync(file("Pulumi.dev.yaml"), "utf8");

let local: LocalOci | undefined;
afterEach(() => local?.close());

const check = (config: Record<string, string>) =>
  readSettings({ config, isSecret: () => true, project: "keyless", stack: "dev", env: {} });

test("Pulumi.dev.yaml deploys as committed, with only its OCIDs replaced", async () => {
  const real: Record<string, string> = {
    tenancy: WELL_KNOWN.tenancy,
    compartment: WELL_KNOWN.compartments.app,
  };
  const config = Object.fromEntries(
    Object.entries(readStackConfig(file("Pulumi.dev.yaml"))).map(([key, value]) => [
      key,
      value.replace(/ocid1\.(\w+)\.\S+/g, (_, type: string) => real[type]!),
    ]),
  );
  const stack = await localStack({ settings: { transitionMs: 0 } });
  local = stack.local;
  const engine = new EmbeddedEngine({
    client: stack.client,
    regionId: local.deployer.region,
    project: "keyless",
    stack: "dev",
    config,
    program: async () => (await import("../../infra/index.ts")).default(),
  });
  const { outputs } = await engine.up();
  expect(outputs["statements"]).toHaveLength(1);
  expect(await engine.destroy()).toHaveLength(5);
});

test("every setting stands in Pulumi.dev.yaml, and every commented one is valid as it is written", () => {
  const commented = [...devText.matchAll(/^ {2}# (keyless:\w+: .*)$/gm)].map((m) => m[1]!);
  const set = Object.keys(parse(devText).config as object).filter((k) => k.startsWith("keyless:"));
  const names = [...set, ...commented.map((line) => line.split(": ")[0]!)].map((k) =>
    k.slice("keyless:".length),
  );
  expect([...new Set(names)].sort()).toEqual(Object.keys(settingsTable).sort());
  const committed = readStackConfig(file("Pulumi.dev.yaml"));
  const needs: Record<string, RegExp> = {
    "keyless:keyId": /vaultId/,
    "keyless:signingKeyId": /signingVaultId/,
    "keyless:ephemeral": /vaultId|[kK]eyId|signingVaultId/,
    "keyless:secretId": /^$/,
    "keyless:auditLogCompartmentId": /auditLogId/,
  };
  for (const line of commented) {
    const [key, value] = Object.entries(parse(line) as Record<string, unknown>)[0]!;
    const beside = commented.filter((l) => needs[key]?.test(l.split(": ")[0]!));
    const entries = [...beside.map((l) => Object.entries(parse(l) as object)[0]!), [key, value] as const];
    const config = { ...committed };
    for (const [k, v] of entries) config[k] = typeof v === "object" ? JSON.stringify(v) : String(v);
    if (key === "keyless:secretId") delete config["keyless:secretSource"];
    if (key === "keyless:secretContent") config["keyless:secretSource"] = "given";
    expect(() => check(config), line).not.toThrow();
  }
});

test("the local stack's settings name the local OCI's tenancy and compartment", () => {
  const settings = check(readStackConfig(file("Pulumi.local.yaml")));
  expect(settings.tenancyId).toBe(WELL_KNOWN.tenancy);
  expect(settings.compartmentId).toBe(WELL_KNOWN.compartments.app);
});
