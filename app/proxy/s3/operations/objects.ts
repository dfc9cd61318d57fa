/** GetObject, HeadObject, GetObjectAttributes. @module */

import { withHeaders } from "../../listen/headers.ts";
import { decide, headOf, isConditional, OWN, preconditionFailed } from "../conditions.ts";
import { type AtDoor, objectOf, type S3Handler } from "../door.ts";
import { S3Error } from "../errors.ts";
import { bare, recall, remember, type Version, versionOf } from "../etag.ts";
import { checksumsOf, checksumType, s3Headers, storageClass } from "../metadata.ts";
import { failureOf } from "../native-errors.ts";
import type { NativeHead, NativeResponse } from "../native-responses.ts";
import { commonHeaders, respondEmpty, respondXml } from "../respond.ts";
import type { XmlPart } from "../xml.ts";

/** Parameters that replace headers of the response, by OCI's names. */
const OVERRIDES: Readonly<Record<string, string>> = {
  "response-cache-control": "httpResponseCacheControl",
  "response-content-disposition": "httpResponseContentDisposition",
  "response-content-type": "httpResponseContentType",
  "response-content-language": "httpResponseContentLanguage",
  "response-content-encoding": "httpResponseContentEncoding",
  "response-expires": "httpResponseExpires",
};

/** The parameters that replace headers, by S3's names. @throws S3Error for a value that no header may have */
const overrides = ({ s3 }: AtDoor): [name: string, value: string][] => {
  const given = [...s3.query].filter(([name]) => Object.hasOwn(OVERRIDES, name));
  for (const [name, value] of given)
    if (/[\0-\x1f\x7f]/.test(value)) throw new S3Error("InvalidArgument", `${name} has a control character`);
  return given;
};

const nativeOverrides = (at: AtDoor): Record<string, string> =>
  Object.fromEntries(overrides(at).map(([name, value]) => [OVERRIDES[name]!, value]));

/** The part that is asked for: all that is known of parts afterwards is that the first is the whole object. */
const checkPart = ({ s3 }: AtDoor): void => {
  const part = s3.query.get("partNumber");
  if (part === undefined || part === "1") return;
  if (!/^\d{1,5}$/.test(part) || part === "0" || Number(part) > 10_000)
    throw new S3Error("InvalidArgument", "partNumber is a number from 1 to 10000");
  throw new S3Error(
    "InvalidPart",
    `part ${part} is not known: an object has no parts any more once it is complete`,
  );
};

/** One range of bytes; undefined for what is none, which HTTP lets a server pass over. */
const rangeOf = ({ s3 }: AtDoor): string | undefined => {
  const range = s3.headers.get("range");
  return range !== undefined && /^bytes=(\d+-\d*|-\d+)$/.test(range) ? range : undefined;
};

/** The checksums, where they are asked for and true of what is sent. */
const checksumHeaders = ({ s3 }: AtDoor, head: NativeHead): string[] => {
  if (s3.headers.get("x-amz-checksum-mode")?.toUpperCase() !== "ENABLED") return [];
  if (head.status !== 200) return [];
  const found = Object.entries(checksumsOf(head));
  return [
    ...found.flatMap(([name, value]) => [`x-amz-checksum-${name}`, value]),
    ...(found.length > 0 ? ["x-amz-checksum-type", checksumType(head)] : []),
  ];
};

/** The number of parts that an object was uploaded in; undefined for one that was uploaded at once. */
const partsOf = ({ headers }: NativeHead): number | undefined => {
  const [, count] = /-(\d+)$/.exec(headers.get("opc-multipart-md5") ?? "") ?? [];
  return count === undefined ? undefined : Number(count);
};

/** The head of a response with an object's bytes, or to HEAD. */
const objectHead = (at: AtDoor, head: NativeHead, etag: string): string[] => {
  const all = s3Headers(head);
  for (const name of ["content-length", "content-range"]) {
    const value = head.headers.get(name);
    if (value !== undefined) all.push(name, value);
  }
  return [
    ...all,
    "etag",
    etag,
    "accept-ranges",
    "bytes",
    // That the first part is the whole object is known of an upload of one part only.
    ...(at.s3.query.has("partNumber") && partsOf(head) === 1 ? ["x-amz-mp-parts-count", "1"] : []),
    ...checksumHeaders(at, head),
    ...commonHeaders(at.requestId),
  ];
};

/** Responds to a condition that ends the request. @throws S3Error `PreconditionFailed` */
const endedBy = (at: AtDoor, version: Version): boolean => {
  const decision = decide(at, version, OWN);
  if (decision === "met") return false;
  if (decision === "failed") throw preconditionFailed();
  const modified = new Date(version.modifiedMs).toUTCString();
  respondEmpty(at.response, at.requestId, 304, ["etag", version.etag, "last-modified", modified]);
  return true;
};

/** Gets a whole object, or a range of one version. */
const relayObject = (
  at: AtDoor,
  headers: readonly string[],
  version: Version | undefined,
): Promise<NativeResponse | undefined> => {
  const { bucketName, objectName } = objectOf(at);
  return at.native.relay(
    { operation: "GetObject", params: { bucketName, objectName }, query: nativeOverrides(at), headers },
    (head) => {
      if (head.status !== 200 && head.status !== 206) return undefined;
      const seen = version ?? versionOf(head);
      if (head.status === 200) remember(bucketName, objectName, seen);
      return { status: head.status, headers: objectHead(at, head, seen.etag) };
    },
  );
};

export const getObject: S3Handler = async (at) => {
  checkPart(at);
  const params = objectOf(at);
  const range = rangeOf(at);
  const asked = range === undefined ? [] : ["range", range];
  const conditional = isConditional(at, OWN);
  if (!conditional && (range === undefined || !at.native.allows({ operation: "HeadObject", params }))) {
    const failed = await relayObject(at, asked, undefined);
    if (failed) throw failureOf(failed);
    return;
  }
  // What was seen last is good as long as OCI still has it; where it ends the request, OCI is asked first.
  const last = recall(params.bucketName, params.objectName);
  if (last && decide(at, last, OWN) === "met") {
    const failed = await relayObject(at, [...asked, "if-match", last.native], last);
    if (!failed) return;
    if (failed.status !== 412) throw failureOf(failed);
  }
  const version = versionOf(await headOf(at, params));
  if (endedBy(at, version)) return;
  const failed = await relayObject(at, [...asked, "if-match", version.native], version);
  if (failed) throw failureOf(failed);
};

export const headObject: S3Handler = async (at) => {
  checkPart(at);
  const range = rangeOf(at);
  const head = await headOf(at, objectOf(at));
  const version = versionOf(head);
  if (isConditional(at, OWN) && endedBy(at, version)) return;
  // Headers are bytes: Node takes them as Latin-1.
  const replaced = overrides(at).flatMap(([name, value]) => [
    name.slice("response-".length),
    Buffer.from(value).toString("latin1"),
  ]);
  const headers = withHeaders(objectHead(at, head, version.etag), replaced);
  if (range === undefined) {
    at.response.writeHead(200, headers);
    at.response.end();
    return;
  }
  const size = Number(head.headers.get("content-length"));
  const part = partOf(range, size);
  if (part === undefined) throw new S3Error("InvalidRange", "the range is not within the object");
  const [first, last] = part;
  const at206 = headers.map((value, i) =>
    i % 2 === 1 && headers[i - 1] === "content-length" ? String(last - first + 1) : value,
  );
  at.response.writeHead(206, [...at206, "content-range", `bytes ${first}-${last}/${size}`]);
  at.response.end();
};

/** First and last byte of a range; undefined where it is not within the object. */
const partOf = (range: string, size: number): [number, number] | undefined => {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(range)!;
  if (from === "")
    return size === 0 || Number(to) === 0 ? undefined : [Math.max(0, size - Number(to)), size - 1];
  const first = Number(from);
  const last = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  return first >= size || last < first ? undefined : [first, last];
};

/** The parts of an object: their number, and of one part alone its size, too. */
const objectParts = (head: NativeHead): XmlPart[] | undefined => {
  const count = partsOf(head);
  if (count === undefined) return undefined;
  const size = head.headers.get("content-length") ?? "0";
  return [
    ["PartsCount", count],
    ["IsTruncated", false],
    ...(count === 1
      ? [
          [
            "Part",
            [
              ["PartNumber", 1],
              ["Size", size],
            ],
          ] as XmlPart,
        ]
      : []),
  ];
};

export const getObjectAttributes: S3Handler = async (at) => {
  const wanted = new Set(
    (at.s3.headers.get("x-amz-object-attributes") ?? "").split(",").map((name) => name.trim()),
  );
  const head = await headOf(at, objectOf(at));
  const version = versionOf(head);
  if (isConditional(at, OWN) && endedBy(at, version)) return;
  const checksums = Object.entries(checksumsOf(head)).map(
    ([name, value]) => [`Checksum${name.toUpperCase()}`, value] as const,
  );
  const checksum = [...checksums, ["ChecksumType", checksumType(head)] as const];
  respondXml(
    at.response,
    at.requestId,
    "GetObjectAttributesResponse",
    [
      ["ETag", wanted.has("ETag") ? bare(version.etag) : undefined],
      ["Checksum", wanted.has("Checksum") && checksums.length > 0 ? checksum : undefined],
      ["ObjectParts", wanted.has("ObjectParts") ? objectParts(head) : undefined],
      [
        "StorageClass",
        wanted.has("StorageClass") ? storageClass(head.headers.get("storage-tier")) : undefined,
      ],
      ["ObjectSize", wanted.has("ObjectSize") ? head.headers.get("content-length") : undefined],
    ],
    ["last-modified", head.headers.get("last-modified") ?? ""],
  );
};
