import { z } from "zod";
import { OBJECT_PREFIX } from "../../document/grant-forms.ts";
import type { AllowInput, ProbeInput } from "../../document/schema.ts";
import { findingOf } from "../finding-codes.ts";
import { compartmentId } from "../forms.ts";
import { kind } from "../grant.ts";
import { groupStatement } from "../statement.ts";

const schema = z.strictObject({
  /** The bucket's name. */
  bucket: z.string().regex(/^[A-Za-z0-9._-]{1,256}$/, { error: "must be a bucket's name" }),
  /** `read`: get objects; `write`: put them, over existing ones too. Neither deletes. */
  access: z.enum(["read", "write"]),
  /** Beginning of the names of the objects that are granted; all objects when absent. */
  prefix: z
    .string()
    .regex(OBJECT_PREFIX, { error: "must be the beginning of object names, without ' and *" })
    .optional(),
  /** True when names may be listed. @default true for read without prefix, else false */
  list: z.boolean().optional(),
  /** OCID of the bucket's compartment. @default the workload's compartment */
  compartment: compartmentId.optional(),
});
type BucketGrant = z.infer<typeof schema>;

/**
 * True when a grant lists names. Its statement opens those of the whole bucket: no condition can narrow a
 * list (it has no `target.object.name`).
 */
const lists = (g: BucketGrant): boolean => g.list ?? (g.access === "read" && g.prefix === undefined);

/** An ETag that no object has: 412 shows that a write is allowed, and nothing is written. */
const NEVER = { "if-match": "keyless-never-matches" };

/** Allow rules of a grant. @param listed prefix of the names that may be listed; undefined for all names */
const rules = (
  g: BucketGrant,
  namespace: string,
  listed: string | undefined,
): Omit<AllowInput, "grant">[] => {
  const bucket = { "path.namespaceName": namespace, "path.bucketName": g.bucket };
  const operations =
    g.access === "read"
      ? ["objectstorage.GetObject", "objectstorage.HeadObject"]
      : ["objectstorage.PutObject"];
  const object: AllowInput["where"] = g.prefix ? { "path.objectName": { prefix: g.prefix } } : {};
  const list: AllowInput["where"] = listed ? { "query.prefix": { prefix: listed } } : {};
  return [
    { operations, where: { ...bucket, ...object } },
    ...(lists(g) ? [{ operations: ["objectstorage.ListObjects"], where: { ...bucket, ...list } }] : []),
  ];
};

/** Reading or writing the objects of one bucket, or those whose names begin with a prefix. */
export const bucketGrant = kind<BucketGrant>({
  key: "bucket",
  schema,
  id: (g) => `bucket ${g.bucket} ${g.access}${g.prefix ? ` ${g.prefix}*` : ""}`,
  label: (g) => {
    const which = g.prefix ? `objects whose names begin with ${g.prefix}` : "objects";
    const verb = g.access === "read" ? "read" : "put";
    return `${verb} ${which} ${g.access === "read" ? "of" : "into"} the bucket ${g.bucket}${lists(g) ? ", and list its names" : ""}`;
  },
  compartment: (g) => g.compartment,
  statements: (g, ids) => {
    const at = g.compartment ?? ids.workloadCompartmentId;
    const bucket = `target.bucket.name = '${g.bucket}'`;
    // Quoted, not between slashes: names hold slashes, and Oracle documents '…*' as a pattern for this variable.
    const conditions = g.prefix ? [bucket, `target.object.name = '${g.prefix}*'`] : [bucket];
    const permissions = g.access === "read" ? ["OBJECT_READ"] : ["OBJECT_CREATE", "OBJECT_OVERWRITE"];
    const texts =
      lists(g) && !g.prefix
        ? [groupStatement(ids.groupId, ["OBJECT_INSPECT", ...permissions], at, [bucket])]
        : [
            groupStatement(ids.groupId, permissions, at, conditions),
            ...(lists(g) ? [groupStatement(ids.groupId, ["OBJECT_INSPECT"], at, [bucket])] : []),
          ];
    return texts.map((text) => ({ compartmentId: at, text }));
  },
  allow: (g, ids) => rules(g, ids.namespace, g.prefix),
  // Lists cannot be narrowed by a statement.
  scope: (g, ids) => rules(g, ids.namespace, undefined),
  probes: (g, ids) => {
    const target = { id: g.bucket, seen: "deployer" } as const;
    const params = { namespaceName: ids.namespace, bucketName: g.bucket };
    const list: ProbeInput = {
      name: `bucket-${g.bucket}-list`,
      says: `list the bucket ${g.bucket}`,
      operation: "objectstorage.ListObjects",
      params,
      query: { limit: "1", ...(g.prefix && { prefix: g.prefix }) },
      target,
      expected: lists(g) ? "allowed" : "refused",
    };
    const put = (objectName: string, expected: "allowed" | "refused", where: string): ProbeInput => ({
      name: `bucket-${g.bucket}-put${where}`,
      says: `put an object into the bucket ${g.bucket}${where ? " outside of the prefix" : ""}`,
      operation: "objectstorage.PutObject",
      params: { ...params, objectName },
      headers: NEVER,
      target,
      expected,
    });
    const neighbour: ProbeInput = {
      // The same for every bucket: it is tried once.
      name: "release-object",
      says: "read the app's bundle in the release bucket",
      operation: "objectstorage.GetObject",
      params: {
        namespaceName: ids.namespace,
        bucketName: ids.release.bucketName,
        objectName: ids.release.objectName,
      },
      target: { id: `${ids.release.bucketName}/${ids.release.objectName}`, seen: "stack" },
      expected: "refused",
    };
    const writes = g.access === "write";
    const within = put(`${g.prefix ?? ""}keyless-probe`, writes ? "allowed" : "refused", "");
    const outside = writes && g.prefix ? [put("keyless-probe-outside", "refused", "-outside")] : [];
    const all = [list, within, ...outside, neighbour];
    return {
      allowed: all.filter((p) => p.expected === "allowed"),
      refused: all.filter((p) => p.expected === "refused"),
    };
  },
  findings: (g) =>
    g.prefix && lists(g)
      ? [
          findingOf(
            "list-shows-all-names",
            `the instance can list every name in the bucket ${g.bucket}, not only those that begin with ${g.prefix}: OCI has no condition for it. The proxy narrows it for clients.`,
          ),
        ]
      : [],
  lookups: (g, { namespace, compartments }) => [
    {
      operation: "objectstorage.GetBucket",
      params: { namespaceName: namespace, bucketName: g.bucket },
      what: `bucket ${g.bucket}`,
      expectedCompartment: g.compartment ?? compartments.workload,
    },
  ],
  deployerNeeds: [{ action: "{BUCKET_READ}", why: "buckets that are granted exist" }],
});
