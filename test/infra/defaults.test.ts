import { expect, test, vi } from "vitest";
import { minimal, ocid, only, runProgram } from "./support/run-program.ts";

vi.mock("../../infra/bundle.ts", () => ({
  buildBundle: async () => ({ path: "/x", content: "// app\n", sha256: "ab".repeat(32) }),
}));

test("with nothing set, everything is made, and the policy is exactly one statement", async () => {
  const run = await runProgram(minimal);
  expect(run.resources.map((r) => `${r.type.split(":").at(-1)} ${r.name}`).sort()).toEqual([
    "Bucket release-bucket",
    "DefaultSecurityList network-default-security",
    "DynamicGroup group-members",
    "Instance machine-instance",
    "Key secret-key",
    "Key signer-key",
    "Policy grants-policy",
    "Preauthrequest release-request",
    "RouteTable network-routes",
    "Secret secret-decoy",
    "Secret secret-secret",
    "SecurityList network-security",
    "ServiceGateway network-gateway",
    "Sign signer-signature",
    "StorageObject release-bundle-abababababab",
    "Subnet network-subnet",
    "Vault secret-vault",
    "Vcn network-vcn",
  ]);
  const [secret, group, instance] = [
    only(run, "Secret", "secret-secret"),
    only(run, "DynamicGroup"),
    only(run, "Instance"),
  ];
  const policy = only(run, "Policy");
  expect(policy.inputs["statements"]).toEqual([
    `Allow dynamic-group id ${group.id} to {SECRET_BUNDLE_READ} in compartment id ${ocid("compartment", "main")} where target.secret.id = '${secret.id}'`,
  ]);
  expect(policy.inputs["compartmentId"]).toBe(ocid("compartment", "main"));
  expect(group.inputs).toMatchObject({
    compartmentId: ocid("tenancy", "root"),
    matchingRule: `All {instance.id = '${instance.id}'}`,
  });
  expect(run.outputs["statements"]).toEqual(policy.inputs["statements"]);
  expect(run.outputs["nextCommand"]).toBe("npm run verify -- --stack dev");
});

test("the instance is closed: no public address, no legacy metadata, encryption in transit, no remote commands", async () => {
  const { inputs } = only(await runProgram(minimal), "Instance");
  expect(inputs).toMatchObject({
    createVnicDetails: { assignPublicIp: "false" },
    instanceOptions: { areLegacyImdsEndpointsDisabled: true },
    isPvEncryptionInTransitEnabled: true,
    agentConfig: { isManagementDisabled: true },
    preserveBootVolume: false,
  });
  expect(Object.keys(inputs["metadata"] as object).sort()).toEqual(["keyless", "user_data"]);
});

test("the check waits as long as OCI may take for what the stack writes", async () => {
  const deadlineS = async (settings: Record<string, string>): Promise<unknown> => {
    const { inputs } = only(await runProgram({ ...minimal, ...settings }), "Instance");
    const document = JSON.parse((inputs["metadata"] as { keyless: string }).keyless) as {
      check: { deadlineS: number };
    };
    return document.check.deadlineS;
  };
  // A matching rule takes about an hour, whatever it selects by.
  expect(await deadlineS({})).toBe(4500);
  expect(await deadlineS({ "keyless:selection": "compartment" })).toBe(4500);
  expect(await deadlineS({ "keyless:dynamicGroupId": ocid("dynamicgroup", "theirs") })).toBe(1800);
  expect(await deadlineS({ "keyless:deadlineS": "60" })).toBe(60);
});

test("what a bank asks for reaches the instance and the bucket", async () => {
  const key = ocid("key", "ours");
  const run = await runProgram({
    ...minimal,
    "keyless:kmsKeyId": key,
    "keyless:shielded": "AMD_VM",
    "keyless:shape": "VM.Standard.E5.Flex",
    "keyless:releaseVersioning": "true",
    "keyless:sshAuthorizedKeys": '["ssh-ed25519 AAAA one", "ssh-ed25519 BBBB two"]',
    "keyless:agentPlugins": '["Bastion"]',
  });
  expect(only(run, "Bucket").inputs).toMatchObject({ kmsKeyId: key, versioning: "Enabled" });
  const { inputs } = only(run, "Instance");
  expect(inputs).toMatchObject({
    sourceDetails: { kmsKeyId: key },
    platformConfig: {
      type: "AMD_VM",
      isSecureBootEnabled: true,
      isMeasuredBootEnabled: true,
      isTrustedPlatformModuleEnabled: true,
    },
    agentConfig: { isManagementDisabled: false, isMonitoringDisabled: false },
    metadata: { ssh_authorized_keys: "ssh-ed25519 AAAA one\nssh-ed25519 BBBB two" },
  });
  const { pluginsConfigs } = inputs["agentConfig"] as {
    pluginsConfigs: { name: string; desiredState: string }[];
  };
  // One that is on takes the others along unless they are named.
  expect(pluginsConfigs.filter((p) => p.desiredState === "ENABLED").map((p) => p.name)).toEqual(["Bastion"]);
  for (const name of [
    "Compute Instance Run Command",
    "WebLogic Management Service",
    "Oracle Autonomous Linux",
  ])
    expect(pluginsConfigs).toContainEqual({ name, desiredState: "DISABLED" });
  // Those that only monitor are as isMonitoringDisabled says.
  expect(
    pluginsConfigs.map((p) => p.name).filter((name) => /Instance Monitoring|Custom Logs/.test(name)),
  ).toEqual([]);
});

test("the VCN's own security list, which OCI opens for SSH, lets nothing in or out", async () => {
  const run = await runProgram(minimal);
  expect(only(run, "DefaultSecurityList").inputs).toMatchObject({
    ingressSecurityRules: [],
    egressSecurityRules: [],
  });
});

test("the network lets nothing in, and only HTTPS to Oracle's services out", async () => {
  const run = await runProgram(minimal);
  expect(only(run, "SecurityList", "network-security").inputs).toMatchObject({
    ingressSecurityRules: [],
    egressSecurityRules: [
      {
        destination: "all-iad-services-in-oracle-services-network",
        destinationType: "SERVICE_CIDR_BLOCK",
        protocol: "6",
        tcpOptions: { min: 443, max: 443 },
      },
    ],
  });
  expect(only(run, "Subnet").inputs).toMatchObject({
    prohibitPublicIpOnVnic: true,
    prohibitInternetIngress: true,
  });
  expect(run.resources.some((r) => /InternetGateway|NatGateway/.test(r.type))).toBe(false);
});

test("the newest platform image counts, not one that somebody made", async () => {
  const { inputs } = only(await runProgram(minimal), "Instance");
  expect(inputs["sourceDetails"]).toMatchObject({ sourceId: ocid("image", "ol9") });
});

test("what is a bearer address is secret, and no output is", async () => {
  const run = await runProgram(minimal);
  expect(run.secretOutputs).toEqual([]);
  expect(JSON.stringify(run.outputs)).not.toContain("bearer-part");
  const raw = JSON.stringify(only(run, "Instance").raw["metadata"]);
  expect(raw).toContain("1b47061264138c4ac30d75fd1eb44270");
  expect(raw).toContain("bearer-part");
});

test("every secret's name ends in what only this deployment has", async () => {
  const run = await runProgram(minimal);
  expect(only(run, "Secret", "secret-secret").inputs["secretName"]).toBe("keyless-dev-secret-nocasing");
  expect(only(run, "Secret", "secret-decoy").inputs["secretName"]).toBe("keyless-dev-decoy-nocasing");
});

test("the instance starts after its bundle is there, and after the policy where the rule allows it", async () => {
  for (const selection of ["instance", "compartment"]) {
    const slow = selection === "instance" ? "StorageObject" : "Policy";
    const run = await runProgram({ ...minimal, "keyless:selection": selection }, { slow });
    const order = run.resources.map((r) => r.type.split(":").at(-1));
    expect(order.indexOf(slow), selection).toBeLessThan(order.indexOf("Instance"));
  }
});
