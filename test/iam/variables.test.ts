import { describe, expect, test } from "vitest";
import type { Request, Tenancy, VariableValue } from "../../iam/index.ts";
import { ANN, APP, decided, MACHINE, NET, NOBODY, PROD, ROOT } from "./fixture.ts";

/** What a condition says of variables: Ann reads a bucket in app. */
const when = (
  condition: string,
  variables: Record<string, VariableValue> = {},
  request: Partial<Request> = {},
  change: Partial<Tenancy> = {},
): string =>
  decided(
    [`Allow any-user to manage all-resources in tenancy where ${condition}`],
    { variables, ...request },
    change,
  );

const TAG = "target.resource.tag.ns.key";
const GROUP_TAG = "request.principal.group.tag.ns.key";
const _unknown = { unknown: true } as const;

describe("variables that follow from the request (docs: General Variables for All Requests)", () => {
  test("the principal", () => {
    expect(when(`request.user.id = '${ANN.id}'`)).toBe("allow");
    expect(when(`request.principal.id = '${ANN.id}'`)).toBe("allow");
    expect(when("request.principal.type = 'user'")).toBe("allow");
    expect(when(`request.principal.compartment.id = '${ROOT}'`)).toBe("allow");
    expect(when("request.groups.id = 'ocid1.group.oc1..ops'")).toBe("allow");
    expect(when("request.groups.id != 'ocid1.group.oc1..ops'", {}, { principal: NOBODY })).toBe("deny");
    expect(when("request.user.name = 'Ann'", {}, {}, { users: [{ id: ANN.id, name: "ann" }] })).toBe("allow");
    const machine = { principal: MACHINE };
    expect(when(`request.instance.id = '${MACHINE.id}'`, {}, machine)).toBe("allow");
    expect(when("request.principal.type = 'instance'", {}, machine)).toBe("allow");
    expect(when(`request.instance.compartment.id = '${APP}'`, {}, machine)).toBe("allow");
    expect(
      when("request.instance.id = target.instance.id", { "target.instance.id": MACHINE.id }, machine),
    ).toBe("allow");
    expect(when("!request.user.id", {}, machine)).toBe("allow");
    expect(when("!request.instance.id")).toBe("allow");
    const cluster = {
      principal: { type: "resource", resourceType: "cluster", id: "ocid1.cluster.oc1..k", compartment: NET },
    } as const;
    expect(when("request.principal.type = 'Cluster'", {}, cluster)).toBe("allow");
    expect(when(`request.resource.compartment.id = '${NET}'`, {}, cluster)).toBe("allow");
    const service = { principal: { type: "service", name: "objectstorage-us-1" } } as const;
    expect(
      when("all {request.principal.type = 'service', request.service.name = /objectstorage-*/}", {}, service),
    ).toBe("allow");
    expect(when("!request.principal.id", {}, service)).toBe("allow");
  });

  test("the target's compartment; ListCompartments alone has none", () => {
    expect(when(`target.compartment.id = '${APP}'`)).toBe("allow");
    expect(when("target.compartment.name = 'App'")).toBe("allow");
    expect(when("target.compartment.name != 'app'")).toBe("deny");
    expect(when(`target.compartment.id = '${APP}'`, {}, { operation: "ListBuckets" })).toBe("allow");
    expect(when(`target.compartment.id = '${APP}'`, {}, { operation: "ListCompartments" })).toBe("deny");
  });

  test("the operation", () => {
    expect(when("request.operation = 'getbucket'", {}, { operation: "GetBucket" })).toBe("allow");
    expect(when("request.operation = /Get*/", {}, { operation: "ListBuckets" })).toBe("deny");
    expect(when("request.operation != 'x'")).toBe("deny");
  });

  test("what a request supplies comes before what follows from it", () => {
    expect(when("request.principal.type = 'nodepool'", { "request.principal.type": "nodepool" })).toBe(
      "allow",
    );
  });

  test("tags of groups, dynamic groups and compartments (docs: Using Tags to Manage Access)", () => {
    const change: Partial<Tenancy> = {
      groups: [
        { id: "ocid1.group.oc1..ops", name: "Ops", members: [ANN.id], tags: { "Ns.Key": ["Red", "blue"] } },
      ],
      dynamicGroups: [
        {
          id: "ocid1.dynamicgroup.oc1..r",
          name: "readers",
          matchingRule: "instance.id = 'ocid1.instance.oc1.iad.m'",
          tags: { "ns.key": "green" },
        },
      ],
      compartments: [
        { id: ROOT, name: "root", tags: { "ns.where": "root" } },
        { id: APP, name: "app", parent: ROOT, tags: { "ns.where": "app" } },
        { id: PROD, name: "prod", parent: APP },
      ],
    };
    const ask = (condition: string, request: Partial<Request> = {}): string =>
      when(condition, {}, request, change);
    expect(ask(`${GROUP_TAG} = 'red'`)).toBe("allow");
    expect(ask(`${GROUP_TAG} = 'green'`)).toBe("deny");
    expect(ask(`${GROUP_TAG} = 'green'`, { principal: MACHINE })).toBe("allow");
    expect(ask("target.resource.compartment.tag.ns.where = 'app'", { compartment: PROD })).toBe("allow");
    expect(ask("target.resource.compartment.tag.ns.where = 'app'", { compartment: ROOT })).toBe("deny");
    expect(ask("request.principal.compartment.tag.ns.where = 'app'", { principal: MACHINE })).toBe("allow");
    expect(ask("request.principal.compartment.tag.ns.where = 'root'")).toBe("allow");
  });
});

describe("target.resource.tag (docs: Using Tags to Manage Access, limitations)", () => {
  test("a request for a permission is a list unless it says which operation it is", () => {
    const statement = `Allow group Ops to inspect volumes in tenancy where ${TAG} = 'a'`;
    const inspect = (variables: Request["variables"]): string =>
      decided([statement], { permissions: ["VOLUME_INSPECT"], variables: { [TAG]: "a", ...variables } });
    expect(inspect({})).toBe("deny");
    expect(inspect({ "request.operation": "ListVolumes" })).toBe("deny");
    expect(inspect({ "request.operation": "GetVolume" })).toBe("allow");
  });

  const tagged = (request: Partial<Request>): string => when(`${TAG} = 'x'`, { [TAG]: "x" }, request);

  test("cannot grant to list or to create", () => {
    expect(tagged({ operation: "GetBucket" })).toBe("allow");
    expect(tagged({ operation: "ListBuckets" })).toBe("deny");
    expect(tagged({ operation: "CreateBucket" })).toBe("deny");
    expect(tagged({ operation: "ListVcns" })).toBe("deny");
    expect(tagged({ operation: "GetVcn" })).toBe("allow");
    expect(tagged({ permissions: ["BUCKET_INSPECT"] })).toBe("deny");
    expect(tagged({ permissions: ["VOLUME_CREATE"] })).toBe("deny");
    expect(tagged({ permissions: ["VTAP_LIST"] })).toBe("deny");
  });

  test.each([
    "OBJECT_READ",
    "OBJECT_DELETE",
    "INSTANCE_POOL_READ",
    "INSTANCE_POWER_ACTIONS",
    "VOLUME_BACKUP_COPY",
    "BACKUP_POLICY_ASSIGNMENT_DELETE",
    "INSTANCE_CONSOLE_CONNECTION_DELETE",
    "VNIC_UPDATE",
    "VNIC_DELETE",
    "PRIVATE_IP_UPDATE",
    "KEY_ENCRYPT",
  ])("cannot grant %s", (permission) => expect(tagged({ permissions: [permission] })).toBe("deny"));

  test("the tag of the compartment and of the bucket can", () => {
    for (const variable of ["target.resource.compartment.tag.ns.key", "target.bucket.tag.ns.key"]) {
      expect(when(`${variable} = 'x'`, { [variable]: "x" }, { operation: "ListObjects" })).toBe("allow");
      expect(when(`${variable} = 'x'`, { [variable]: "x" }, { operation: "CreateBucket" })).toBe("allow");
    }
  });

  test("an alternative beside the tag still grants", () => {
    expect(
      when(`any {request.permission = 'BUCKET_CREATE', ${TAG} = 'x'}`, {}, { operation: "CreateBucket" }),
    ).toBe("allow");
  });
});
