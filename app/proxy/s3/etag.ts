/**
 * ETags that clients of S3 may compare: the MD5 where OCI gives it, S3's own form for an upload in parts. OCI's ETag, a
 * UUID, stays between the door and OCI.
 * @module
 */
import type { NativeHead } from "./native-responses.ts";

const hex = (base64: string): string => Buffer.from(base64, "base64").toString("hex");

/** OCI's MD5 of an upload in parts, `<base64>-<parts>`, as S3 writes it. */
const multipart = (md5: string): string => {
  const at = md5.lastIndexOf("-");
  // Whether the number of parts stands behind it everywhere is in no document.
  return at === -1 ? `${hex(md5)}-0` : `${hex(md5.slice(0, at))}${md5.slice(at)}`;
};

/** The ETag in S3's form, without quotes, of OCI's MD5 as lists and responses have it. */
export const etagOfMd5 = (md5: string): string => (md5.includes("-") ? multipart(md5) : hex(md5));

/** The ETag in S3's form, quoted, that a whole object's headers say; undefined where they say none. */
export const etagOf = ({ headers }: NativeHead): string | undefined => {
  const parts = headers.get("opc-multipart-md5");
  if (parts !== undefined) return `"${multipart(parts)}"`;
  const md5 = headers.get("content-md5") ?? headers.get("opc-content-md5");
  return md5 === undefined ? undefined : `"${hex(md5)}"`;
};

/** An ETag without quotes, marks of a weak one, and escapes of XML: clients send all of these. */
export const bare = (etag: string): string =>
  etag
    .trim()
    .replace(/^W\//, "")
    .replace(/^"(.*)"$/s, "$1");

/** True when a condition's list of ETags names this one, or everything. */
export const matches = (condition: string, etag: string): boolean =>
  condition.split(",").some((one) => one.trim() === "*" || bare(one) === bare(etag));

/** A version of an object, as conditions are about it. */
export interface Version {
  /** OCI's ETag, which stands for this version alone. */
  native: string;
  /** S3's ETag, quoted. */
  etag: string;
  modifiedMs: number;
}

/** The version that a whole object's headers describe. */
export const versionOf = (head: NativeHead): Version => {
  const native = head.headers.get("etag") ?? "";
  const modifiedMs = Date.parse(head.headers.get("last-modified") ?? "");
  return {
    native,
    etag: etagOf(head) ?? `"${bare(native)}"`,
    modifiedMs: Number.isNaN(modifiedMs) ? 0 : modifiedMs,
  };
};

const MOST_KNOWN = 10_000;
/**
 * The version of each object that was seen last, by bucket and name: a range of an object does not say its MD5, and
 * downloads in ranges would ask for it each time. OCI is asked for that very version, so that an old one does no harm.
 */
const known = new Map<string, Version>();

const nameOf = (bucket: string, key: string): string => `${bucket}/${key}`;

export const remember = (bucket: string, key: string, version: Version): void => {
  const name = nameOf(bucket, key);
  known.delete(name);
  known.set(name, version);
  if (known.size > MOST_KNOWN) known.delete(known.keys().next().value!);
};

export const recall = (bucket: string, key: string): Version | undefined => known.get(nameOf(bucket, key));
