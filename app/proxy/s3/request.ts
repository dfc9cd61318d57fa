/** A request in S3's form, taken apart: bucket, key and parameters. @module */
import { S3Error } from "./errors.ts";

/** The parts of an S3 request that its operation depends on. */
export interface S3Request {
  method: string;
  /** The bucket's name; undefined for requests about all buckets. */
  bucket: string | undefined;
  /** The object's name, decoded; undefined for requests about a bucket. */
  key: string | undefined;
  /** Parameters of the query, decoded. */
  query: ReadonlyMap<string, string>;
  /** Headers by name (lower-case), those in a presigned URL too; values as bytes of UTF-8, read as such. */
  headers: ReadonlyMap<string, string>;
}

/** Longest name of an object, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;
/** OCI's names of buckets: those of S3, and capitals, underscores and up to 256 characters. */
const BUCKET = /^[A-Za-z0-9._-]{1,256}$/;
const MAX_PARAMETERS = 100;

const decoded = (text: string, what: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error("InvalidURI", `${what} has percent-escapes that are not UTF-8`);
  }
};

/** The query's parameters. A `+` is a space there, as S3 and every client have it. */
const readQuery = (query: string): Map<string, string> => {
  const all = new Map<string, string>();
  for (const part of query.split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    const name = decoded((at === -1 ? part : part.slice(0, at)).replaceAll("+", " "), "the query");
    const value = at === -1 ? "" : decoded(part.slice(at + 1).replaceAll("+", " "), "the query");
    if (all.has(name))
      throw new S3Error("InvalidArgument", `the parameter ${name.slice(0, 60)} is there more than once`);
    all.set(name, value);
    if (all.size > MAX_PARAMETERS)
      throw new S3Error("InvalidArgument", `the query has more than ${MAX_PARAMETERS} parameters`);
  }
  return all;
};

/** Parameters of a presigned URL that are no headers: the signature's, and checksums, which are of no body. */
const NO_HEADER =
  /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|checksum-.*|sdk-checksum-algorithm)$/;

/**
 * Headers that stand in the query, where SDKs put them when they presign: they ask for the same there.
 * @throws S3Error for one that says something else than the header
 */
const withHoisted = (
  headers: ReadonlyMap<string, string>,
  query: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> => {
  let all: Map<string, string> | undefined;
  for (const [parameter, value] of query) {
    const name = parameter.toLowerCase();
    if (!name.startsWith("x-amz-") || NO_HEADER.test(name)) continue;
    all ??= new Map(headers);
    if ((all.get(name) ?? value) !== value)
      throw new S3Error(
        "InvalidArgument",
        `${name.slice(0, 60)} is in the query and in a header, and differs`,
      );
    all.set(name, value);
  }
  return all ?? headers;
};

/** HTTP's values are bytes; Node reads them as Latin-1, and S3's clients write UTF-8. */
const inUtf8 = (headers: ReadonlyMap<string, string>): ReadonlyMap<string, string> => {
  let read: Map<string, string> | undefined;
  for (const [name, value] of headers) {
    if (!/[\x80-\xff]/.test(value)) continue;
    read ??= new Map(headers);
    read.set(name, Buffer.from(value, "latin1").toString("utf8"));
  }
  return read ?? headers;
};

/**
 * The bucket that a Host header names in front of one of the door's own names (virtual-host style).
 * @param names the door's own, lower-case, without port
 * @returns undefined for path style
 */
const bucketInHost = (host: string | undefined, names: Iterable<string>): string | undefined => {
  const name = (host ?? "").toLowerCase().replace(/:\d{1,5}$/, "");
  let found: string | undefined;
  for (const own of names) {
    if (name === own) return undefined;
    if (!name.endsWith(`.${own}`)) continue;
    const before = name.slice(0, -own.length - 1);
    // The longest of the door's names is the one that is meant.
    if (found === undefined || before.length < found.length) found = before;
  }
  return found;
};

/** Checks a bucket's name. @throws S3Error `InvalidBucketName` */
export const checkBucket = (bucket: string): string => {
  if (BUCKET.test(bucket) && bucket !== "." && bucket !== "..") return bucket;
  throw new S3Error("InvalidBucketName", `${JSON.stringify(bucket.slice(0, 100))} is no bucket's name`);
};

/** Checks an object's name as OCI takes it. @throws S3Error */
export const checkKey = (key: string): string => {
  if (key === "" || /[\0\r\n]/.test(key))
    throw new S3Error(
      "InvalidArgument",
      "an object's name is not empty, and has no NUL, carriage return or line feed",
    );
  if (Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw new S3Error("KeyTooLongError", `an object's name has at most ${MAX_KEY_BYTES} bytes`);
  return key;
};

/**
 * Takes a request apart. Nothing is resolved: `//` and segments of dots stand in names as they came.
 * @param request with headers by lower-case name, each once, values as Node gives them
 * @param names names of the door, without port, that a bucket's name may stand before
 * @throws S3Error
 */
export const readS3Request = (
  request: { method: string; url: string; headers: ReadonlyMap<string, string> },
  names: Iterable<string>,
): S3Request => {
  const { method, url } = request;
  if (!url.startsWith("/")) throw new S3Error("InvalidURI", "the request target is not a path");
  const at = url.indexOf("?");
  const path = at === -1 ? url : url.slice(0, at);
  if (path.includes("#")) throw new S3Error("InvalidURI", "the request target has a fragment");
  const query = readQuery(at === -1 ? "" : url.slice(at + 1));
  const headers = withHoisted(inUtf8(request.headers), query);
  const host = bucketInHost(headers.get("host"), names);
  let bucket = host;
  let rest = path.slice(1);
  if (host === undefined) {
    const slash = rest.indexOf("/");
    const first = slash === -1 ? rest : rest.slice(0, slash);
    bucket = first === "" ? undefined : decoded(first, "the path");
    rest = slash === -1 ? "" : rest.slice(slash + 1);
    if (bucket === undefined && rest !== "")
      throw new S3Error("InvalidURI", "the path has no bucket before the object's name");
  }
  if (bucket !== undefined) checkBucket(bucket);
  const key = rest === "" ? undefined : checkKey(decoded(rest, "the path"));
  return { method, bucket, key, query, headers };
};
