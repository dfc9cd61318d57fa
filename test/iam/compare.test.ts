import { describe, expect, test } from "vitest";
import { compareTenancies, compile, type Difference, decide, type Tenancy } from "../../iam/index.ts";
import { ADMIN, ANN, APP, BOB, MACHINE, NET, PROD, ROOT, tenancyWith } from "./fixture.ts";

type Row = [sign: "+" | "-", principal: string, summary: string, compartment: string, condition?: string];

/** The comparison in short; every witness is checked on the way. */
const diff = (before: Tenancy, after: Tenancy): Row[] => {
  const comparison = compareTenancies(before, after);
  const rows = (entries: Difference[], sign: "+" | "-"): Row[] =>
    entries.map((e) => {
      const [no, yes] = sign === "+" ? [before, after] : [after, before];
      expect(decide(compile(yes), e.witness).decision).toBe("allow");
      expect(decide(compile(no), e.witness).decision).not.toBe("allow");
      const where = `${e.compartmentName ?? e.compartment}${e.subtree ? "/…" : ""}`;
      return e.condition === undefined
        ? [sign, e.principal, e.summary, where]
        : [sign, e.principal, e.summary, where, e.condition];
    });
  return [...rows(comparison.gained, "+"), ...rows(comparison.lost, "-")];
};
const changed = (before: string[], after: string[], change: Partial<Tenancy> = {}): Row[] =>
  diff(tenancyWith(before), tenancyWith(after, change));

const ROOT_ALL = `${ROOT}/…`;

describe("equal sets written differently", () => {
  test.each([
    [
      ["Allow group Ops to read buckets in tenancy"],
      ["allow GROUP 'Default'/'ops' to {bucket_inspect, BUCKET_READ} in tenancy // x"],
    ],
    [
      ["Allow group Ops to read object-family in compartment app"],
      [
        `Allow group Ops to read objects in compartment id ${APP}`,
        "Allow group Ops to read buckets in compartment app",
        "Allow group Ops to read objectstorage-namespaces in compartment app",
      ],
    ],
    [
      ["Allow group Ops, Dev to read buckets in tenancy"],
      ["Allow group Dev to read buckets in tenancy", "Allow group Ops to read buckets in tenancy"],
    ],
    [
      [
        "Allow group Ops to use buckets in tenancy where any {target.bucket.name = 'a', target.bucket.name = 'b'}",
      ],
      ["Allow group Ops to use buckets in tenancy where target.bucket.name in ('B', 'a')"],
    ],
    [
      [
        "Allow group Ops to use buckets in tenancy",
        "Allow group Ops to read buckets in compartment app where target.bucket.name = 'x'",
      ],
      ["Allow group Ops to use buckets in tenancy"],
    ],
    [
      [
        "Allow group Ops to read buckets in tenancy where all {target.bucket.name = 'a', target.bucket.name = 'b'}",
      ],
      [],
    ],
    [
      ["Allow group Ops to manage buckets in tenancy", "Deny group Ops to use buckets in tenancy"],
      ["Allow group Ops to read buckets in tenancy"],
    ],
    [
      [
        "Allow any-user to read buckets in tenancy where request.principal.type = 'user'",
        "Allow group Ops to read buckets in tenancy",
      ],
      ["Allow any-user to read buckets in tenancy where request.principal.type = 'USER'"],
    ],
    [
      [
        "Allow group Ops to read buckets in tenancy where request.utc-timestamp.time-of-day between '17:00:00Z' and '01:00:00Z'",
      ],
      [
        "Allow group Ops to read buckets in tenancy where any {request.utc-timestamp.time-of-day between '17:00' and '23:59:59', request.utc-timestamp.time-of-day between '00:00:00Z' and '01:00:00Z'}",
      ],
    ],
  ])("%s", (before, after) => {
    expect(changed(before, after)).toEqual([]);
    expect(changed(after, before)).toEqual([]);
  });
});

describe("changes show as what they do", () => {
  test("a widened verb", () => {
    expect(
      changed(["Allow group Ops to read buckets in tenancy"], ["Allow group Ops to use buckets in tenancy"]),
    ).toEqual([["+", "group Ops", "{BUCKET_UPDATE}", ROOT_ALL]]);
    expect(changed(["Allow group Ops to manage buckets in compartment app"], [])).toEqual([
      ["-", "group Ops", "manage buckets", "app/…"],
    ]);
  });

  test("a dropped, an added and a changed condition", () => {
    const without = ["Allow group Ops to read buckets in compartment app"];
    const when = ["Allow group Ops to read buckets in compartment app where target.bucket.name = /x*/"];
    const absentOrOther = "any {!target.bucket.name, target.bucket.name != /x*/}";
    expect(changed(when, without)).toEqual([["+", "group Ops", "read buckets", "app/…", absentOrOther]]);
    expect(changed(without, when)).toEqual([["-", "group Ops", "read buckets", "app/…", absentOrOther]]);
    expect(changed([], when)).toEqual([
      ["+", "group Ops", "read buckets", "app/…", "target.bucket.name = /x*/"],
    ]);
    const narrower = ["Allow group Ops to read buckets in compartment app where target.bucket.name = /xy*/"];
    expect(changed(when, narrower)).toEqual([
      [
        "-",
        "group Ops",
        "read buckets",
        "app/…",
        "all {target.bucket.name = /x*/, target.bucket.name != /xy*/}",
      ],
    ]);
  });

  test("a changed rule, a changed membership", () => {
    const one = ["Allow dynamic-group readers to {SECRET_BUNDLE_READ} in compartment app"];
    const rule = (matchingRule: string) => ({
      dynamicGroups: [{ id: "ocid1.dynamicgroup.oc1..readers", name: "readers", matchingRule }],
    });
    expect(
      changed(one, one, rule(`Any {instance.id = '${MACHINE.id}', instance.compartment.id = '${APP}'}`)),
    ).toEqual([
      [
        "+",
        "any other instance in compartment app (now in dynamic-group readers)",
        "{SECRET_BUNDLE_READ}",
        "app/…",
      ],
    ]);
    expect(
      changed(one, one, rule("instance.id = 'ocid1.instance.oc1.iad.z'")).map((r) => r.slice(0, 2)),
    ).toEqual([
      ["+", "instance ocid1.instance.oc1.iad.z (now in dynamic-group readers)"],
      ["-", `instance ${MACHINE.id} (no longer in dynamic-group readers)`],
    ]);
    const two = ["Allow group Ops to read buckets in compartment app"];
    const members = {
      groups: [{ id: "ocid1.group.oc1..ops", name: "Ops", members: [ANN.id, "ocid1.user.oc1..new"] }],
    };
    expect(changed(two, two, members)).toEqual([
      ["+", "user ocid1.user.oc1..new (now in group Ops)", "read buckets", "app/…"],
    ]);
  });

  test("a moved attachment, a moved compartment", () => {
    const attach = (compartment: string, where: string) =>
      tenancyWith([], {
        policies: [{ compartment, statements: [`Allow group Ops to read buckets in compartment ${where}`] }],
      });
    expect(diff(attach(APP, "app"), attach(PROD, "prod"))).toEqual([
      ["-", "group Ops", "read buckets", "app"],
    ]);
    expect(diff(attach(APP, "prod"), attach(NET, "prod"))).toEqual([
      ["-", "group Ops", "read buckets", "prod/…"],
    ]);
    const one = ["Allow group Ops to read buckets in compartment app"];
    const moved = {
      compartments: [
        { id: APP, name: "app", parent: ROOT },
        { id: PROD, name: "prod", parent: NET },
        { id: NET, name: "net", parent: ROOT },
      ],
    };
    expect(changed(one, one, moved)).toEqual([["-", "group Ops", "read buckets", "prod/…"]]);
  });

  test("a renamed group takes access away from a statement that names it", () => {
    const one = ["Allow group Ops to read buckets in compartment app"];
    const groups = [{ id: "ocid1.group.oc1..ops", name: "Operators", members: [ANN.id] }];
    expect(changed(one, one, { groups })).toEqual([["-", "group Operators", "read buckets", "app/…"]]);
    const byId = ["Allow group id ocid1.group.oc1..ops to read buckets in compartment app"];
    expect(changed(byId, byId, { groups })).toEqual([]);
  });

  test("a deny, and who is exempt from it", () => {
    const one = ["Allow any-user to manage buckets in compartment app"];
    const rows = changed(one, [...one, "Deny any-user to manage buckets in compartment app:prod"]);
    expect(rows.every(([sign, , , where]) => sign === "-" && where === "prod/…")).toBe(true);
    expect(rows.map((r) => r[1])).toContain("group Ops");
    expect(rows.map((r) => r[1])).not.toContain("group Administrators");
    expect(changed(one, one, { denyEnabled: false })).toEqual([]);
    expect(
      changed(
        [...one, "Deny group Ops to inspect buckets in tenancy"],
        [...one, "Deny group Ops to inspect buckets in tenancy"],
        { denyEnabled: false },
      ),
    ).toEqual([["+", "group Ops", "manage buckets", "app/…"]]);
  });

  test("any-user, types of principals, services", () => {
    expect(changed([], ["Allow any-user to inspect buckets in compartment app"])).toEqual([
      ["+", "any-user", "inspect buckets", "app/…"],
    ]);
    expect(
      changed(
        [],
        ["Allow any-user to inspect buckets in compartment app where request.principal.type = 'cluster'"],
      ),
    ).toEqual([["+", "resource cluster", "inspect buckets", "app/…"]]);
    expect(changed([], ["Allow service faas to inspect buckets in compartment app"])).toEqual([
      ["+", "service faas", "inspect buckets", "app/…"],
    ]);
  });

  test("a group that nobody is in yet", () => {
    const [row] = changed(
      [],
      ["Allow group id ocid1.group.oc1..later to inspect buckets in compartment app"],
    );
    expect(row?.slice(0, 2)).toEqual(["+", "group id ocid1.group.oc1..later"]);
  });

  test("a tag with several values", () => {
    const rows = changed(
      ["Allow group Ops to use buckets in tenancy where target.resource.tag.n.k = 'a'"],
      [
        "Allow group Ops to use buckets in tenancy where all {target.resource.tag.n.k = 'a', target.resource.tag.n.k != 'b'}",
      ],
    );
    expect(rows).toEqual([
      [
        "-",
        "group Ops",
        // HeadBucket has the bucket's tags, though a permission to inspect is all it needs.
        "use buckets",
        ROOT_ALL,
        "all {target.resource.tag.n.k = 'a', target.resource.tag.n.k = 'b'}",
      ],
    ]);
  });

  test("three values of a tag at once, and not the fourth", () => {
    const tag = "target.resource.tag.n.k";
    const rows = changed(
      [],
      [
        `Allow group Ops to {BUCKET_READ} in tenancy where all {${tag} = 'a', ${tag} = 'b', ${tag} = 'c', ${tag} != 'd'}`,
      ],
    );
    expect(rows.map((row) => row.slice(0, 3))).toEqual([["+", "group Ops", "{BUCKET_READ}"]]);
  });

  test("variables on the right side count (Oracle, Supported Operators: tag = tag)", () => {
    const equal = "request.principal.group.tag.n.k = target.resource.tag.n.k";
    const rows = changed([], [`Allow group Ops to use instances in tenancy where ${equal}`]);
    expect(rows).toEqual([["+", "group Ops", expect.stringContaining("INSTANCE_UPDATE"), ROOT_ALL, equal]]);
    // `=` is true when the two share a value, `in` only when one side is inside the other.
    const within = "request.principal.group.tag.n.k in (target.resource.tag.n.k)";
    const fewer = changed(
      [`Allow group Ops to {INSTANCE_READ} in tenancy where ${equal}`],
      [`Allow group Ops to {INSTANCE_READ} in tenancy where ${within}`],
    );
    expect(fewer.map((row) => row.slice(0, 3))).toEqual([["-", "group Ops", "{INSTANCE_READ}"]]);
  });

  test("a pattern on one of two variables that must share a value", () => {
    const [mine, its] = ["request.principal.group.tag.n.k", "target.resource.tag.n.k"];
    const condition = `all {${mine} = ${its}, ${its} = /a*/}`;
    const rows = changed([], [`Allow group Ops to {INSTANCE_READ} in tenancy where ${condition}`]);
    expect(rows).toEqual([["+", "group Ops", "{INSTANCE_READ}", ROOT_ALL, condition]]);
  });

  test("many values of a tag, and two of them at once", () => {
    const tag = "target.resource.tag.n.k";
    const many = Array.from({ length: 12 }, (_, i) => `'v${i}'`).join(", ");
    const comparison = compareTenancies(
      tenancyWith([`Allow group Ops to {BUCKET_READ} in tenancy where ${tag} in (${many})`]),
      tenancyWith([
        `Allow group Ops to {BUCKET_READ} in tenancy where all {${tag} in (${many}), ${tag} != 'x'}`,
      ]),
    );
    expect(comparison).toMatchObject({ gained: [], lost: [{ permissions: ["BUCKET_READ"] }] });
    expect(comparison.notes).toBeUndefined();
    expect(comparison.lost[0]!.witness.variables).toEqual({ [tag]: expect.arrayContaining(["x"]) });
  });

  test("a permission to inspect, granted by a target's tag to all but lists", () => {
    const comparison = compareTenancies(
      tenancyWith(["Allow group Ops to inspect volumes in tenancy where target.resource.tag.n.k = 'a'"]),
      tenancyWith([]),
    );
    expect(comparison).toMatchObject({
      gained: [],
      lost: [{ permissions: ["VOLUME_INSPECT"], condition: "target.resource.tag.n.k = 'a'" }],
    });
    expect(comparison.lost[0]!.witness.variables).toMatchObject({ "request.operation": expect.any(String) });
  });

  test("what is granted in the principal's own compartment is said compartment by compartment", () => {
    const rows = changed(
      [],
      [
        "Allow dynamic-group readers to {INSTANCE_READ} in tenancy where target.compartment.id = request.principal.compartment.id",
      ],
    );
    expect(rows).toContainEqual(["+", `instance ${MACHINE.id} in compartment app`, "{INSTANCE_READ}", "app"]);
    expect(rows).toHaveLength(4);
  });

  test("types that are not in the tables are said, not compared", () => {
    const comparison = compareTenancies(
      tenancyWith(["Allow group Ops to read foo in tenancy"]),
      tenancyWith(["Allow group Ops to manage foo in tenancy"]),
    );
    expect(comparison).toMatchObject({
      gained: [],
      lost: [],
      undecided: ["Allow group Ops to read foo in tenancy", "Allow group Ops to manage foo in tenancy"],
    });
    expect(
      changed(["Allow group Ops to read foo in tenancy"], ["Allow group Ops to read foo in tenancy"]),
    ).toEqual([]);
  });

  test("permissions are said as verbs, with the operations they are enough for", () => {
    const { gained } = compareTenancies(
      tenancyWith([]),
      tenancyWith([
        "Allow group Ops to read secret-family in tenancy",
        "Allow group Administrators to manage all-resources in tenancy",
      ]),
    );
    expect(gained.map((e) => [e.principal, e.summary])).toEqual([
      ["group Ops", "read secret-family"],
      ["group Administrators", "manage all-resources"],
    ]);
    expect(gained[0]!.operations).toContain("GetSecretBundle");
    expect(gained[1]!.witness.principal).toEqual(ADMIN);
  });

  test("a user whose name is known has no other", () => {
    const names = { users: [ANN, BOB].map(({ id }) => ({ id, name: id.slice(-3) })) };
    const rows = diff(
      tenancyWith([], names),
      tenancyWith(["Allow any-user to read buckets in tenancy where request.user.name = 'ann'"], names),
    );
    const who = rows.map(([, principal]) => principal);
    expect(who).toContain("group Ops");
    expect(who).not.toContain("group Dev");
  });

  test("a tag of the principal's compartment tells instances apart by where they are", () => {
    const tagged = {
      compartments: tenancyWith([]).compartments!.map((c) =>
        c.id === PROD ? { ...c, tags: { "ns.stage": "prod" } } : c,
      ),
    };
    const statement =
      "Allow any-user to read buckets in tenancy where request.principal.compartment.tag.ns.stage = 'prod'";
    const { gained } = compareTenancies(tenancyWith([], tagged), tenancyWith([statement], tagged));
    expect(gained.map((e) => e.witness.principal)).toContainEqual(
      expect.objectContaining({ type: "instance", compartment: PROD }),
    );
  });
});

describe("access across tenancies", () => {
  test("is outside the comparison, and statements that differ are named", () => {
    const endorse = "Endorse group Ops to read buckets in any-tenancy";
    const same = tenancyWith([endorse]);
    expect(compareTenancies(same, same).notes).toBeUndefined();
    expect(compareTenancies(tenancyWith([]), same).notes).toEqual([
      `not compared, access across tenancies is outside the comparison: ${endorse}`,
    ]);
  });
});
