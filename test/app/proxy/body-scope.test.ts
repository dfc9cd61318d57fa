/** Bodies that ask for more than a grant names for path and query are refused, member by member. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allowRules } from "../../../access/compile.ts";
import { accessSchema } from "../../../access/schema.ts";
import type { ProxyDocument } from "../../../document/schema.ts";
import { bodyScopeOf, scopedOperations } from "../../../oci/operations/bodies.ts";
import { findOperation } from "../../../oci/operations/index.ts";
import { attack, noneIsSigned } from "../../support/attack.ts";
import { head, SECRET, SOME_COMPARTMENT, startTestProxy, type TestProxy, VM } from "../../support/proxy.ts";
import { raw } from "../../support/raw.ts";

const access = accessSchema.parse({ clients: { power: [{ instance: VM, access: "power" }] } });
const seen = { seen: "stack" } as const;
const power = (
  allowRules(access, {
    tenancyId: "ocid1.tenancy.oc99..aaaaaaaatenancy",
    groupId: "ocid1.dynamicgroup.oc99..aaaaaaaagroup",
    workloadCompartmentId: SOME_COMPARTMENT,
    namespace: "ns",
    release: { bucketName: "release", objectName: "app.cjs" },
    secret: { id: SECRET, compartmentId: SOME_COMPARTMENT, ...seen },
    decoy: { id: `${SECRET}z`, ...seen },
    vault: { id: "ocid1.vault.oc99.xxt.a", ...seen },
    key: { id: "ocid1.key.oc99.xxt.a", managementEndpoint: "https://x", ...seen },
  }) as ProxyDocument["clients"]
).power!;

const ACTION = { "path.instanceId": VM, "query.action": { oneOf: ["RESET", "REBOOTMIGRATE"] } };
const rule = (operation: string, where: object = {}) => ({
  grant: `raw ${operation}`,
  operations: [operation],
  where: where as Record<string, string>,
});

/** A path of the operation's with something in each of its parameters; a header that the proxy sends where it has none. */
const lineOf = (name: string): { line: string; where: Record<string, string> } => {
  const { service, method, path, headers } = findOperation(name)!;
  const where: Record<string, string> = {};
  const filled = path.replace(/\{(\w+)\}/g, (_, parameter: string) => {
    where[`path.${parameter}`] = "x";
    return "x";
  });
  if (Object.keys(where).length === 0) where[`header.${headers[0]}`] = "x";
  return { line: `${method} /${service}${filled}`, where };
};

/** Operations with members that widen, and a move to another compartment. */
const widening = [...scopedOperations, "core.ChangeInstanceCompartment"]
  .map((name) => ({ name, members: Object.keys(bodyScopeOf(name)!.widens) }))
  .filter(({ name, members }) => members.length > 0 && name !== "core.InstanceAction");

let t: TestProxy;
beforeAll(async () => {
  const named = { ...ACTION, "body.actionType": "rebootMigrate", "body.deleteLocalStorage": "true" };
  t = await startTestProxy(
    {},
    {
      clients: {
        power,
        migrate: { allow: [rule("core.InstanceAction", named)] },
        whole: { allow: [rule("core.InstanceAction"), ...widening.map(({ name }) => rule(name))] },
        narrow: { allow: widening.map(({ name }) => rule(name, lineOf(name).where)) },
        names: {
          allow: widening.map(({ name, members }) =>
            rule(name, {
              ...lineOf(name).where,
              ...Object.fromEntries(members.map((m) => [`body.${m}`, { prefix: "" }])),
            }),
          ),
        },
      },
    },
  );
  await t.proxy.ready();
});
afterAll(() => t.close());

const framed = (line: string, body: unknown, type = "application/json") => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return `${head(line, `Content-Length: ${Buffer.byteLength(text)}`, `Content-Type: ${type}`)}${text}`;
};
const act = (action: string, body: unknown) =>
  framed(`POST /core/20160918/instances/${VM}?action=${action}`, body);

describe("a power grant", () => {
  it("lets through bodies that ask for nothing more", async () => {
    const bodies: readonly [string, unknown][] = [
      ["START", ""],
      ["STOP", "{}"],
      ["RESET", { actionType: "reset" }],
      ["RESET", { actionType: "RESET", allowDenseRebootMigration: false }],
      ["SOFTRESET", { actionType: "softreset", allowDenseRebootMigration: null }],
      ["SOFTRESET", { actionType: "softReset" }],
      ["RESET", { allowDenseRebootMigration: false }],
    ];
    const requests = bodies.map(([action, body]) => act(action, body));
    // What `curl -X POST -d ''` sends.
    const form = "application/x-www-form-urlencoded";
    requests.push(framed(`POST /core/20160918/instances/${VM}?action=STOP`, "", form));
    const { statuses } = await attack(t, requests, t.socket("power"));
    expect(statuses).toEqual(requests.map(() => 200));
  });

  it("refuses what is more", async () => {
    const bodies: readonly unknown[] = [
      { actionType: "rebootMigrate" },
      { actionType: "REBOOTMIGRATE" },
      { actionType: "rebootMigrate", deleteLocalStorage: true },
      { actionType: "softreset" },
      { actionType: "reset " },
      { actionType: "" },
      { actionType: null },
      { actionType: ["reset"] },
      { actionType: "re\u017fet" },
      { actionType: "reset", allowDenseRebootMigration: true },
      { allowDenseRebootMigration: true },
      { allowDenseRebootMigration: "true" },
      { allowDenseRebootMigration: 1 },
      { allowDenseRebootMigration: {} },
      { AllowDenseRebootMigration: true },
      { AllowDenseRebootMigration: false },
      { allow_dense_reboot_migration: true },
      { "allow-dense-reboot-migration": true },
      { "allowDenseRebootMigration\u200b": true },
      { "\uff41llowDenseRebootMigration": true },
      { ActionType: "rebootMigrate" },
      { action_type: "rebootMigrate" },
      { actionType: "reset", ACTIONTYPE: "rebootMigrate" },
      '{"actionType":"reset","actionType":"rebootMigrate"}',
      '{"actionType":"reset","action\\u0054ype":"rebootMigrate"}',
      '{"allowDenseRebootMigration":false,"allowDenseRebootMigration":true}',
      { deleteLocalStorage: true },
      { deleteLocalVolume: true },
      { timeScheduled: "2030-01-01T00:00:00Z" },
      { action: "REBOOTMIGRATE" },
      { instanceId: `${VM}x` },
      { instancePowerActionDetails: { allowDenseRebootMigration: true } },
      { actionType: "reset", details: { allowDenseRebootMigration: true } },
      [{ actionType: "reset" }],
      [],
      "null",
      "true",
      '"reset"',
      "not JSON",
      '{"actionType":"reset"}{"actionType":"rebootMigrate"}',
      '\ufeff{"actionType":"reset"}',
      "actionType=rebootMigrate",
    ];
    await noneIsSigned(
      t,
      bodies.map((body) => act("RESET", body)),
      t.socket("power"),
    );
    const line = `POST /core/20160918/instances/${VM}?action=RESET`;
    const more = '{"allowDenseRebootMigration":true}';
    await noneIsSigned(
      t,
      [
        framed(line, more, "text/plain"),
        framed(line, "actionType=rebootMigrate", "application/x-www-form-urlencoded"),
        framed(line, more, "application/json; charset=utf-16"),
        `${head(line, "Content-Length: 34", "Content-Type: application/json", "Content-Encoding: gzip")}${more}`,
        `${head(line, "Transfer-Encoding: chunked", "Content-Type: application/json")}22\r\n${more}\r\n0\r\n\r\n`,
      ],
      t.socket("power"),
    );
  });

  it("says which member, and what would grant it", async () => {
    const { body } = await raw(t.socket("power"), act("RESET", { allowDenseRebootMigration: true }));
    expect(JSON.parse(Buffer.from(body, "latin1").toString()).message).toEqual(
      expect.stringContaining(
        `power may not call core.InstanceAction here (instance ${VM} power: body.allowDenseRebootMigration moves the instance to another host and deletes its local disks, which the grant does not name). It would need, under keyless:access clients power: { raw: { name: instance-action, statement: "Allow dynamic-group id <group> to {INSTANCE_POWER_ACTIONS} in compartment id <compartment>", compartment: <compartment>, operations: [core.InstanceAction], where: { path.instanceId: ${VM}, query.action: RESET, body.allowDenseRebootMigration: "true" } } }`,
      ),
    );
  });
});

describe("a grant by hand", () => {
  const wanted = { actionType: "rebootMigrate", deleteLocalStorage: true };

  it("lets through the members it names, and no others", async () => {
    const { statuses } = await attack(t, [act("REBOOTMIGRATE", wanted)], t.socket("migrate"));
    expect(statuses).toEqual([200]);
    await noneIsSigned(
      t,
      [
        act("REBOOTMIGRATE", { ...wanted, timeScheduled: "2030-01-01T00:00:00Z" }),
        act("REBOOTMIGRATE", { ...wanted, deleteLocalStorage: false }),
        act("REBOOTMIGRATE", ""),
        act("RESET", { actionType: "reset" }),
      ],
      t.socket("migrate"),
    );
  });

  it("that names no resource is for the whole operation", async () => {
    const line = `POST /core/20160918/instances/${VM}?action=REBOOTMIGRATE`;
    expect((await attack(t, [framed(line, wanted)], t.socket("whole"))).statuses).toEqual([200]);
  });

  for (const { name, members } of widening) {
    const { line } = lineOf(name);
    it(`for ${name} refuses ${members.join(", ")} unless it names them`, async () => {
      const free = { displayName: "a", freeformTags: { a: "b" } };
      const other = framed(line, bodyScopeOf(name)!.shape ? { temperature: 1 } : free);
      const each = members.map((member) => framed(line, { [member]: "other" }));
      expect((await attack(t, [other], t.socket("narrow"))).statuses).toEqual([200]);
      await noneIsSigned(t, each, t.socket("narrow"));
      await noneIsSigned(
        t,
        members.map((member) => framed(line, { [member.toUpperCase()]: "other" })),
        t.socket("narrow"),
      );
      const all = framed(line, Object.fromEntries(members.map((member) => [member, "other"])));
      expect((await attack(t, [all], t.socket("names"))).statuses).toEqual([200]);
      expect((await attack(t, [all], t.socket("whole"))).statuses).toEqual([200]);
    });
  }
});
