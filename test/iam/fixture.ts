/**
 * A small tenancy that the tests of decisions share.
 * @module
 */
import {
  compile,
  type Decision,
  decide,
  type Principal,
  type Request,
  type Tenancy,
} from "../../iam/index.ts";

export const ROOT = "ocid1.tenancy.oc1..t";
export const APP = "ocid1.compartment.oc1..app";
export const PROD = "ocid1.compartment.oc1..prod";
export const NET = "ocid1.compartment.oc1..net";
export const ANN = { type: "user", id: "ocid1.user.oc1..ann" } as const satisfies Principal;
export const BOB = { type: "user", id: "ocid1.user.oc1..bob" } as const satisfies Principal;
export const ADMIN = { type: "user", id: "ocid1.user.oc1..admin" } as const satisfies Principal;
export const NOBODY = { type: "user", id: "ocid1.user.oc1..nobody" } as const satisfies Principal;
export const MACHINE = {
  type: "instance",
  id: "ocid1.instance.oc1.iad.m",
  compartment: APP,
} as const satisfies Principal;
export const OTHER_MACHINE: Principal = {
  type: "instance",
  id: "ocid1.instance.oc1.iad.o",
  compartment: APP,
};

/** app (with prod below) and net; Ops has Ann, Dev has Bob; the dynamic group readers has one machine. */
export const tenancyWith = (statements: string[], change: Partial<Tenancy> = {}): Tenancy => ({
  tenancy: ROOT,
  denyEnabled: true,
  compartments: [
    { id: APP, name: "app", parent: ROOT },
    { id: PROD, name: "prod", parent: APP },
    { id: NET, name: "net", parent: ROOT },
  ],
  groups: [
    { id: "ocid1.group.oc1..ops", name: "Ops", members: ["ocid1.user.oc1..ann"] },
    { id: "ocid1.group.oc1..dev", name: "Dev", members: ["ocid1.user.oc1..bob"] },
    { id: "ocid1.group.oc1..staffops", name: "Ops", domain: "Staff", members: ["ocid1.user.oc1..bob"] },
    { id: "ocid1.group.oc1..admins", name: "Administrators", members: ["ocid1.user.oc1..admin"] },
  ],
  dynamicGroups: [
    {
      id: "ocid1.dynamicgroup.oc1..readers",
      name: "readers",
      matchingRule: "All {instance.id = 'ocid1.instance.oc1.iad.m'}",
    },
  ],
  policies: [{ compartment: ROOT, statements }],
  ...change,
});

/** Asks for permissions in a compartment; Ann in app unless said otherwise. */
export const ask = (
  statements: string[],
  request: Partial<Request> = {},
  change: Partial<Tenancy> = {},
): Decision => {
  const what =
    request.operation === undefined && request.permissions === undefined
      ? { permissions: ["BUCKET_READ"] }
      : {};
  return decide(compile(tenancyWith(statements, change)), {
    principal: ANN,
    compartment: APP,
    ...what,
    ...request,
  });
};

/** Only the decision. */
export const decided = (...args: Parameters<typeof ask>): Decision["decision"] => ask(...args).decision;
