/**
 * A kind of grant is one file and a line in access/kinds/index.ts. What else knows of kinds is asked here: a kind that
 * is missing somewhere fails.
 */
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  accessSchema,
  deployerStatements,
  type Grant,
  grantKinds,
  kindOf,
  LOOKUP_OPERATIONS,
  type Lookup,
} from "../../access/index.ts";
import { isKnownTarget } from "../../commands/shared/verdict/targets.ts";
import { allows, covers } from "../../document/rules/covers.ts";
import { compileRules } from "../../document/rules/policy.ts";
import { SUGGESTED_OPERATIONS, suggestGrant } from "../../document/suggestions.ts";
import { dataSources } from "../../engine/data-sources.ts";
import { compile, decide } from "../../iam/index.ts";
import { lookUpGrants } from "../../infra/grant-lookups.ts";
import { services } from "../../local/services/index.ts";
import { findOperation } from "../../oci/operations/index.ts";
import { type GrantedCall, grantedCall } from "./support/granted-call.ts";
import { INSTANCES, ids, LOG_GROUPS, LOGS, ocid, SAFE, SECRETS, TENANCY, WORK } from "./support/universe.ts";

const ZONE = ocid("dns-zone", "granted");

/** Grants of each kind that between them have every operation and lookup of the kind. */
const EXAMPLES: Readonly<Record<string, readonly object[]>> = {
  secret: [{ secret: SECRETS[2] }],
  bucket: [
    { bucket: "reports", access: "read" },
    { bucket: "reports", access: "read", prefix: "2026/", list: true },
    { bucket: "reports", access: "write" },
    { bucket: "2026", access: "write", prefix: "a b: {c}/" },
    { bucket: "reports", access: "write", multipart: true },
    { bucket: "reports", access: "write", prefix: "2026/", multipart: true },
    { bucket: "reports", access: "delete" },
    { bucket: "reports", access: "delete", prefix: "2026/" },
  ],
  metrics: [{ metrics: "app" }, { metrics: "app", compartment: SAFE }],
  logs: [{ logs: LOGS[0], group: LOG_GROUPS[0] }],
  instance: [
    { instance: INSTANCES[1], access: "read" },
    { instance: INSTANCES[1], access: "power" },
    { instance: "self", access: "read" },
  ],
  audit: [{ audit: WORK }, { audit: TENANCY }],
  queue: [
    { queue: ocid("queue", "granted"), access: "send" },
    { queue: ocid("queue", "granted"), access: "receive" },
  ],
  stream: [
    { stream: ocid("stream", "granted"), access: "publish" },
    { stream: ocid("stream", "granted"), access: "consume" },
  ],
  topic: [{ topic: ocid("onstopic", "granted"), access: "publish" }],
  function: [{ function: ocid("fnfunc", "granted"), access: "invoke" }],
  key: ["encrypt", "decrypt", "sign"].map((access) => ({
    key: ocid("key", "granted"),
    vault: ocid("vault", "granted"),
    access,
  })),
  monitoring: [{ monitoring: "oci_computeagent" }, { monitoring: "app", compartment: SAFE }],
  logsearch: [{ logsearch: LOGS[0], group: LOG_GROUPS[0] }],
  generativeai: [
    { generativeai: "chat", models: ["xai.grok-4", ocid("generativeaiendpoint", "granted")] },
    { generativeai: "chat", models: [ocid("generativeaiendpoint", "granted")], compartment: SAFE },
    { generativeai: "embed", models: ["cohere.embed-v4.0"] },
    { generativeai: "rerank", models: [ocid("generativeaimodel", "granted")] },
  ],
  dns: ["read", "update"].flatMap((access) => [
    { dns: ZONE, access },
    { dns: ZONE, access, name: "example.com" },
    { dns: ZONE, access, domain: "_acme-challenge.example.com" },
    { dns: ZONE, access, name: "example.com", domain: "_acme-challenge.example.com", type: "TXT" },
  ]),
  registry: [{ registry: ocid("containerrepo", "granted"), name: "team/web" }],
  raw: [
    {
      raw: {
        name: "vaults",
        statement: "Allow dynamic-group id <group> to {VAULT_READ} in tenancy",
        compartment: TENANCY,
        operations: ["keymanagement.GetVault"],
      },
    },
  ],
};

const grantsIn = (entries: readonly unknown[]): Grant[] =>
  accessSchema.parse({ clients: { c: entries } }).clients["c"]!;
const keys = grantKinds.map((k) => k.key);
const examples = keys.flatMap((key) => grantsIn(EXAMPLES[key] ?? []).map((grant) => ({ key, grant })));
const named = examples.map(({ key, grant }) => [kindOf(grant).id(grant), key, grant] as const);
const placed = { namespace: ids.namespace, compartments: { workload: WORK, security: SAFE } };
const lookups = examples.flatMap(({ grant }) => kindOf(grant).lookups(grant, placed));

const folder = resolve(import.meta.dirname, "../../access/kinds");
const page = readFileSync(resolve(import.meta.dirname, "../../docs/access.md"), "utf8");

test("every file of a kind has its line, and its examples here", () => {
  const files = readdirSync(folder).filter((f) => f !== "index.ts");
  expect(files.map((f) => f.replace(".ts", "")).sort()).toEqual([...keys].sort());
  expect(Object.keys(EXAMPLES).sort()).toEqual([...keys].sort());
});

test("every kind has a row in docs/access.md, with the operations that clients may call", () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \|.*/gm)].filter(([, key]) => keys.includes(key!));
  expect(rows.map(([, key]) => key)).toEqual(keys);
  for (const [row, key] of rows) {
    if (key === "raw") continue;
    for (const { grant } of examples.filter((e) => e.key === key)) {
      for (const { operations } of kindOf(grant).allow(grant, ids)) {
        for (const operation of operations) expect(row).toContain(operation.split(".")[1]);
      }
    }
  }
});

describe("what a refusal suggests", () => {
  /** What the reader of a suggestion fills in. */
  const filledIn = (text: string): string =>
    text
      .replace(/ \(.*\)$/, "")
      .replace("<its log group>", LOG_GROUPS[0]!)
      .replace("<its permission>", "BUCKET_READ")
      .replace("<its zone>", ZONE)
      .replace("<its repository>", ocid("containerrepo", "granted"))
      .replace("<its name>", "team/web")
      .replace("<its vault>", ocid("vault", "granted"))
      .replaceAll("<compartment>", WORK);

  const suggested = (call: GrantedCall): Grant => grantsIn([parse(filledIn(suggestGrant(call)))])[0]!;

  test.each(named)("for every call of %s is a grant of its kind that lets it through", (_id, key, grant) => {
    for (const rule of kindOf(grant).allow(grant, ids)) {
      for (const operation of rule.operations) {
        const call = grantedCall(operation, rule);
        expect(covers(rule, call) || JSON.stringify(rule).includes("{instance}")).toBe(true);
        const instead = suggested(call);
        expect(kindOf(instead).key).toBe(key);
        const allowed = kindOf(instead).allow(instead, ids);
        expect(allows(compileRules(allowed.map((r) => ({ grant: "", where: {}, ...r }))), call)).toBe(true);
        // The narrowest: what is read is not listed, what is written is not read.
        if (!operation.includes("List")) {
          expect(
            allowed.flatMap((r) => r.operations).filter((o) => /List(?!Multipart|Metrics)/.test(o)),
          ).toEqual(operation === "audit.ListEvents" ? ["audit.ListEvents"] : []);
        }
      }
    }
  });

  test("is there for no operation that no kind has", () => {
    const granted = examples.flatMap(({ grant }) => kindOf(grant).allow(grant, ids));
    expect(new Set(SUGGESTED_OPERATIONS)).toEqual(
      new Set(granted.flatMap((r) => r.operations).filter((o) => o !== "keymanagement.GetVault")),
    );
  });

  const vm = ocid("instance", "other");
  const call = (operation: string, params: Record<string, string>, query = {}, body?: unknown) =>
    suggestGrant({ operation, params, query, body });

  test.each([
    [
      "an object",
      call("objectstorage.GetObject", { bucketName: "b", objectName: "2026/01/a.pdf" }),
      "{ bucket: b, access: read, prefix: 2026/01/a.pdf }",
    ],
    [
      "an object in no folder",
      call("objectstorage.HeadObject", { bucketName: "b", objectName: "a.pdf" }),
      "{ bucket: b, access: read, prefix: a.pdf }",
    ],
    [
      "an object whose name no prefix can be",
      call("objectstorage.PutObject", { bucketName: "b", objectName: "it's/a.pdf" }),
      "{ bucket: b, access: write, prefix: it }",
    ],
    [
      "a folder that YAML would read as something else",
      call("objectstorage.PutObject", { bucketName: "1e3", objectName: "a, b/c" }),
      '{ bucket: "1e3", access: write, prefix: "a, b/c" }',
    ],
    [
      "names with a beginning",
      call("objectstorage.ListObjects", { bucketName: "b" }, { prefix: "2026/0" }),
      "{ bucket: b, access: read, prefix: 2026/0, list: true }",
    ],
    [
      "an action of power",
      call("core.InstanceAction", { instanceId: vm }, { action: "SOFTSTOP" }),
      `{ instance: ${vm}, access: power }`,
    ],
    [
      "an action that power does not have",
      call("core.InstanceAction", { instanceId: vm }, { action: "REBOOTMIGRATE" }),
      expect.stringMatching(
        new RegExp(
          `^{ raw: { name: instance-action, statement: "Allow dynamic-group id <group> to {INSTANCE_POWER_ACTIONS} in compartment id <compartment>", compartment: <compartment>, operations: \\[core.InstanceAction\\], where: { path.instanceId: ${vm}, query.action: REBOOTMIGRATE } } }`,
        ),
      ),
    ],
    [
      "no action",
      call("core.InstanceAction", { instanceId: vm }),
      expect.stringMatching(/operations: \[core.InstanceAction\], where: { path.instanceId: [^ ]* } } }/),
    ],
    [
      "another namespace than the stack's own",
      suggestGrant({
        operation: "objectstorage.GetObject",
        params: { namespaceName: "theirs", bucketName: "b", objectName: "x" },
        query: {},
        namespace: "ours",
      }),
      "{ raw: { name: get-object, statement: \"Allow dynamic-group id <group> to {OBJECT_READ} in compartment id <compartment> where target.bucket.name = 'b'\", compartment: <compartment>, operations: [objectstorage.GetObject], where: { path.namespaceName: theirs, path.bucketName: b, path.objectName: x } } }",
    ],
    [
      "what only raw grants, in the compartment that is asked about",
      call("objectstorage.ListBuckets", { namespaceName: "n1" }, { compartmentId: WORK, limit: "5" }),
      expect.stringContaining(
        `to {BUCKET_INSPECT} in compartment id ${WORK}", compartment: ${WORK}, operations: [objectstorage.ListBuckets], where: { path.namespaceName: n1, query.compartmentId: ${WORK} } } }`,
      ),
    ],
    [
      "a type of a domain's records, in a zone by name",
      call("dns.GetRRSet", { zoneNameOrId: "example.com", domain: "a.example.com", rtype: "TXT" }),
      "{ dns: <its zone>, name: example.com, access: read, domain: a.example.com, type: TXT }",
    ],
    [
      "a token to pull from a repository",
      suggestGrant({
        operation: "containerregistry.GetAccessToken",
        params: {},
        query: { scope: "repository:ours/team/web:pull" },
        namespace: "ours",
      }),
      "{ registry: <its repository>, name: team/web }",
    ],
    [
      "a token to push, which only raw grants",
      call("containerregistry.GetAccessToken", {}, { scope: "repository:ours/team/web:pull,push" }),
      expect.stringContaining("{ raw: { name: get-access-token"),
    ],
    [
      "a change of records, of which the body says more than the path",
      call(
        "dns.PatchDomainRecords",
        { zoneNameOrId: ZONE, domain: "a.example.com" },
        {},
        { items: [{ domain: "a.example.com" }, { domain: "b.example.com" }] },
      ),
      `{ dns: ${ZONE}, access: update }`,
    ],
    [
      "a change of a record by its hash",
      call(
        "dns.PatchDomainRecords",
        { zoneNameOrId: ZONE, domain: "a.example.com" },
        {},
        { items: [{ domain: "a.example.com" }, { domain: "a.example.com", recordHash: "1" }] },
      ),
      `{ dns: ${ZONE}, access: update }`,
    ],
    [
      "a compartment in the query",
      call("audit.ListEvents", {}, { compartmentId: WORK }),
      `{ audit: ${WORK} }`,
    ],
    ["metrics nobody has read", call("monitoring.PostMetricData", {}), "{ metrics: <namespace> }"],
    [
      "metrics of two namespaces",
      call("monitoring.PostMetricData", {}, {}, { metricData: [{ namespace: "a" }, { namespace: "b" }] }),
      "{ metrics: <namespace> }",
    ],
    [
      "metrics",
      call("monitoring.PostMetricData", {}, {}, { metricData: [{ namespace: "a", compartmentId: WORK }] }),
      `{ metrics: a, compartment: ${WORK} }`,
    ],
  ])("fits %s", (_what, text, expected) => {
    expect(text).toEqual(expected);
  });
});

describe("lookups", () => {
  const calls: { token: string; inputs: Record<string, unknown> }[] = [];
  beforeAll(() =>
    pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
      call: ({ token, inputs }) => {
        calls.push({ token, inputs });
        return { name: "theirs", compartmentId: WORK };
      },
    }),
  );

  /** The calls to OCI that the embedded engine makes for a lookup of the program. */
  const madeFor = async (lookup: Lookup): Promise<{ operation: string; params: unknown }[]> => {
    calls.length = 0;
    await lookUpGrants(lookup, "keyless:access");
    const made: { operation: string; params: unknown }[] = [];
    const client = {
      call: async (operation: string, { params }: { params: unknown }) => {
        made.push({ operation, params });
        return { body: {} };
      },
    };
    for (const { token, inputs } of calls) {
      expect(Object.keys(dataSources)).toContain(token);
      await dataSources[token]!(inputs, { client, regionId: "us-ashburn-1" } as never);
    }
    return made;
  };

  test("of every kind that names something are made, and each operation is somebody's", () => {
    const silent = keys.filter((key) => {
      const own = examples.filter((e) => e.key === key);
      return own.every(({ grant }) => kindOf(grant).lookups(grant, placed).length === 0);
    });
    expect(silent).toEqual(["raw"]);
    expect(new Set(lookups.map((l) => l.operation))).toEqual(new Set(LOOKUP_OPERATIONS));
  });

  test.each(lookups.map((l) => [l.what, l] as const))(
    "%s: program, embedded engine and local OCI know the way",
    async (_what, lookup) => {
      const { operation, params, vault } = lookup;
      const before = vault ? [{ operation: "keymanagement.GetVault", params: { vaultId: vault } }] : [];
      expect(await madeFor(lookup)).toEqual([...before, { operation, params }]);
      const [service, name] = lookup.operation.split(".");
      expect(services.find((s) => s.name === service)?.handlers[name!]).toBeDefined();
    },
  );

  test.each(lookups.map((l) => [l.what, l] as const))("%s: the deployer may", (_what, lookup) => {
    const group = ocid("group", "deployers");
    const user = ocid("user", "deployer");
    const statements = deployerStatements({
      group: `id ${group}`,
      tenancyId: TENANCY,
      compartments: { network: WORK, security: SAFE, workload: WORK },
      name: "keyless",
      uses: { kinds: keys },
    });
    const tenancy = compile({
      tenancy: TENANCY,
      compartments: [
        { id: WORK, name: "work", parent: TENANCY },
        { id: SAFE, name: "safe", parent: TENANCY },
      ],
      groups: [{ id: group, name: "Deployers", members: [user] }],
      policies: [{ compartment: TENANCY, statements: statements.map((s) => s.text) }],
    });
    const request = {
      principal: { type: "user", id: user } as const,
      permissions: [...findOperation(lookup.operation)!.permissions!.always],
      compartment: lookup.expectedCompartment ?? WORK,
      variables: { "target.bucket.name": "reports" },
    };
    expect(request.permissions.length).toBeGreaterThan(0);
    expect(decide(tenancy, request).decision).toBe("allow");
  });
});

test.each(named)(
  "what is refused beside %s is a target that verify knows what to do with",
  (_id, _key, grant) => {
    const targets = kindOf(grant)
      .probes(grant, ids)
      .refused.filter((p) => p.target.seen !== "self")
      .map((p) => p.target.id);
    expect(targets.filter((id) => !isKnownTarget(id))).toEqual([]);
  },
);
