/** Who may do what: decided by policies, for users and instances, when they take effect. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import type { LocalSettings } from "../../../local/state/settings.ts";
import { asInstance, type Federating, federateInstance, readIdentity } from "../../support/federate.ts";
import { addInstance } from "../../support/instance.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { asUser, callSigned, type Signing } from "../../support/raw-request.ts";

let oci: LocalOci;
let machine: Awaited<ReturnType<typeof addInstance>>;
let identity: Federating;
const { tenancy } = WELL_KNOWN;
const { app } = WELL_KNOWN.compartments;

const start = async (settings: Partial<LocalSettings> = {}): Promise<void> => {
  oci = await startTestOci({ settings: { transitionMs: 0, ...settings } });
  machine = await addInstance(oci);
  identity = await readIdentity(machine.metadataUrl);
};
beforeEach(() => start());
afterEach(() => oci.close());

const url = () => oci.overrides.urlOf("identity", oci.cloud.regions[0]);
const now = (signing: Signing): Signing => ({ ...signing, nowMs: oci.cloud.clock.now() });
const write = async (method: string, target: string, body?: unknown): Promise<{ id: string }> => {
  const raw = { method, target, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const response = await callSigned(url(), raw, now(asUser(oci.administrator)));
  expect(response.status, response.text).toBeLessThan(300);
  return response.text ? JSON.parse(response.text) : { id: "" };
};
const token = async (): Promise<Signing> =>
  asInstance(JSON.parse((await federateInstance(oci, identity)).text).token, identity);

/** Whether somebody may list the policies of a compartment. */
const mayList = async (signing: Signing, compartment: string = app): Promise<boolean> => {
  const target = `/20160918/policies?compartmentId=${compartment}`;
  const { status, text } = await callSigned(url(), { method: "GET", target }, now(signing));
  expect([200, 404]).toContain(status);
  if (status === 404) expect(JSON.parse(text).code).toBe("NotAuthorizedOrNotFound");
  return status === 200;
};

const details = (name: string) => ({ compartmentId: tenancy, name, description: name });
const group = (matchingRule: string) =>
  write("POST", "/20160918/dynamicGroups", { ...details("machines"), matchingRule });
const policy = (statement: string, compartmentId: string = tenancy) =>
  write("POST", "/20160918/policies", { ...details("machines"), compartmentId, statements: [statement] });

describe("an instance", () => {
  test("is granted what its dynamic group is, where it is, and loses it with the group, rule or policy", async () => {
    const signing = await token();
    expect(await mayList(signing)).toBe(false);
    const made = await group(`ALL {instance.id = '${machine.id}'}`);
    expect(await mayList(signing)).toBe(false);
    const granted = await policy("Allow dynamic-group machines to inspect policies in compartment app");
    expect(await mayList(signing)).toBe(true);
    expect(await mayList(signing, tenancy)).toBe(false);
    expect(await mayList(signing, WELL_KNOWN.compartments.network)).toBe(false);
    const path = `/20160918/dynamicGroups/${made.id}`;
    await write("PUT", path, { matchingRule: `ALL {instance.id = '${machine.id.slice(0, -1)}x'}` });
    expect(await mayList(signing)).toBe(false);
    await write("PUT", path, { matchingRule: `ANY {instance.compartment.id = '${app}'}` });
    expect(await mayList(signing)).toBe(true);
    await write("DELETE", `/20160918/policies/${granted.id}`);
    expect(await mayList(signing)).toBe(false);
  });

  test("is matched by its defined tags as they are now", async () => {
    await group("tag.ops.role.value = 'reader'");
    await policy("Allow dynamic-group machines to inspect policies in compartment app");
    const signing = await token();
    expect(await mayList(signing)).toBe(false);
    const instance = oci.cloud.store.get(machine.id)!;
    instance.model.definedTags = { ops: { role: "reader" } };
    oci.cloud.store.touch(instance);
    expect(await mayList(signing)).toBe(true);
  });

  test("may always list compartments, whatever the policies say", async () => {
    const target = `/20160918/compartments?compartmentId=${tenancy}`;
    expect((await callSigned(url(), { method: "GET", target }, await token())).status).toBe(200);
  });

  test("cannot say itself which groups it is in", async () => {
    const made = await group("instance.id = 'nobody'");
    await policy("Allow dynamic-group machines to inspect policies in compartment app");
    const signing = await token();
    const parts = signing.keyId.slice(3).split(".");
    const claims = JSON.parse(Buffer.from(parts[1]!, "base64url").toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, "opc-groups": [made.id] })).toString("base64url");
    const keyId = `ST$${parts[0]}.${forged}.${parts[2]}`;
    const target = `/20160918/policies?compartmentId=${app}`;
    expect((await callSigned(url(), { method: "GET", target }, { ...signing, keyId })).status).toBe(401);
  });
});

describe("when", () => {
  test("changes take effect as late as the setting says, each from its own time on", async () => {
    oci.cloud.settings.propagationMs = 30_000;
    await group(`instance.id = '${machine.id}'`);
    const granted = await policy("Allow dynamic-group machines to inspect policies in compartment app");
    const signing = await token();
    expect(await mayList(signing)).toBe(false);
    oci.cloud.clock.offsetMs += 29_000;
    expect(await mayList(signing)).toBe(false);
    oci.cloud.clock.offsetMs += 2_000;
    expect(await mayList(signing)).toBe(true);
    await write("DELETE", `/20160918/policies/${granted.id}`);
    expect(await mayList(signing)).toBe(true);
    oci.cloud.clock.offsetMs += 31_000;
    expect(await mayList(signing)).toBe(false);
  });

  test("membership that is bound at issue stays as it was until the next token", async () => {
    oci.cloud.settings.membershipBoundAt = "issue";
    await policy("Allow any-group to inspect policies in compartment app");
    const before = await token();
    const made = await group(`instance.id = '${machine.id}'`);
    expect(await mayList(before)).toBe(false);
    const after = await token();
    expect(await mayList(after)).toBe(true);
    await write("PUT", `/20160918/dynamicGroups/${made.id}`, { matchingRule: "instance.id = 'nobody'" });
    expect(await mayList(after)).toBe(true);
    expect(await mayList(await token())).toBe(false);
  });
});

test("a compartment's tags cover what is nested in it", async () => {
  const { reports } = WELL_KNOWN.compartments;
  const deployer = asUser(oci.deployer);
  await policy(
    "Allow group Deployers to inspect policies in tenancy where target.resource.compartment.tag.ops.role = 'x'",
  );
  expect(await mayList(deployer, reports)).toBe(false);
  const compartment = oci.cloud.store.get(app)!;
  compartment.model.definedTags = { ops: { role: "x" } };
  oci.cloud.store.touch(compartment);
  expect(await mayList(deployer, reports)).toBe(true);
  expect(await mayList(deployer, WELL_KNOWN.compartments.network)).toBe(false);
});

test("the deployer may do nothing that no policy of its own says", async () => {
  const deployer = asUser(oci.deployer);
  expect(await mayList(deployer)).toBe(false);
  await policy("Allow group Deployers to inspect policies in compartment app", tenancy);
  expect(await mayList(deployer)).toBe(true);
  expect(await mayList(deployer, tenancy)).toBe(false);
});

test("absent and forbidden are the same response; what is not served is another", async () => {
  const other = (target: string, who: Signing) => callSigned(url(), { method: "GET", target }, who);
  const groupId = WELL_KNOWN.groups.Administrators;
  const forbidden = await other(`/20160918/groups/${groupId}`, asUser(oci.deployer));
  const absent = await other(`/20160918/groups/${groupId}x`, asUser(oci.administrator));
  expect([forbidden.status, forbidden.text]).toEqual([absent.status, absent.text]);
  const unserved = await other(
    "/20160918/identityProviders?protocol=SAML2&compartmentId=x",
    asUser(oci.administrator),
  );
  expect([unserved.status, JSON.parse(unserved.text).code]).toEqual([404, "NotFound"]);
});
