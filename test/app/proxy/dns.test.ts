/** Grants of a zone's records: an instance of the local OCI has the statements, and its proxy keeps the clients to them. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type Access,
  accessSchema,
  allowRules,
  compileStatements,
  type Grant,
  kindOf,
  type StackIds,
} from "../../../access/index.ts";
import { runProbe } from "../../../app/check/probe.ts";
import { probeSchema } from "../../../document/schema.ts";
import { type LocalWorld, localWorld, startLocalProxy } from "../../support/local-proxy.ts";
import { signedCall } from "../../support/signed-call.ts";

const CHALLENGE = "_acme-challenge.example.com";
const NAME = "example.com";
/** Of the granted zone's private namesake. */
const VIEW = "ocid1.dnsview.oc1.iad.aaaaaaaaview";

let world: LocalWorld;
let running: Awaited<ReturnType<typeof startLocalProxy>>;
/** OCIDs of the zone that is granted, of one beside it, and of its private namesake. */
let zone: string;
let other: string;
let namesake: string;
let access: Access;
let ids: StackIds;

const made = async (service: string, method: string, target: string, body?: unknown) => {
  const response = await signedCall(world.oci, service, method, target, body === undefined ? {} : { body });
  if (response.status >= 300) throw new Error(`${method} ${target}: ${response.status} ${response.text}`);
  return response.body as Record<string, string>;
};

const rules = () => allowRules(access, ids)!;

beforeAll(async () => {
  world = await localWorld();
  const { compartmentId, namespace } = world;
  const newZone = async (name: string, more: object = {}) => {
    const details = { migrationSource: "NONE", zoneType: "PRIMARY", name, compartmentId, ...more };
    return (await made("dns", "POST", "/20180115/zones", details))["id"]!;
  };
  zone = await newZone(NAME);
  other = await newZone("example.org");
  namesake = await newZone(NAME, { scope: "PRIVATE", viewId: VIEW });
  access = accessSchema.parse({
    clients: {
      acme: ["read", "update"].map((use) => ({
        dns: zone,
        name: NAME,
        domain: CHALLENGE,
        type: "TXT",
        access: use,
      })),
      domain: [{ dns: zone, domain: CHALLENGE, access: "update" }],
      reader: [{ dns: zone, name: NAME, access: "read" }],
      whole: [{ dns: zone, name: NAME, access: "update" }],
      // What the instance may do with others is no client's but this one's.
      private: ["read", "update"].flatMap((use) => [
        { dns: namesake, access: use },
        { dns: other, access: use },
      ]),
    },
  });
  const group = world.oci.cloud.store.list("dynamicgroup").find((g) => g.model.name === "proxies")!;
  ids = {
    tenancyId: world.oci.cloud.tenancy.id,
    groupId: group.id,
    workloadCompartmentId: compartmentId,
    namespace,
    secret: { id: "ocid1.vaultsecret.oc1.iad.aaaaaaaanone", compartmentId, seen: "stack" },
  } as StackIds;
  await made("identity", "POST", "/20160918/policies", {
    compartmentId,
    name: "zones",
    description: "d",
    statements: compileStatements(access, ids).map((s) => s.text),
  });
  running = await startLocalProxy(world, {}, { clients: rules() });
});
afterAll(async () => {
  await running?.close();
  await world.oci.close();
});

const send = async (client: string, method: string, path: string, body?: unknown) => {
  const token = readFileSync(running.proxy.clients[client]!.tokenFile!, "utf8");
  const response = await fetch(`${running.proxy.url}/dns/20180115/zones/${path}`, {
    method,
    headers: { "x-api-key": token, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
};
const txt = (rdata: string, domain = CHALLENGE) => ({ domain, rtype: "TXT", rdata, ttl: 60 });
const records = (of: string) =>
  world.oci.cloud.store.get(of, "dns-zone")!.hidden.records.map((r) => `${r.domain} ${r.rtype} ${r.rdata}`);
const RRSET = `records/${CHALLENGE}/TXT`;

describe("a client with one domain and type", () => {
  it("finds the zone by name, sets the record, reads and deletes it, as certbot-dns-oci does", async () => {
    expect(JSON.parse((await send("acme", "GET", NAME)).text)).toMatchObject({ id: zone, name: NAME });
    const put = await send("acme", "PUT", `${NAME}/${RRSET}`, { items: [txt("one")] });
    expect([put.status, records(zone)], put.text).toEqual([200, [`${CHALLENGE} TXT "one"`]]);
    const read = await send("acme", "GET", `${NAME}/${RRSET}`);
    expect(JSON.parse(read.text).items).toMatchObject([{ rdata: '"one"', ttl: 60 }]);
    expect([(await send("acme", "DELETE", `${NAME}/${RRSET}`)).status, records(zone)]).toEqual([204, []]);
  });

  it("names the zone by OCID too, and patches", async () => {
    const items = [{ ...txt("two"), operation: "ADD" }];
    const patched = await send("acme", "PATCH", `${zone}/${RRSET}`, { items });
    expect([patched.status, records(zone)], patched.text).toEqual([200, [`${CHALLENGE} TXT "two"`]]);
    expect((await send("acme", "DELETE", `${zone}/${RRSET}`)).status).toBe(204);
  });

  it("does nothing else: no other domain, type, zone, nor the whole of it", async () => {
    const items = [txt("x")];
    const refused: [string, string, unknown?][] = [
      ["GET", `${zone}/records`],
      ["GET", `${zone}/records/${CHALLENGE}`],
      ["GET", `${zone}/records/${CHALLENGE}/A`],
      ["GET", `${zone}/records/www.example.com/TXT`],
      ["GET", `${zone}/records/${CHALLENGE}./TXT`],
      ["GET", `${zone}/records/${CHALLENGE}%2FTXT/TXT`],
      ["GET", `${NAME.toUpperCase()}/${RRSET}`],
      ["GET", `${NAME}./${RRSET}`],
      ["GET", "example.org"],
      ["GET", other],
      ["GET", "com"],
      ["DELETE", zone],
      ["PUT", zone, {}],
      ["PUT", `${zone}/records`, { items }],
      ["PATCH", `${zone}/records`, { items }],
      ["PATCH", `${zone}/records/${CHALLENGE}`, { items }],
      ["PUT", `${zone}/records/${CHALLENGE}/A`, { items }],
      ["PUT", `${other}/${RRSET}`, { items }],
      ["PUT", `example.org/${RRSET}`, { items }],
      ["DELETE", `${zone}/records/${CHALLENGE}`],
      ["DELETE", `${zone}/records/www.example.com/TXT`],
    ];
    for (const [method, path, body] of refused) {
      const { status } = await send("acme", method, path, body);
      // A slash that is escaped twice is refused before anything else.
      expect([method, path, status === 403 || status === 400]).toEqual([method, path, true]);
    }
    expect(records(zone)).toEqual([]);
  });

  it("says the same of each record in the body, and names none by its hash", async () => {
    const { text } = await send("whole", "PATCH", `${zone}/records`, {
      items: [{ domain: "www.example.com", rtype: "A", rdata: "192.0.2.1", ttl: 60 }],
    });
    const { recordHash } = JSON.parse(text).items[0];
    const before = records(zone);
    const remove = { recordHash, operation: "REMOVE" };
    const bodies: unknown[] = [
      {},
      { items: [] },
      { items: [txt("x", "www.example.com")] },
      { items: [{ ...txt("x"), rtype: "A" }] },
      { items: [txt("x"), txt("x", "www.example.com")] },
      { items: [{ rdata: "x", ttl: 60 }] },
      { items: [{ ...txt("x"), Domain: "www.example.com" }] },
      { items: [txt("x")], Items: [txt("x", "www.example.com")] },
      { items: [remove] },
      { items: [{ ...txt("x"), ...remove }] },
      { items: [{ domain: CHALLENGE, rtype: "TXT", record_hash: recordHash, operation: "REMOVE" }] },
      { items: { 0: txt("x") } },
    ];
    for (const body of bodies) {
      for (const method of ["PATCH", "PUT"]) {
        const { status, text } = await send("acme", method, `${zone}/${RRSET}`, body);
        expect([method, body, status === 403 || text.includes("twice")]).toEqual([method, body, true]);
      }
    }
    const refused = await send("acme", "PATCH", `${zone}/${RRSET}`, { items: [{ ...txt("x"), ...remove }] });
    expect(refused.text).toContain("body.items.*.recordHash may name something else");
    expect(records(zone)).toEqual(before);
  });

  it("does not reach a private zone of the same name, which the instance may change", async () => {
    const items = [txt("x")];
    const query = `scope=PRIVATE&viewId=${VIEW}`;
    expect((await send("private", "PUT", `${namesake}/${RRSET}?${query}`, { items })).status).toBe(200);
    for (const ways of [query, `Scope=PRIVATE&view_id=${VIEW}`, `viewId=${VIEW}`, "scope=GLOBAL"]) {
      const { status, text } = await send("acme", "PUT", `${NAME}/${RRSET}?${ways}`, { items });
      expect([ways, status]).toEqual([ways, 403]);
      expect(text).toMatch(/query\.(scope|viewId) must be left out/);
    }
    expect(records(namesake)).toEqual([`${CHALLENGE} TXT "x"`]);
    // By OCID the query says nothing more, and the compartment names nothing.
    expect((await send("acme", "GET", `${zone}/${RRSET}?scope=GLOBAL`)).status).toBe(200);
    expect((await send("acme", "GET", `${NAME}/${RRSET}?compartmentId=${world.compartmentId}`)).status).toBe(
      200,
    );
  });

  it("is told the narrowest grant", async () => {
    const { text } = await send("acme", "GET", `${zone}/records/www.example.com/A`);
    expect(text).toContain(`{ dns: ${zone}, access: read, domain: www.example.com, type: A }`);
  });
});

it("a client with one domain patches and replaces all of its types, and no other domain", async () => {
  const at = `${zone}/records/${CHALLENGE}`;
  expect((await send("domain", "PATCH", at, { items: [txt("one")] })).status).toBe(200);
  const replaced = await send("domain", "PUT", at, { items: [{ ...txt("192.0.2.1"), rtype: "A" }] });
  expect(replaced.status, replaced.text).toBe(200);
  expect(records(zone).filter((r) => r.startsWith(CHALLENGE))).toEqual([`${CHALLENGE} A 192.0.2.1`]);
  expect((await send("domain", "PATCH", at, { items: [txt("x", "www.example.com")] })).status).toBe(403);
  // The zone has a name, and this grant does not say it.
  expect((await send("domain", "DELETE", `${NAME}/records/${CHALLENGE}/A`)).status).toBe(403);
  expect((await send("domain", "DELETE", `${at}/A`)).status).toBe(204);
});

it("a client with the whole zone patches it, as acme.sh does, and reads nothing", async () => {
  const items = [{ ...txt("one"), operation: "ADD" }];
  expect((await send("whole", "PATCH", `${NAME}/records`, { items })).status).toBe(200);
  expect((await send("reader", "GET", `${NAME}/records?domain=${CHALLENGE}`)).text).toContain("one");
  for (const path of [`${zone}/records`, zone, `${zone}/${RRSET}`])
    expect([path, (await send("whole", "GET", path)).status]).toEqual([path, 403]);
  expect((await send("whole", "PUT", zone, {})).status).toBe(403);
  expect((await send("reader", "DELETE", `${zone}/${RRSET}`)).status).toBe(403);
});

describe("what the check tries", () => {
  const identity = () =>
    ({
      id: world.instanceId,
      regionInfo: { regionIdentifier: "us-ashburn-1", realmDomainComponent: world.oci.cloud.realm.domain },
    }) as never;

  it.each(["acme", "domain", "reader", "whole"])(
    "in the name of %s is allowed, and changes nothing",
    async (client) => {
      vi.stubEnv("KEYLESS_PROXY_DIRECTORY", running.dir);
      const before = records(zone);
      const tried = access.clients[client]!.flatMap(
        (grant: Grant) => kindOf(grant).probes(grant, ids).allowed,
      );
      for (const probe of tried) {
        const parsed = probeSchema.parse({ ...probe, client });
        const { ok, status } = await runProbe(
          parsed,
          identity(),
          undefined as never,
          AbortSignal.timeout(5000),
        );
        expect([probe.name, ok, status]).toEqual([probe.name, true, parsed.headers ? 412 : 200]);
      }
      expect(records(zone)).toEqual(before);
      vi.unstubAllEnvs();
    },
  );
});

/** Each grant alone: what its statements open of what is tried, as an instance that has nothing else. */
it.each(
  ["read", "update"].flatMap((use) =>
    [{}, { domain: CHALLENGE }, { domain: CHALLENGE, type: "TXT" }].map((more) => ({ access: use, ...more })),
  ),
)("the statements of %j open what must be allowed, and not what lies beside it", async (said) => {
  const alone = await localWorld();
  try {
    const { compartmentId } = alone;
    const call = async (service: string, target: string, body: unknown) => {
      const response = await signedCall(alone.oci, service, "POST", target, { body });
      expect(response.status, response.text).toBeLessThan(300);
      return response.body as Record<string, string>;
    };
    const details = { migrationSource: "NONE", zoneType: "PRIMARY", name: NAME, compartmentId };
    const { id } = await call("dns", "/20180115/zones", details);
    const [grant] = accessSchema.parse({ instance: [{ dns: id, ...said }] }).instance;
    const stack = {
      tenancyId: alone.oci.cloud.tenancy.id,
      groupId: alone.oci.cloud.store.list("dynamicgroup").find((g) => g.model.name === "proxies")!.id,
      workloadCompartmentId: compartmentId,
    } as StackIds;
    await call("identity", "/20160918/policies", {
      compartmentId,
      name: "zone",
      description: "d",
      statements: kindOf(grant!)
        .statements(grant!, stack)
        .map((s) => s.text),
    });
    const { allowed, refused } = kindOf(grant!).probes(grant!, stack);
    const everything = [...new Set([...allowed, ...refused].map((p) => p.operation))].map((operation) => ({
      operations: [operation],
      grant: "everything",
      where: {},
    }));
    const proxy = await startLocalProxy(alone, {}, { clients: { all: { allow: everything } } });
    vi.stubEnv("KEYLESS_PROXY_DIRECTORY", proxy.dir);
    const tried = await Promise.all(
      [...allowed, ...refused].map((probe) =>
        runProbe(
          probeSchema.parse({ ...probe, client: "all" }),
          {
            id: alone.instanceId,
            regionInfo: {
              regionIdentifier: "us-ashburn-1",
              realmDomainComponent: alone.oci.cloud.realm.domain,
            },
          } as never,
          undefined as never,
          AbortSignal.timeout(5000),
        ),
      ),
    );
    vi.unstubAllEnvs();
    await proxy.close();
    expect(tried.filter(({ ok }) => !ok)).toEqual([]);
    expect([allowed.length, refused.length].every((count) => count > 0)).toBe(true);
  } finally {
    await alone.oci.close();
  }
});
