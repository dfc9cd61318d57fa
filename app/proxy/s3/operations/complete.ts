/** CompleteMultipartUpload. @module */
import { createHash } from "node:crypto";
import { writeConditions } from "../conditions.ts";
import { type AtDoor, bucketOf, documentOf, objectOf, type S3Handler } from "../door.ts";
import { S3Error } from "../errors.ts";
import { bare, etagOf, etagOfMd5 } from "../etag.ts";
import { CHECKSUMS, type ChecksumName } from "../metadata.ts";
import { failureOf, succeeded } from "../native-errors.ts";
import { respondXml } from "../respond.ts";
import { childText, type XmlNode, type XmlPart } from "../xml.ts";
import { type Part, partsOf, uploadIdOf } from "./multipart.ts";
import { type SummedPart, wholeChecksum } from "./whole-checksum.ts";

/** S3's own rule for every part but the last, judged here: what OCI's is, is in no document. */
const MIN_PART_BYTES = 5 * 1024 * 1024;
const MAX_PARTS = 10_000;

/** A part as the client names it. */
interface Named {
  number: number;
  etag: string;
  checksums: Partial<Record<ChecksumName, string>>;
}

const namedPart = (node: XmlNode): Named => {
  const number = Number(childText(node, "PartNumber") ?? Number.NaN);
  const etag = childText(node, "ETag");
  if (!Number.isInteger(number) || etag === undefined)
    throw new S3Error("MalformedXML", "a Part has a PartNumber and an ETag");
  const checksums: Named["checksums"] = {};
  for (const name of CHECKSUMS) {
    const value = childText(node, `Checksum${name.toUpperCase()}`);
    if (value !== undefined) checksums[name] = value.trim();
  }
  return { number, etag: bare(etag), checksums };
};

/** The parts that the client wants, in order. @throws S3Error */
const wantedParts = (document: XmlNode): Named[] => {
  const parts = document.children.filter(({ name }) => name === "Part").map(namedPart);
  if (parts.length === 0 || parts.length > MAX_PARTS)
    throw new S3Error("MalformedXML", `an upload has 1 to ${MAX_PARTS} parts, found ${parts.length}`);
  if (parts.some(({ number }, i) => i > 0 && number <= parts[i - 1]!.number))
    throw new S3Error("InvalidPartOrder", "the parts are not in the order of their numbers");
  return parts;
};

/** The ETag of an upload in parts by S3's formula: the MD5 of its parts' MD5s, and their number. */
const expectedEtag = (parts: readonly Named[]): string => {
  const md5 = createHash("md5");
  for (const { etag } of parts) md5.update(Buffer.from(etag, "hex"));
  return `"${md5.digest("hex")}-${parts.length}"`;
};

/** Holds the wanted parts against those that are there. @throws S3Error `InvalidPart`, `EntityTooSmall` */
const chosen = (wanted: readonly Named[], there: readonly Part[]): Part[] => {
  const byNumber = new Map(there.map((part) => [part.partNumber, part]));
  return wanted.map(({ number, etag }, i) => {
    const part = byNumber.get(number);
    if (!part || etagOfMd5(part.md5) !== etag.toLowerCase())
      throw new S3Error("InvalidPart", `part ${number} is not there, or has another ETag`);
    if (i < wanted.length - 1 && part.size < MIN_PART_BYTES)
      throw new S3Error(
        "EntityTooSmall",
        `part ${number} has ${part.size} bytes; all but the last have ${MIN_PART_BYTES} at least`,
      );
    return part;
  });
};

/** Checksums and lengths of the parts; of an upload that was completed before lengths are not known any more. */
const summed = (wanted: readonly Named[], there?: readonly Part[]): SummedPart[] =>
  wanted.map(({ checksums }, i) => ({ checksums, lengthBytes: there?.[i]?.size }));

/** What was completed already, if by this very request: clients send it again when they did not hear the answer. */
const completedBefore = async (at: AtDoor, wanted: readonly Named[]): Promise<string | undefined> => {
  const call = { operation: "HeadObject", params: objectOf(at) };
  if (!at.native.allows(call)) return undefined;
  const head = await at.native.read(call);
  const etag = head.status === 200 ? etagOf(head) : undefined;
  return etag === expectedEtag(wanted) ? etag : undefined;
};

export const completeMultipartUpload: S3Handler = async (at) => {
  const uploadId = uploadIdOf(at);
  // Checksums in the headers are the object's.
  const ofBody = [...at.s3.headers].filter(([name]) => !name.startsWith("x-amz-checksum-"));
  const document = await documentOf(at, "CompleteMultipartUpload", new Map(ofBody));
  const wanted = wantedParts(document);
  const call = { operation: "CommitMultipartUpload", params: objectOf(at), query: { uploadId } };
  at.native.check({ ...call, body: Buffer.from('{"partsToCommit":[]}') });
  let etag: string | undefined;
  let checksum: XmlPart[];
  try {
    const there = await partsOf(at);
    const parts = chosen(wanted, there);
    checksum = wholeChecksum(at.s3.headers, summed(wanted, parts));
    const conditions = await writeConditions(at);
    const taken = new Set(parts.map(({ partNumber }) => partNumber));
    const body = {
      partsToCommit: parts.map(({ partNumber, etag: native }) => ({ partNum: partNumber, etag: native })),
      partsToExclude: there.map(({ partNumber }) => partNumber).filter((number) => !taken.has(number)),
    };
    const committed = await at.native.read({
      ...call,
      headers: conditions,
      body: Buffer.from(JSON.stringify(body)),
    });
    if (committed.status === 404) throw failureOf(committed, "NoSuchUpload");
    etag = etagOf(succeeded(committed, "NoSuchUpload"));
  } catch (error) {
    if (!(error instanceof S3Error) || error.code !== "NoSuchUpload") throw error;
    etag = await completedBefore(at, wanted);
    if (etag === undefined) throw error;
    checksum = wholeChecksum(at.s3.headers, summed(wanted));
  }
  respondXml(at.response, at.requestId, "CompleteMultipartUploadResult", [
    [
      "Location",
      `http://${at.s3.headers.get("host") ?? ""}/${bucketOf(at)}/${encodeURIComponent(at.s3.key!)}`,
    ],
    ["Bucket", bucketOf(at)],
    ["Key", at.s3.key!],
    ["ETag", etag ?? expectedEtag(wanted)],
    ...checksum,
  ]);
};
