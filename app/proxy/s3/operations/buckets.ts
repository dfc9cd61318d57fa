/** What is answered about buckets without Object Storage's own word: the client's grants know them. @module */

import { constraintTexts, meetsAlways } from "../../../../document/rules/constraint.ts";
import type { AllowRule, ClientPolicy } from "../../../../document/rules/policy.ts";
import { headOf } from "../conditions.ts";
import { type AtDoor, bucketOf, numberIn, objectOf, type S3Handler } from "../door.ts";
import { S3Error } from "../errors.ts";
import { failureOf } from "../native-errors.ts";
import { commonHeaders, respondXml } from "../respond.ts";

/** Lists have a date for each bucket; what it is would need a right that the grants do not give. */
const CREATED = "1970-01-01T00:00:00.000Z";

/** Rules about objects, whatever they allow there. */
const bucketRules = (policy: ClientPolicy): AllowRule[] =>
  [...policy].flatMap(([operation, rules]) => (operation.startsWith("objectstorage.") ? rules : []));

const bucketWanted = (rule: AllowRule) =>
  rule.early.find((c) => c.where === "path" && c.name === "bucketName")?.wanted;

/** True when some grant of the client's is about a bucket. */
const knowsBucket = (policy: ClientPolicy, bucket: string): boolean =>
  bucketRules(policy).some((rule) => {
    const wanted = bucketWanted(rule);
    return wanted === undefined || meetsAlways(bucket, wanted);
  });

/** The names of buckets that a client's grants spell out. */
const namedBuckets = (policy: ClientPolicy): string[] => {
  const names = bucketRules(policy).flatMap((rule) => {
    const wanted = bucketWanted(rule);
    return wanted === undefined || (typeof wanted === "object" && "prefix" in wanted)
      ? []
      : constraintTexts(wanted);
  });
  return [...new Set(names)].sort();
};

const checkKnown = ({ client, policy }: AtDoor, bucket: string): void => {
  if (!knowsBucket(policy, bucket))
    throw new S3Error("AccessDenied", `no grant of ${client} is about the bucket ${bucket}`);
};

const owner = ({ client }: AtDoor) =>
  [
    "Owner",
    [
      ["ID", client],
      ["DisplayName", client],
    ],
  ] as const;

/** Most buckets of one page, as S3 has it. */
const MOST_BUCKETS = 10_000;

export const listBuckets: S3Handler = async (at) => {
  const prefix = at.s3.query.get("prefix") ?? "";
  const after = at.s3.query.get("continuation-token") ?? "";
  const most = numberIn(at, "max-buckets", MOST_BUCKETS, 1, MOST_BUCKETS);
  const left = namedBuckets(at.policy).filter((name) => name.startsWith(prefix) && name > after);
  const shown = left.slice(0, most);
  const buckets = shown.map(
    (name) =>
      [
        "Bucket",
        [
          ["Name", name],
          ["CreationDate", CREATED],
        ],
      ] as const,
  );
  respondXml(at.response, at.requestId, "ListAllMyBucketsResult", [
    owner(at),
    ["Buckets", buckets],
    ["Prefix", prefix === "" ? undefined : prefix],
    ["ContinuationToken", shown.length < left.length ? shown.at(-1) : undefined],
  ]);
};

/** A region that any client takes: the instance's own, as OCI writes it. */
const region = ({ core }: AtDoor): string => core.principal.identity?.regionId ?? "us-east-1";

/** A list that shows whether the bucket is there, where the client may list it. */
const checkThere = async (at: AtDoor): Promise<void> => {
  const call = {
    operation: "ListObjects",
    params: { bucketName: bucketOf(at) },
    query: { limit: 1, fields: "name" },
  };
  if (!at.native.allows(call)) return;
  const seen = await at.native.read(call);
  if (seen.status !== 200) throw failureOf(seen, "NoSuchBucket");
};

export const headBucket: S3Handler = async (at) => {
  checkKnown(at, bucketOf(at));
  await checkThere(at);
  at.response.writeHead(200, [
    ...["x-amz-bucket-region", region(at), "content-type", "application/xml"],
    ...commonHeaders(at.requestId),
  ]);
  at.response.end();
};

export const createBucket: S3Handler = async (at) => {
  checkKnown(at, bucketOf(at));
  throw new S3Error(
    "BucketAlreadyOwnedByYou",
    `the bucket ${bucketOf(at)} is made by who grants it: here it is there already, and yours`,
  );
};

export const getBucketLocation: S3Handler = async (at) => {
  checkKnown(at, bucketOf(at));
  await checkThere(at);
  respondXml(at.response, at.requestId, "LocationConstraint", region(at));
};

export const getBucketVersioning: S3Handler = async (at) => {
  checkKnown(at, bucketOf(at));
  respondXml(at.response, at.requestId, "VersioningConfiguration", []);
};

const accessControl = (at: AtDoor): void => {
  respondXml(at.response, at.requestId, "AccessControlPolicy", [
    owner(at),
    [
      "AccessControlList",
      [
        [
          "Grant",
          [
            [
              "Grantee",
              [
                ["ID", at.client],
                ["DisplayName", at.client],
              ],
              // s3cmd reads the type before it copies.
              'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"',
            ],
            ["Permission", "FULL_CONTROL"],
          ],
        ],
      ],
    ],
  ]);
};

export const getBucketAcl: S3Handler = async (at) => {
  checkKnown(at, bucketOf(at));
  accessControl(at);
};

/** Objects have neither access control lists nor tags in OCI: what S3 says of an object without is the answer. */
export const getObjectAcl: S3Handler = async (at) => {
  await headOf(at, objectOf(at));
  accessControl(at);
};

export const getObjectTagging: S3Handler = async (at) => {
  await headOf(at, objectOf(at));
  respondXml(at.response, at.requestId, "Tagging", [["TagSet", []]]);
};
