/** Calls in S3's form that the check makes beside a document's probes. @module */
import type { Probe } from "../../document/schema.ts";

/** A probe, and whether it is made in S3's form. */
export interface MadeProbe extends Probe {
  byS3?: true;
}

const inS3 = (probe: Probe, client: string): MadeProbe => {
  const prefix = `${client}: `;
  return {
    ...probe,
    name: `${client}/s3-${probe.name.replace(/^.*\//, "")}`,
    says: `${prefix}${probe.says.replace(prefix, "")}, by S3`,
    client,
    byS3: true,
  };
};

/**
 * Two calls by S3 of the first client that may list a bucket: that list, and an object of another bucket, which must be
 * refused. They follow from probes that the document has: it has no room for more, and what a list or an upload needs
 * is proved there. Empty without such a client.
 */
export const s3Probes = (probes: readonly Probe[]): MadeProbe[] => {
  const list = probes.find(
    (p) => p.client !== undefined && p.operation === "objectstorage.ListObjects" && p.expected === "allowed",
  );
  const object = probes.find(
    (p) => p.operation === "objectstorage.GetObject" && p.expected === "refused" && p.client === undefined,
  );
  if (!list) return [];
  return [list, ...(object ? [object] : [])].map((probe) => inS3(probe, list.client!));
};

/** The request in S3's form that a probe becomes. */
export const s3RequestOf = ({
  params,
  query,
}: Probe): { bucket: string; key?: string; query?: Record<string, string> } => {
  const { bucketName = "", objectName } = params;
  if (objectName !== undefined) return { bucket: bucketName, key: objectName };
  return {
    bucket: bucketName,
    query: { "list-type": "2", "max-keys": "1", ...(query?.["prefix"] && { prefix: query["prefix"] }) },
  };
};
