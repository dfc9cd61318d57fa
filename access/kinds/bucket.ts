import { z } from "zod";
import { OBJECT_PREFIX } from "../../document/grant-forms.ts";
import type { AllowInput, ProbeInput } from "../../document/schema.ts";
import { findingOf } from "../finding-codes.ts";
import { compartmentId } from "../forms.ts";
import { kind } from "../grant.ts";
import { groupStatement } from "../statement.ts";

const entry = z.strictObject({
  /** The bucket's name. */
  bucket: z.string().regex(/^[A-Za-z0-9._-]{1,256}$/, { error: "must be a bucket's name" }),
  /** `read`: get objects; `write`: put them, over existing ones too; `delete`: delete them. None has another with it. */
  access: z.enum(["read", "write", "delete"]),
  /** Beginning of the names of the objects that are granted; all objects when absent. */
  prefix: z
    .string()
    .regex(OBJECT_PREFIX, { error: "must be the beginning of object names, without ' and *" })
    .optional(),
  /** True when names may be listed. @default true for read without prefix, else false */
  list: z.boolean().optional(),
  /** True when large objects may be put in parts (multipart uploads); with `access: write` only. @default false */
  multipart: z.boolean().optional(),
  /** OCID of the bucket's compartment. @default the workload's compartment */
  compartment: compartmentId.optional(),
});
const schema = entry.refine((g) => !g.multipart || g.access === "write", {
  path: ["multipart"],
  error: "goes with access: write only",
});
type BucketGrant = z.infer<typeof schema>;

/**
 * True when a grant lists names. Its statement opens those of the whole bucket: no condition can narrow a
 * list (it has no `target.object.name`).
 */
const lists = (g: BucketGrant): boolean => g.list ?? (g.access === "read" && g.prefix === undefined);

/** An ETag that no object has: 412 shows that a write is allowed, and nothing is written. */
const NEVER = { "if-match": "keyless-never-matches" };

/** What a grant lets clients do with objects, the statement's permissions for it, and its words for people. */
const ACCESS = {
  read: {
    operations: ["objectstorage.GetObject", "objectstorage.HeadObject"],
    permissions: ["OBJECT_READ"],
    verb: "read",
    of: "of",
  },
  write: {
    operations: ["objectstorage.PutObject"],
    permissions: ["OBJECT_CREATE", "OBJECT_OVERWRITE"],
    verb: "put",
    of: "into",
  },
  delete: {
    operations: ["objectstorage.DeleteObject"],
    permissions: ["OBJECT_DELETE"],
    verb: "delete",
    of: "of",
  },
} as const;

/** Operations of a multipart upload that has been begun. */
const PARTS = [
  "objectstorage.UploadPart",
  "objectstorage.CommitMultipartUpload",
  "objectstorage.AbortMultipartUpload",
  "objectstorage.ListMultipartUploadParts",
];

/**
 * What the operations of multipart uploads need beside creating and overwriting (policy reference, "Details for Object
 * Storage": CommitMultipartUpload, AbortMultipartUpload, ListMultipartUploads, ListMultipartUploadParts). The condition
 * keeps reading and deleting objects out.
 */
const PARTS_PERMISSIONS = ["BUCKET_READ", "OBJECT_READ", "OBJECT_INSPECT", "OBJECT_DELETE"];
const PARTS_CONDITION = "request.operation = /*MultipartUpload*/";

/**
 * Allow rules of a grant.
 * @param narrowed true as the proxy enforces them, false as wide as the statements: no condition narrows a list
 */
const rules = (g: BucketGrant, namespace: string, narrowed: boolean): Omit<AllowInput, "grant">[] => {
  const bucket = { "path.namespaceName": namespace, "path.bucketName": g.bucket };
  const object: AllowInput["where"] = g.prefix ? { "path.objectName": { prefix: g.prefix } } : {};
  const list: AllowInput["where"] = g.prefix && narrowed ? { "query.prefix": { prefix: g.prefix } } : {};
  const listing: Omit<AllowInput, "grant">[] = lists(g)
    ? [{ operations: ["objectstorage.ListObjects"], where: { ...bucket, ...list } }]
    : [];
  const parts: Omit<AllowInput, "grant">[] = g.multipart
    ? [
        {
          operations: ["objectstorage.CreateMultipartUpload"],
          where: { ...bucket, "body.object": { prefix: g.prefix ?? "" } },
        },
        { operations: PARTS, where: { ...bucket, ...object } },
        // A list of uploads shows the names of the whole bucket, and takes no prefix.
        ...(g.prefix && narrowed
          ? []
          : [{ operations: ["objectstorage.ListMultipartUploads"], where: bucket }]),
      ]
    : [];
  return [
    { operations: [...ACCESS[g.access].operations], where: { ...bucket, ...object } },
    ...listing,
    ...parts,
  ];
};

/** Reading, writing or deleting the objects of one bucket, or those whose names begin with a prefix. */
export const bucketGrant = kind<BucketGrant>({
  key: "bucket",
  schema,
  id: (g) =>
    `bucket ${g.bucket} ${g.access}${g.multipart ? " multipart" : ""}${g.prefix ? ` ${g.prefix}*` : ""}`,
  label: (g) => {
    const { verb, of } = ACCESS[g.access];
    const which = g.prefix ? `objects whose names begin with ${g.prefix}` : "objects";
    const parts = g.multipart ? ", in parts too" : "";
    return `${verb} ${which} ${of} the bucket ${g.bucket}${parts}${lists(g) ? ", and list its names" : ""}`;
  },
  compartment: (g) => g.compartment,
  statements: (g, ids) => {
    const at = g.compartment ?? ids.workloadCompartmentId;
    const bucket = `target.bucket.name = '${g.bucket}'`;
    // Quoted, not between slashes: names hold slashes, and Oracle documents '…*' as a pattern for this variable.
    const conditions = g.prefix ? [bucket, `target.object.name = '${g.prefix}*'`] : [bucket];
    const { permissions } = ACCESS[g.access];
    const texts =
      lists(g) && !g.prefix
        ? [groupStatement(ids.groupId, ["OBJECT_INSPECT", ...permissions], at, [bucket])]
        : [
            groupStatement(ids.groupId, permissions, at, conditions),
            ...(lists(g) ? [groupStatement(ids.groupId, ["OBJECT_INSPECT"], at, [bucket])] : []),
          ];
    // Whether the name of an upload's object can be compared is in no document.
    if (g.multipart)
      texts.push(groupStatement(ids.groupId, PARTS_PERMISSIONS, at, [bucket, PARTS_CONDITION]));
    return texts.map((text) => ({ compartmentId: at, text }));
  },
  allow: (g, ids) => rules(g, ids.namespace, true),
  scope: (g, ids) => rules(g, ids.namespace, false),
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
    const onObject = (
      access: "write" | "delete",
      objectName: string,
      expected: "allowed" | "refused",
      where: string,
    ): ProbeInput => ({
      name: `bucket-${g.bucket}-${access === "write" ? "put" : "delete"}${where}`,
      says: `${access === "write" ? "put an object into" : "delete an object of"} the bucket ${g.bucket}${where ? " outside of the prefix" : ""}`,
      operation: ACCESS[access].operations[0],
      params: { ...params, objectName },
      headers: NEVER,
      // An object that is not there is said to a caller who may delete it; to others the bucket is not there.
      ...(access === "delete" && { absent: "ObjectNotFound" }),
      target,
      expected,
    });
    const tried = (access: "write" | "delete"): ProbeInput[] => {
      const granted = g.access === access;
      const within = onObject(access, `${g.prefix ?? ""}keyless-probe`, granted ? "allowed" : "refused", "");
      const outside =
        granted && g.prefix ? [onObject(access, "keyless-probe-outside", "refused", "-outside")] : [];
      return [within, ...outside];
    };
    const uploads: ProbeInput = {
      name: `bucket-${g.bucket}-uploads`,
      says: `list the uploads under way to the bucket ${g.bucket}`,
      operation: "objectstorage.ListMultipartUploads",
      params,
      query: { limit: "1" },
      target,
      expected: "allowed",
    };
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
    // Nothing that a client with a prefix may call shows that uploads in parts are allowed, and makes none.
    const parts = g.multipart && !g.prefix ? [uploads] : [];
    // Beside what is granted, what is next to it: a metadata document has little room.
    const changes = g.access === "delete" ? [...tried("write"), ...tried("delete")] : tried("write");
    const all = [list, ...changes, ...parts, neighbour];
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
