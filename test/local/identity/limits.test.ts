/** Limits of the identity service, and writes that are refused and must change nothing. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { asInstance, federateInstance, readIdentity } from "../../support/federate.ts";
import { addInstance } from "../../support/instance.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { asUser, callSigned, type Signing } from "../../support/raw-request.ts";

const { tenancy } = WELL_KNOWN;
const { app, network } = WELL_KNOWN.compartments;

let oci: LocalOci;
beforeEach(async () => {
  oci = await startTestOci({ settings: { transitionMs: 0 } });
});
afterEach(() => oci.close());

interface Responded {
  status: number;
  id: string;
  code: string;
}

const ask = async (
  method: string,
  path: string,
  body?: unknown,
  signing: Signing = asUser(oci.administrator),
): Promise<Responded> => {
  const raw = {
    method,
    target: `/20160918${path}`,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
  const url = oci.overrides.urlOf("identity", oci.cloud.regions[0]);
  const { status, text } = await callSigned(url, raw, signing);
  return { status, ...(text ? JSON.parse(text) : {}) };
};

const details = (name: string, compartmentId: string = tenancy) => ({
  compartmentId,
  name,
  description: name,
});
const lines = (count: number, where = "tenancy"): string[] =>
  Array.from(
    { length: count },
    (_, i) => `Allow group Deployers to inspect users in ${where} where request.user.id = '${i}'`,
  );
const policy = (name: string, statements: string[], compartmentId: string = tenancy): Promise<Responded> =>
  ask("POST", "/policies", { ...details(name, compartmentId), statements });

test("500 statements on a path of compartments (Oracle, IAM Limits)", async () => {
  // One stands in the administrators' policy already.
  for (let i = 0; i < 9; i++) expect((await policy(`p${i}`, lines(50))).status).toBe(200);
  const { id, status } = await policy("nearly", lines(48));
  expect(status).toBe(200);
  expect((await policy("one", lines(1, "compartment app"), app)).status).toBe(200);
  expect(await policy("two", lines(1, "compartment app"), app)).toMatchObject({
    status: 400,
    code: "LimitExceeded",
  });
  // Another branch of the tree has room for one more; the root has none for all branches.
  expect((await policy("beside", lines(1, "compartment network"), network)).status).toBe(200);
  expect((await policy("above", lines(1))).status).toBe(400);
  expect((await ask("PUT", `/policies/${id}`, { statements: lines(49) })).status).toBe(400);
  expect((await ask("PUT", `/policies/${id}`, { statements: lines(47) })).status).toBe(200);
  expect((await policy("above", lines(1))).status).toBe(200);
});

test("an instance is in five dynamic groups at most (Oracle, IAM Limits): a sixth has no effect", async () => {
  const machine = await addInstance(oci);
  const identity = await readIdentity(machine.metadataUrl);
  const signing = asInstance(JSON.parse((await federateInstance(oci, identity)).text).token, identity);
  const groups: string[] = [];
  for (let i = 0; i < 6; i++) {
    const rule = { matchingRule: `instance.id = '${machine.id}'` };
    groups.push((await ask("POST", "/dynamicGroups", { ...details(`g${i}`), ...rule })).id);
  }
  await policy("sixth", ["Allow dynamic-group g5 to inspect policies in tenancy"]);
  const list = (): Promise<Responded> => ask("GET", `/policies?compartmentId=${app}`, undefined, signing);
  expect((await list()).status).toBe(404);
  expect((await ask("DELETE", `/dynamicGroups/${groups[0]}`)).status).toBe(204);
  expect((await list()).status).toBe(200);
});

test("groups and dynamic groups share their names", async () => {
  const rule = { matchingRule: "instance.id = 'x'" };
  expect((await ask("POST", "/dynamicGroups", { ...details("deployers"), ...rule })).status).toBe(409);
  expect((await ask("POST", "/dynamicGroups", { ...details("machines"), ...rule })).status).toBe(200);
  expect((await ask("POST", "/groups", details("Machines"))).status).toBe(409);
});

test("an update of a policy that is refused changes nothing of what it grants", async () => {
  const { id } = await policy("p", ["Allow group Deployers to inspect users in tenancy"]);
  const list = (): Promise<Responded> =>
    ask("GET", `/policies?compartmentId=${app}`, undefined, asUser(oci.deployer));
  const statements = ["Allow group Deployers to inspect policies in tenancy"];
  const definedTags = { none: { such: "tag" } };
  expect((await ask("PUT", `/policies/${id}`, { statements, definedTags })).status).toBe(400);
  expect((await list()).status).toBe(404);
  expect((await ask("PUT", `/policies/${id}`, { statements })).status).toBe(200);
  expect((await list()).status).toBe(200);
});

test("nothing new is made in a compartment that is deleted", async () => {
  const { id } = await ask("POST", "/compartments", details("short"));
  expect((await ask("DELETE", `/compartments/${id}`)).status).toBe(202);
  expect((await ask("POST", "/compartments", details("inside", id))).status).toBe(404);
  expect((await policy("p", ["Allow any-user to inspect users in tenancy"], id)).status).toBe(404);
});

test("what a deployer needs stands in as many policies as OCI would take it in", async () => {
  const deployerStatements = Array.from(
    { length: 60 },
    (_, i) => `Allow group Deployers to inspect vcns in tenancy where target.vcn.id = 'v${i}'`,
  );
  const local = await startTestOci({ deployerStatements });
  try {
    const policies = local.cloud.store.list("policy").map((policy) => policy.model.statements);
    expect(Math.max(...policies.map((statements) => statements.length))).toBeLessThanOrEqual(50);
    expect(policies.flat().filter((statement) => statement.includes("Deployers"))).toHaveLength(60);
  } finally {
    await local.close();
  }
});
