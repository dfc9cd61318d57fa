/**
 * Decisions made by hand from the documented rules, one row each: what is expected, statements, and what of the request
 * or the tenancy differs from Ann's reading a bucket in app.
 */
import { expect, test } from "vitest";
import { compile, decide, type Principal, type Request, type Tenancy } from "../../iam/index.ts";

const ROOT = "ocid1.tenancy.oc1..t";
const APP = "ocid1.compartment.oc1..app";
const PROD = "ocid1.compartment.oc1..prod";
const NET = "ocid1.compartment.oc1..net";
const ANN: Principal = { type: "user", id: "ocid1.user.oc1..ann" };
const BOB: Principal = { type: "user", id: "ocid1.user.oc1..bob" };
const ADM: Principal = { type: "user", id: "ocid1.user.oc1..admin" };
const NO: Principal = { type: "user", id: "ocid1.user.oc1..nobody" };
const VM = {
  type: "instance",
  id: "ocid1.instance.oc1.iad.m",
  compartment: APP,
  tags: { "ns.role": "web" },
} as const;
const FN = { type: "resource", resourceType: "fnfunc", id: "ocid1.fnfunc.oc1..f", compartment: APP } as const;

/** app (with prod below) and net; groups of two domains; three dynamic groups. */
const base: Tenancy = {
  tenancy: ROOT,
  denyEnabled: true,
  compartments: [
    { id: APP, name: "app", parent: ROOT, tags: { "ops.stage": "live" } },
    { id: PROD, name: "prod", parent: APP },
    { id: NET, name: "net", parent: ROOT },
  ],
  groups: [
    { id: "ocid1.group.oc1..ops", name: "Ops", members: [ANN.id], tags: { "ops.team": "red" } },
    { id: "ocid1.group.oc1..dev", name: "Dev", members: [BOB.id] },
    { id: "ocid1.group.oc1..staffops", name: "Ops", domain: "Staff", members: [BOB.id] },
    { id: "ocid1.group.oc1..lit", name: "Staff/Ops", members: [NO.id] },
    { id: "ocid1.group.oc1..admins", name: "Administrators", members: [ADM.id] },
  ],
  dynamicGroups: [
    {
      id: "ocid1.dynamicgroup.oc1..r",
      name: "readers",
      matchingRule: "All {instance.id = 'ocid1.instance.oc1.iad.m'}",
    },
    {
      id: "ocid1.dynamicgroup.oc1..w",
      name: "web",
      matchingRule: "any {tag.ns.role.value = 'WEB', resource.type = 'fnfunc',}",
    },
    {
      id: "ocid1.dynamicgroup.oc1..c",
      name: "comp",
      matchingRule: `all {resource.type='fnfunc', resource.compartment.id='${APP}'}`,
    },
  ],
};

const cases: { want: string; statements: string[]; request: Partial<Request>; change: Partial<Tenancy> }[] =
  [];

/** Adds a row. */
const t = (
  want: "allow" | "deny" | "unknown",
  statements: string | string[],
  request: Partial<Request> = {},
  change: Partial<Tenancy> = {},
): void => void cases.push({ want, statements: [statements].flat(), request, change });

const R = "allow group Ops to read buckets in tenancy";
const P = (...permissions: string[]): Partial<Request> => ({ permissions });
const V = (variables: Request["variables"] & object, more: Partial<Request> = {}): Partial<Request> => ({
  variables,
  ...more,
});

// grammar and names
t("allow", "ALLOW GROUP ops READ buckets IN TENANCY");
t("allow", "allow group 'Ops' to read buckets in tenancy // note");
t("allow", "allow group Dev, Ops to read buckets in compartment app");
t("allow", "allow group Default/Ops to read buckets in tenancy");
t("deny", "allow group Staff/Ops to read buckets in tenancy");
t("allow", "allow group 'Staff'/'Ops' to read buckets in tenancy", { principal: BOB });
t("allow", "allow group 'Staff/Ops' to read buckets in tenancy", { principal: NO });
t("deny", "allow group 'Staff/Ops' to read buckets in tenancy", { principal: BOB });
t("allow", "allow group id ocid1.group.oc1..dev,ocid1.group.oc1..ops to read buckets in tenancy");
t("allow", "allow any-user to read buckets in tenancy", { principal: NO });
t("allow", "allow any-group to read buckets in tenancy");

// verbs and permissions
t("deny", "allow group Ops to inspect buckets in tenancy");
t("allow", "allow group Ops to manage object-family in tenancy", P("OBJECT_DELETE", "BUCKET_DELETE"));
t("deny", R, P("BUCKET_READ", "BUCKET_UPDATE"));
t(
  "allow",
  ["allow group Ops to {BUCKET_READ} in tenancy", "allow group Ops to {BUCKET_UPDATE} in compartment app"],
  P("BUCKET_READ", "BUCKET_UPDATE"),
);
t("allow", "allow group Ops to {BUCKET_INSPECT, BUCKET_READ} in tenancy", P("BUCKET_INSPECT"));
t("allow", "allow group Ops to {OBJECT_INSPECT} in tenancy", { operation: "HeadObject" });
t("allow", "allow group Ops to {OBJECT_READ} in tenancy", { operation: "HeadObject" });
t("deny", "allow group Ops to {OBJECT_INSPECT} in tenancy", { operation: "GetObject" });
t("allow", "allow group Ops to read secret-bundles in tenancy", { operation: "GetSecretBundle" });
t("deny", "allow group Ops to read secrets in tenancy", { operation: "GetSecretBundle" });
t("allow", "allow group Ops to {SECRET_BUNDLE_READ} in tenancy", { operation: "GetSecretBundle" });
t("allow", "allow group Ops to manage all-resources in tenancy", { operation: "LaunchInstance" });
t(
  "deny",
  ["allow group Ops to manage all-resources in tenancy", "deny group Ops to use instances in tenancy"],
  { operation: "LaunchInstance" },
);

// deny
const M = "allow group Ops to manage buckets in tenancy";
t("deny", [M, "deny group Ops to inspect buckets in tenancy"], P("BUCKET_DELETE"));
t("allow", [M, "deny group Ops to manage buckets in tenancy"], P("BUCKET_UPDATE"));
t("deny", [M, "deny group Ops to manage buckets in tenancy"], P("BUCKET_DELETE"));
t("deny", [M, "deny group Ops to {BUCKET_READ} in tenancy"]);
t("allow", [M, "deny group Ops to {BUCKET_READ} in tenancy"], P("BUCKET_UPDATE"));
t(
  "allow",
  [
    "allow group Administrators to manage all-resources in tenancy",
    "deny any-user to inspect all-resources in tenancy",
  ],
  { principal: ADM },
);
t("allow", [M, "deny group Ops to inspect buckets in compartment net"]);
t("deny", [M, "deny group Ops to inspect buckets in compartment app"], { compartment: PROD });
t("allow", [M, "deny group Ops to inspect buckets in tenancy"], {}, { denyEnabled: false });
t("allow", [M, "deny group Ops to read buckets in tenancy where request.user.name != 'x'"]); // variable absent: deny does not fire
t("deny", [M, "deny group Ops to read buckets in tenancy where request.region='iad'"], { region: "IAD" });
t("unknown", [M, "deny group Ops to read buckets in tenancy where request.region='iad'"]);

// conditions
const W = (c: string, w = "BUCKET_READ"): string => `allow group Ops to {${w}} in tenancy where ${c}`;
t("deny", W("target.bucket.name != 'a'"));
t("allow", W("target.bucket.name != 'a'"), V({ "target.bucket.name": "b" }));
t("allow", W("target.bucket.name = /PRE*/"), V({ "target.bucket.name": "prefix" }));
t("deny", W("target.bucket.name = /*pre/"), V({ "target.bucket.name": "prefix" }));
t("allow", W("target.bucket.name = /*efi*/"), V({ "target.bucket.name": "prefix" }));
t("deny", W("target.bucket.name = 'pre*'"), V({ "target.bucket.name": "prefix" }));
t("allow", W("target.object.name = 'pre*'"), V({ "target.object.name": "prefix" }));
t("allow", W("target.object.name = '*fix'"), V({ "target.object.name": "preFIX" }));
t("allow", W("target.resource.tag.a.b = '*'"), V({ "target.resource.tag.a.b": "x" }));
t("deny", W("target.resource.tag.a.b = /*/"));
t(
  "allow",
  W("any {target.bucket.name='x', all {request.region='fra', target.bucket.name='y'}}"),
  V({ "target.bucket.name": "y" }, { region: "fra" }),
);
t("allow", W("target.bucket.name in ('x','y')"), V({ "target.bucket.name": "Y" }));
t("deny", W("target.bucket.name not in ('x','y')"), V({ "target.bucket.name": "Y" }));
t("deny", W("target.bucket.name not in ('x','y')"));
t("allow", W("request.principal.group.tag.ops.team = 'red'"));
t("deny", W("request.principal.group.tag.ops.team != 'red'"));
t("allow", W("target.resource.compartment.tag.ops.stage = 'live'"), { compartment: PROD });
t("deny", W("target.resource.compartment.tag.ops.stage = 'live'"), { compartment: NET });
t(
  "allow",
  W("sets-intersect(target.resource.tag.a.b, ('x','y'))"),
  V({ "target.resource.tag.a.b": ["y", "z"] }),
);
t("deny", W("sets-equal(target.resource.tag.a.b, ('x','y'))"), V({ "target.resource.tag.a.b": ["y"] }));
t("allow", W("sets-equal(target.resource.tag.a.b, ('x','y'))"), V({ "target.resource.tag.a.b": ["y", "X"] }));
t("allow", W("target.bucket.name"), V({ "target.bucket.name": "q" }));
t("deny", W("target.bucket.name"));
t("allow", W("!target.bucket.name"));
t("allow", W("not target.bucket.name"));
t("allow", W("request.utc-timestamp before '2027-01-01T00:00Z'"), { time: "2026-01-31T12:00:00Z" });
t("deny", W("request.utc-timestamp after '2027-01-01T00:00Z'"), { time: "2026-01-31T12:00:00Z" });
t("allow", W("request.utc-timestamp.time-of-day between '17:00:00Z' and '01:00:00Z'"), {
  time: "2026-01-31T23:00:00Z",
});
t("deny", W("request.utc-timestamp.time-of-day between '17:00:00Z' and '01:00:00Z'"), {
  time: "2026-01-31T12:00:00Z",
});
t("allow", W("request.utc-timestamp.day-of-week = 'saturday'"), { time: "2026-01-31T12:00:00Z" });
t("allow", W("request.utc-timestamp.month-of-year in ('1','2')"), { time: "2026-01-31T12:00:00Z" });
t("allow", W("request.utc-timestamp.day-of-month = '31'"), { time: "2026-01-31T12:00:00Z" });
t("unknown", W("request.utc-timestamp.day-of-month = '31'"));
t("unknown", W("target.bucket.name='x'"), V({ "target.bucket.name": { unknown: true } }));
t(
  "allow",
  "allow group Ops to manage buckets in tenancy where request.permission != 'BUCKET_DELETE'",
  P("BUCKET_UPDATE"),
);
t(
  "deny",
  "allow group Ops to manage buckets in tenancy where request.permission != 'BUCKET_DELETE'",
  P("BUCKET_UPDATE", "BUCKET_DELETE"),
);
t("allow", "allow group Ops to manage buckets in tenancy where request.operation='GetBucket'", {
  operation: "GetBucket",
});
t(
  "allow",
  "allow group Ops to manage buckets in tenancy where any {request.operation='getbucket', request.operation='PutBucket'}",
  { operation: "GetBucket" },
);
t("allow", W("target.resource.tag.a.b='x'", "BUCKET_READ"), {
  operation: "GetBucket",
  variables: { "target.resource.tag.a.b": "x" },
});
t("deny", W("target.resource.tag.a.b='x'", "BUCKET_INSPECT"), {
  operation: "ListBuckets",
  variables: { "target.resource.tag.a.b": "x" },
});
t("deny", W("target.resource.tag.a.b='x'", "BUCKET_CREATE"), {
  operation: "CreateBucket",
  variables: { "target.resource.tag.a.b": "x" },
});
t("deny", W("target.resource.tag.a.b='x'", "OBJECT_READ"), {
  operation: "GetObject",
  variables: { "target.resource.tag.a.b": "x" },
});
t("allow", W("target.bucket.tag.a.b='x'", "OBJECT_READ"), {
  operation: "GetObject",
  variables: { "target.bucket.tag.a.b": "x" },
});
t(
  "deny",
  W("target.resource.tag.a.b='x'", "INSTANCE_POWER_ACTIONS"),
  V({ "target.resource.tag.a.b": "x" }, P("INSTANCE_POWER_ACTIONS")),
);
t("allow", W("target.resource.compartment.tag.ops.stage='live'", "BUCKET_INSPECT"), {
  operation: "ListBuckets",
});
t("deny", `allow group Ops to inspect compartments in tenancy where target.compartment.id='${APP}'`, {
  operation: "ListCompartments",
});
t("allow", "allow group Ops to inspect buckets in tenancy where target.compartment.name='APP'", {
  operation: "ListBuckets",
});

// several values
t("allow", W("target.resource.tag.a.b='x'"), V({ "target.resource.tag.a.b": ["x", "y"] }));
t("deny", W("target.resource.tag.a.b!='x'"), V({ "target.resource.tag.a.b": ["x", "y"] }));
t("deny", W("target.resource.tag.a.b not in ('x','q')"), V({ "target.resource.tag.a.b": ["x", "y"] }));
t("allow", W("target.a.b = request.c.d"), V({ "target.a.b": ["x", "y"], "request.c.d": ["y"] }));
t("deny", W("target.a.b != request.c.d"), V({ "target.a.b": ["x", "y"], "request.c.d": ["y"] }));
t("allow", W("target.a.b != request.c.d"), V({ "target.a.b": ["x", "y"], "request.c.d": ["y", "z"] }));
t("deny", W("target.a.b != request.c.d"), V({ "target.a.b": "x" }));
t("allow", W("target.a.b in (request.c.d)"), V({ "target.a.b": ["x", "y"], "request.c.d": ["y"] }));
t(
  "allow",
  "allow dynamic-group readers to {BUCKET_READ} in tenancy where request.instance.id = target.instance.id",
  { principal: VM, variables: { "target.instance.id": VM.id } },
);
const ANYBODY = (c: string): string => `allow any-user to {BUCKET_READ} in tenancy where ${c}`;
// principals
t("allow", "allow dynamic-group web to read buckets in tenancy", { principal: VM });
t("allow", "allow dynamic-group web to read buckets in tenancy", { principal: FN });
t("allow", "allow dynamic-group comp to read buckets in tenancy", { principal: FN });
t("deny", "allow dynamic-group comp to read buckets in tenancy", { principal: { ...FN, compartment: PROD } });
t("deny", "allow dynamic-group web to read buckets in tenancy", { principal: { ...VM, tags: {} } });
t("allow", [], { principal: VM, permissions: ["COMPARTMENT_INSPECT"] });
t("allow", "deny any-user to inspect compartments in tenancy", {
  principal: VM,
  operation: "ListCompartments",
});
t("deny", [], { principal: FN, permissions: ["COMPARTMENT_INSPECT"] });
t("allow", "allow service objectstorage-us-ashburn-1 to read buckets in tenancy", {
  principal: { type: "service", name: "ObjectStorage-us-ashburn-1" },
});
t("allow", "allow service a, b to read buckets in tenancy", { principal: { type: "service", name: "b" } });
t("allow", ANYBODY("request.principal.type='instance'"), { principal: VM });
t("deny", ANYBODY("request.principal.type='instance'"));
t("allow", ANYBODY(`all {request.principal.type='fnfunc', request.principal.compartment.id='${APP}'}`), {
  principal: FN,
});

// attachment
const at = (c: string, s: string): Partial<Tenancy> => ({ policies: [{ compartment: c, statements: [s] }] });
t("allow", [], {}, at(APP, "allow group Ops to read buckets in compartment app"));
t("allow", [], { compartment: PROD }, at(APP, "allow group Ops to read buckets in compartment prod"));
t("deny", [], { compartment: PROD }, at(ROOT, "allow group Ops to read buckets in compartment prod"));
t("allow", [], { compartment: PROD }, at(ROOT, "allow group Ops to read buckets in compartment app:prod"));
t("deny", [], {}, at(APP, "allow group Ops to read buckets in tenancy"));
t("deny", [], { compartment: NET }, at(APP, `allow group Ops to read buckets in compartment id ${NET}`));
t("allow", [], { compartment: PROD }, at(APP, `allow group Ops to read buckets in compartment id ${PROD}`));
t("deny", [], { compartment: ROOT }, at(ROOT, "allow group Ops to read buckets in compartment app"));
t("deny", [], { compartment: APP }, at(PROD, "allow group Ops to read buckets in compartment app"));
t("deny", ["allow group Ops to read buckets in tenancy", "deny any-group to read buckets in tenancy"]);
t(
  "allow",
  "allow group Ops to read buckets in tenancy where ANY {target.bucket.name = 'a', target.bucket.name != 'a'}",
  V({ "target.bucket.name": "b" }),
);
t("unknown", "allow group Ops to read nosuchthings in tenancy", { operation: "FrobnicateNothing" });
t("deny", [M, "deny dynamic-group readers to inspect buckets in tenancy where target.dynamicgroup.id='x'"], {
  principal: VM,
  variables: { "target.dynamicgroup.id": "x" },
});
t(
  "allow",
  [
    "allow dynamic-group readers to manage dynamic-groups in tenancy",
    "deny dynamic-group readers to inspect dynamic-groups in tenancy where target.dynamicgroup.id='x'",
  ],
  { principal: VM, permissions: ["DYNAMIC_GROUP_UPDATE"], variables: { "target.dynamicgroup.id": "x" } },
);

test.each(cases)("$want: $statements", ({ want, statements, request, change }) => {
  const compiled = compile({ ...base, policies: [{ compartment: ROOT, statements }], ...change });
  const asked = request.operation === undefined ? { permissions: ["BUCKET_READ"] } : {};
  expect(decide(compiled, { principal: ANN, compartment: APP, ...asked, ...request }).decision).toBe(want);
});
