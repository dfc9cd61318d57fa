/** The trailer of a body in chunks: checksums that are known only at its end. @module */
import { createHash } from "node:crypto";
import { S3Error } from "../errors.ts";
import type { ChunkChain } from "../signature/chunk-chain.ts";
import { algorithmOf, type ChecksumAlgorithm, isChecksum } from "./checksums.ts";

const SIGNATURE = "x-amz-trailer-signature";
const LINE = /^([A-Za-z0-9-]{1,100}):[\t ]*([!-~]{1,200})[\t ]*$/;

const malformed = (what: string): S3Error => new S3Error("MalformedTrailerError", `The trailer ${what}.`);

/**
 * Reads `x-amz-trailer`: which checksums the trailer will have.
 * @throws S3Error `InvalidRequest` for a name that is no checksum's, or is there twice
 */
export const announcedTrailer = (value: string | undefined): readonly ChecksumAlgorithm[] => {
  if (value === undefined) return [];
  const algorithms = value.split(",").map((name) => algorithmOf(name.trim().toLowerCase()));
  if (algorithms.includes(undefined) || new Set(algorithms).size !== algorithms.length) {
    throw new S3Error(
      "InvalidRequest",
      "x-amz-trailer must name checksums (x-amz-checksum-crc32), each once.",
    );
  }
  return algorithms as ChecksumAlgorithm[];
};

/**
 * Lines without their ends. Clients end them in CR LF, or in LF and an empty line behind all of them (minio-go); the last
 * one is empty.
 */
const linesOf = (tail: Buffer): string[] => {
  const lines = tail.toString("latin1").split("\n");
  if (lines.pop() !== "" || lines.pop() !== "\r") throw malformed("does not end with an empty line");
  return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
};

/**
 * Verifies a trailer against what was announced and, in a body of signed chunks, its signature.
 * @param tail what stands behind the header of the last chunk
 * @param form `trailer` as `x-amz-content-sha256` says; without, only the empty line may stand there
 * @returns checksums in base64; their form is checked, and not yet whether they are right
 * @throws S3Error `MalformedTrailerError`, `SignatureDoesNotMatch`
 */
export const readTrailer = (
  tail: Buffer,
  form: { chain: ChunkChain | undefined; trailer: boolean },
  announced: readonly ChecksumAlgorithm[],
): ReadonlyMap<ChecksumAlgorithm, string> => {
  const lines = linesOf(tail);
  const checksums = new Map<ChecksumAlgorithm, string>();
  const signed = form.trailer && form.chain !== undefined;
  let signature: string | undefined;
  if (signed) {
    const [, name, value] = LINE.exec(lines.pop() ?? "") ?? [];
    if (name?.toLowerCase() !== SIGNATURE) throw malformed(`does not end with ${SIGNATURE}`);
    signature = value!;
  }
  if (form.trailer && lines.at(-1) === "") lines.pop();
  let text = "";
  for (const line of lines) {
    const parts = LINE.exec(line);
    if (!parts) throw malformed("has a line that is not <name>:<value>");
    const name = parts[1]!.toLowerCase();
    const value = parts[2]!;
    const algorithm = announced.find((one) => name === `x-amz-checksum-${one}`);
    if (!algorithm) throw malformed(`has ${name}, which x-amz-trailer does not name`);
    if (checksums.has(algorithm)) throw malformed(`has ${name} twice`);
    if (!isChecksum(algorithm, value))
      throw malformed(`has a value of ${name} that is no such checksum in base64`);
    checksums.set(algorithm, value);
    text += `${name}:${value}\n`;
  }
  const missing = announced.filter((one) => !checksums.has(one));
  if (missing.length > 0) throw malformed(`lacks x-amz-checksum-${missing[0]}, which x-amz-trailer names`);
  if (signature !== undefined) {
    const digest = createHash("sha256").update(text, "latin1").digest("hex");
    if (!form.chain!.verifyTrailer(signature, digest)) {
      throw new S3Error("SignatureDoesNotMatch", "The signature of the trailer is not that of its content.");
    }
  }
  return checksums;
};
