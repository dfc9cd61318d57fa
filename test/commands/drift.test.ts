/** What somebody changes by hand in a deployed stack is found, and what it does is said. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Drift, driftOf } from "../../commands/access/drift.ts";
import { settingsIn } from "../../commands/access/stack-file.ts";
import type { Tenancy } from "../../iam/index.ts";
import type { Settings } from "../../infra/settings/settings.ts";
import { clientAs } from "../../local/client.ts";
import { notFound } from "../../local/errors.ts";
import { errorReply } from "../../local/gateway/reply.ts";
import type { LocalOci } from "../../local/index.ts";
import type { OciClient } from "../../oci/client.ts";
import { localStack } from "../support/local-stack.ts";
import { documentOf, putDocument } from "../support/sign-document.ts";

let local: LocalOci;
let administrator: OciClient;
let settings: Settings;
let outputs: Readonly<Record<string, unknown>>;
const file = resolve(import.meta.dirname, "../../Pulumi.local.yaml");

const drift = async (): Promise<Drift[]> =>
  (await driftOf(administrator, settings, local.cloud.tenancy.id, String(outputs["instance"]))).drift;

beforeAll(async () => {
  const started = await localStack({ settings: { transitionMs: 0 } });
  local = started.local;
  administrator = clientAs(local.administrator, local.addresses, local.cloud.realm.domain);
  ({ outputs } = await started.engine().up());
  settings = settingsIn(file, readFileSync(file, "utf8"));
});
afterAll(() => local.close());

it("finds none in what was just deployed", async () => {
  expect(await drift()).toEqual([]);
});

it("finds a document that the instance refuses, because nobody has signed it", async () => {
  const id = String(outputs["instance"]);
  const document = await documentOf(administrator, id);
  await putDocument(
    administrator,
    id,
    JSON.stringify({ ...document, check: { ...document.check, deadlineS: 1 } }),
  );
  expect(await drift()).toEqual([
    {
      kind: "document-refused",
      where: `instance ${id}`,
      says: "its signature is not one of the stack's key: somebody altered or made it",
    },
  ]);
  await putDocument(administrator, id, JSON.stringify(document));
  expect(await drift()).toEqual([]);
});

it("finds statements and rules edited by hand, and says what they do", async () => {
  const policyId = (outputs["policies"] as string[])[0]!;
  const statements = outputs["statements"] as string[];
  const [first, ...rest] = statements as [string];
  const wide = first.replace(/ where .*/, "");
  await administrator.call("identity.UpdatePolicy", {
    params: { policyId },
    body: { statements: [wide, ...rest] },
  });
  const found = await drift();
  expect(found.find((d) => d.kind === "statement-missing")?.says).toBe(first);
  expect(found.find((d) => d.kind === "statement-added")?.says).toBe(wide);
  expect(found.find((d) => d.kind === "grants-more")?.says).toMatch(
    /SECRET_BUNDLE_READ.*where .*target\.secret\.id/,
  );
  // Another spelling of the same statement is none.
  const respelled = [first.replace("Allow", "ALLOW").replace(" to ", "  to  "), ...rest];
  await administrator.call("identity.UpdatePolicy", {
    params: { policyId },
    body: { statements: respelled },
  });
  expect(await drift()).toEqual([]);
});

it("says what a hand's edit does in the presence of the tenancy's other policies", async () => {
  const policyId = (outputs["policies"] as string[])[0]!;
  const statements = outputs["statements"] as string[];
  const [first, ...rest] = statements as [string];
  const put = (texts: string[]) =>
    administrator.call("identity.UpdatePolicy", { params: { policyId }, body: { statements: texts } });
  await put([first.replace(/ where .*/, ""), ...rest]);
  const { id } = local.cloud.tenancy;
  const { store } = local.cloud;
  const tenancy: Tenancy = {
    tenancy: id,
    compartments: store
      .list("compartment")
      .filter((c) => c.id !== id)
      .map((c) => ({ id: c.id, name: String(c.model["name"]), parent: String(c.model["compartmentId"]) })),
    policies: [
      { name: "readers", statements: ["Allow any-user to read secret-bundles in tenancy"] },
      {
        name: "ours, older",
        statements: [`Allow dynamic-group id ${outputs["group"]} to read vaults in tenancy`],
      },
    ],
  };
  const surroundings = { tenancy, file: "tenancy.json" };
  const instance = String(outputs["instance"]);
  const found = await driftOf(administrator, settings, id, instance, surroundings);
  await put(statements);
  expect(found.drift.map((d) => d.kind)).toEqual(["statement-missing", "statement-added"]);
  expect(found.withoutEffect).toEqual([
    expect.objectContaining({
      kind: "without-effect",
      says: expect.stringMatching(/SECRET_BUNDLE_READ.*\(no change: readers already allows it\)$/),
    }),
  ]);
  await expect(
    driftOf(administrator, settings, id, instance, {
      ...surroundings,
      tenancy: { ...tenancy, tenancy: "ocid1.tenancy.oc1..other" },
    }),
  ).rejects.toThrow("tenancy.json is of ocid1.tenancy.oc1..other; the stack is of");
});

it("finds statements elsewhere that name the group, and a changed rule", async () => {
  const group = String(outputs["group"]);
  const body = {
    compartmentId: local.cloud.tenancy.id,
    name: "somebody",
    description: "d",
    statements: [`Allow dynamic-group id ${group} to read buckets in tenancy`],
  };
  const made = await administrator.call("identity.CreatePolicy", { body });
  expect(await drift()).toEqual(
    expect.arrayContaining([
      {
        kind: "statement-added",
        where: `policy somebody in ${local.cloud.tenancy.id}`,
        says: body.statements[0],
      },
      expect.objectContaining({ kind: "grants-more", says: expect.stringContaining("read buckets") }),
    ]),
  );
  await administrator.call("identity.DeletePolicy", { params: { policyId: String(made.body["id"]) } });

  // In a compartment that the stack has nothing to do with.
  const elsewhere = local.cloud.store.list("compartment").find((c) => c.model["name"] === "network")!.id;
  const other = {
    ...body,
    compartmentId: elsewhere,
    statements: [
      `Allow dynamic-group ${local.cloud.store.get(group)!.model["name"]} to use vnics in compartment network`,
    ],
  };
  const placed = await administrator.call("identity.CreatePolicy", { body: other });
  expect(await drift()).toEqual([
    { kind: "statement-added", where: `policy somebody in ${elsewhere}`, says: other.statements[0] },
    expect.objectContaining({
      kind: "grants-more",
      where: "network",
      says: expect.stringContaining("vnics"),
    }),
  ]);
  await administrator.call("identity.DeletePolicy", { params: { policyId: String(placed.body["id"]) } });

  const params = { dynamicGroupId: group };
  const matchingRule = "Any {resource.type = 'instance'}";
  await administrator.call("identity.UpdateDynamicGroup", { params, body: { matchingRule } });
  const found = await drift();
  expect(found[0]).toMatchObject({ kind: "rule-changed", says: expect.stringContaining(matchingRule) });
  expect(found.some((d) => d.kind === "grants-more" && d.says.startsWith("any other instance"))).toBe(true);
});

it("says what it could not read, and takes nothing unread for absent", async () => {
  local.interceptors.push(({ target }) =>
    /dynamicGroups/.test(target) ? errorReply(notFound()) : undefined,
  );
  const instance = String(outputs["instance"]);
  const found = await driftOf(administrator, settings, local.cloud.tenancy.id, instance);
  local.interceptors.length = 0;
  expect(found.drift).toEqual([]);
  expect(found.unread.join()).toMatch(/the dynamic groups,the dynamic group \S+/);
  const absent = `${instance.slice(0, -4)}zzzz`;
  await expect(driftOf(administrator, settings, local.cloud.tenancy.id, absent)).rejects.toThrow(
    "nothing can be compared",
  );
});
