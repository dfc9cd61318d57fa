import { afterAll, beforeAll, expect, test } from "vitest";
import type { PulumiEngine } from "../../commands/start/pulumi-engine.ts";
import type { Planned } from "../../commands/start/pulumi-plan.ts";
import { type SettingName, settingsTable } from "../../infra/settings/table.ts";
import { WELL_KNOWN } from "../../local/bootstrap.ts";
import { skipFor } from "../support/skip.ts";
import { type Existing, makeExisting, makeTags } from "./support/existing.ts";
import { type RealEngine, realEngine, STEP_MS, skipReason } from "./support/real-engine.ts";

const { app, network, security } = WELL_KNOWN.compartments;

/** A change of one setting, and what of which resource it changes, as `Type property`. */
interface PlannedChange {
  to: string;
  plans: readonly string[];
}

/** Changes that are planned and made together, one after another on one stack. */
type UpdateStep = Partial<Record<SettingName, PlannedChange>>;

const change = (to: string, ...plans: string[]): PlannedChange => ({ to, plans });

const stepsWith = (theirs: Existing, nsg: string): Readonly<Record<string, UpdateStep>> => ({
  "of the machine and tags": {
    shape: change("VM.Standard.E4.Flex", "Instance shape"),
    ocpus: change("2", "Instance shapeConfig.ocpus"),
    memoryGb: change("20", "Instance shapeConfig.memoryInGbs"),
    bootVolumeGb: change("80", "Instance sourceDetails.bootVolumeSizeInGbs"),
    faultDomain: change("FAULT-DOMAIN-2", "Instance faultDomain"),
    nsgIds: change(JSON.stringify([nsg]), "Instance createVnicDetails.nsgIds"),
    deadlineS: change("20", "Instance metadata.keyless"),
    checkEveryS: change("600", "Instance metadata.keyless"),
    proveEveryS: change("1800", "Instance metadata.keyless"),
    nonce: change("ab".repeat(16), "Instance metadata.keyless"),
    securityUpdates: change("none", "Instance metadata.keyless"),
    agentPlugins: change('["Bastion"]', "Instance agentConfig"),
    freeformTags: change('{"team":"billing"}', "Vcn freeformTags.team", "Policy freeformTags.team"),
    definedTags: change('{"theirs.role":"x"}', "Vault definedTags", "DynamicGroup definedTags"),
    kmsKeyId: change(theirs.key, "Instance sourceDetails.kmsKeyId", "Bucket kmsKeyId"),
    // Chosen once, or only read.
    image: change("Oracle Linux 10"),
    keyProtection: change("HSM"),
    deleteBeforeReplace: change("false"),
    severities: change('{"raw-grant":"error"}'),
    assertions: change('[{"never":{"permissions":["POLICY_CREATE"]}}]'),
    homeRegion: change("us-ashburn-1"),
  },
  "of content, network and access": {
    secretContent: change("one", "Secret secretContent"),
    vcnCidr: change("10.20.0.0/23", "Vcn cidrBlocks", "Subnet cidrBlock"),
    access: change('{"instance":[{"metrics":"app"}]}', "Policy statements", "Instance metadata.keyless"),
    networkCompartmentId: change(network, "Vcn compartmentId", "Subnet compartmentId"),
    selection: change("tag", "TagNamespace", "Tag", "Instance definedTags", "DynamicGroup matchingRule"),
  },
  "of the tag": {
    tagKey: change("role"),
    tagNamespace: change("theirs", "TagNamespace", "Tag", "DynamicGroup matchingRule"),
    tagValue: change("other", "Instance definedTags", "DynamicGroup matchingRule"),
    tagWaitS: change("10"),
  },
  "of where the secret is": {
    securityCompartmentId: change(
      security,
      "Vault compartmentId",
      "Secret compartmentId",
      "Policy compartmentId",
    ),
    // Names that others hold on to are chosen once.
    name: change("keyless-renamed", "Instance displayName", "Vcn displayName"),
  },
  "to existing secrets and group": {
    secretId: change(theirs.secret, "Secret", "Vault", "Key"),
    decoyId: change(theirs.decoy, "Secret"),
    dynamicGroupId: change(theirs.group, "DynamicGroup"),
  },
  "that make a new machine": {
    availabilityDomain: change("2", "Instance availabilityDomain"),
    encryptInTransit: change("false", "Instance isPvEncryptionInTransitEnabled"),
    shielded: change("AMD_VM", "Instance platformConfig"),
    sshAuthorizedKeys: change('["ssh-ed25519 AAAA ops"]', "Instance metadata.ssh_authorized_keys"),
    nsgIds: change(JSON.stringify([theirs.nsg]), "Instance createVnicDetails.nsgIds"),
    subnetId: change(theirs.subnet, "Instance createVnicDetails.subnetId", "Vcn", "Subnet"),
  },
});

/** Settings whose change is looked at elsewhere, and why. */
const ELSEWHERE: Partial<Record<SettingName, string>> = {
  tenancyId: "another tenancy is another stack",
  compartmentId: "is the other compartments' default",
  workloadCompartmentId: "gives the stack other names: nothing of it stays",
  vaultId: "ways.test.ts",
  keyId: "ways.test.ts",
  signingKeyId: "ways.test.ts",
  signingVaultId: "the vault of signingKeyId",
  signDocument: "has no key, and user_data without one: test/infra/signer.slow.test.ts",
  ephemeral: "ways.test.ts",
  secretSource: "generated content follows from the absence of secretContent",
  identityDomain: "identity domains are not imitated",
  bootScript: "another user_data, which makes a new machine: test/infra/changes.slow.test.ts",
  releaseVersioning: "the engine's destroy stops at the versions that it keeps",
  auditLogId: "another value in the same document as deadlineS",
  auditLogCompartmentId: "another statement in the same policies as access",
};

/** Whether a plan has a change, `Type` alone for a resource that comes or goes. */
const has = (plan: readonly Planned[], wanted: string): boolean => {
  const [type, property] = wanted.split(" ") as [string, string?];
  return plan
    .filter((step) => step.type.endsWith(`:${type}`))
    .some((step) =>
      property === undefined
        ? ["create", "delete"].includes(step.op)
        : Object.keys(step.changes).some((path) => path === property || path.startsWith(property)),
    );
};

/** What a plan does to the running instance. */
const fate = (plan: readonly Planned[]): string => {
  const step = plan.find(({ type }) => type === "oci:Core/instance:Instance");
  return step && step.op !== "update" ? "replaces the instance" : "in place";
};

/** Somebody takes their security group out of the stack's network, which OCI would keep for it. */
const withoutGroup = async (
  { administrator }: RealEngine,
  instanceId: string,
  nsg: string,
): Promise<void> => {
  const query = { compartmentId: app, instanceId };
  const [attachment] = await administrator.list<{ vnicId: string }>("core.ListVnicAttachments", { query });
  const params = { vnicId: attachment!.vnicId };
  await administrator.call("core.UpdateVnic", { params, body: { nsgIds: [] } });
  await administrator.call("core.DeleteNetworkSecurityGroup", { params: { networkSecurityGroupId: nsg } });
};

skipFor(skipReason).describe("changes of settings, under the real engine", () => {
  let engine: RealEngine;
  let pulumi: PulumiEngine;
  let steps: ReturnType<typeof stepsWith>;
  let nsg: string;
  const config: Record<string, string> = {
    "oci:region": "us-ashburn-1",
    "keyless:compartmentId": app,
    "keyless:deadlineS": "10",
    "keyless:shape": "VM.Standard.E5.Flex",
  };
  const first = { ...config };
  let outputs: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    engine = await realEngine();
    const { administrator } = engine;
    await makeTags(administrator, WELL_KNOWN.tenancy, "theirs", ["role"]);
    const place = { client: administrator, tenancyId: WELL_KNOWN.tenancy, regionId: "us-ashburn-1" };
    const theirs = await makeExisting({ ...place, network: app, security, suffix: "updates" });
    pulumi = await engine.pulumi({ stack: "updates", config, secretKeys: ["keyless:secretContent"] });
    ({ outputs } = await pulumi.up());
    const params = { subnetId: String(outputs["subnet"]) };
    const { vcnId } = (await engine.client.call("core.GetSubnet", { params })).body;
    const { body } = await administrator.call("core.CreateNetworkSecurityGroup", {
      body: { compartmentId: app, vcnId },
    });
    nsg = String(body["id"]);
    steps = stepsWith(theirs, nsg);
  }, STEP_MS);
  afterAll(() => engine?.close());

  test("every setting is changed here, or for a reason elsewhere", () => {
    const changed = [...Object.values(steps).flatMap((step) => Object.keys(step)), ...Object.keys(ELSEWHERE)];
    expect([...new Set(changed)].sort()).toEqual(Object.keys(settingsTable).sort());
  });

  test(
    "a newly published image changes nothing",
    async () => {
      const { store, clock } = engine.local.cloud;
      const [image] = store.list("image").filter((i) => i.model["operatingSystem"] === "Oracle Linux");
      const id = store.newId("image", engine.local.cloud.regions[0]);
      const model = { ...image!.model, id, timeCreated: clock.iso(), displayName: "Oracle-Linux-9-newest" };
      store.add({ ...image!, region: engine.local.cloud.regions[0], id, model });
      await pulumi.expectNoChanges();
    },
    STEP_MS,
  );

  test(
    "what another client changed is found by refresh, and set right",
    async () => {
      const { client } = engine;
      const [policyId] = outputs["policies"] as string[];
      const params = { policyId: policyId! };
      const { body } = await client.call("identity.GetPolicy", { params });
      await client.call("identity.UpdatePolicy", {
        params,
        body: {
          statements: [
            String((body["statements"] as string[])[0]).replace("SECRET_BUNDLE_READ", "SECRET_READ"),
          ],
        },
      });
      await client.call("core.UpdateInstance", {
        params: { instanceId: String(outputs["instance"]) },
        body: { freeformTags: {} },
      });
      await expect(pulumi.refresh({ expectNoChanges: true })).rejects.toThrow(/no changes were expected/);
      const plan = await pulumi.preview();
      expect(plan.map((p) => `${p.op} ${p.type}`).sort()).toEqual([
        "update oci:Core/instance:Instance",
        "update oci:Identity/policy:Policy",
      ]);
      await pulumi.up();
      expect((await client.call("identity.GetPolicy", { params })).body["statements"]).toEqual(
        body["statements"],
      );
    },
    STEP_MS,
  );

  const titles = Object.keys(stepsWith({} as Existing, ""));
  test.each(titles)(
    "changes %s",
    async (title) => {
      const step = steps[title]!;
      const names = Object.keys(step) as SettingName[];
      for (const name of names) config[`keyless:${name}`] = step[name]!.to;
      // Content is a new secret's only.
      if (step.secretId) delete config["keyless:secretContent"];
      await pulumi.configure(config);
      const plan = await pulumi.preview();
      const wanted = names.flatMap((name) => step[name]!.plans.map((p) => `${name}: ${p}`));
      const missing = wanted.filter((w) => !has(plan, w.slice(w.indexOf(": ") + 2)));
      expect(missing, JSON.stringify(plan)).toEqual([]);
      const expected = new Set(names.map((name) => settingsTable[name].change));
      expect(fate(plan), JSON.stringify(plan)).toBe(
        expected.has("replaces the instance") ? "replaces the instance" : "in place",
      );
      if (step.subnetId) await withoutGroup(engine, String(outputs["instance"]), nsg);
      ({ outputs } = await pulumi.up());
    },
    STEP_MS,
  );

  test(
    "and then nothing is left to change; destroyed, and up again as it was at first",
    async () => {
      await pulumi.expectNoChanges();
      await pulumi.refresh({ expectNoChanges: true });
      await pulumi.destroy();
      await pulumi.configure(first);
      await pulumi.up();
      await pulumi.destroy();
    },
    STEP_MS,
  );
});
