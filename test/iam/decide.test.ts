import { describe, expect, test } from "vitest";
import { compile, decide, type Request } from "../../iam/index.ts";
import {
  ANN,
  APP,
  ask,
  BOB,
  decided,
  MACHINE,
  NET,
  NOBODY,
  OTHER_MACHINE,
  PROD,
  ROOT,
  tenancyWith,
} from "./fixture.ts";

const allow = (what: string): string => `Allow group Ops to ${what} in tenancy`;

describe("verbs and permissions", () => {
  test("inspect ⊂ read ⊂ use ⊂ manage, per type (docs: Verbs)", () => {
    const needed = ["BUCKET_INSPECT", "BUCKET_READ", "BUCKET_UPDATE", "BUCKET_DELETE"];
    for (const [level, verb] of ["inspect", "read", "use", "manage"].entries()) {
      const held = needed.filter(
        (p) => decided([allow(`${verb} buckets`)], { permissions: [p] }) === "allow",
      );
      expect(held, verb).toEqual(needed.slice(0, level + 1));
    }
  });

  test("a family is its members (docs: Resource-Types)", () => {
    expect(decided([allow("read object-family")], { permissions: ["BUCKET_READ", "OBJECT_READ"] })).toBe(
      "allow",
    );
    expect(decided([allow("read object-family")], { permissions: ["OBJECT_CREATE"] })).toBe("deny");
    expect(decided([allow("read virtual-network-family")], { permissions: ["DRG_READ", "VCN_READ"] })).toBe(
      "allow",
    );
  });

  test("instance-family adds permissions of other types (docs: Details for Core Services)", () => {
    expect(decided([allow("use instance-family")], { permissions: ["VNIC_ATTACH"] })).toBe("allow");
    expect(decided([allow("read instance-family")], { permissions: ["VNIC_ATTACH"] })).toBe("deny");
    expect(decided([allow("use instances")], { permissions: ["VNIC_ATTACH"] })).toBe("deny");
  });

  test("names of the same type (data: resourceTypeAliases)", () => {
    expect(decided([allow("inspect drgs")], { permissions: ["DRG_ROUTE_TABLE_READ", "DRG_READ"] })).toBe(
      "allow",
    );
    expect(decided([allow("read ipsec-connections")], { permissions: ["IPSEC_CONNECTION_READ"] })).toBe(
      "allow",
    );
  });

  test("all-resources is every type; manage gives also what no table lists (docs: Resource-Types)", () => {
    expect(
      decided([allow("read all-resources")], { permissions: ["BUCKET_READ", "SECRET_BUNDLE_READ"] }),
    ).toBe("allow");
    expect(decided([allow("read all-resources")], { permissions: ["BUCKET_UPDATE"] })).toBe("deny");
    expect(decided([allow("manage all-resources")], { permissions: ["NEVER_HEARD_OF"] })).toBe("allow");
    expect(decided([allow("use all-resources")], { permissions: ["NEVER_HEARD_OF"] })).toBe("unknown");
  });

  test("an operation needs every permission, by whichever statements (docs: Permissions)", () => {
    const both = [allow("{SECRET_CREATE, VAULT_CREATE_SECRET}"), allow("{KEY_ENCRYPT, KEY_DECRYPT}")];
    expect(ask(both, { operation: "CreateSecret" })).toEqual({
      decision: "allow",
      granted: [
        { policy: 0, statement: 0 },
        { policy: 0, statement: 1 },
      ],
      denied: [],
      missing: [],
    });
    expect(ask(both.slice(0, 1), { operation: "createsecret" })).toMatchObject({
      decision: "deny",
      missing: ["KEY_ENCRYPT", "KEY_DECRYPT"],
    });
  });

  test("a few operations need one of several (docs: Details for Object Storage)", () => {
    expect(decided([allow("{OBJECT_INSPECT}")], { operation: "HeadObject" })).toBe("allow");
    expect(decided([allow("{OBJECT_READ}")], { operation: "HeadObject" })).toBe("allow");
    expect(ask([allow("{OBJECT_CREATE}")], { operation: "HeadObject" })).toMatchObject({
      decision: "deny",
      missing: ["OBJECT_READ", "OBJECT_INSPECT"],
    });
  });

  test("conditional operations: the ordinary case, and the cases a request names (data: operations)", () => {
    expect(decided([allow("{OBJECT_CREATE}")], { operation: "PutObject" })).toBe("allow");
    expect(decided([allow("{OBJECT_CREATE}")], { operation: "PutObject", cases: ["exists"] })).toBe("deny");
    expect(decided([], { operation: "GetNamespace" })).toBe("allow");
    expect(decided([], { operation: "GetNamespace", cases: ["with compartmentId"] })).toBe("deny");
  });

  test("an unknown operation or type is said, not guessed", () => {
    expect(ask([allow("manage all-resources")], { operation: "FlyToTheMoon" })).toMatchObject({
      decision: "unknown",
      notes: ["FlyToTheMoon is in no permission table"],
    });
    const { decision, notes } = ask([allow("manage moon-family")]);
    expect(decision).toBe("deny");
    expect(notes?.join()).toContain("moon-family is not in the tables");
    expect(decided([allow("manage moon-family")], { permissions: ["MOON_FLY"] })).toBe("unknown");
    expect(decided([], { operation: "MoveCompartment" })).toBe("unknown");
  });

  test("a request for nothing is refused", () => {
    expect(decided([allow("manage all-resources")], { permissions: [] })).toBe("deny");
  });

  test("request.permission is bound once for each permission (docs: Permissions)", () => {
    const one = [allow("manage buckets").concat(" where request.permission = 'BUCKET_READ'")];
    expect(decided(one, { permissions: ["BUCKET_READ"] })).toBe("allow");
    expect(decided(one, { permissions: ["BUCKET_READ", "BUCKET_INSPECT"] })).toBe("deny");
    expect(
      decided(one, { permissions: ["BUCKET_DELETE"], variables: { "request.permission": "BUCKET_READ" } }),
    ).toBe("deny");
    const rest = [`${allow("manage buckets")} where request.permission != 'BUCKET_DELETE'`];
    expect(decided(rest, { permissions: ["BUCKET_CREATE"] })).toBe("allow");
    expect(decided(rest, { permissions: ["BUCKET_DELETE"] })).toBe("deny");
  });
});

describe("where", () => {
  test("access is inherited by all compartments below (docs: Policy inheritance)", () => {
    const one = ["Allow group Ops to read buckets in compartment app"];
    expect([ROOT, APP, PROD, NET].map((compartment) => decided(one, { compartment }))).toEqual([
      "deny",
      "allow",
      "allow",
      "deny",
    ]);
    expect([ROOT, APP, PROD].map((compartment) => decided([allow("read buckets")], { compartment }))).toEqual(
      ["allow", "allow", "allow"],
    );
  });

  test("a policy attached below does not reach above or beside (docs: Policy attachment)", () => {
    const attached = (where: string, compartment = APP): Parameters<typeof ask> => [
      [],
      { compartment },
      { policies: [{ compartment: APP, statements: [`Allow group Ops to read buckets in ${where}`] }] },
    ];
    expect(decided(...attached("compartment app"))).toBe("allow");
    expect(decided(...attached("compartment prod", PROD))).toBe("allow");
    expect(decided(...attached(`compartment id ${PROD}`, PROD))).toBe("allow");
    expect(decided(...attached("compartment prod"))).toBe("deny");
    for (const place of ["tenancy", `compartment id ${NET}`, "compartment net", `compartment id ${ROOT}`]) {
      expect(decided(...attached(place)), place).toBe("deny");
      expect(decided(...attached(place, NET)), place).toBe("deny");
    }
  });

  test("an unknown compartment is refused and said", () => {
    expect(ask([allow("read buckets")], { compartment: "ocid1.compartment.oc1..gone" })).toMatchObject({
      decision: "deny",
      notes: [expect.stringContaining("not in the tenancy")],
    });
  });

  test("the root is where a request without a compartment is", () => {
    const asked: Request = { principal: ANN, permissions: ["BUCKET_READ"] };
    expect(decide(compile(tenancyWith([allow("read buckets")])), asked).decision).toBe("allow");
    expect(
      decide(compile(tenancyWith(["Allow group Ops to read buckets in compartment app"])), asked).decision,
    ).toBe("deny");
  });

  test("OCIDs and names ignore case", () => {
    const shouted = {
      principal: { type: "user", id: "OCID1.USER.OC1..ANN" },
      compartment: APP.toUpperCase(),
    } as const;
    expect(decided(["allow GROUP id OCID1.group.oc1..OPS to READ Buckets in COMPARTMENT APP"], shouted)).toBe(
      "allow",
    );
    expect(decided([allow("{bucket_read}")], { permissions: ["Bucket_Read"] })).toBe("allow");
  });

  test("endorse and admit are outside the decision, and said (docs: Cross-tenancy)", () => {
    const statements = [
      "Endorse any-user to manage all-resources in any-tenancy",
      "Admit group Ops of any-tenancy to manage all-resources in tenancy",
    ];
    expect(decided(statements)).toBe("deny");
    expect(compile(tenancyWith(statements)).problems).toHaveLength(2);
  });
});

describe("who", () => {
  const read = (subject: string): string[] => [`Allow ${subject} to read buckets in tenancy`];

  test("groups have their members, by domain (docs: Subjects)", () => {
    expect(decided(read("group Dev, Ops"))).toBe("allow");
    expect(decided(read("group Dev"))).toBe("deny");
    expect(decided(read("group Staff/Ops"))).toBe("deny");
    expect(decided(read("group Staff/Ops"), { principal: BOB })).toBe("allow");
    expect(decided(read("group 'Default'/Ops"))).toBe("allow");
    expect(decided(read("group id ocid1.group.oc1..ops"))).toBe("allow");
    expect(decided(read("dynamic-group id ocid1.group.oc1..ops"))).toBe("deny");
  });

  test("a name that does not resolve grants nothing, others beside it do", () => {
    const { problems } = compile(tenancyWith(read("group Nobody, Ops")));
    expect(problems.join()).toContain("The group Nobody specified in the policy statement does not exist");
    expect(decided(read("group Nobody, Ops"))).toBe("allow");
    expect(decided(read("group 'Staff/Ops'"), { principal: BOB })).toBe("deny");
  });

  test("a dynamic group has the instances that its rule matches (docs: Managing Dynamic Groups)", () => {
    expect(decided(read("dynamic-group readers"), { principal: MACHINE })).toBe("allow");
    expect(decided(read("dynamic-group readers"), { principal: OTHER_MACHINE })).toBe("deny");
    expect(decided(read("group Ops"), { principal: MACHINE })).toBe("deny");
  });

  test("any-user is users, instances, resources and services (docs: Subjects)", () => {
    const service = { type: "service", name: "objectstorage" } as const;
    const resource = {
      type: "resource",
      resourceType: "fnfunc",
      id: "ocid1.fnfunc.oc1..f",
      compartment: APP,
    } as const;
    for (const principal of [NOBODY, OTHER_MACHINE, resource, service])
      expect(decided(read("any-user"), { principal })).toBe("allow");
    expect(decided(read("service faas, ObjectStorage"), { principal: service })).toBe("allow");
    expect(decided(read("service faas"), { principal: service })).toBe("deny");
    expect(decided(read("service objectstorage"))).toBe("deny");
  });

  test("any-group: members are in; for others it is undocumented, and neither reading is given more (docs disagree)", () => {
    expect(decided(read("any-group"))).toBe("allow");
    expect(decided(read("any-group"), { principal: MACHINE })).toBe("allow");
    const outsider = ask(read("any-group"), { principal: NOBODY });
    expect(outsider.decision).toBe("deny");
    expect(outsider.notes?.join()).toContain("undocumented");
    expect(
      decided(["Allow any-user to read buckets in tenancy", "Deny any-group to inspect buckets in tenancy"], {
        principal: NOBODY,
      }),
    ).toBe("deny");
    expect(decided(read("any-group"), { principal: { type: "service", name: "faas" } })).toBe("deny");
  });

  test("every instance can list compartments, and no policy takes that away (docs: Managing Dynamic Groups)", () => {
    const deny = ["Deny any-user to inspect all-resources in tenancy"];
    expect(decided(deny, { principal: OTHER_MACHINE, operation: "ListCompartments" })).toBe("allow");
    expect(
      decided(deny, { principal: OTHER_MACHINE, permissions: ["COMPARTMENT_INSPECT", "COMPARTMENT_UPDATE"] }),
    ).toBe("deny");
    expect(decided([], { principal: ANN, operation: "ListCompartments" })).toBe("deny");
  });

  test("a user may state a group that does not list it (for groups whose members are elsewhere)", () => {
    expect(
      decided(read("group Dev"), {
        principal: { type: "user", id: "ocid1.user.oc1..new", groups: ["ocid1.group.oc1..dev"] },
      }),
    ).toBe("allow");
  });
});

describe("explanations", () => {
  test("a refusal names the nearest statement and the part that did not match", () => {
    const statements = [
      "Allow group Dev to read buckets in tenancy",
      "Allow group Ops to read buckets in compartment app where all {target.bucket.name = 'a', request.region = 'iad'}",
    ];
    const condition = ask(statements, { region: "iad", variables: { "target.bucket.name": "b" } });
    expect(condition.nearest).toMatchObject({
      policy: 0,
      statement: 1,
      permission: "BUCKET_READ",
      part: "condition",
      detail: "target.bucket.name = 'a'",
    });
    expect(ask(statements, { compartment: NET }).nearest).toMatchObject({
      statement: 1,
      part: "location",
      detail: "compartment app",
    });
    expect(ask(statements, { principal: NOBODY }).nearest).toMatchObject({
      statement: 0,
      part: "subject",
      detail: "group Dev",
    });
    expect(ask(statements, { permissions: ["BUCKET_DELETE"] }).nearest).toMatchObject({
      statement: 1,
      part: "action",
      detail: "read buckets",
    });
    expect(ask([]).nearest).toBeUndefined();
  });
});
