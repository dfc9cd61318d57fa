/** `iam -- export` against the local OCI: what it reads, with which rights, and how it ends without them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportTenancy } from "../../commands/iam/export.ts";
import { readTenancy } from "../../commands/iam/tenancy.ts";
import { clientVariables } from "../../commands/local/environment.ts";
import { limited } from "../../commands/shared/live/limited.ts";
import { LIVE_NEEDS, liveStatement } from "../../commands/shared/live/lists.ts";
import { readLiveTenancy } from "../../commands/shared/live/tenancy.ts";
import { compile, decide, type Tenancy } from "../../iam/index.ts";
import { WELL_KNOWN } from "../../local/bootstrap.ts";
import { clientAs, type LocalClient } from "../../local/client.ts";
import type { LocalOci } from "../../local/index.ts";
import type { Region } from "../../local/state/region.ts";
import type { CallOptions } from "../../oci/client.ts";
import { startTestOci } from "../support/local-oci.ts";

const { tenancy: root, compartments, users, groups } = WELL_KNOWN;
const STATEMENTS = LIVE_NEEDS.map((needs) => liveStatement(needs, "Deployers"));

let oci: LocalOci;
let client: LocalClient;

const call = async (operation: string, options: CallOptions): Promise<string> =>
  String((await client.call(operation, options)).body?.["id"]);

/** Makes a tenancy with one of everything that an export has, and instances in two regions. */
beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 0, denyEnabled: true },
    deployerStatements: STATEMENTS,
  });
  client = clientAs(oci.administrator, oci.addresses, "oraclecloud.com");
  const make = (operation: string, body: object, options: CallOptions = {}) =>
    call(operation, { body: { description: "x", ...body }, ...options });
  const ns = await make("identity.CreateTagNamespace", { compartmentId: root, name: "ops" });
  await make("identity.CreateTag", { name: "role" }, { params: { tagNamespaceId: ns } });
  await make("identity.CreateDynamicGroup", {
    compartmentId: root,
    name: "readers",
    matchingRule: "All {tag.ops.role.value = 'app'}",
  });
  await make("identity.CreateDomain", {
    compartmentId: root,
    displayName: "partners",
    homeRegion: "us-ashburn-1",
    licenseType: "premium",
  });
  for (const [compartmentId, name, statement] of [
    [root, "top", "Allow group Deployers to inspect buckets in tenancy"],
    [compartments.app, "app", "Allow dynamic-group readers to read buckets in compartment app"],
    [compartments.app, "denied", "Deny any-user to manage secrets in compartment reports"],
    [compartments.network, "net", "Allow group Deployers to use vcns in compartment network"],
  ] as const)
    await make("identity.CreatePolicy", { compartmentId, name, statements: [statement] });
  const [iad, phx] = oci.cloud.regions;
  addInstance("m0", compartments.app, iad);
  addInstance("m1", compartments.reports, phx!);
  addInstance("m2", compartments.app, iad);
});
afterAll(async () => {
  await client.close();
  await oci.close();
});

const addInstance = (displayName: string, compartmentId: string, region: Region): void => {
  const id = oci.cloud.store.newId("instance", region);
  const definedTags = { ops: { role: "app" } };
  const timeCreated = oci.cloud.clock.iso();
  const model = { id, compartmentId, displayName, definedTags, timeCreated, lifecycleState: "RUNNING" };
  oci.cloud.store.add({ id, type: "instance", region, model: model as never, hidden: {} as never });
};

const environment = () =>
  clientVariables({
    proxyUrl: oci.addresses.proxyUrl,
    caFile: oci.addresses.caFile,
    configFile: "/nonexistent",
    identity: oci.deployer,
  });

type Flags = Parameters<typeof exportTenancy>[0];

const exported = async (flags: Flags = {}) => {
  const lines: string[] = [];
  const said: string[] = [];
  const code = await exportTenancy(
    flags,
    (line) => void lines.push(line),
    (line) => void said.push(line),
    environment(),
  ).catch((error: Error) => error);
  return { code, text: lines.join("\n"), said };
};

describe("with exactly the rights that are documented", () => {
  test("everything is read, and decides as OCI does", async () => {
    const { code, text, said } = await exported();
    expect(code).toBe(0);
    expect(said).toContain("read 3 instances");
    const tenancy = readTenancy(text, "export");
    expect(tenancy).toMatchObject({ tenancy: root, denyEnabled: true });
    expect(tenancy.compartments).toHaveLength(5);
    expect(tenancy.compartments).toContainEqual({
      id: compartments.reports,
      name: "reports",
      parent: compartments.app,
    });
    expect(tenancy.compartments).toContainEqual({ id: root, name: "keyless" });
    expect(tenancy.groups).toContainEqual({
      id: groups.Deployers,
      name: "Deployers",
      members: [users.deployer],
    });
    expect(tenancy.users).toContainEqual({ id: users.deployer, name: "deployer" });
    expect(tenancy.dynamicGroups).toMatchObject([
      { name: "readers", matchingRule: "All {tag.ops.role.value = 'app'}" },
    ]);
    expect(tenancy.policies).toContainEqual({
      id: expect.stringMatching(/^ocid1\.policy\./),
      name: "app",
      compartment: compartments.app,
      statements: ["Allow dynamic-group readers to read buckets in compartment app"],
    });
    expect(tenancy.domains).toMatchObject([{ name: "partners", compartment: root }]);
    expect(tenancy.tagNamespaces).toMatchObject([{ name: "ops", tags: ["role"] }]);
    expect(tenancy.instances).toHaveLength(3);
    expect(tenancy.notes).toEqual([expect.stringContaining('the identity domain "partners"')]);
    const [instance] = tenancy.instances!;
    const decision = decide(compile(tenancy), {
      principal: { type: "instance", ...instance!, compartment: instance!.compartment! },
      operation: "GetBucket",
      compartment: compartments.reports,
    });
    expect(decision).toMatchObject({ decision: "allow", granted: [{ statement: 0 }] });
    const [ref] = decision.granted;
    expect(tenancy.policies![ref!.policy]!.name).toBe("app");
  });

  test("pages of one item, and calls that are throttled, leave nothing out", async () => {
    const whole = (await exported()).text;
    let calls = 0;
    const pages = new Set<string>();
    const throttled = clientAs(oci.deployer, oci.addresses, "oraclecloud.com", {
      retry: { firstPauseMs: 1, longestPauseMs: 2 },
      through: (send) => async (url, request) => {
        calls += 1;
        const page = /[?&]page=([^&]+)/.exec(url)?.[1];
        if (page) pages.add(new URL(url).pathname);
        if (calls % 3 === 0)
          return { statusCode: 429, headers: {}, text: '{"code":"TooManyRequests","message":"slow"}' };
        return send(url, request);
      },
    });
    const { tenancy, refusals } = await readLiveTenancy(throttled, {
      tenancyId: root,
      region: "us-phoenix-1",
      pageSize: 1,
    });
    await throttled.close();
    expect(refusals).toEqual([]);
    expect([...pages].map((p) => p.split("/").at(-1)).sort()).toEqual(
      expect.arrayContaining(["compartments", "groups", "instances", "policies", "users"]),
    );
    expect(readTenancy(JSON.stringify(tenancy), "pages")).toEqual(readTenancy(whole, "export"));
  });

  test("--compartment leaves out what is beside it, and keeps the policies above it", async () => {
    const { text } = await exported({ compartment: compartments.reports });
    const tenancy = readTenancy(text, "export");
    expect(tenancy.compartments!.map((c) => c.name).sort()).toEqual(["app", "keyless", "reports"]);
    expect(tenancy.policies!.map((p) => p.name).sort()).toEqual([
      "Tenant Admin Policy",
      "app",
      "denied",
      "deployers",
      "top",
    ]);
    expect(tenancy.instances!.map((i) => i.name)).toEqual(["m1"]);
    expect(tenancy.notes).toContainEqual(expect.stringContaining(compartments.reports));
    const wrong = await exported({ compartment: "ocid1.compartment.oc1..none" });
    expect(wrong).toMatchObject({
      text: "",
      code: { name: "UsageError", message: expect.stringContaining("5 compartments") },
    });
  });

  test("--redact writes no name and no OCID of the tenancy, and what decides as it does", async () => {
    const whole = readTenancy((await exported()).text, "export");
    const { text } = await exported({ redact: true });
    const redacted = readTenancy(text, "redacted");
    const names = /keyless|deployers?|reports|readers|partners|network|administrator\b|\bops\b/i;
    expect(names.exec(text)?.[0]).toBeUndefined();
    for (const id of [root, ...Object.values(compartments), ...Object.values(users)])
      expect(text).not.toContain(id);
    const ask = (tenancy: Tenancy) =>
      decide(compile(tenancy), {
        principal: {
          type: "instance",
          ...tenancy.instances![0]!,
          compartment: tenancy.instances![0]!.compartment!,
        },
        operation: "GetBucket",
        compartment: tenancy.compartments!.at(-1)!.id,
      });
    expect(ask(redacted)).toEqual(ask(whole));
    expect(redacted.policies!.map((p) => p.statements.length)).toEqual(
      whole.policies!.map((p) => p.statements.length),
    );
  });

  test("--region reads instances of that region only", async () => {
    const tenancy = readTenancy((await exported({ regions: ["us-ashburn-1"] })).text, "export");
    expect(tenancy.instances!.map((i) => i.name).sort()).toEqual(["m0", "m2"]);
    expect(tenancy.notes).toContainEqual("instances of us-ashburn-1 only");
  });
});

describe("with one statement fewer", () => {
  let policyId: string;
  const allow = (statements: string[]) =>
    call("identity.UpdatePolicy", { params: { policyId }, body: { statements } });
  beforeAll(async () => {
    const policies = await client.list("identity.ListPolicies", { query: { compartmentId: root } });
    policyId = String(policies.find((p) => p["name"] === "deployers")?.["id"]);
  });
  afterAll(() => allow(STATEMENTS));

  test.each(LIVE_NEEDS)("without %s nothing is written, and the statement is named", async (missing) => {
    await allow(STATEMENTS.filter((s) => s !== liveStatement(missing, "Deployers")));
    const { code, text } = await exported();
    expect(text).toBe("");
    expect(code).toMatchObject({ name: "ExportRefused" });
    const { message } = code as Error;
    expect(message).toContain(`"${liveStatement(missing, "YOURS")}"`);
    expect(message).toContain("404 NotAuthorizedOrNotFound");
  });

  test("--partial writes the rest, and notes what is missing", async () => {
    await allow(STATEMENTS.filter((s) => !s.includes("read instances")));
    const { code, text, said } = await exported({ partial: true });
    expect(code).toBe(0);
    const tenancy = readTenancy(text, "partial");
    expect(tenancy.instances).toEqual([]);
    expect(tenancy.policies).not.toEqual([]);
    expect(tenancy.notes).toContainEqual(
      expect.stringMatching(/^not read: instances of .* and 2 more .*read instances in tenancy/),
    );
    expect(said.at(-1)).toContain("not read: instances");
  });
});

test("a bound lets as many run as it says, and the others after them", async () => {
  const turn = limited(2);
  let running = 0;
  let most = 0;
  const done = await Promise.all(
    Array.from({ length: 7 }, (_, i) =>
      turn(async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running -= 1;
        if (i === 3) throw new Error("three");
        return i;
      }).catch((error: Error) => error.message),
    ),
  );
  expect(most).toBe(2);
  expect(done).toEqual([0, 1, 2, "three", 4, 5, 6]);
});
