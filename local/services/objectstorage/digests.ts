/** The digests of uploads: computed as they arrive, compared with what the client says, given back with the object. @module */
import { createHash, type Hash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { base64OfCrc, combineCrc32c, crc32c } from "../../../oci/crc32c.ts";
import { invalidParameter, payloadTooLarge } from "../../errors.ts";
import type { Checksum, Digests } from "../../state/bucket-content.ts";
import { Content } from "../../state/content.ts";
import { unmatchedDigest } from "./errors.ts";

/** Largest body of one upload (docs: "Object Storage": 50 GiB for one PUT and for a part). */
const MAX_UPLOAD_BYTES = 50 * 1024 ** 3;

const CHECKSUMS: readonly Checksum[] = ["SHA256", "SHA384"];

/**
 * The digest that a header asks for; undefined for none, and for CRC32C, which every object has. An empty header asks for
 * none: rclone's backend for OCI sends one with every object.
 * @throws 400 naming those that there are
 */
export const checksumOf = (headers: IncomingHttpHeaders): Checksum | undefined => {
  const asked = headers["opc-checksum-algorithm"];
  if (asked === undefined || asked === "" || asked === "CRC32C") return undefined;
  const checksum = CHECKSUMS.find((name) => name === asked);
  if (!checksum) throw invalidParameter(`opc-checksum-algorithm: must be CRC32C, ${CHECKSUMS.join(" or ")}`);
  return checksum;
};

/** A header of a digest beside MD5: `opc-content-sha256`, `opc-multipart-sha384`. */
const headerOf = <K extends "content" | "multipart">(kind: K, checksum: Checksum) =>
  `opc-${kind}-${checksum === "SHA256" ? "sha256" : "sha384"}` as const;

const digest = (hash: Hash | undefined): string => hash?.digest("base64") ?? "";

/** Throws 400 where a digest that the client sent is not that of what arrived. */
const compare = (headers: IncomingHttpHeaders, digests: Digests): void => {
  const { md5 } = digests;
  const sent = headers["content-md5"];
  if (typeof sent === "string" && sent !== md5) throw unmatchedDigest("MD5", "Content-MD5", md5, sent);
  const algorithm = headers["opc-checksum-algorithm"];
  const check = (name: Checksum | "CRC32C", header: string, computed: string | undefined): void => {
    // "Applicable only if … is specified in the opc-checksum-algorithm request header" (SDK documentation).
    const text = algorithm === name ? headers[header] : undefined;
    if (typeof text === "string" && computed !== undefined && text !== computed)
      throw unmatchedDigest(name, header, computed, text);
  };
  check("CRC32C", "opc-content-crc32c", base64OfCrc(digests.crc32c));
  for (const name of CHECKSUMS) check(name, headerOf("content", name), digests[name]);
};

/**
 * Receives an upload with its digests.
 * @param checksum a digest to compute, whether the headers ask for one or not
 * @throws 413 over OCI's limit, 400 when it is not what a header says
 */
export const receive = async (
  stream: Readable | undefined,
  headers: IncomingHttpHeaders,
  checksum: Checksum | undefined,
): Promise<{ content: Content; digests: Digests }> => {
  if (Number(headers["content-length"] ?? 0) > MAX_UPLOAD_BYTES) throw payloadTooLarge(MAX_UPLOAD_BYTES);
  const md5 = createHash("md5");
  const sha = checksum && createHash(checksum.toLowerCase());
  let [crc, size] = [0, 0];
  const digested = async function* () {
    // A request's body without an encoding: Node gives Buffers, its types say `any`.
    for await (const chunk of (stream ?? []) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_UPLOAD_BYTES) throw payloadTooLarge(MAX_UPLOAD_BYTES);
      md5.update(chunk);
      sha?.update(chunk);
      crc = crc32c(chunk, crc);
      yield chunk;
    }
  };
  const content = await Content.from(digested());
  const digests = { md5: digest(md5), crc32c: crc, ...(checksum && { [checksum]: digest(sha) }) };
  compare(headers, digests);
  return { content, digests };
};

/** The digests of a multipart object: of its parts' digests in a row, the CRC-32C of its bytes. */
export const digestsOf = (
  parts: readonly { content: { length: number }; digests: Digests }[],
  checksum: Checksum | undefined,
): Digests => {
  const over = (algorithm: string, read: (digests: Digests) => string | undefined): string => {
    const hash = createHash(algorithm);
    for (const part of parts) hash.update(Buffer.from(read(part.digests) ?? "", "base64"));
    return hash.digest("base64");
  };
  return {
    md5: over("md5", (d) => d.md5),
    crc32c: parts.reduce((crc, p) => combineCrc32c(crc, p.digests.crc32c, p.content.length), 0),
    ...(checksum && { [checksum]: over(checksum.toLowerCase(), (d) => d[checksum]) }),
  };
};

/** The headers that tell who uploads what digests were computed: those asked for, and MD5. */
export const uploadedHeaders = (digests: Digests, headers: IncomingHttpHeaders) => ({
  "opc-content-md5": digests.md5,
  ...(headers["opc-checksum-algorithm"] === "CRC32C" && {
    "opc-content-crc32c": base64OfCrc(digests.crc32c),
  }),
  ...shaHeaders("content", digests, ""),
});

const shaHeaders = <K extends "content" | "multipart">(kind: K, digests: Digests, suffix: string) => {
  const found: { [H in ReturnType<typeof headerOf<K>>]?: string } = {};
  for (const name of CHECKSUMS)
    if (digests[name]) Object.assign(found, { [headerOf(kind, name)]: `${digests[name]}${suffix}` });
  return found;
};

/**
 * The headers that show the digests of an object.
 * @param counted true to add `-<parts>` to those of a multipart object
 */
export const digestHeaders = (object: { digests: Digests; parts?: number }, counted: boolean) => {
  const { digests, parts } = object;
  const crc = { "opc-content-crc32c": base64OfCrc(digests.crc32c) };
  if (parts === undefined)
    return { "content-md5": digests.md5, ...crc, ...shaHeaders("content", digests, "") };
  const suffix = counted ? `-${parts}` : "";
  return {
    "opc-multipart-md5": `${digests.md5}${suffix}`,
    ...crc,
    ...shaHeaders("multipart", digests, suffix),
  };
};
