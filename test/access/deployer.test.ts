import { afterAll, beforeAll, expect, test } from "vitest";
import { deployerStatements } from "../../access/deployer.ts";
import { compile, decide, type Tenancy } from "../../iam/index.ts";
import { WELL_KNOWN } from "../../local/bootstrap.ts";
import type { Call, Service, Target } from "../../local/service.ts";
import { services } from "../../local/services/index.ts";
import type { OciClient } from "../../oci/client.ts";
import { localConfig, localStack } from "../support/local-stack.ts";

const { app, network, security } = WELL_KNOWN.compartments;
const GROUP = WELL_KNOWN.groups.Deployers;
const statements = deployerStatements({
  group: `id ${GROUP}`,
  tenancyId: WELL_KNOWN.tenancy,
  compartments: { network, security, workload: app },
  name: "keyless",
  uses: { nsgs: false },
});

/** A permission that a call of the deployer needed, and where. */
interface Needed {
  operation: string;
  permission: string;
  compartment: string;
  variables: Target["variables"];
}

const needed: Needed[] = [];

const note = (call: Call, targets: Target | readonly Target[]): void => {
  const { permissions } = call.operation;
  if (call.caller.type !== "user" || !permissions || permissions.mode === "none") return;
  for (const target of [targets].flat() as Target[]) {
    const cases = (target.when ?? []).flatMap((name) => permissions.when?.[name] ?? []);
    for (const permission of target.permissions ?? [...permissions.always, ...cases]) {
      const { compartment, variables } = target;
      needed.push({ operation: call.operation.name, permission, compartment, variables });
    }
  }
};

/** The local OCI's services, with what each call needs noted. */
const noted = (service: Service): Service => ({
  name: service.name,
  handlers: Object.fromEntries(
    Object.entries(service.handlers).map(([name, handler]) => [
      name,
      {
        ...handler,
        target: (call: Parameters<typeof handler.target>[0]) => {
          const targets = handler.target(call);
          note(call, targets);
          return targets;
        },
      },
    ]),
  ),
});

const tenancyWith = (texts: readonly string[]): Tenancy => ({
  tenancy: WELL_KNOWN.tenancy,
  compartments: Object.entries(WELL_KNOWN.compartments).map(([name, id]) => ({
    id,
    name,
    parent: name === "reports" ? app : WELL_KNOWN.tenancy,
  })),
  groups: [{ id: GROUP, name: "Deployers", members: [WELL_KNOWN.users.deployer] }],
  policies: [{ compartment: WELL_KNOWN.tenancy, statements: [...texts] }],
});

const allowedWith = (texts: readonly string[]): ((need: Needed) => boolean) => {
  const compiled = compile(tenancyWith(texts));
  return ({ permission, compartment, variables }) =>
    decide(compiled, {
      principal: { type: "user", id: WELL_KNOWN.users.deployer },
      permissions: [permission],
      compartment,
      ...(variables && { variables: variables as Record<string, string> }),
    }).decision === "allow";
};

/** What verify and teardown ask for: the serial console, and what is left. */
const verifyAndList = async (client: OciClient, instanceId: string): Promise<void> => {
  const { body } = await client.call("core.CaptureConsoleHistory", { body: { instanceId } });
  const params = { instanceConsoleHistoryId: String(body["id"]) };
  await client.call("core.GetConsoleHistory", { params });
  await client.call("core.GetConsoleHistoryContent", { params });
  await client.call("core.DeleteConsoleHistory", { params });
  await client.call("objectstorage.ListBuckets", {
    params: { namespaceName: "keylesslocal" },
    query: { compartmentId: app },
  });
};

/** What the local stack grants of what lies in the workload's compartment. */
const { "log-forwarder": logs, "report-reader": buckets } = JSON.parse(
  localConfig()["keyless:access"]!,
).clients;

let stack: Awaited<ReturnType<typeof localStack>>;
beforeAll(async () => {
  stack = await localStack({
    settings: { transitionMs: 0 },
    deployerStatements: statements.map((s) => s.text),
    services: services.map(noted),
  });
  // The administrator's calls, who made the workload, are not the deployer's.
  needed.length = 0;
  const engine = stack.engine({
    "keyless:networkCompartmentId": network,
    "keyless:securityCompartmentId": security,
    "keyless:workloadCompartmentId": app,
    "keyless:selection": "tag",
    "keyless:tagWaitS": "0",
    "keyless:access": JSON.stringify({ clients: { "log-forwarder": logs, "report-reader": buckets } }),
  });
  const { outputs } = await engine.up();
  await verifyAndList(stack.client, String(outputs["instance"]));
  await engine.destroy();
});
afterAll(() => stack.local.close());

test("with these statements a stack is deployed, verified and removed", () => {
  const allowed = allowedWith(statements.map((s) => s.text));
  expect(needed.length).toBeGreaterThan(50);
  expect(needed.filter((n) => !allowed(n))).toEqual([]);
});

/**
 * What the embedded engine does not do and the real provider does: it reads an instance with its attachments,
 * volumes and addresses (observed traffic), and updates what exists.
 */
const ONLY_THE_PROVIDER = [
  "inspect vnic-attachments",
  "inspect volume-attachments",
  "inspect volumes",
  "{VOLUME_UPDATE}",
  "read ipv6s",
  // Oracle's policy "Let users launch compute instances" grants it in the network's compartment, the local OCI
  // asks for it in the instance's.
  `use vnics in compartment id ${network}`,
];

test.each(statements.map((s) => s.text))("%s is needed", (text) => {
  if (ONLY_THE_PROVIDER.some((action) => text.includes(action))) return;
  const without = allowedWith(statements.map((s) => s.text).filter((t) => t !== text));
  expect(needed.some((n) => !without(n))).toBe(true);
});

test.each([
  ["new", true],
  ["existing", false],
  ["none", false],
] as const)(
  "in an existing vault, with the signing key %s, it may make keys: %s; it may sign",
  (signingKey, makes) => {
    const scope = { group: `id ${GROUP}`, tenancyId: WELL_KNOWN.tenancy, name: "keyless" };
    const compartments = { network, security, workload: app };
    const uses = { newVault: false, signingKey };
    const allowed = allowedWith(deployerStatements({ ...scope, compartments, uses }).map((s) => s.text));
    const may = (permission: string) =>
      allowed({ operation: "", permission, compartment: security, variables: undefined });
    expect(["KEY_CREATE", "KEY_DELETE"].map(may)).toEqual([makes, makes]);
    expect(["KEY_READ", "KEY_SIGN", "VAULT_CREATE_KEY", "VAULT_READ"].map(may)).toEqual([
      true,
      true,
      true,
      true,
    ]);
  },
);

test("reading a secret's content is not among them", () => {
  const allowed = allowedWith(statements.map((s) => s.text));
  const read = { operation: "GetSecretBundle", permission: "SECRET_BUNDLE_READ", compartment: security };
  expect(allowed({ ...read, variables: { "target.secret.id": "ocid1.vaultsecret.oc1.iad.x" } })).toBe(false);
});

test("buckets of other names are out of reach", () => {
  const allowed = allowedWith(statements.map((s) => s.text));
  const read = (bucket: string) =>
    allowed({
      operation: "GetObject",
      permission: "OBJECT_READ",
      compartment: app,
      variables: { "target.bucket.name": bucket },
    });
  expect([read("keyless-dev-release-1"), read("payroll")]).toEqual([true, false]);
});
