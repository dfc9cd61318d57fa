/** Requests that cross tenancies: the source endorses, the destination admits. */
import { describe, expect, test } from "vitest";
import { readTenancy } from "../../commands/iam/tenancy.ts";
import { compile, decide, type Principal, type Request, type Tenancy } from "../../iam/index.ts";
import { APP, NET, PROD, ROOT, tenancyWith } from "./fixture.ts";

const SOURCE = "ocid1.tenancy.oc1..source";
const GROUP = "ocid1.group.oc1..travellers";
const EVE: Principal = { type: "user", id: "ocid1.user.oc1..eve", tenancy: SOURCE };
const ROBOT: Principal = {
  type: "instance",
  id: "ocid1.instance.oc1.iad.r",
  compartment: "ocid1.compartment.oc1..robots",
  tenancy: SOURCE,
};

const DEFINES = [`Define tenancy Them as ${SOURCE}`, `Define group Guests as ${GROUP}`];
const DEFINE_US = `Define tenancy Us as ${ROOT}`;
const ADMIT = [...DEFINES, "Admit group Guests of tenancy Them to read buckets in tenancy"];
const ENDORSE = [DEFINE_US, "Endorse group Travellers to read buckets in tenancy Us"];

const source = (statements: string[], change: Partial<Tenancy> = {}): Tenancy => ({
  tenancy: SOURCE,
  denyEnabled: true,
  compartments: [{ id: "ocid1.compartment.oc1..robots", name: "robots", tags: { "ops.stage": "prod" } }],
  groups: [
    { id: GROUP, name: "Travellers", members: [EVE.id] },
    { id: "ocid1.group.oc1..theiradmins", name: "Administrators", members: ["ocid1.user.oc1..boss"] },
  ],
  dynamicGroups: [
    { id: "ocid1.dynamicgroup.oc1..robots", name: "robots", matchingRule: `instance.id = '${ROBOT.id}'` },
  ],
  users: [{ id: EVE.id, name: "eve@them" }],
  policies: [{ statements }],
  ...change,
});

const ask = (
  endorse: string[],
  admit: string[],
  request: Partial<Request> = {},
  change: { ours?: Partial<Tenancy>; theirs?: Partial<Tenancy> } = {},
) =>
  decide(compile(tenancyWith(admit, { others: [source(endorse, change.theirs)], ...change.ours })), {
    principal: EVE,
    permissions: ["BUCKET_READ"],
    compartment: APP,
    ...request,
  });

const decided = (...args: Parameters<typeof ask>): string => ask(...args).decision;

describe("both tenancies must agree (docs: Cross-Tenancy Access Policies)", () => {
  test("both: allowed, and the statements say whose they are", () => {
    const { decision, granted } = ask(ENDORSE, ADMIT);
    expect(decision).toBe("allow");
    expect(granted).toEqual([
      { policy: 0, statement: 2 },
      { policy: 0, statement: 1, tenancy: SOURCE },
    ]);
  });

  test("endorse alone or admit alone: refused, and the notes say by whom", () => {
    const only = ask(ENDORSE, []);
    expect(only.decision).toBe("deny");
    expect(only.notes).toContain(`tenancy ${ROOT} does not admit BUCKET_READ`);
    const other = ask([], ADMIT);
    expect(other.decision).toBe("deny");
    expect(other.notes).toContain(`tenancy ${SOURCE} does not endorse BUCKET_READ`);
    expect(other.missing).toEqual(["BUCKET_READ"]);
  });

  test("each permission must be granted by both", () => {
    const more = [...DEFINES, "Admit group Guests of tenancy Them to manage buckets in tenancy"];
    expect(decided(ENDORSE, more, { permissions: ["BUCKET_READ"] })).toBe("allow");
    expect(decided(ENDORSE, more, { permissions: ["BUCKET_READ", "BUCKET_DELETE"] })).toBe("deny");
  });

  test("allow is for principals of the tenancy itself", () => {
    expect(decided(ENDORSE, ["Allow any-user to manage all-resources in tenancy"])).toBe("deny");
    expect(decided(["Allow any-user to manage all-resources in tenancy"], ADMIT)).toBe("deny");
    const home: Partial<Request> = { principal: { ...EVE, tenancy: ROOT } };
    expect(decided(ENDORSE, ["Allow any-user to manage all-resources in tenancy"], home)).toBe("allow");
  });

  test("any-tenancy and any-user on either side", () => {
    const anywhere = ["Endorse group Travellers to read buckets in any-tenancy"];
    const anybody = ["Admit any-user of any-tenancy to read buckets in tenancy"];
    expect(decided(anywhere, ADMIT)).toBe("allow");
    expect(decided(ENDORSE, anybody)).toBe("allow");
    expect(decided(anywhere, anybody)).toBe("allow");
    expect(decided(["Endorse any-user to read buckets in any-tenancy"], anybody)).toBe("allow");
    expect(decided(["Endorse group Administrators to read buckets in any-tenancy"], anybody)).toBe("deny");
  });
});

describe("aliases (docs: a define stands in the same policy)", () => {
  const third = "ocid1.tenancy.oc1..third";
  test.each([
    ["the alias is another tenancy's", [`Define tenancy Us as ${third}`, ENDORSE[1]!], ADMIT],
    ["the alias is not defined", [ENDORSE[1]!], ADMIT],
    ["the source's alias is another's", ENDORSE, [`Define tenancy Them as ${third}`, ...ADMIT.slice(1)]],
    ["the source's alias is not defined", ENDORSE, ADMIT.slice(1)],
    ["the group is another", ENDORSE, [ADMIT[0]!, "Define group Guests as ocid1.group.oc1..x", ADMIT[2]!]],
    ["the group is not defined", ENDORSE, [ADMIT[0]!, ADMIT[2]!]],
  ])("%s: refused", (_, endorse, admit) => {
    expect(decided(endorse, admit)).toBe("deny");
  });

  test("an alias that is missing is named", () => {
    expect(ask([ENDORSE[1]!], ADMIT).notes).toContainEqual(
      `policy 0 statement 0 of ${SOURCE}: its policy does not define the tenancy Us: it has no effect`,
    );
    expect(ask(ENDORSE, [ADMIT[0]!, ADMIT[2]!]).notes).toContainEqual(
      expect.stringContaining("does not define every group"),
    );
  });

  test("a define of another policy does not count, one that follows in the same does", () => {
    const apart = [{ statements: [DEFINE_US] }, { statements: [ENDORSE[1]!] }];
    expect(decided([], ADMIT, {}, { theirs: { policies: apart } })).toBe("deny");
    expect(decided([...ENDORSE].reverse(), [...ADMIT].reverse())).toBe("allow");
  });

  test("an OCID stands for a group that is not defined; case is ignored", () => {
    expect(
      decided(ENDORSE, [
        DEFINES[0]!,
        `admit group id ${GROUP.toUpperCase()} OF TENANCY them to read buckets in tenancy`,
      ]),
    ).toBe("allow");
  });
});

describe("places", () => {
  test("an admit to a compartment covers what is below it, and nothing else", () => {
    const admit = [...DEFINES, "Admit group Guests of tenancy Them to read buckets in compartment app"];
    expect(decided(ENDORSE, admit, { compartment: APP })).toBe("allow");
    expect(decided(ENDORSE, admit, { compartment: PROD })).toBe("allow");
    expect(decided(ENDORSE, admit, { compartment: NET })).toBe("deny");
  });

  test("an endorse may name a compartment of the other tenancy, by path, OCID or define", () => {
    const at = (location: string, ...more: string[]) => [
      DEFINE_US,
      ...more,
      `Endorse group Travellers to read buckets in compartment ${location} of tenancy Us`,
    ];
    for (const endorse of [at("app:prod"), at(`id ${PROD}`), at("P", `Define compartment P as ${PROD}`)]) {
      expect(decided(endorse, ADMIT, { compartment: PROD })).toBe("allow");
      expect(decided(endorse, ADMIT, { compartment: APP })).toBe("deny");
    }
    expect(ask(at("nowhere"), ADMIT).notes).toContainEqual(
      expect.stringContaining("compartment is not in the other"),
    );
  });

  test("a policy that is not in the root compartment has no effect (docs: Database Tools)", () => {
    const policies = [
      { compartment: APP, statements: [...DEFINES, ADMIT[2]!.replace("tenancy", "tenancy")] },
    ];
    const admit = [...DEFINES, "Admit group Guests of tenancy Them to read buckets in compartment app"];
    expect(decided(ENDORSE, [], {}, { ours: { policies } })).toBe("deny");
    const below = ask(ENDORSE, [], {}, { ours: { policies: [{ compartment: APP, statements: admit }] } });
    expect(below.decision).toBe("deny");
    expect(below.notes).toContainEqual(expect.stringContaining("must stand in a policy of the root"));
  });
});

describe("deny", () => {
  const DENY_ENDORSE = "Deny endorse group Travellers to read buckets in tenancy Us";
  const DENY_ADMIT = "Deny admit group Guests of tenancy Them to read buckets in tenancy";

  test("deny endorse and deny admit beat the rest", () => {
    const endorsed = ask([...ENDORSE, DENY_ENDORSE], ADMIT);
    expect(endorsed.decision).toBe("deny");
    expect(endorsed.denied).toEqual([{ policy: 0, statement: 2, tenancy: SOURCE }]);
    const admitted = ask(ENDORSE, [...ADMIT, DENY_ADMIT]);
    expect(admitted.decision).toBe("deny");
    expect(admitted.denied).toEqual([{ policy: 0, statement: 3 }]);
  });

  test("they have no effect where deny is not enabled", () => {
    expect(decided([...ENDORSE, DENY_ENDORSE], ADMIT, {}, { theirs: { denyEnabled: false } })).toBe("allow");
    expect(decided(ENDORSE, [...ADMIT, DENY_ADMIT], {}, { ours: { denyEnabled: false } })).toBe("allow");
  });

  test("deny endorse does not touch the source's Administrators", () => {
    const boss: Principal = { type: "user", id: "ocid1.user.oc1..boss", tenancy: SOURCE };
    const both = [
      "Endorse any-user to read buckets in any-tenancy",
      "Deny endorse any-user to read buckets in any-tenancy",
    ];
    const all = ["Admit any-user of any-tenancy to read buckets in tenancy"];
    expect(decided(both, all, { principal: boss })).toBe("allow");
    expect(decided(both, all)).toBe("deny");
  });

  test("whether an ordinary deny for everybody speaks of another tenancy's principals is unknown", () => {
    expect(decided(ENDORSE, [...ADMIT, "Deny any-user to read buckets in tenancy"])).toBe("unknown");
    expect(decided(ENDORSE, [...ADMIT, "Deny any-user to read vcns in tenancy"])).toBe("allow");
    expect(decided(ENDORSE, [...ADMIT, "Deny group Ops to read buckets in tenancy"])).toBe("allow");
  });
});

describe("conditions", () => {
  test("both sides' conditions count", () => {
    const endorse = [...ENDORSE.slice(0, 1), `${ENDORSE[1]} where request.region = 'iad'`];
    const admit = [...DEFINES, `${ADMIT[2]} where target.bucket.name = 'shared'`];
    const variables = { "target.bucket.name": "shared" };
    expect(decided(endorse, admit, { region: "iad", variables })).toBe("allow");
    expect(decided(endorse, admit, { region: "fra", variables })).toBe("deny");
    expect(decided(endorse, admit, { region: "iad" })).toBe("deny");
    expect(decided(endorse, admit, { variables })).toBe("unknown");
  });

  test("the principal's variables are those of its own tenancy", () => {
    const where = (condition: string) => [...DEFINES, `${ADMIT[2]} where ${condition}`];
    expect(decided(ENDORSE, where(`request.principal.compartment.id = '${SOURCE}'`))).toBe("allow");
    expect(decided(ENDORSE, where("request.user.name = 'eve@them'"))).toBe("allow");
    expect(decided(ENDORSE, where(`target.compartment.id = '${APP}'`))).toBe("allow");
    const endorse = [
      "Endorse dynamic-group robots to read buckets in any-tenancy where request.principal.compartment.tag.ops.stage = 'prod'",
    ];
    const admit = ["Admit any-user of any-tenancy to read buckets in tenancy"];
    expect(decided(endorse, admit, { principal: ROBOT })).toBe("allow");
  });
});

describe("dynamic groups, and what is outside", () => {
  const admit = [
    DEFINES[0]!,
    "Define dynamic-group R as ocid1.dynamicgroup.oc1..robots",
    "Admit dynamic-group R of tenancy Them to read buckets in tenancy",
  ];

  test("a dynamic group of the source is matched by the source's rules", () => {
    const endorse = ["Endorse dynamic-group robots to read buckets in any-tenancy"];
    expect(decided(endorse, admit, { principal: ROBOT })).toBe("allow");
    expect(decided(endorse, admit, { principal: { ...ROBOT, id: "ocid1.instance.oc1.iad.x" } })).toBe("deny");
    expect(decided([], [], { principal: ROBOT, permissions: ["COMPARTMENT_INSPECT"] })).toBe("deny");
  });

  test("a tenancy that is not given is outside, and refused where nothing admits it", () => {
    const none = { ours: { others: [] } };
    const unknown = ask([], ADMIT, {}, none);
    expect(unknown.decision).toBe("unknown");
    expect(unknown.notes?.[0]).toBe(
      `tenancy ${SOURCE} is not given: whether it endorses this is outside the decision`,
    );
    expect(decided([], DEFINES, {}, none)).toBe("deny");
  });

  test("an admit that does not say of which tenancy is unknown", () => {
    const odd = [...DEFINES, "Admit group Guests to read buckets in tenancy"];
    expect(decided(ENDORSE, odd)).toBe("unknown");
  });

  test("associate is named as outside, with the reason", () => {
    const associate =
      "Endorse any-user to associate compute-container-instances in tenancy Us with subnets in tenancy";
    expect(ask([DEFINE_US, associate], ADMIT).notes).toContainEqual(
      expect.stringContaining("associate is outside the decision"),
    );
  });

  test("operations are decided by what they need", () => {
    expect(decided(ENDORSE, ADMIT, { operation: "GetBucket", permissions: undefined as never })).toBe(
      "allow",
    );
    expect(decided(ENDORSE, ADMIT, { operation: "DeleteBucket", permissions: undefined as never })).toBe(
      "deny",
    );
  });
});

describe("the file", () => {
  test("has other tenancies and the principal's, each tenancy once", () => {
    const file = { ...tenancyWith(ADMIT), others: [source(ENDORSE)], requests: [] as Request[] };
    file.requests = [{ principal: EVE, operation: "GetBucket" }];
    const read = readTenancy(JSON.stringify(file), "t.json");
    expect(decide(compile(read), read.requests![0]!).decision).toBe("allow");
    const twice = JSON.stringify({ ...file, others: [source([]), source([])] });
    expect(() => readTenancy(twice, "t.json")).toThrow(
      `others.1.tenancy: ${SOURCE} is given already; each tenancy stands once`,
    );
  });
});
