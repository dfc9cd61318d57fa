/** The checksum of an upload in parts, from those that its completion names. @module */
import { type ChecksumAlgorithm, createSum, isChecksum } from "../body/checksums.ts";
import { combineCrcs } from "../body/combine.ts";
import { S3Error } from "../errors.ts";
import { CHECKSUMS } from "../metadata.ts";
import type { XmlPart } from "../xml.ts";

/** A part's checksums as the client names them, base64, and its length where that is known. */
export interface SummedPart {
  checksums: Partial<Record<ChecksumAlgorithm, string>>;
  lengthBytes: number | undefined;
}

type Type = "COMPOSITE" | "FULL_OBJECT";

/** S3 makes composites of digests alone, wholes of CRC64NVME alone, and both of the others. */
const ONLY: Partial<Record<ChecksumAlgorithm, Type>> = {
  crc64nvme: "FULL_OBJECT",
  sha1: "COMPOSITE",
  sha256: "COMPOSITE",
};

/** The digest of the parts' digests, and their number. */
const composite = (algorithm: ChecksumAlgorithm, checksums: readonly string[]): string => {
  const sum = createSum(algorithm);
  for (const one of checksums) sum.update(Buffer.from(one, "base64"));
  return `${sum.digest().toString("base64")}-${checksums.length}`;
};

const withoutNumber = (text: string): string => text.replace(/-\d+$/, "");

/** What the parts' checksums make; undefined where one is missing. */
const made = (algorithm: ChecksumAlgorithm, type: Type, parts: readonly SummedPart[]): string | undefined => {
  const named = parts.flatMap(({ checksums, lengthBytes = -1 }) => {
    const checksum = checksums[algorithm];
    return checksum === undefined ? [] : [{ checksum, lengthBytes }];
  });
  if (named.length < parts.length) return undefined;
  if (type === "COMPOSITE")
    return composite(
      algorithm,
      named.map(({ checksum }) => checksum),
    );
  return named.some(({ lengthBytes }) => lengthBytes < 0) ? undefined : combineCrcs(algorithm, named);
};

/**
 * Holds what a client says of the whole object against what it says of the parts.
 * @param headers of the completion, by lower-case name
 * @returns elements of the response: none where the client says no checksum of the whole or of every part
 * @throws S3Error `BadDigest`; `InvalidRequest` for what is no checksum
 */
export const wholeChecksum = (
  headers: ReadonlyMap<string, string>,
  parts: readonly SummedPart[],
): XmlPart[] => {
  for (const algorithm of CHECKSUMS) {
    const said = headers.get(`x-amz-checksum-${algorithm}`);
    for (const { checksums } of parts) {
      const one = checksums[algorithm];
      if (one !== undefined && !isChecksum(algorithm, one))
        throw new S3Error(
          "InvalidRequest",
          `a part's Checksum${algorithm.toUpperCase()} is no such checksum`,
        );
    }
    const asked = said?.includes("-") ? "COMPOSITE" : headers.get("x-amz-checksum-type")?.toUpperCase();
    const type = ONLY[algorithm] ?? (asked === "COMPOSITE" ? "COMPOSITE" : "FULL_OBJECT");
    const computed = made(algorithm, type, parts);
    if (said === undefined && computed === undefined) continue;
    // A whole is answered as it is said where the parts say nothing; a composite is nothing without them.
    const wrong = computed === undefined ? type === "COMPOSITE" : said !== undefined && !same(said, computed);
    if (wrong)
      throw new S3Error("BadDigest", `x-amz-checksum-${algorithm} is not what the parts' checksums make`);
    return [
      [`Checksum${algorithm.toUpperCase()}`, computed ?? said!],
      ["ChecksumType", type],
    ];
  }
  return [];
};

const same = (said: string, computed: string): boolean => withoutNumber(said) === withoutNumber(computed);
