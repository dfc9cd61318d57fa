/** What somebody with exactly the documented rights of a deployer can take over of what belongs to others. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployerStatements } from "../../access/index.ts";
import { WELL_KNOWN } from "../../local/bootstrap.ts";
import { clientAs } from "../../local/client.ts";
import { type LocalOci, startLocal } from "../../local/index.ts";
import type { OciClient } from "../../oci/client.ts";

const { app, network, security } = WELL_KNOWN.compartments;
const tenancyId = WELL_KNOWN.tenancy;
const RULE = "ALL {instance.compartment.id = 'ocid1.compartment.oc1..example'}";

let oci: LocalOci;
let administrator: OciClient;
let deployer: OciClient;
/** A compartment that is in none of the statements. */
let elsewhere: string;

const idOf = async (client: OciClient, operation: string, body: Record<string, unknown>): Promise<string> =>
  String((await client.call(operation, { body })).body["id"]);
const newGroup = (client: OciClient, name: string): Promise<string> =>
  idOf(client, "identity.CreateDynamicGroup", {
    compartmentId: tenancyId,
    name,
    description: name,
    matchingRule: RULE,
  });
const newPolicy = (client: OciClient, compartmentId: string, statement: string): Promise<string> =>
  idOf(client, "identity.CreatePolicy", {
    compartmentId,
    name: `policy-${Math.random().toString(36).slice(2)}`,
    description: "x",
    statements: [statement],
  });
const status = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => "allowed",
    (error: { status?: number; code?: string }) => `${error.status} ${error.code}`,
  );
const REFUSED = "404 NotAuthorizedOrNotFound";

beforeAll(async () => {
  oci = await startLocal({
    workload: true,
    settings: { transitionMs: 0 },
    deployerStatements: deployerStatements({
      group: `id ${WELL_KNOWN.groups.Deployers}`,
      tenancyId,
      compartments: { network, security, workload: app },
      name: "keyless",
    }).map((s) => s.text),
  });
  const as = (identity: LocalOci["deployer"]) => clientAs(identity, oci.addresses, oci.cloud.realm.domain);
  administrator = as(oci.administrator);
  deployer = as(oci.deployer);
  elsewhere = await idOf(administrator, "identity.CreateCompartment", {
    compartmentId: tenancyId,
    name: "payroll",
    description: "x",
  });
});
afterAll(() => oci.close());

describe("dynamic groups of other teams", () => {
  test.each(["payroll-workers", "payroll-keyless", "KeyLes"])("%s keeps its rule and stays", async (name) => {
    const dynamicGroupId = await newGroup(administrator, name);
    const params = { dynamicGroupId };
    const change = { params, body: { matchingRule: "instance.id = 'ocid1.instance.oc1.iad.mine'" } };
    expect(await status(deployer.call("identity.UpdateDynamicGroup", change))).toBe(REFUSED);
    expect(await status(deployer.call("identity.DeleteDynamicGroup", { params }))).toBe(REFUSED);
    const { body } = await administrator.call("identity.GetDynamicGroup", { params });
    expect(body["matchingRule"]).toBe(RULE);
  });

  test("one of the stacks' own names is made, changed and removed", async () => {
    const params = { dynamicGroupId: await newGroup(deployer, "keyless-blue-workload") };
    const change = { params, body: { matchingRule: RULE.replace("example", "example2") } };
    expect(await status(deployer.call("identity.UpdateDynamicGroup", change))).toBe("allowed");
    expect(await status(deployer.call("identity.DeleteDynamicGroup", { params }))).toBe("allowed");
  });

  test("a name that is taken is not made again", async () => {
    await newGroup(administrator, "payroll-taken");
    expect(await status(newGroup(deployer, "payroll-taken"))).toMatch(/^409 /);
  });
});

describe("policies", () => {
  test.each([
    ["the tenancy", () => tenancyId],
    ["another compartment", () => elsewhere],
  ])("none is written in %s", async (_, where) => {
    const grant = `Allow group id ${WELL_KNOWN.groups.Deployers} to manage all-resources in compartment id ${where()}`;
    expect(await status(newPolicy(deployer, where(), grant))).toBe(REFUSED);
  });

  test("one of another compartment is not changed", async () => {
    const statement = "Allow group Administrators to inspect buckets in compartment payroll";
    const policyId = await newPolicy(administrator, tenancyId, statement);
    const change = { params: { policyId }, body: { statements: [statement.replace("inspect", "manage")] } };
    expect(await status(deployer.call("identity.UpdatePolicy", change))).toBe(REFUSED);
  });
});

test("no instance is started or changed in another compartment", async () => {
  const launch = deployer.call("core.LaunchInstance", {
    body: {
      compartmentId: elsewhere,
      availabilityDomain: "AD-1",
      shape: "VM.Standard.A1.Flex",
      sourceDetails: { sourceType: "image", imageId: "ocid1.image.oc1.iad.x" },
    },
  });
  expect(await status(launch)).toBe(REFUSED);
});

test("a bucket of another name is neither read nor shared", async () => {
  const names = { namespaceName: "keylesslocal", bucketName: "payroll-keyless" };
  await administrator.call("objectstorage.CreateBucket", {
    params: { namespaceName: "keylesslocal" },
    body: { name: names.bucketName, compartmentId: app },
  });
  const share = deployer.call("objectstorage.CreatePreauthenticatedRequest", {
    params: names,
    body: { name: "x", accessType: "AnyObjectReadWrite", timeExpires: "2099-01-01T00:00:00Z" },
  });
  expect(await status(share)).toMatch(/^404 /);
  expect(await status(deployer.call("objectstorage.DeleteBucket", { params: names }))).toMatch(/^404 /);
});

test("what docs/deployer.md says of policies is so: their writer can grant himself a secret's content", async () => {
  const { body } = await administrator.call("vault.ListSecrets", { query: { compartmentId: app } });
  const [secret] = body as unknown as { id: string }[];
  const read = () => status(deployer.call("secrets.GetSecretBundle", { params: { secretId: secret!.id } }));
  expect(await read()).toBe(REFUSED);
  const group = WELL_KNOWN.groups.Deployers;
  await newPolicy(deployer, app, `Allow group id ${group} to read secret-bundles in compartment id ${app}`);
  expect(await read()).toBe("allowed");
});
