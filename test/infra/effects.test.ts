import { gunzipSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { leaksOf } from "../support/leaks.ts";
import { minimal, ocid, only, type ProgramRun, results, runProgram } from "./support/run-program.ts";

vi.mock("../../infra/bundle.ts", () => ({
  buildBundle: async () => ({ path: "/x", content: "// app\n", sha256: "ab".repeat(32) }),
}));

const run = (
  settings: Record<string, string>,
  options: Parameters<typeof runProgram>[1] = {},
): Promise<ProgramRun> =>
  runProgram(
    { ...minimal, ...Object.fromEntries(Object.entries(settings).map(([k, v]) => [`keyless:${k}`, v])) },
    options,
  );

const types = (r: ProgramRun): string[] => r.resources.map((x) => x.type.split(":").at(-1)!);

const documentOf = (r: ProgramRun) =>
  JSON.parse((only(r, "Instance").inputs["metadata"] as { keyless: string }).keyless) as {
    check: {
      secretId: string;
      probes: { name: string; operation: string; target: { id: string; seen: string } }[];
    };
    proxy?: { clients: Record<string, unknown>; auditLog?: string };
  };

const seen = (r: ProgramRun, probe: string) =>
  documentOf(r).check.probes.find((p) => p.name === probe)!.target.seen;

test("an existing subnet is used, and no network made", async () => {
  const r = await run({ subnetId: ocid("subnet", "mine") });
  expect(types(r)).not.toContain("Vcn");
  expect(only(r, "Instance").inputs["createVnicDetails"]).toMatchObject({ subnetId: ocid("subnet", "mine") });
  expect(r.calls.map((c) => c.token)).not.toContain("oci:Core/getServices:getServices");
});

test("an existing vault and key are read by the deployer, and used", async () => {
  const r = await run({ vaultId: ocid("vault", "mine"), keyId: ocid("key", "mine") });
  expect(types(r)).not.toContain("Vault");
  expect(r.resources.map((x) => x.name)).not.toContain("secret-key");
  expect(only(r, "Secret", "secret-secret").inputs).toMatchObject({
    vaultId: ocid("vault", "mine"),
    keyId: ocid("key", "mine"),
  });
  expect([seen(r, "vault"), seen(r, "key"), seen(r, "decoy-content")]).toEqual([
    "deployer",
    "deployer",
    "stack",
  ]);
  expect(r.calls.map((c) => c.token.split(":").at(-1))).toEqual(
    expect.arrayContaining(["getVault", "getKey"]),
  );
});

test("an existing vault with a key of the stack's own", async () => {
  const r = await run({ vaultId: ocid("vault", "mine") });
  expect(types(r)).not.toContain("Vault");
  for (const name of ["secret-key", "signer-key"]) {
    expect(only(r, "Key", name).inputs["managementEndpoint"]).toBe("https://theirs-management.kms.example");
  }
});

test("an existing secret: the decoy is made beside it, and the policy is where the secret is", async () => {
  const elsewhere = {
    ...results,
    getSecret: () => ({ ...results["getSecret"]!({}), compartmentId: ocid("compartment", "vaults") }),
  };
  const r = await run({ secretId: ocid("vaultsecret", "mine") }, { results: elsewhere });
  expect(only(r, "Secret").name).toBe("secret-decoy");
  expect(only(r, "Secret").inputs).toMatchObject({
    compartmentId: ocid("compartment", "vaults"),
    vaultId: ocid("vault", "theirs"),
    keyId: ocid("key", "theirs"),
  });
  expect(only(r, "Policy").inputs).toMatchObject({
    compartmentId: ocid("compartment", "vaults"),
    statements: [
      `Allow dynamic-group id ${only(r, "DynamicGroup").id} to {SECRET_BUNDLE_READ} in compartment id ${ocid("compartment", "vaults")} where target.secret.id = '${ocid("vaultsecret", "mine")}'`,
    ],
  });
  expect(seen(r, "secret-metadata")).toBe("deployer");
});

test("secret and decoy both existing: nothing of them is made", async () => {
  const r = await run({ secretId: ocid("vaultsecret", "mine"), decoyId: ocid("vaultsecret", "beside") });
  expect(types(r).filter((t) => ["Vault", "Secret"].includes(t))).toEqual([]);
  expect(r.resources.map((x) => x.name)).not.toContain("secret-key");
  expect(seen(r, "decoy-content")).toBe("deployer");
});

test("a decoy in another compartment proves nothing, and is refused before anything is registered", async () => {
  const apart = {
    ...results,
    getSecret: ({ secretId }: Record<string, unknown>) => ({
      ...results["getSecret"]!({}),
      compartmentId: ocid("compartment", String(secretId).slice(-4)),
    }),
  };
  const settings = { secretId: ocid("vaultsecret", "mine"), decoyId: ocid("vaultsecret", "afar") };
  await expect(run(settings, { results: apart })).rejects.toThrow(
    /keyless:decoyId: found a secret in .*afar/,
  );
});

test("an existing dynamic group is used, and the policy stands before the instance starts", async () => {
  const r = await run({ dynamicGroupId: ocid("dynamicgroup", "mine") });
  expect(types(r)).not.toContain("DynamicGroup");
  expect((only(r, "Policy").inputs["statements"] as string[])[0]).toContain(ocid("dynamicgroup", "mine"));
  expect(types(r).indexOf("Policy")).toBeLessThan(types(r).indexOf("Instance"));
});

test("selection by a new tag: only in the workload's compartment, and the group stands before the instance", async () => {
  const r = await run({ selection: "tag", workloadCompartmentId: ocid("compartment", "work") });
  const namespace = String(only(r, "TagNamespace").inputs["name"]);
  expect(only(r, "DynamicGroup").inputs["matchingRule"]).toBe(
    `All {instance.compartment.id = '${ocid("compartment", "work")}', tag.${namespace}.role.value = 'keyless-dev'}`,
  );
  expect(only(r, "Instance").inputs["definedTags"]).toEqual({ [`${namespace}.role`]: "keyless-dev" });
  expect(types(r).indexOf("Policy")).toBeLessThan(types(r).indexOf("Instance"));
});

test("selection by an existing tag", async () => {
  const r = await run({
    selection: "tag",
    tagNamespace: "workloads",
    tagKey: "app",
    tagValue: "invoices",
    definedTags: '{"finance.cost":"42"}',
  });
  expect(types(r).filter((t) => t.startsWith("Tag"))).toEqual([]);
  expect(only(r, "DynamicGroup").inputs["matchingRule"]).toContain("tag.workloads.app.value = 'invoices'");
  expect(only(r, "Instance").inputs["definedTags"]).toEqual({
    "finance.cost": "42",
    "workloads.app": "invoices",
  });
  expect(only(r, "Vcn").inputs["definedTags"]).toEqual({ "finance.cost": "42" });
});

test("selection by compartment", async () => {
  const r = await run({ selection: "compartment" });
  expect(only(r, "DynamicGroup").inputs["matchingRule"]).toBe(
    `All {instance.compartment.id = '${ocid("compartment", "main")}'}`,
  );
});

test.each([
  ["by its URL", "https://idcs-xyz.identity.oraclecloud.com", "https://idcs-xyz.identity.oraclecloud.com"],
  ["by its OCID", ocid("domain", "mine"), "https://idcs-abc.identity.oraclecloud.com:443"],
])("a group in another identity domain, %s", async (_, identityDomain, url) => {
  const r = await run({ identityDomain });
  const group = only(r, "DomainsDynamicResourceGroup");
  expect(group.inputs).toMatchObject({
    idcsEndpoint: url,
    displayName: expect.stringMatching(/^keyless-dev-/),
  });
  expect((only(r, "Policy").inputs["statements"] as string[])[0]).toContain(ocid("dynamicgroup", "domaingr"));
});

test("at home no second provider is made; elsewhere one with the stack's own settings, secrets as secrets", async () => {
  expect(types(await run({}))).not.toContain("oci");
  const away = await runProgram(
    {
      ...minimal,
      "oci:region": "us-phoenix-1",
      "oci:privateKey": "-----BEGIN canary-----",
      "oci:ignoreDefinedTags": '["Oracle-Tags.CreatedBy"]',
    },
    { secretKeys: ["oci:privateKey"] },
  );
  const provider = only(away, "oci");
  expect(provider.inputs).toMatchObject({
    region: "us-ashburn-1",
    tenancyOcid: ocid("tenancy", "root"),
    privateKey: "-----BEGIN canary-----",
  });
  expect(JSON.stringify(provider.raw["privateKey"])).toContain("1b47061264138c4ac30d75fd1eb44270");
  const atHome = away.resources
    .filter((r) => r.provider?.includes("::home"))
    .map((r) => r.type.split(":").at(-1));
  expect(atHome.sort()).toEqual(["DynamicGroup", "Policy"]);
  const metadata = only(away, "Instance").inputs["metadata"] as { keyless: string };
  expect(metadata.keyless).toContain("https://objectstorage.us-phoenix-1.oraclecloud.com/p/");
});

test("the home region's setting spares the question", async () => {
  const r = await run({ homeRegion: "eu-frankfurt-1" });
  expect(r.calls.map((c) => c.token)).not.toContain(
    "oci:Identity/getRegionSubscriptions:getRegionSubscriptions",
  );
  expect(only(r, "oci").inputs["region"]).toBe("eu-frankfurt-1");
});

test("each compartment gets what belongs there", async () => {
  const [net, sec, work] = ["net", "sec", "work"].map((c) => ocid("compartment", c)) as [
    string,
    string,
    string,
  ];
  const r = await run({ networkCompartmentId: net, securityCompartmentId: sec, workloadCompartmentId: work });
  const at = (compartmentId: string) =>
    r.resources
      .filter((x) => x.inputs["compartmentId"] === compartmentId)
      .map((x) => x.type.split(":").at(-1));
  expect(at(net).sort()).toEqual(["RouteTable", "SecurityList", "ServiceGateway", "Subnet", "Vcn"]);
  expect(at(sec).sort()).toEqual(["Key", "Key", "Policy", "Secret", "Secret", "Vault"]);
  expect(at(work).sort()).toEqual(["Bucket", "Instance"]);
});

test("grants in several compartments: one policy where statements must be attached, none twice", async () => {
  const there = ocid("compartment", "other");
  const r = await run(
    {
      access: JSON.stringify({
        instance: [{ bucket: "reports", access: "read", compartment: there }, { metrics: "app" }],
      }),
    },
    { results: { ...results, getBucket: () => ({ compartmentId: there }) } },
  );
  const policies = r.resources
    .filter((x) => x.type.endsWith(":Policy"))
    .sort((a, b) => a.name.length - b.name.length);
  expect(
    policies.map((p) => [p.inputs["compartmentId"], (p.inputs["statements"] as string[]).length]),
  ).toEqual([
    [ocid("compartment", "main"), 2],
    [there, 1],
  ]);
});

test("what a grant names is read by the deployer; what lies elsewhere is refused", async () => {
  const access = JSON.stringify({ instance: [{ bucket: "reports", access: "read" }] });
  const elsewhere = { ...results, getBucket: () => ({ compartmentId: ocid("compartment", "afar") }) };
  await expect(run({ access }, { results: elsewhere })).rejects.toThrow(
    /keyless:access\.instance\[0\]: found bucket reports read in .*afar; allowed: in .*main/,
  );
});

test("a declaration with an error finding stops the program before anything is registered", async () => {
  const access = JSON.stringify({ instance: [{ audit: ocid("tenancy", "root") }] });
  await expect(run({ access })).rejects.toThrow(/every compartment of the tenancy.*\(tenancy-wide\)/);
});

test("clients of the proxy and the audit log stand in the document", async () => {
  const r = await run({
    access: JSON.stringify({ clients: { agent: [{ metrics: "app" }] } }),
    auditLogId: ocid("log", "audit"),
  });
  expect(documentOf(r).proxy).toMatchObject({ clients: { agent: {} }, auditLog: ocid("log", "audit") });
});

test("an audit log alone is granted, tried and named to the proxy", async () => {
  const r = await run({ auditLogId: ocid("log", "audit") });
  expect(documentOf(r).proxy).toEqual({ clients: {}, auditLog: ocid("log", "audit") });
  expect(r.outputs["statements"]).toContainEqual(
    expect.stringMatching(
      `to {LOG_CONTENT_PUSH} in compartment id ${ocid("compartment", "main")} where target.loggroup.id = '${ocid("loggroup", "audit")}'`,
    ),
  );
  const tried = documentOf(r).check.probes.filter((p) => p.operation.startsWith("logging"));
  expect(tried).toMatchObject([
    { operation: "loggingingestion.PutLogs", params: { logId: ocid("log", "audit") }, expected: "allowed" },
    { operation: "logging.GetLog", params: { logId: ocid("log", "audit") }, expected: "refused" },
  ]);
});

test("an audit log is looked for where the settings say, and must be there", async () => {
  await expect(run({ auditLogId: ocid("log", "elsewhere") })).rejects.toThrow(
    /keyless:auditLogId: found no log ocid1\.log.* in a log group of ocid1\.compartment.*auditLogCompartmentId/,
  );
  await expect(run({ auditLogCompartmentId: ocid("compartment", "logs") })).rejects.toThrow(
    /keyless:auditLogCompartmentId: found without keyless:auditLogId/,
  );
  const r = await run({
    auditLogId: ocid("log", "audit"),
    auditLogCompartmentId: ocid("compartment", "logs"),
  });
  expect(r.outputs["statements"]).toContainEqual(
    expect.stringContaining(`{LOG_CONTENT_PUSH} in compartment id ${ocid("compartment", "logs")}`),
  );
});

test("metadata that OCI would refuse for its size is said before, and by how much", async () => {
  const instance = Array.from({ length: 45 }, (_, i) => ({ metrics: `namespace_number_${i}` }));
  await expect(run({ access: JSON.stringify({ instance }) })).rejects.toThrow(
    /keyless:access: makes the instance's metadata \d+ bytes larger than the 32000 that OCI allows/,
  );
});

test("a pinned image is the setting's; shapes that are not flexible get no OCPUs", async () => {
  const r = await run({ image: ocid("image", "pinned"), shape: "VM.Standard.E2.1.Micro" });
  const { inputs } = only(r, "Instance");
  expect(inputs["sourceDetails"]).toMatchObject({ sourceId: ocid("image", "pinned") });
  expect(inputs["shapeConfig"]).toBeUndefined();
  expect(r.calls.map((c) => c.token)).not.toContain("oci:Core/getImages:getImages");
});

test("the content of the secret is generated by OCI, or given: then encrypted in the state, and nowhere else", async () => {
  const generated = only(await run({ secretSource: "bytes" }), "Secret", "secret-secret").inputs;
  expect(generated).toMatchObject({
    enableAutoGeneration: true,
    secretGenerationContext: { generationType: "BYTES", generationTemplate: "BYTES_512" },
  });
  expect(generated["secretContent"]).toBeUndefined();

  const canary = "canary-Xy7/+é-end";
  const r = await run({ secretContent: canary }, { secretKeys: ["keyless:secretContent"] });
  const secret = only(r, "Secret", "secret-secret");
  const content = secret.inputs["secretContent"] as { content: string };
  expect(Buffer.from(content.content, "base64").toString()).toBe(canary);
  expect(JSON.stringify(secret.raw["secretContent"])).toContain("1b47061264138c4ac30d75fd1eb44270");
  const others = r.resources.filter((x) => x !== secret);
  const decoded = others.map((x) => {
    const data = (x.inputs["metadata"] as { user_data?: string } | undefined)?.user_data;
    return `${JSON.stringify(x.inputs)} ${data ? gunzipSync(Buffer.from(data, "base64")).toString() : ""}`;
  });
  const places = {
    resources: decoded.join("\n"),
    outputs: JSON.stringify(r.outputs),
    calls: JSON.stringify(r.calls),
  };
  expect(leaksOf(canary, places)).toEqual([]);
  expect(leaksOf(canary, { planted: JSON.stringify(secret.inputs) })).not.toEqual([]);
});

test("every resource that takes tags carries the stack's own, which a setting cannot take away", async () => {
  const r = await run({
    freeformTags: '{"team":"billing","keyless-stack":"mine"}',
    ephemeral: "true",
    vaultId: ocid("vault", "a"),
    keyId: ocid("key", "a"),
    signingKeyId: ocid("key", "b"),
  });
  const untagged = ["StorageObject", "Preauthrequest", "Sign"];
  for (const { type, inputs } of r.resources) {
    if (untagged.includes(type.split(":").at(-1)!)) continue;
    expect(inputs["freeformTags"], type).toEqual({
      team: "billing",
      "keyless-stack": "keyless/dev",
      "keyless-ephemeral": "true",
    });
  }
});
