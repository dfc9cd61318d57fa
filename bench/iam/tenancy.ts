/**
 * A large tenancy: 5,000 statements in 100 policies, 300 compartments, 200 groups of 10 of 1,000 users, 100 dynamic
 * groups, 10,000 instances. A third of the statements is of dynamic groups, a quarter has a condition, one of 97 denies.
 * @module
 */
import type { Tenancy } from "../../iam/index.ts";

const COMPARTMENTS = 300;
const GROUPS = 200;
const DYNAMIC_GROUPS = 100;
const ROOT = "ocid1.tenancy.oc1..t";

/** The n-th compartment's OCID. */
export const compartmentId = (n: number): string => `ocid1.compartment.oc1..c${n % COMPARTMENTS}`;

const TYPES = [
  "buckets",
  "objects",
  "secret-bundles",
  "instances",
  "volumes",
  "log-groups",
  "vaults",
  "vnics",
];
const VERBS = ["inspect", "read", "use", "manage"];

const statement = (i: number): string => {
  const subject =
    i % 3 === 0
      ? `dynamic-group id ocid1.dynamicgroup.oc1..d${i % DYNAMIC_GROUPS}`
      : `group id ocid1.group.oc1..g${i % GROUPS}`;
  const where = i % 4 === 0 ? ` where all {target.bucket.name = /b${i % 7}*/, request.region = 'iad'}` : "";
  const effect = i % 97 === 0 ? "Deny" : "Allow";
  const what = `${VERBS[(i >> 2) % VERBS.length]} ${TYPES[i % TYPES.length]}`;
  return `${effect} ${subject} to ${what} in compartment id ${compartmentId(i * 7)}${where}`;
};

const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Makes the tenancy; always the same. */
export const largeTenancy = (): Tenancy => ({
  tenancy: ROOT,
  denyEnabled: true,
  compartments: times(COMPARTMENTS, (i) => ({
    id: compartmentId(i),
    name: `c${i}`,
    parent: i < 20 ? ROOT : compartmentId(i % 20),
  })),
  groups: times(GROUPS, (i) => ({
    id: `ocid1.group.oc1..g${i}`,
    name: `g${i}`,
    members: times(10, (k) => `ocid1.user.oc1..u${(i * 7 + k * 31) % 1000}`),
  })),
  dynamicGroups: times(DYNAMIC_GROUPS, (i) => ({
    id: `ocid1.dynamicgroup.oc1..d${i}`,
    name: `d${i}`,
    matchingRule: `all {instance.compartment.id = '${compartmentId(i)}', tag.ops.role.value = 'r${i % 5}'}`,
  })),
  instances: times(10_000, (i) => ({
    id: `ocid1.instance.oc1.iad.i${i}`,
    compartment: compartmentId(i),
    tags: { "ops.role": `r${i % 5}` },
  })),
  policies: times(100, (p) => ({ statements: times(50, (k) => statement(p * 50 + k)) })),
});
