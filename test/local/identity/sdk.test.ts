/** The identity service through Oracle's own SDK. */
import { generateKeyPairSync } from "node:crypto";
import { NoRetryConfigurationDetails, Region, SimpleAuthenticationDetailsProvider } from "oci-common";
import { IdentityClient } from "oci-identity";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiIdentity, WELL_KNOWN } from "../../../local/bootstrap.ts";
import { clientAs } from "../../../local/client.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";

let oci: LocalOci;
let client: IdentityClient;
const tenancy = WELL_KNOWN.tenancy;
const { app } = WELL_KNOWN.compartments;

const clientOf = (user: ApiIdentity, region = 0): IdentityClient => {
  const { tenancyId, userId, fingerprint, privateKeyPem } = user;
  const authenticationDetailsProvider = new SimpleAuthenticationDetailsProvider(
    tenancyId,
    userId,
    fingerprint,
    privateKeyPem,
    null,
    Region.US_ASHBURN_1,
  );
  const made = new IdentityClient(
    { authenticationDetailsProvider },
    { retryConfiguration: NoRetryConfigurationDetails },
  );
  made.endpoint = oci.overrides.urlOf("identity", oci.cloud.regions[region]!);
  return made;
};

/** Status, code and text of a refusal. */
const refusal = async (work: Promise<unknown>): Promise<[number, string, string]> => {
  const error = await work.then(
    () => undefined,
    (e) => e,
  );
  return [error?.statusCode, error?.serviceCode, error?.message];
};

const details = (name: string) => ({ compartmentId: tenancy, name, description: name });

beforeAll(async () => {
  oci = await startTestOci({ settings: { transitionMs: 5 } });
  client = clientOf(oci.administrator);
});
afterAll(() => oci.close());

describe("compartments", () => {
  test("the tree, its root, a waiter, an update that renames", async () => {
    const all = await client.listCompartments({ compartmentId: tenancy, compartmentIdInSubtree: true });
    expect(all.items.map((c) => c.name).sort()).toEqual(["app", "network", "reports", "security"]);
    const direct = await client.listCompartments({ compartmentId: tenancy });
    expect(direct.items.map((c) => c.name).sort()).toEqual(["app", "network", "security"]);
    const admin = clientAs(oci.administrator, oci.addresses, oci.cloud.realm.domain);
    const query = { compartmentId: tenancy, includeRoot: "true" };
    // A parameter of Oracle's command line only, which reads the root itself.
    expect((await admin.call("identity.ListCompartments", { query })).body).toHaveLength(3);
    await admin.close();
    const root = (await client.getCompartment({ compartmentId: tenancy })).compartment;
    expect([root.name, Date.parse(String(root.timeCreated)) > 0]).toEqual(["keyless", true]);
    const { compartment } = await client.createCompartment({ createCompartmentDetails: details("made") });
    expect(compartment.lifecycleState).toBe("CREATING");
    const waited = await client
      .createWaiters()
      .forCompartment({ compartmentId: compartment.id }, "ACTIVE" as never);
    expect(waited!.compartment.lifecycleState).toBe("ACTIVE");
    const compartmentId = compartment.id;
    await client.updateCompartment({ compartmentId, updateCompartmentDetails: { name: "renamed" } });
    expect((await client.getCompartment({ compartmentId })).compartment.name).toBe("renamed");
  });

  test("a name is taken among siblings only", async () => {
    const inApp = { ...details("network"), compartmentId: app };
    expect((await client.createCompartment({ createCompartmentDetails: inApp })).compartment.name).toBe(
      "network",
    );
    expect(await refusal(client.createCompartment({ createCompartmentDetails: details("NETWORK") }))).toEqual(
      [409, "CompartmentAlreadyExists", "A compartment with name 'NETWORK' already exists."],
    );
  });

  test("are deleted by a work request, unless something is in them", async () => {
    const make = async (name: string, parent: string) => {
      const createCompartmentDetails = { ...details(name), compartmentId: parent };
      return (await client.createCompartment({ createCompartmentDetails })).compartment.id;
    };
    const outer = await make("outer", tenancy);
    const inner = await make("inner", outer);
    const remove = async (compartmentId: string) => {
      const { opcWorkRequestId } = await client.deleteCompartment({ compartmentId });
      const waited = await client.createWaiters().forWorkRequest({ workRequestId: opcWorkRequestId });
      return waited!.workRequest;
    };
    const failed = await remove(outer);
    expect([failed.status, failed.errors?.[0]?.code]).toEqual(["FAILED", "CompartmentNotEmpty"]);
    expect((await client.getCompartment({ compartmentId: outer })).compartment.lifecycleState).toBe("ACTIVE");
    expect((await remove(inner)).status).toBe("SUCCEEDED");
    expect((await client.getCompartment({ compartmentId: inner })).compartment.lifecycleState).toBe(
      "DELETED",
    );
    expect((await remove(outer)).status).toBe("SUCCEEDED");
    expect(await make("outer", tenancy)).toBeTruthy();
    const listed = async (resourceIdentifier: string) =>
      (await client.listWorkRequests({ compartmentId: inner, resourceIdentifier })).items.length;
    expect([await listed(inner), await listed(outer)]).toEqual([1, 0]);
  });
});

describe("users, groups and keys", () => {
  test("a person made through the API may do what a group's policy says, and no more", async () => {
    const { user } = await client.createUser({
      createUserDetails: { ...details("ada"), email: "ada@example.com" },
    });
    const { group } = await client.createGroup({ createGroupDetails: details("Readers") });
    const pair = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const { apiKey } = await client.uploadApiKey({
      userId: user.id,
      createApiKeyDetails: { key: pair.publicKey },
    });
    expect(apiKey.keyId).toBe(`${tenancy}/${user.id}/${apiKey.fingerprint}`);
    const ada = clientOf({
      tenancyId: tenancy,
      userId: user.id,
      fingerprint: apiKey.fingerprint!,
      privateKeyPem: pair.privateKey,
      region: "us-ashburn-1",
    });
    const [status] = await refusal(ada.listGroups({ compartmentId: tenancy }));
    expect(status).toBe(404);
    const statements = ["Allow group Readers to inspect groups in tenancy"];
    await client.createPolicy({ createPolicyDetails: { ...details("readers"), statements } });
    expect((await refusal(ada.listGroups({ compartmentId: tenancy })))[0]).toBe(404);
    const { userGroupMembership } = await client.addUserToGroup({
      addUserToGroupDetails: { userId: user.id, groupId: group.id },
    });
    expect((await ada.listGroups({ compartmentId: tenancy })).items.map((g) => g.name)).toContain("Readers");
    expect((await refusal(ada.listUsers({ compartmentId: tenancy })))[0]).toBe(404);
    const twice = client.addUserToGroup({ addUserToGroupDetails: { userId: user.id, groupId: group.id } });
    expect((await refusal(twice))[0]).toBe(409);
    expect((await refusal(client.deleteGroup({ groupId: group.id })))[0]).toBe(409);
    await client.removeUserFromGroup({ userGroupMembershipId: userGroupMembership.id });
    expect((await refusal(ada.listGroups({ compartmentId: tenancy })))[0]).toBe(404);
    await client.deleteGroup({ groupId: group.id });
  });

  test("three keys are a user's most, and each is his once", async () => {
    const { user } = await client.createUser({ createUserDetails: details("keys") });
    const upload = (key: string) => client.uploadApiKey({ userId: user.id, createApiKeyDetails: { key } });
    const key = () =>
      generateKeyPairSync("rsa", { modulusLength: 2048 })
        .publicKey.export({ type: "spki", format: "pem" })
        .toString();
    const first = key();
    await upload(first);
    expect((await refusal(upload(first)))[0]).toBe(409);
    await upload(key());
    await upload(key());
    expect((await refusal(upload(key()))).slice(0, 2)).toEqual([400, "LimitExceeded"]);
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
    for (const wrong of ["x", weak.export({ type: "spki", format: "pem" }).toString()]) {
      expect((await refusal(upload(wrong))).slice(0, 2)).toEqual([400, "InvalidParameter"]);
    }
    expect((await client.listApiKeys({ userId: user.id })).items).toHaveLength(3);
  });
});

describe("lists", () => {
  test("pages, filters and sort orders", async () => {
    for (const name of ["page-b", "page-a", "page-c"])
      await client.createGroup({ createGroupDetails: details(name) });
    const names: string[] = [];
    const pages: number[] = [];
    for await (const page of client.listGroupsResponseIterator({ compartmentId: tenancy, limit: 2 })) {
      names.push(...page.items.map((g) => g.name));
      pages.push(page.items.length);
    }
    expect(names.filter((n) => n.startsWith("page-")).sort()).toEqual(["page-a", "page-b", "page-c"]);
    expect(new Set(names).size).toBe(names.length);
    expect(pages.slice(0, -1).every((size) => size === 2)).toBe(true);
    const byName = await client.listGroups({ compartmentId: tenancy, sortBy: "NAME" as never });
    const sorted = byName.items.map((g) => g.name);
    expect(sorted).toEqual([...sorted].sort());
    const reversed = await client.listGroups({
      compartmentId: tenancy,
      sortBy: "NAME" as never,
      sortOrder: "DESC" as never,
    });
    expect(reversed.items.map((g) => g.name)).toEqual(sorted.reverse());
    const one = await client.listGroups({ compartmentId: tenancy, name: "page-a" });
    expect(one.items.map((g) => g.name)).toEqual(["page-a"]);
  });

  test("a wrong limit, page or sort order is named", async () => {
    for (const [member, value] of [
      ["limit", 0],
      ["limit", 1001],
      ["page", "x"],
      ["sortBy", "SIZE"],
      ["sortOrder", "UP"],
    ] as const) {
      const [status, code, text] = await refusal(
        client.listGroups({ compartmentId: tenancy, [member]: value } as never),
      );
      expect([status, code]).toEqual([400, "InvalidParameter"]);
      expect(text).toContain(member);
    }
  });
});

describe("dynamic groups and policies", () => {
  const dynamicGroup = (name: string, matchingRule = "ALL {instance.id = 'x'}") => ({
    createDynamicGroupDetails: { ...details(name), matchingRule },
  });

  test("a dynamic group lives in the root, with a rule that is one", async () => {
    const { dynamicGroup: made } = await client.createDynamicGroup(dynamicGroup("machines"));
    expect(made.lifecycleState).toBe("CREATING");
    const misplaced = {
      createDynamicGroupDetails: { ...details("y"), compartmentId: app, matchingRule: "instance.id = 'x'" },
    };
    expect(await refusal(client.createDynamicGroup(misplaced))).toEqual([
      400,
      "InvalidParameter",
      "Dynamic group can only be created in the tenancy compartment",
    ]);
    const [status, code, text] = await refusal(
      client.createDynamicGroup(dynamicGroup("z", "ALL {instance.id = x}")),
    );
    expect([status, code]).toEqual([400, "InvalidParameter"]);
    expect(text).toContain("matchingRule");
    expect((await refusal(client.createDynamicGroup(dynamicGroup("machines")))).slice(0, 2)).toEqual([
      409,
      "DynamicGroupAlreadyExists",
    ]);
  });

  test("statements are checked when they are written, in OCI's words", async () => {
    const write = (statement: string, compartmentId = tenancy) =>
      refusal(
        client.createPolicy({
          createPolicyDetails: { ...details(`p${Math.random()}`), compartmentId, statements: [statement] },
        }),
      );
    expect(await write("Allow group Deployers to read")).toEqual([
      400,
      "InvalidParameter",
      "'syntax error starting with <<EOF>>'@'line 1, char 30' \n",
    ]);
    expect((await write("Allow dynamic-group nobody to read buckets in tenancy"))[2]).toBe(
      "The dynamic_group nobody specified in the policy statement does not exist under current compartment hierarchy.",
    );
    expect((await write("Allow group Deployers to read buckets in compartment nowhere"))[2]).toBe(
      "Compartment {nowhere} does not exist or is not part of the policy compartment subtree",
    );
    const { network } = WELL_KNOWN.compartments;
    expect((await write(`Allow group Deployers to read buckets in compartment id ${network}`, app))[2]).toBe(
      `Compartment {${network}} does not exist or is not part of the policy compartment subtree`,
    );
    expect((await write("Deny group Deployers to read buckets in tenancy"))[2]).toBe(
      "Deny statement passed into a Allow compilation",
    );
    oci.cloud.settings.denyEnabled = true;
    expect((await write("Deny group Deployers to read buckets in tenancy"))[0]).toBeUndefined();
    oci.cloud.settings.denyEnabled = false;
  });

  test("a policy is shown as it was written; its ETag stays, and guards it", async () => {
    const statements = [
      "Allow  dynamic-group machines to read secret-family in tenancy",
      "allow group Deployers to inspect users in tenancy",
    ];
    const { policy, etag } = await client.createPolicy({
      createPolicyDetails: { ...details("kept"), statements },
    });
    const read = await client.getPolicy({ policyId: policy.id });
    expect([read.policy.statements, read.etag]).toEqual([statements, etag]);
    const change = (ifMatch: string) =>
      client.updatePolicy({ policyId: policy.id, ifMatch, updatePolicyDetails: { description: "new" } });
    expect((await refusal(change("other"))).slice(0, 2)).toEqual([412, "NoEtagMatch"]);
    const changed = await change(etag);
    expect(changed.etag).not.toBe(etag);
    expect((await refusal(client.deletePolicy({ policyId: policy.id, ifMatch: etag })))[0]).toBe(412);
    await client.deletePolicy({ policyId: policy.id, ifMatch: changed.etag });
    expect((await refusal(client.getPolicy({ policyId: policy.id })))[0]).toBe(404);
  });

  test("names are resolved when a policy is written: renaming a compartment changes nothing", async () => {
    const made = await client.createCompartment({ createCompartmentDetails: details("before") });
    const compartmentId = made.compartment.id;
    const deployer = clientOf(oci.deployer);
    const statements = ["Allow group Deployers to inspect policies in compartment before"];
    expect((await refusal(deployer.listPolicies({ compartmentId })))[0]).toBe(404);
    await client.createPolicy({ createPolicyDetails: { ...details("by-name"), statements } });
    expect((await deployer.listPolicies({ compartmentId })).items).toEqual([]);
    await client.updateCompartment({ compartmentId, updateCompartmentDetails: { name: "after" } });
    expect((await deployer.listPolicies({ compartmentId })).items).toEqual([]);
    await client.createCompartment({ createCompartmentDetails: details("before") });
    expect((await deployer.listPolicies({ compartmentId })).items).toEqual([]);
  });

  test("limits: statements of a policy, dynamic groups", async () => {
    const statements = Array.from(
      { length: 51 },
      (_, i) => `Allow group Deployers to inspect users in tenancy where request.user.id = '${i}'`,
    );
    const write = client.createPolicy({ createPolicyDetails: { ...details("many"), statements } });
    expect((await refusal(write)).slice(0, 2)).toEqual([400, "LimitExceeded"]);
    for (let i = 0; ; i += 1) {
      const [status, code] = await refusal(client.createDynamicGroup(dynamicGroup(`limit-${i}`)));
      if (status === undefined) continue;
      expect([status, code, i]).toEqual([400, "LimitExceeded", 49]);
      break;
    }
  });
});

test("writes outside the home region are refused, reads are not", async () => {
  const elsewhere = clientOf(oci.administrator, 1);
  expect(await refusal(elsewhere.createGroup({ createGroupDetails: details("abroad") }))).toEqual([
    403,
    "NotAllowed",
    "Please go to your home region IAD to execute CREATE, UPDATE and DELETE operations.",
  ]);
  expect((await elsewhere.getTenancy({ tenancyId: tenancy })).tenancy.homeRegionKey).toBe("IAD");
  const { items } = await elsewhere.listRegionSubscriptions({ tenancyId: tenancy });
  expect(items.map((r) => [r.regionName, r.isHomeRegion])).toEqual([
    ["us-ashburn-1", true],
    ["us-phoenix-1", false],
  ]);
});

test("a retry token never creates twice, and is void when what it made is gone", async () => {
  const opcRetryToken = "once-and-once-only";
  const create = () => client.createGroup({ createGroupDetails: details("once"), opcRetryToken });
  const [a, b] = await Promise.all([create(), create()]);
  expect(b.group).toEqual(a.group);
  expect((await create()).group.id).toBe(a.group.id);
  await client.deleteGroup({ groupId: a.group.id });
  expect((await refusal(create())).slice(0, 2)).toEqual([409, "InvalidatedRetryToken"]);
});

test("a domain on its way to another state says so in its lifecycle details", async () => {
  const createDomainDetails = {
    compartmentId: tenancy,
    displayName: "partners",
    description: "",
    homeRegion: "us-ashburn-1",
    licenseType: "free",
  };
  await client.createDomain({ createDomainDetails });
  const only = async () => (await client.listDomains({ compartmentId: tenancy })).items[0]!;
  await expect.poll(async () => (await only()).lifecycleState).toBe("ACTIVE");
  const domainId = (await only()).id;
  oci.cloud.settings.transitionMs = 60_000;
  await client.deactivateDomain({ domainId });
  const { domain } = await client.getDomain({ domainId });
  expect([domain.lifecycleState, domain.lifecycleDetails]).toEqual(["ACTIVE", "DEACTIVATING"]);
  expect((await refusal(client.deactivateDomain({ domainId })))[1]).toBe("IncorrectState");
  oci.cloud.clock.offsetMs += 60_001;
  oci.cloud.settings.transitionMs = 5;
  expect((await client.getDomain({ domainId })).domain.lifecycleState).toBe("INACTIVE");
  oci.cloud.clock.offsetMs = 0;
});
