import { describe, expect, test } from "vitest";
import {
  type AssertionResult,
  checkAssertions,
  compile,
  decide,
  readAssertions,
  type Tenancy,
} from "../../iam/index.ts";
import { ADMIN, ANN, APP, MACHINE, NET, PROD, ROOT, tenancyWith } from "./fixture.ts";

/** The results of a list about a tenancy; every witness is decided on the way. */
const checked = (tenancy: Tenancy, list: unknown): AssertionResult[] => {
  const { assertions, problems } = readAssertions(list);
  expect(problems).toEqual([]);
  const check = checkAssertions(tenancy, assertions);
  expect(check.problems).toEqual([]);
  for (const { witness, further = [] } of check.results)
    for (const request of [witness, ...further.map((f) => f.witness)])
      if (request) expect(decide(compile(tenancy), request).decision).toBe("allow");
  return check.results;
};
const one = (statements: string[], assertion: unknown, change: Partial<Tenancy> = {}): AssertionResult =>
  checked(tenancyWith(statements, change), [assertion])[0]!;

const OPS = "Allow group Ops to read secret-family in compartment app where target.secret.name = 'x'";
const SECRETS = { operations: ["GetSecretBundle"] };

describe("never", () => {
  test("is about anybody, anywhere, in every request, unless it says otherwise", () => {
    expect(one([], { never: SECRETS })).toEqual({ assertion: 0, kind: "never", holds: true });
    expect(one([OPS], { name: "no secrets", because: "audit", never: SECRETS })).toEqual({
      assertion: 0,
      kind: "never",
      name: "no secrets",
      because: "audit",
      holds: false,
      witness: {
        principal: ANN,
        operation: "GetSecretBundle",
        compartment: APP,
        variables: { "target.secret.name": "x" },
      },
      words:
        "user ocid1.user.oc1..ann (in group Ops) may GetSecretBundle in compartment app, with target.secret.name = 'x'",
      statements: [{ policy: 0, statement: 0, text: OPS }],
    });
  });

  test.each<[boolean, unknown]>([
    [true, { ...SECRETS, where: "target.secret.name != 'x'" }],
    [true, { ...SECRETS, where: "!target.secret.name" }],
    [false, { ...SECRETS, where: "target.secret.name = /x*/" }],
    [true, { ...SECRETS, compartment: "net" }],
    [true, { ...SECRETS, compartment: NET }],
    [false, { ...SECRETS, compartment: "prod" }],
    [false, { ...SECRETS, compartment: "app:prod" }],
    [false, { ...SECRETS, compartment: "tenancy" }],
    [true, { ...SECRETS, principals: "group Dev" }],
    [false, { ...SECRETS, principals: ["group Dev", "group 'Default'/'ops'"] }],
    [true, { ...SECRETS, principals: ["group Staff/Ops"] }],
    [true, { ...SECRETS, principals: ["any instance"] }],
    [false, { ...SECRETS, principals: ["any user"] }],
    [false, { ...SECRETS, principals: ["any-group"] }],
    [true, { ...SECRETS, except: ["group Ops"] }],
    [false, { ...SECRETS, except: ["group Dev"] }],
    [false, { ...SECRETS, principals: [`user ${ANN.id}`] }],
    [true, { ...SECRETS, principals: [`user ${ADMIN.id}`] }],
    [true, { operations: "ScheduleSecretDeletion" }],
    [false, { operations: "secrets.getsecretbundle" }],
    [false, { operations: "Get*Bundle" }],
    [false, { permissions: ["secret_bundle_read"] }],
    [false, { permissions: ["SECRET_*"] }],
    [true, { permissions: ["BUCKET_*"] }],
  ])("%s: %j", (holds, never) => {
    expect(one([OPS], { never }).holds).toBe(holds);
  });

  test("a deny that covers the request keeps it", () => {
    const never = { ...SECRETS, compartment: "prod" };
    expect(one([OPS, "Deny any-user to read secret-bundles in compartment app:prod"], { never }).holds).toBe(
      true,
    );
    const some = "Deny any-user to read secret-bundles in compartment app:prod where request.region = 'iad'";
    expect(one([OPS, some], { never })).toMatchObject({
      holds: false,
      witness: { region: expect.not.stringMatching("iad") },
    });
  });

  test("a condition on the target's compartment tells compartments apart that have the same statements", () => {
    const there = `Allow group Ops to read secret-bundles in tenancy where target.compartment.id = '${NET}'`;
    expect(one([there], { never: SECRETS })).toMatchObject({ holds: false, witness: { compartment: NET } });
    expect(one([there], { never: { ...SECRETS, compartment: "app" } }).holds).toBe(true);
  });

  test("nobody is left out silently: administrators are named in `except`", () => {
    const all = ["Allow group Administrators to manage all-resources in tenancy"];
    expect(one(all, { never: SECRETS })).toMatchObject({ holds: false, witness: { principal: ADMIN } });
    expect(one(all, { never: { ...SECRETS, except: "group Administrators" } }).holds).toBe(true);
  });

  test("an operation that takes several permissions needs statements for all of them", () => {
    const copy = { never: { operations: ["CopyObject"] } };
    const half = "Allow group Ops to {OBJECT_READ} in tenancy where target.bucket.name = 'a'";
    const rest =
      "Allow group Ops to {OBJECT_CREATE, OBJECT_INSPECT, OBJECT_OVERWRITE} in tenancy where target.bucket.name =";
    expect(one([half], copy).holds).toBe(true);
    expect(one([half, `${rest} 'b'`], copy).holds).toBe(true);
    expect(one([half, `${rest} /a*/`], copy)).toMatchObject({
      holds: false,
      witness: { operation: "CopyObject" },
    });
  });

  test("what a pattern stands for is what statements grant: every instance may list compartments without one", () => {
    expect(one([], { never: { principals: "any instance", permissions: ["*"] } }).holds).toBe(true);
    expect(
      one([], { never: { principals: "any instance", permissions: ["COMPARTMENT_INSPECT"] } }),
    ).toMatchObject({
      holds: false,
      statements: [],
    });
  });

  test("a group without members is taken to have one", () => {
    const groups = [...tenancyWith([]).groups!, { id: "ocid1.group.oc1..new", name: "New" }];
    const any =
      "Allow any-user to read secret-family in tenancy where request.groups.id = 'ocid1.group.oc1..new'";
    expect(one([any], { never: { ...SECRETS, principals: "group New" } }, { groups })).toMatchObject({
      holds: false,
      witness: { principal: { groups: ["ocid1.group.oc1..new"] } },
    });
  });

  test("others who break it are said, one for each set of statements", () => {
    const further = one([OPS, "Allow dynamic-group readers to read secret-bundles in tenancy"], {
      never: SECRETS,
    }).further;
    expect(further).toMatchObject([
      { witness: { principal: { id: MACHINE.id } }, statements: [{ statement: 1 }] },
    ]);
  });
});

describe("only", () => {
  test.each<[boolean, string[]]>([
    [true, ["group Ops"]],
    [true, ["group Dev", "group Ops"]],
    [false, ["group Dev"]],
    [false, ["any instance"]],
  ])("%s: %j", (holds, principals) => {
    expect(one([OPS], { only: { ...SECRETS, principals } }).holds).toBe(holds);
  });

  test("a principal that no statement names is somebody, too", () => {
    const everybody = "Allow any-user to read secret-bundles in tenancy";
    const all = ["any user", "any instance", "any service", "any resource"];
    expect(one([everybody], { only: { ...SECRETS, principals: all } }).holds).toBe(true);
    for (const left of all)
      expect(
        one([everybody], { only: { ...SECRETS, principals: all.filter((p) => p !== left) } }).holds,
      ).toBe(false);
    const resource = { ...SECRETS, principals: [...all.slice(0, 3), "any resource fnfunc"] };
    expect(one([everybody], { only: resource })).toMatchObject({
      witness: { principal: { type: "resource" } },
    });
  });
});

describe("what is not known", () => {
  test("a statement whose permissions no table has leaves it unproven, and is named", () => {
    const foo = "Allow group Ops to use foo in tenancy";
    const deleted = one(
      [foo],
      { never: { permissions: ["FOO_DELETE", "SECRET_DELETE"] } },
      {
        policies: [{ statements: [foo, "Deny group Dev to {FOO_DELETE} in tenancy"] }],
      },
    );
    expect(deleted).toMatchObject({ holds: false, dependsOn: [`FOO_DELETE: ${foo}`] });
    expect(deleted.witness).toBeUndefined();
    expect(one([foo], { never: { permissions: ["SECRET_DELETE"] } }).holds).toBe(true);
  });

  test("an assertion about nobody, or no request, says so", () => {
    const none = [
      {
        id: "ocid1.dynamicgroup.oc1..none",
        name: "none",
        matchingRule: "All {instance.id = 'a', instance.id = 'b'}",
      },
    ];
    expect(
      one([OPS], { never: { ...SECRETS, principals: "dynamic-group none" } }, { dynamicGroups: none }),
    ).toEqual({
      assertion: 0,
      kind: "never",
      holds: true,
      notes: ["it speaks of nobody: no principal is in what it names"],
    });
    const where = "all {target.secret.name = 'a', target.secret.name = 'b'}";
    expect(one([OPS], { never: { ...SECRETS, where } }).notes).toEqual([
      "its condition: never true: target.secret.name = 'a' excludes target.secret.name = 'b'",
    ]);
  });

  test("a time and a user's name are part of the request", () => {
    const timed =
      "Allow group Ops to read secret-bundles in tenancy where request.utc-timestamp after '2027-01-01T00:00:00Z'";
    const before = { ...SECRETS, where: "request.utc-timestamp before '2026-12-01T00:00:00Z'" };
    expect(one([timed], { never: before }).holds).toBe(true);
    expect(one([timed], { never: SECRETS })).toMatchObject({
      holds: false,
      witness: { time: expect.stringMatching(/^20/) },
    });
    const users = [{ id: ANN.id, name: "ann" }];
    const named = "Allow group Ops to read secret-bundles in tenancy where request.user.name = 'bob'";
    expect(one([named], { never: SECRETS }, { users }).holds).toBe(true);
  });
});

describe("what is wrong is said at once", () => {
  test("the form of the list", () => {
    const { problems } = readAssertions([
      1,
      {},
      { never: { principals: [], foo: 1 } },
      { only: { operations: ["a"], permissions: ["b"], except: ["c"] }, nam: 1 },
      { never: { operations: [1] }, only: {} },
    ]);
    expect(problems.map(({ path, message }) => `${path.join(".")}: ${message}`)).toEqual([
      "0: found 1; allowed: a map with never or only",
      "1: found neither never nor only; allowed: one of the two",
      "2.never.foo: found foo; allowed: principals, except, operations, permissions, compartment, where",
      "2.never.principals: found []; allowed: a list of one or more, each a principal, as `group Ops`",
      "2.never: found neither operations nor permissions; allowed: one of the two",
      "3.nam: found nam; allowed: never, only, name, because; did you mean name?",
      "3.only: found operations and permissions; allowed: one of the two",
      "3.only: found no principals; allowed: those who alone can do this",
      "3.only.except: found except; allowed: with never. Those who may stand in principals",
      "4: found never and only; allowed: one of the two",
    ]);
    expect(readAssertions({ never: {} }).problems[0]!.message).toMatch(
      /^found .*; allowed: a list of assertions/,
    );
  });

  test("names that do not exist, in the tenancy or in the tables", () => {
    const { assertions } = readAssertions([
      {
        never: {
          principals: [
            "group Opps",
            "group readers",
            "user x",
            "any thing",
            "dynamic-group id ocid1.dynamicgroup.oc1..nope",
            "instance ocid1.user.x.y",
            "group Ops to {X} in tenancy //",
          ],
          operations: ["GetSecretBundel", "network.GetBucket", "Foo*"],
          where: "target.secret.nmae = 'x'",
          compartment: "prodd",
        },
      },
      { never: { permissions: ["BUCKET_RED", "QQ*"], where: "x =" } },
      {
        only: {
          principals: ["group Ops"],
          operations: ["GetBucket"],
          where: "request.permission = 'BUCKET_READ'",
        },
      },
    ]);
    const { results, problems } = checkAssertions(tenancyWith([]), assertions);
    expect(results).toEqual([]);
    const said = problems.map(
      ({ path, message }) => `${path.join(".")}: ${message.replace(/allowed: any-user.*/, "FORMS")}`,
    );
    expect(said).toEqual([
      "0.never.principals.0: found group Opps; no group of the tenancy has the name Opps",
      "0.never.principals.1: found group readers; no group of the tenancy has the name readers. readers is a dynamic group: write dynamic-group",
      "0.never.principals.2: found user x; no user of the tenancy has the name x",
      "0.never.principals.3: found any thing; FORMS",
      "0.never.principals.4: found dynamic-group id ocid1.dynamicgroup.oc1..nope; the dynamic-group ocid1.dynamicgroup.oc1..nope is not in the tenancy",
      "0.never.principals.5: found instance ocid1.user.x.y; ocid1.user.x.y is no OCID of an instance",
      "0.never.principals.6: found group Ops to {X} in tenancy //; FORMS",
      "0.never.operations.0: found GetSecretBundel; no table has an operation of that name; did you mean GetSecretBundle?",
      "0.never.operations.1: found network.GetBucket; no table has an operation of that name; GetBucket is of objectstorage",
      "0.never.operations.2: found Foo*; no operation that a table lists matches it",
      "0.never.compartment: found prodd; no compartment of the tenancy; did you mean prod?",
      "0.never.where: found target.secret.nmae = 'x'; target.secret.nmae is no variable that is known here; did you mean \"target.secret.name\"?",
      "1.never.permissions.0: found BUCKET_RED; no table has a permission of that name; did you mean BUCKET_READ?",
      "1.never.permissions.1: found QQ*; no permission matches it",
      "1.never.where: found x =; the statement ends, expected a value in single quotes, a pattern between slashes or a variable (column 4)",
      "2.only.where: found request.permission beside operations; allowed: the permissions themselves in place of the operations",
    ]);
  });

  test("a compartment's name that two have", () => {
    const compartments = [
      { id: APP, name: "app", parent: ROOT },
      { id: PROD, name: "prod", parent: APP },
      { id: NET, name: "net", parent: ROOT },
      { id: "ocid1.compartment.oc1..p2", name: "prod", parent: NET },
    ];
    const { assertions } = readAssertions([{ never: { ...SECRETS, compartment: "prod" } }]);
    expect(checkAssertions(tenancyWith([], { compartments }), assertions).problems[0]!.message).toBe(
      "found prod; more than one compartment has the name: compartment app:prod, compartment net:prod",
    );
  });
});
