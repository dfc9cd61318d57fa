/** A small tenancy in which declarations of access are tried, and ways to make such declarations. @module */
import fc from "fast-check";
import { type Access, accessSchema, type Grant, type StackIds } from "../../../access/index.ts";

const PAD = "aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffgggggggg";
export const ocid = (type: string, end: string): string =>
  `ocid1.${type}.oc1.${["tenancy", "compartment", "dynamicgroup"].includes(type) ? "" : "iad"}.${PAD}${end}`;

export const TENANCY = ocid("tenancy", "root");
/** Two compartments of the root, and a child of the first. */
const COMPARTMENTS = [
  ocid("compartment", "work"),
  ocid("compartment", "safe"),
  ocid("compartment", "chil"),
] as const;
export const [WORK, SAFE, CHILD] = COMPARTMENTS;
/** Every place there is. */
export const PLACES = [TENANCY, ...COMPARTMENTS];
const PARENTS: Readonly<Record<string, string>> = { [WORK]: TENANCY, [SAFE]: TENANCY, [CHILD]: WORK };

/** Whether a place is another or lies in it. */
const within = (place: string, other: string): boolean =>
  place === other || (PARENTS[place] !== undefined && within(PARENTS[place], other));

export const INSTANCE = ocid("instance", "self");

export const ids: StackIds = {
  tenancyId: TENANCY,
  groupId: ocid("dynamicgroup", "main"),
  workloadCompartmentId: WORK,
  namespace: "ns",
  release: { bucketName: "keyless-release", objectName: "app.cjs" },
  secret: { id: ocid("vaultsecret", "main"), compartmentId: SAFE, seen: "stack" },
  decoy: { id: ocid("vaultsecret", "decoy"), seen: "stack" },
  vault: { id: ocid("vault", "main"), seen: "stack" },
  key: { id: ocid("key", "main"), managementEndpoint: "https://m.kms.example", seen: "stack" },
  signingKey: { id: ocid("key", "sign"), cryptoEndpoint: "https://c.kms.example", seen: "stack" },
};

/** Names that grants and requests draw from: few, so that they meet. */
export const SECRETS = [ids.secret.id, ids.decoy.id, ocid("vaultsecret", "third")];
export const BUCKETS = ["reports", "invoices", ids.release.bucketName];
export const OBJECTS = ["2026/a.pdf", "2026/", "2027/b.pdf", "a"];
export const NAMESPACES = ["app", "app_neighbour", "other"];
export const LOG_GROUPS = [ocid("loggroup", "one"), ocid("loggroup", "two")];
export const LOGS = [ocid("log", "one"), ocid("log", "two")];
export const INSTANCES = [INSTANCE, ocid("instance", "other")];

const place = fc.option(fc.constantFrom(...COMPARTMENTS), { nil: undefined });
const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;

const grant = fc.oneof(
  fc.record({ secret: fc.constantFrom(...SECRETS), compartment: place }),
  fc.record({
    bucket: fc.constantFrom(...BUCKETS),
    access: fc.constantFrom("read", "write"),
    prefix: fc.option(fc.constantFrom("2026/", "a"), { nil: undefined }),
    list: fc.option(fc.boolean(), { nil: undefined }),
    compartment: place,
  }),
  fc.record({ metrics: fc.constantFrom(...NAMESPACES), compartment: place }),
  fc.record({ logs: fc.constantFrom(...LOGS), group: fc.constantFrom(...LOG_GROUPS), compartment: place }),
  fc.record({
    instance: fc.constantFrom("self", ...INSTANCES),
    access: fc.constantFrom("read", "power"),
    compartment: place,
  }),
  fc.record({ audit: fc.constantFrom(...PLACES) }),
);

/** Declarations of access, as they are read from settings. */
export const anyAccess: fc.Arbitrary<Access> = fc
  .record({
    instance: fc.array(grant, { maxLength: 3 }),
    clients: fc.dictionary(
      fc.constantFrom("agent", "exporter"),
      fc.array(grant, { minLength: 1, maxLength: 2 }),
      {
        maxKeys: 2,
        noNullPrototype: true,
      },
    ),
  })
  .map(({ instance, clients }) =>
    accessSchema.parse({
      instance: instance.map(defined),
      clients: Object.fromEntries(Object.entries(clients).map(([k, v]) => [k, v.map(defined)])),
    }),
  );

/** What a request names beside its permission. */
export interface UniverseRequest {
  permission: string;
  place: string;
  variables: Record<string, string>;
}

/** What a grant means, said once more and in other words than the code's: the test's own reading of the docs. */
export const means = (g: Grant, { permission, place, variables }: UniverseRequest): boolean => {
  const at = (compartment: string | undefined, otherwise: string) => within(place, compartment ?? otherwise);
  const like = (name: string, value: string) => variables[name]?.toLowerCase() === value.toLowerCase();
  if ("secret" in g) {
    return (
      permission === "SECRET_BUNDLE_READ" && at(g.compartment, SAFE) && like("target.secret.id", g.secret)
    );
  }
  if ("bucket" in g) {
    if (!at(g.compartment, WORK) || !like("target.bucket.name", g.bucket)) return false;
    if (permission === "OBJECT_INSPECT") return g.list ?? (g.access === "read" && !g.prefix);
    const permissions = g.access === "read" ? ["OBJECT_READ"] : ["OBJECT_CREATE", "OBJECT_OVERWRITE"];
    const object = variables["target.object.name"]?.toLowerCase();
    return (
      permissions.includes(permission) && (!g.prefix || object?.startsWith(g.prefix.toLowerCase()) === true)
    );
  }
  if ("metrics" in g) {
    return (
      permission === "METRIC_WRITE" && at(g.compartment, WORK) && like("target.metrics.namespace", g.metrics)
    );
  }
  if ("logs" in g) {
    return (
      permission === "LOG_CONTENT_PUSH" && at(g.compartment, WORK) && like("target.loggroup.id", g.group)
    );
  }
  if ("instance" in g) {
    const wanted = g.access === "read" ? "INSTANCE_READ" : "INSTANCE_POWER_ACTIONS";
    const id = g.instance === "self" ? INSTANCE : g.instance;
    return permission === wanted && at(g.compartment, WORK) && like("target.instance.id", id);
  }
  if ("audit" in g) return permission === "AUDIT_EVENT_READ" && within(place, g.audit);
  throw new Error("a raw grant means what its statement says");
};
