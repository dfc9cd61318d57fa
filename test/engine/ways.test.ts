import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WELL_KNOWN } from "../../local/bootstrap.ts";
import { skipFor } from "../support/skip.ts";
import { makeExisting, makeTags } from "./support/existing.ts";
import { type EngineStack, type RealEngine, realEngine, STEP_MS, skipReason } from "./support/real-engine.ts";
import { type Configuration, pairs, ways, words } from "./support/ways.ts";
import { comparable } from "./support/writes.ts";

const { app, network, security } = WELL_KNOWN.compartments;

test("every two of the choices meet in a way", () => {
  const { all, met } = pairs(ways);
  expect(all.filter((pair) => !met.includes(pair))).toEqual([]);
});

const REGION = { home: "us-ashburn-1", "outside, found": "us-phoenix-1", "outside, set": "us-phoenix-1" };

/** The local OCI takes new tags this late; the program waits longer. */
const TAG_DELAY_MS = 5_000;
const TAG_WAIT_S = 8;

/** A stack that is configured in a way; what exists for it is made. */
const stackFor = async (engine: RealEngine, way: Configuration, i: number): Promise<EngineStack> => {
  const three = way.compartments === "three";
  const { deployer } = engine.local;
  const config: Record<string, string> = {
    "oci:region": REGION[way.region],
    "keyless:compartmentId": app,
    "keyless:deadlineS": "10",
    "keyless:selection": way.selection,
    "keyless:tagWaitS": String(TAG_WAIT_S),
    ...(three && { "keyless:networkCompartmentId": network, "keyless:securityCompartmentId": security }),
    ...(way.region === "outside, set" && { "keyless:homeRegion": "us-ashburn-1" }),
    ...(way.ephemeral && { "keyless:ephemeral": "true" }),
    ...(way.also === "tag namespace exists" && { "keyless:tagNamespace": "theirs" }),
  };
  const secretKeys: string[] = [];
  if (way.credentials === "configuration") {
    Object.assign(config, {
      "oci:tenancyOcid": deployer.tenancyId,
      "oci:userOcid": deployer.userId,
      "oci:fingerprint": deployer.fingerprint,
      "oci:privateKey": deployer.privateKeyPem,
      ...(way.pieces !== "secret" && { "keyless:secretContent": "a value of their own" }),
    });
    secretKeys.push("oci:privateKey", "keyless:secretContent");
  }
  if (way.pieces !== "new") {
    const existing = await makeExisting({
      client: engine.administrator,
      tenancyId: WELL_KNOWN.tenancy,
      regionId: REGION[way.region],
      network: three ? network : app,
      security: three ? security : app,
      suffix: `way${i}`,
    });
    const secrets = { "keyless:secretId": existing.secret, "keyless:decoyId": existing.decoy };
    const vault = {
      "keyless:vaultId": existing.vault,
      "keyless:keyId": existing.key,
      "keyless:subnetId": existing.subnet,
      "keyless:nsgIds": JSON.stringify([existing.nsg]),
    };
    Object.assign(config, way.pieces === "secret" ? secrets : vault);
    if (way.ephemeral) config["keyless:signingKeyId"] = existing.signingKey;
    if (way.also === "dynamic group exists") config["keyless:dynamicGroupId"] = existing.group;
  }
  return { stack: `way${i}`, config, secretKeys, credentials: way.credentials === "environment" };
};

/** What OCI keeps of a destroyed stack, by type. */
const kept = (way: Configuration): string[] => {
  const signingKey = way.ephemeral ? [] : ["oci:Kms/key:Key"];
  if (way.pieces === "secret") return signingKey;
  const secrets = [...signingKey, "oci:Vault/secret:Secret", "oci:Vault/secret:Secret"];
  return way.pieces === "vault" ? secrets : ["oci:Kms/key:Key", "oci:Kms/vault:Vault", ...secrets].sort();
};

skipFor(skipReason).describe("the real engine and provider", () => {
  let engine: RealEngine;
  beforeAll(async () => {
    engine = await realEngine();
    await makeTags(engine.administrator, WELL_KNOWN.tenancy, "theirs", ["role"]);
  }, STEP_MS);
  afterAll(() => engine?.close());

  test.each(ways.map((way, i) => [words(way), way, i] as const))(
    "%s",
    async (_, way, i) => {
      const stack = await stackFor(engine, way, i);
      engine.local.cloud.settings.propagationMs = way.selection === "tag" ? TAG_DELAY_MS : 0;
      const pulumi = await engine.pulumi(stack);
      const known = new Set(engine.local.cloud.store.all().map((r) => r.id));
      const start = engine.writes.length;
      await pulumi.up();
      await pulumi.expectNoChanges();
      await pulumi.refresh({ expectNoChanges: true });
      const left = await pulumi.destroy();
      expect(left.map((l) => l.type).sort()).toEqual(kept(way));
      expect(left.every((l) => l.state === "PENDING_DELETION" && l.until)).toBe(true);

      const real = comparable(engine.writes.slice(start), known);
      const again = engine.writes.length;
      vi.stubEnv("OCI_TENANCY_OCID", WELL_KNOWN.tenancy);
      const embedded = engine.embedded(stack);
      await embedded.up();
      await embedded.destroy();
      vi.unstubAllEnvs();
      expect(comparable(engine.writes.slice(again), known), "both engines write the same").toEqual(real);
    },
    STEP_MS,
  );
});
