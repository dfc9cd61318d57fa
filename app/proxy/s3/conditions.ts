/** Conditions of S3 on an object's version, and how OCI is held to the answer. @module */
import { type AtDoor, bucketOf } from "./door.ts";
import { S3Error } from "./errors.ts";
import { etagOf, matches, remember, type Version, versionOf } from "./etag.ts";
import { succeeded } from "./native-errors.ts";
import type { NativeHead } from "./native-responses.ts";

/** Headers of one set of conditions: a request's own, or those about a copy's source. */
export interface ConditionNames {
  match: string;
  noneMatch: string;
  modifiedSince: string;
  unmodifiedSince: string;
}

export const OWN: ConditionNames = {
  match: "if-match",
  noneMatch: "if-none-match",
  modifiedSince: "if-modified-since",
  unmodifiedSince: "if-unmodified-since",
};

export const OF_SOURCE: ConditionNames = {
  match: "x-amz-copy-source-if-match",
  noneMatch: "x-amz-copy-source-if-none-match",
  modifiedSince: "x-amz-copy-source-if-modified-since",
  unmodifiedSince: "x-amz-copy-source-if-unmodified-since",
};

/** True when a request has one of these conditions. */
export const isConditional = ({ s3 }: AtDoor, names: ConditionNames): boolean =>
  Object.values(names).some((name) => s3.headers.has(name));

/** An object's head. @throws S3Error `NoSuchKey`, and others */
export const headOf = async (
  { native }: AtDoor,
  params: { bucketName: string; objectName: string },
): Promise<NativeHead> => {
  const head = succeeded(await native.read({ operation: "HeadObject", params }));
  remember(params.bucketName, params.objectName, versionOf(head));
  return head;
};

/** An object's head; undefined where there is no such object. */
const headIfThere = async (
  at: AtDoor,
  params: { bucketName: string; objectName: string },
): Promise<NativeHead | undefined> => {
  const head = await at.native.read({ operation: "HeadObject", params });
  if (head.status === 404) return undefined;
  succeeded(head);
  return head;
};

const time = (text: string | undefined): number | undefined => {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
};

/**
 * Decides conditions as RFC 9110 orders them.
 * @returns "failed" for 412, "not modified" for 304
 */
export const decide = (
  { s3 }: AtDoor,
  { etag, modifiedMs: modified }: Version,
  names: ConditionNames,
): "met" | "failed" | "not modified" => {
  const header = (name: string): string | undefined => s3.headers.get(name);
  const match = header(names.match);
  if (match !== undefined) {
    if (!matches(match, etag)) return "failed";
  } else {
    const unmodified = time(header(names.unmodifiedSince));
    if (unmodified !== undefined && modified > unmodified) return "failed";
  }
  const noneMatch = header(names.noneMatch);
  if (noneMatch !== undefined) return matches(noneMatch, etag) ? "not modified" : "met";
  const since = time(header(names.modifiedSince));
  return since !== undefined && modified <= since ? "not modified" : "met";
};

export const preconditionFailed = (): S3Error =>
  new S3Error("PreconditionFailed", "at least one of the conditions does not hold");

/** Conditions of one object that is to be deleted. */
export interface DeleteConditions {
  ifMatch: string | undefined;
  /** Bytes, as they are written. */
  size: string | undefined;
  /** A date, to the second. */
  lastModified: string | undefined;
}

/**
 * Conditions of a deletion, as OCI is asked to hold them.
 * @returns alternating names and values of headers; undefined where the object is not there
 * @throws S3Error `PreconditionFailed`
 */
export const deleteConditions = async (
  at: AtDoor,
  objectName: string,
  { ifMatch, size, lastModified }: DeleteConditions,
): Promise<string[] | undefined> => {
  if (ifMatch === undefined && size === undefined && lastModified === undefined) return [];
  const head = await headIfThere(at, { bucketName: bucketOf(at), objectName });
  if (head === undefined) return undefined;
  const { modifiedMs } = versionOf(head);
  const asked = lastModified === undefined ? undefined : Date.parse(lastModified);
  if (
    (ifMatch !== undefined && !matches(ifMatch, etagOf(head) ?? "")) ||
    (size !== undefined && size.trim() !== head.headers.get("content-length")) ||
    (asked !== undefined && Math.floor(asked / 1000) !== Math.floor(modifiedMs / 1000))
  )
    throw preconditionFailed();
  return ["if-match", head.headers.get("etag")!];
};

/**
 * Conditions of a write, as OCI is asked to hold them: the object is looked at, and its OCI ETag sent along, so that
 * nothing can come between.
 * @returns alternating names and values of headers
 * @throws S3Error `PreconditionFailed`, `NoSuchKey` for If-Match of an object that is not there
 */
export const writeConditions = async (at: AtDoor): Promise<string[]> => {
  const match = at.s3.headers.get("if-match");
  const noneMatch = at.s3.headers.get("if-none-match");
  if (match === undefined && noneMatch === undefined) return [];
  if (match === undefined && noneMatch!.trim() === "*") return ["if-none-match", "*"];
  const head = await headIfThere(at, { bucketName: bucketOf(at), objectName: at.s3.key! });
  if (head === undefined) {
    if (match !== undefined) throw new S3Error("NoSuchKey", "the object that If-Match is about is not there");
    // Not there, so it has none of these ETags; that it does not come meanwhile is asked of OCI.
    return ["if-none-match", "*"];
  }
  const etag = etagOf(head) ?? "";
  if (match !== undefined && !matches(match, etag)) throw preconditionFailed();
  if (noneMatch !== undefined && matches(noneMatch, etag)) throw preconditionFailed();
  return ["if-match", head.headers.get("etag")!];
};
