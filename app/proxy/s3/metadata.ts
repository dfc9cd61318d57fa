/** Headers of objects: S3's as Object Storage takes them, and Object Storage's as S3 has them. @module */
import { S3Error } from "./errors.ts";
import type { NativeHead } from "./native-responses.ts";

/** Most bytes of a client's own metadata, names and values, as S3 counts them. */
const MAX_METADATA_BYTES = 2048;

/** Headers that mean the same in both. */
const SAME = ["content-type", "cache-control", "content-disposition", "content-language"];
/** Expires is no header of an object in OCI: it is kept in the metadata, under this name. */
const EXPIRES = "opc-meta-keyless-s3-expires";
/** Names of metadata whose values are empty, with commas between: whether OCI keeps these is in no document. */
const EMPTY = "opc-meta-keyless-s3-empty";
/** Checksums that OCI cannot keep by itself, by the name of S3's algorithm. */
const KEPT_CHECKSUM = "opc-meta-keyless-s3-";
const OWN = /^opc-meta-keyless-s3-/;

const TIERS: Readonly<Record<string, string>> = {
  STANDARD: "Standard",
  REDUCED_REDUNDANCY: "Standard",
  INTELLIGENT_TIERING: "Standard",
  STANDARD_IA: "InfrequentAccess",
  ONEZONE_IA: "InfrequentAccess",
  GLACIER: "Archive",
  DEEP_ARCHIVE: "Archive",
};
const CLASSES: Readonly<Record<string, string>> = {
  Standard: "STANDARD",
  InfrequentAccess: "STANDARD_IA",
  Archive: "GLACIER",
};

/** S3's storage class of OCI's tier. */
export const storageClass = (tier: string | undefined): string => CLASSES[tier ?? "Standard"] ?? "STANDARD";

/** Checksums of S3 by the header's ending; OCI keeps `native` ones itself. */
export const CHECKSUMS = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"] as const;
export type ChecksumName = (typeof CHECKSUMS)[number];

/** `Content-Encoding` without what is about the transfer, in the order that is left. */
const contentEncoding = (value: string | undefined): string | undefined => {
  const left = value
    ?.split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "" && one.toLowerCase() !== "aws-chunked");
  return left === undefined || left.length === 0 ? undefined : left.join(", ");
};

const clean = (name: string, value: string): string => {
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(value))
    throw new S3Error("InvalidArgument", `the header ${name} has a control character`);
  // Values are bytes on the wire, UTF-8 in S3's clients.
  return /[^\x00-\x7f]/.test(value) ? Buffer.from(value, "utf8").toString("latin1") : value;
};

/** What an object is to have beside its bytes, by OCI's names of headers. */
export type ObjectHeaders = Map<string, string>;

/**
 * What a client says of an object to be.
 * @param headers by name, lower-case
 * @throws S3Error
 */
export const objectHeaders = (headers: ReadonlyMap<string, string>): ObjectHeaders => {
  const all: ObjectHeaders = new Map();
  let metadataBytes = 0;
  for (const [name, value] of headers) {
    if (SAME.includes(name)) {
      if (value !== "") all.set(name, clean(name, value));
    } else if (name === "content-encoding") {
      const encoding = contentEncoding(value);
      if (encoding !== undefined) all.set(name, clean(name, encoding));
    } else if (name === "expires") all.set(EXPIRES, clean(name, value));
    else if (name.startsWith("x-amz-meta-")) {
      const key = name.slice("x-amz-meta-".length);
      metadataBytes += key.length + Buffer.byteLength(value);
      if (key === "" || OWN.test(`opc-meta-${key}`))
        throw new S3Error("InvalidArgument", `${name} is a name that the door keeps for itself`);
      if (value === "") all.set(EMPTY, all.has(EMPTY) ? `${all.get(EMPTY)},${key}` : key);
      else all.set(`opc-meta-${key}`, clean(name, value));
    } else if (name === "x-amz-storage-class") {
      const tier = TIERS[value.toUpperCase()];
      if (tier === undefined)
        throw new S3Error("InvalidStorageClass", `the storage class ${value.slice(0, 40)} is not served`);
      if (tier !== "Standard") all.set("storage-tier", tier);
    }
  }
  if (metadataBytes > MAX_METADATA_BYTES)
    throw new S3Error(
      "MetadataTooLarge",
      `the metadata has ${metadataBytes} bytes; ${MAX_METADATA_BYTES} are allowed`,
    );
  return all;
};

/** The checksum of the whole object that a client sends in a header, by algorithm. */
export const sentChecksum = (
  headers: ReadonlyMap<string, string>,
): { name: ChecksumName; value: string } | undefined => {
  for (const name of CHECKSUMS) {
    const value = headers.get(`x-amz-checksum-${name}`);
    if (value !== undefined) return { name, value };
  }
  return undefined;
};

/** The algorithm that a client names; undefined where it names none. @throws S3Error for one that S3 does not have */
export const namedAlgorithm = (value: string | undefined): ChecksumName | undefined => {
  if (value === undefined) return undefined;
  const name = value.toLowerCase() as ChecksumName;
  if (CHECKSUMS.includes(name)) return name;
  throw new S3Error("InvalidRequest", `the checksum algorithm ${value.slice(0, 40)} is none of S3's`);
};

/** True for a checksum that OCI keeps by itself: the CRC32C of every object, the SHA256 where it is asked for. */
export const isNative = (name: ChecksumName): boolean => name === "crc32c" || name === "sha256";

/**
 * The header that makes OCI keep a checksum, or keeps it in the metadata, so that it is given back.
 * @param checksum its value is undefined where it is not known before the body
 */
export const keptChecksum = (
  checksum: { name: ChecksumName; value: string | undefined } | undefined,
): [string, string][] => {
  if (checksum === undefined) return [];
  const { name, value } = checksum;
  if (name === "sha256") return [["opc-checksum-algorithm", "SHA256"]];
  return isNative(name) || value === undefined ? [] : [[`${KEPT_CHECKSUM}${name}`, value]];
};

/** Checksums of an object by algorithm, as S3 has them. */
export const checksumsOf = ({ headers }: NativeHead): Partial<Record<ChecksumName, string>> => {
  const parts = headers.has("opc-multipart-md5");
  const crc32c = headers.get("opc-content-crc32c");
  const sha256 = headers.get(parts ? "opc-multipart-sha256" : "opc-content-sha256");
  // One type is said of all of them: beside the composite that was asked for there is no checksum of the whole.
  if (parts && sha256 !== undefined) return { sha256 };
  const found: Partial<Record<ChecksumName, string>> = {
    ...(sha256 !== undefined && { sha256 }),
    ...(crc32c !== undefined && { crc32c }),
  };
  for (const name of CHECKSUMS) {
    const kept = headers.get(`${KEPT_CHECKSUM}${name}`);
    if (kept !== undefined) found[name] = kept;
  }
  return found;
};

/** The type of an object's checksums. */
export const checksumType = ({ headers }: NativeHead): "COMPOSITE" | "FULL_OBJECT" =>
  headers.has("opc-multipart-sha256") ? "COMPOSITE" : "FULL_OBJECT";

/** Headers that make a copy of the same bytes keep the checksums that the source has beside CRC32C. */
export const copiedChecksums = (head: NativeHead): [string, string][] =>
  head.headers.has("opc-multipart-md5")
    ? []
    : (Object.entries(checksumsOf(head)) as [ChecksumName, string][]).flatMap(([name, value]) =>
        keptChecksum({ name, value }),
      );

/** Alternating names and values of S3's headers for an object that OCI describes. */
export const s3Headers = (head: NativeHead): string[] => {
  const all: string[] = [];
  for (const [name, value] of head.headers) {
    if (SAME.includes(name) || name === "content-encoding" || name === "last-modified") all.push(name, value);
    else if (name === EXPIRES) all.push("expires", value);
    else if (name === EMPTY) for (const key of value.split(",")) all.push(`x-amz-meta-${key}`, "");
    else if (name.startsWith("opc-meta-") && !OWN.test(name))
      all.push(`x-amz-meta-${name.slice("opc-meta-".length)}`, value);
  }
  // What OCI replaces for this response alone stands in its own headers already.
  if (!head.headers.has(EXPIRES) && head.headers.has("expires"))
    all.push("expires", head.headers.get("expires")!);
  const tier = storageClass(head.headers.get("storage-tier"));
  if (tier !== "STANDARD") all.push("x-amz-storage-class", tier);
  return all;
};

/** Headers of an object that a copy of it takes over. */
export const inherited = ({ headers }: NativeHead): ObjectHeaders => {
  const all: ObjectHeaders = new Map();
  for (const [name, value] of headers) {
    if (SAME.includes(name) || name === "content-encoding" || name.startsWith("opc-meta-"))
      all.set(name, value);
  }
  return all;
};
