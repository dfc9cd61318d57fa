/** PutObject, DeleteObject, DeleteObjects. @module */
import { announcedTrailer } from "../body/trailer.ts";
import { type DeleteConditions, deleteConditions, writeConditions } from "../conditions.ts";
import {
  type AtDoor,
  bucketOf,
  bytesOf,
  documentOf,
  encryptionResponse,
  hold,
  objectOf,
  type S3Handler,
} from "../door.ts";
import { S3Error } from "../errors.ts";
import { etagOf } from "../etag.ts";
import { isNative, keptChecksum, namedAlgorithm, objectHeaders, sentChecksum } from "../metadata.ts";
import { failureOf, succeeded } from "../native-errors.ts";
import { checkKey } from "../request.ts";
import { asListed, respondEmpty, respondXml } from "../respond.ts";
import { childText, type XmlNode, type XmlPart } from "../xml.ts";

/** A digest that OCI verifies, too. */
export const contentMd5 = ({ s3 }: AtDoor): string[] => {
  const md5 = s3.headers.get("content-md5");
  return md5 === undefined ? [] : ["content-md5", md5];
};

export const checksumResponse = (checksums: Partial<Record<string, string>>): string[] =>
  Object.entries(checksums).flatMap(([name, value]) =>
    value === undefined ? [] : [`x-amz-checksum-${name}`, value],
  );

export const putObject: S3Handler = async (at) => {
  if (at.s3.query.has("partNumber"))
    throw new S3Error("InvalidArgument", "a part has an uploadId beside its partNumber");
  namedAlgorithm(at.s3.headers.get("x-amz-sdk-checksum-algorithm"));
  const object = objectHeaders(at.s3.headers);
  // A presigned upload says in its query what it was signed for, without a body: nothing of it is kept.
  for (const [name, value] of keptChecksum(sentChecksum(at.s3.headers))) object.set(name, value);
  if (!object.has("content-type")) object.set("content-type", "binary/octet-stream");
  const call = { operation: "PutObject", params: objectOf(at) };
  at.native.check(call);
  const conditions = await writeConditions(at);
  const bytes = await bytesOf(at);
  const [announced] = announcedTrailer(at.s3.headers.get("x-amz-trailer"));
  const held = announced && !isNative(announced) ? await hold(at, bytes) : undefined;
  const checksum = announced && { name: announced, value: held && bytes.checksums()[announced] };
  for (const [name, value] of keptChecksum(checksum)) object.set(name, value);
  try {
    const put = await at.native.read({
      ...call,
      headers: [...[...object].flat(), ...conditions, ...contentMd5(at)],
      body: { stream: held?.stream ?? bytes.stream, lengthBytes: bytes.lengthBytes },
    });
    succeeded(put, "NoSuchBucket");
    respondEmpty(at.response, at.requestId, 200, [
      "etag",
      etagOf(put) ?? "",
      ...checksumResponse(bytes.checksums()),
      ...encryptionResponse(at),
    ]);
  } finally {
    held?.end();
  }
};

/** Deletes one object; one that is not there is deleted already. @throws S3Error */
const remove = async (at: AtDoor, objectName: string, asked: DeleteConditions): Promise<void> => {
  const params = { bucketName: bucketOf(at), objectName };
  const conditions = await deleteConditions(at, objectName, asked);
  if (conditions === undefined) return;
  const removed = await at.native.read({ operation: "DeleteObject", params, headers: conditions });
  if (removed.status < 300) return;
  const failure = failureOf(removed, "NoSuchKey");
  if (failure.code !== "NoSuchKey") throw failure;
};

export const deleteObject: S3Handler = async (at) => {
  const { headers } = at.s3;
  await remove(at, at.s3.key!, {
    ifMatch: headers.get("if-match"),
    size: headers.get("x-amz-if-match-size"),
    lastModified: headers.get("x-amz-if-match-last-modified-time"),
  });
  respondEmpty(at.response, at.requestId, 204);
};

/** Most names in one request, as S3 has it. */
const MAX_DELETED = 1000;
/** Objects that are deleted at once. */
const AT_ONCE = 8;

/** One object of a request: deleted, or why not. */
const outcomeOf = async (at: AtDoor, one: XmlNode): Promise<XmlPart> => {
  const key = childText(one, "Key") ?? "";
  try {
    await remove(at, checkKey(key), {
      ifMatch: childText(one, "ETag"),
      size: childText(one, "Size"),
      lastModified: childText(one, "LastModifiedTime"),
    });
    return ["Deleted", [["Key", key]]];
  } catch (error) {
    const { code, message } = asListed(error);
    return [
      "Error",
      [
        ["Key", key],
        ["Code", code],
        ["Message", message],
      ],
    ];
  }
};

export const deleteObjects: S3Handler = async (at) => {
  const { headers } = at.s3;
  const signed = at.verified.payload.kind === "whole";
  if (
    !signed &&
    !headers.has("content-md5") &&
    sentChecksum(headers) === undefined &&
    !headers.has("x-amz-trailer")
  )
    throw new S3Error("InvalidRequest", "a list of objects to delete needs Content-MD5 or a checksum");
  const document = await documentOf(at, "Delete");
  const objects = document.children.filter(({ name }) => name === "Object");
  if (objects.length === 0 || objects.length > MAX_DELETED)
    throw new S3Error(
      "MalformedXML",
      `a request deletes 1 to ${MAX_DELETED} objects, found ${objects.length}`,
    );
  if (objects.some((one) => ![undefined, "", "null"].includes(childText(one, "VersionId"))))
    throw new S3Error("NotImplemented", "versions are not implemented (DeleteObjects with VersionId)");
  const quiet = childText(document, "Quiet")?.trim().toLowerCase() === "true";
  const outcomes: XmlPart[] = new Array(objects.length);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < objects.length; i = next++) {
      if (at.response.destroyed) return;
      outcomes[i] = await outcomeOf(at, objects[i]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, objects.length) }, work));
  const shown = outcomes.filter(([name]) => !quiet || name === "Error");
  respondXml(at.response, at.requestId, "DeleteResult", shown);
};
