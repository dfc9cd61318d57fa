/** Invented names in place of a tenancy's own: what is decided stays, what was named is gone. */
import { describe, expect, test } from "vitest";
import {
  compile,
  decide,
  parseMatchingRule,
  parseStatement,
  redactTenancy,
  type Tenancy,
} from "../../iam/index.ts";
import { tenancyWith } from "./fixture.ts";
import { Random, request, tenancy } from "./random.ts";

const decisions = (of: Tenancy): unknown[] => {
  const compiled = compile(of);
  return of.requests!.map((r) => {
    const { decision, granted, denied, missing, undecided } = decide(compiled, r);
    return { decision, granted, denied, missing, undecided };
  });
};

test("decisions on generated tenancies and requests stay as they are", () => {
  const r = new Random(18);
  const seen = new Set<string>();
  for (let i = 0; i < 300; i++) {
    const made = { ...tenancy(r), requests: Array.from({ length: 10 }, () => request(r)) };
    const redacted = redactTenancy(made);
    const before = decisions(made);
    expect(decisions(redacted), JSON.stringify({ made, redacted }, null, 1)).toEqual(before);
    for (const d of before) seen.add((d as { decision: string }).decision);
    expect(redactTenancy(made)).toEqual(redacted);
  }
  expect([...seen].sort()).toEqual(["allow", "deny", "unknown"]);
});

/** Every name in it is a canary's. */
const CANARIES: Tenancy = {
  tenancy: "ocid1.tenancy.oc1..canarytenancy",
  denyEnabled: true,
  compartments: [
    { id: "ocid1.compartment.oc1..canarya", name: "canary-app", parent: "ocid1.tenancy.oc1..canarytenancy" },
    {
      id: "ocid1.compartment.oc1..canaryb",
      name: "canary-inner",
      parent: "ocid1.compartment.oc1..canarya",
      tags: { "canary-ns.canary-key": "canary value" },
    },
  ],
  groups: [
    {
      id: "ocid1.group.oc1..canaryg",
      name: "canary.group",
      domain: "Canary Domain",
      members: ["ocid1.user.oc1..canaryu"],
    },
    { id: "ocid1.group.oc1..canaryadmin", name: "Administrators", members: [] },
  ],
  dynamicGroups: [
    {
      id: "ocid1.dynamicgroup.oc1..canaryd",
      name: "canary-readers",
      matchingRule:
        "any {tag.canary-ns.canary-key.value = 'canary', instance.id = 'ocid1.instance.oc1.iad.canary', tag.canary-ns.canary-other.value, resource.type = 'cluster'}",
    },
    { id: "ocid1.dynamicgroup.oc1..canarye", name: "canary-broken", matchingRule: "all canary" },
  ],
  policies: [
    {
      id: "ocid1.policy.oc1..canaryp",
      name: "canary policy",
      compartment: "ocid1.tenancy.oc1..canarytenancy",
      statements: [
        "Define tenancy canary-partner as ocid1.tenancy.oc1..canaryother",
        "Define group canary-guests as ocid1.group.oc1..canaryguests",
        "Allow group 'Canary Domain'/canary.group to read buckets in compartment canary-app:canary-inner where any {target.bucket.name = /canary-*/, target.bucket.name in ('canary1', /*-canary/, /*canary*/), target.object.name = 'canary/*'} // canary",
        "Allow dynamic-group canary-readers, id ocid1.dynamicgroup.oc1..canaryx to {OBJECT_READ} in tenancy where all {request.region = 'iad', request.user.id = 'ocid1.user.oc1..canaryu', target.resource.tag.canary-ns.canary-key = 'canary', request.utc-timestamp before '2027-01-01T00:00Z', request.operation = 'GetObject'}",
        "Deny group Administrators to inspect all-resources in tenancy where sets-equal(request.principal.group.tag.canary-ns.canary-key, ('canary'))",
        "Admit group canary-guests of tenancy canary-partner to manage vcns in tenancy",
        "Endorse group canary.group to use objects in tenancy canary-partner",
        "canary is no statement",
      ],
    },
  ],
  users: [{ id: "ocid1.user.oc1..canaryu", name: "canary@canary.example" }],
  instances: [
    {
      id: "ocid1.instance.oc1.iad.canary",
      name: "canary machine",
      compartment: "ocid1.compartment.oc1..canarya",
      tags: { "canary-ns.canary-key": "canary" },
    },
  ],
  domains: [{ id: "ocid1.domain.oc1..canary", name: "Canary Domain" }],
  tagNamespaces: [{ id: "ocid1.tagnamespace.oc1..canary", name: "canary-ns", tags: ["canary-key"] }],
  notes: ['the domain "Canary Domain" is not here', "not read: ocid1.compartment.oc1..canarya, and more"],
  requests: [
    {
      principal: {
        type: "user",
        id: "ocid1.user.oc1..canaryu",
        name: "canary",
        groups: ["ocid1.group.oc1..canaryz"],
      },
      operation: "GetObject",
      compartment: "ocid1.compartment.oc1..canaryb",
      variables: {
        "target.bucket.name": "canary-x",
        "target.resource.tag.canary-ns.canary-key": ["canary", "canary2"],
      },
    },
  ],
};

describe("a tenancy full of canaries", () => {
  const redacted = redactTenancy(CANARIES);
  const text = JSON.stringify(redacted);

  test("has none of them afterwards", () => {
    expect(text.match(/.{20}canary.{20}/i)).toBeNull();
  });

  test("keeps OCI's own words", () => {
    const [policy] = redacted.policies!;
    expect(policy!.statements).toHaveLength(CANARIES.policies![0]!.statements.length);
    expect(policy!.statements[3]).toMatch(
      /^Allow dynamic-group \w+, id ocid1\.dynamicgroup\.oc1\.\.\w+ to \{OBJECT_READ\} in tenancy where all \{request\.region = 'iad', request\.user\.id = 'ocid1\.user\.oc1\.\.\w+', target\.resource\.tag\.\w+\.\w+ = '\w+', request\.utc-timestamp before '2027-01-01T00:00Z', request\.operation = 'GetObject'\}$/,
    );
    expect(policy!.statements[4]).toContain("Deny group Administrators to inspect all-resources in tenancy");
    const parsed = policy!.statements.map((s) => parseStatement(s).ok);
    expect(parsed).toEqual(CANARIES.policies![0]!.statements.map((s) => parseStatement(s).ok));
    expect(redacted.dynamicGroups!.map((g) => parseMatchingRule(g.matchingRule).ok)).toEqual([true, false]);
    expect(redacted.dynamicGroups![0]!.matchingRule).toContain("resource.type = 'cluster'");
    expect(redacted.instances![0]!.id).toMatch(/^ocid1\.instance\.oc1\.iad\.\w+$/);
  });

  test("names one thing alike everywhere", () => {
    const [group] = redacted.groups!;
    const [ns] = redacted.tagNamespaces!;
    const [, inner] = redacted.compartments!;
    const statements = redacted.policies![0]!.statements.join("\n");
    expect(statements).toContain(`group ${group!.domain}/${group!.name} to`);
    expect(statements).toContain(`target.resource.tag.${ns!.name}.${ns!.tags![0]} =`);
    expect(statements).toContain(`:${inner!.name} where`);
    expect(Object.keys(inner!.tags!)).toEqual([`${ns!.name}.${ns!.tags![0]}`]);
    expect(redacted.notes![0]).toBe(`the domain "${redacted.domains![0]!.name}" is not here`);
  });
});

test("patterns match what they matched", () => {
  const names = [
    "logs",
    "logs-a",
    "logs-audit",
    "my-logs",
    "a-logs-b",
    "ocean",
    "ocid1.bucket.oc1.iad.x",
    "x*",
  ];
  const patterns = [
    "/logs*/",
    "/logs-*/",
    "/*logs/",
    "/*logs*/",
    "/o*/",
    "/oc*/",
    "/*/",
    "'x*'",
    "/x*/",
    "'LOGS'",
  ];
  const made = tenancyWith(
    patterns.map((p) => `Allow any-user to read buckets in tenancy where target.bucket.name = ${p}`),
    {
      requests: names.map((name) => ({
        principal: { type: "service", name: "x" },
        permissions: ["BUCKET_READ"],
        variables: { "target.bucket.name": name },
      })),
    },
  );
  const redacted = redactTenancy(made);
  expect(decisions(redacted)).toEqual(decisions(made));
  const granted = (decisions(made) as { granted: { statement: number }[] }[]).map((d) =>
    d.granted.map((g) => g.statement),
  );
  expect(granted[2]).toEqual([0, 1, 3, 6]);
  expect(new Set(redacted.requests!.map((r) => r.variables!["target.bucket.name"])).size).toBe(names.length);
});
